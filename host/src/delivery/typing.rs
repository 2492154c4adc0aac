//! The sign that the bot is writing, while it is.
//!
//! Worth nothing later and little now: it is on no record and not tried again. It waits for nothing: where no place is free,
//! or the channel may not send now, there is no sign. It counts against `limits.rate`, as platforms count it. They drop it
//! after a few seconds, so a bot that takes longer has it shown again.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::work::Work;
use crate::bindings::connector::{Address, Attempt};
use crate::bindings::types::{Content, Part};
use crate::store::Turn;

/// Between two signs: as long as the one that is dropped soonest is shown.
/// <https://core.telegram.org/bots/api#sendchataction>
const EVERY: Duration = Duration::from_secs(5);

/// Signs of one turn: a minute's worth.
const AT_MOST: usize = 12;

/// How long an answer waits for a sign that is on its way: shown after the answer, it would mislead.
const LONGEST: Duration = Duration::from_secs(3);

/// Waits for the bot, with the sign shown meanwhile where the channel is to show it.
pub(super) async fn shown_until<T>(work: &Work, turn: &Turn, bot: impl Future<Output = T>) -> T {
    if !work.policy.typing {
        return bot.await;
    }
    let mut bot = pin!(bot);
    for _ in 0..AT_MOST {
        let mut sign = pin!(timeout(LONGEST, show(work, turn)));
        tokio::select! {
            biased;
            answer = &mut bot => {
                let _ = sign.await;
                return answer;
            }
            _ = &mut sign => {}
        }
        tokio::select! {
            biased;
            answer = &mut bot => return answer,
            () = sleep(EVERY) => {}
        }
    }
    bot.await
}

async fn show(work: &Work, turn: &Turn) {
    let Ok(_place) = work.sends.try_acquire() else {
        return;
    };
    let Ok(admission) = work.pace.admit(Instant::now()) else {
        return;
    };
    let to = Address {
        conversation: turn.body.conversation().to_owned(),
        reply: turn.body.reply().map(str::to_owned),
    };
    let part = Part {
        content: Content::Typing,
        extra: None,
    };
    let attempt = Attempt {
        id: turn.id.to_string(),
        number: 1,
    };
    let sent = work.channel.send(to, part, attempt).await;
    // A platform that does not show this sign may well take messages.
    admission.neutral();
    let channel = work.label();
    match sent.outcome {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(channel, ?error, "the sign of typing is not shown"),
        Err(error) => error.log(&work.channel, "send"),
    }
}
