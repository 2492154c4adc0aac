//! `switchboard dead`.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::record::{Outcome, Record, failed};
use crate::explain::{LetterView, full, now, quoted, reason, subject};
use crate::store::{DeadLetter, Letters, Store, Uuid};

/// Dead letters that one call of the store gives.
const PAGE: usize = 1_000;

#[derive(Args, Debug)]
pub(super) struct Dead {
    #[command(subcommand)]
    command: DeadCommand,
}

#[derive(Debug, Subcommand)]
enum DeadCommand {
    /// Show messages that the bot did not answer and parts that were not sent, oldest first.
    List(List),
    /// Try again: the bot is asked once more, the part is sent once more. A running server does it at once, else the next.
    Replay(Chosen),
    /// Give up for good.
    Drop(Chosen),
}

#[derive(Args, Debug)]
struct List {
    #[command(flatten)]
    record: Record,
    /// Those of one channel alone.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: usize,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct Chosen {
    #[command(flatten)]
    record: Record,
    /// Which, as `list` shows them.
    #[arg(
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    ids: Vec<Uuid>,
    /// All there are.
    #[arg(long)]
    all: bool,
    /// All there are of one channel.
    #[arg(long, value_name = "CHANNEL", requires = "all", conflicts_with = "ids")]
    channel: Option<String>,
}

/// What is done to dead letters.
#[derive(Clone, Copy)]
enum Deed {
    Replay,
    Drop,
}

impl Dead {
    pub(super) async fn run(self) -> ExitCode {
        match self.command {
            DeadCommand::List(list) => list.record.with(async |store| list.run(store).await).await,
            DeadCommand::Replay(chosen) => chosen.run(Deed::Replay).await,
            DeadCommand::Drop(chosen) => chosen.run(Deed::Drop).await,
        }
    }
}

impl List {
    async fn run(&self, store: &dyn Store) -> Outcome {
        let mut letters = of_channel(self.channel.as_deref());
        let mut text = String::new();
        let mut shown = 0;
        loop {
            // One more than is shown says whether there are more.
            let left = self.limit.saturating_sub(shown);
            let found = store.dead_letters(letters.clone(), PAGE.min(left.saturating_add(1)));
            let found = found.await.map_err(failed)?;
            let is_last = found.len() < PAGE;
            letters.after = found.last().map(|letter| letter.id);
            let more = found.len() > left;
            for letter in found.into_iter().take(left) {
                shown += 1;
                if self.json {
                    let line = serde_json::to_string(&LetterView::from(letter));
                    text.push_str(&line.map_err(|e| e.to_string())?);
                    text.push('\n');
                } else {
                    entry(&mut text, &letter);
                }
            }
            if more || is_last {
                if shown == 0 {
                    known(store, self.channel.as_deref()).await?;
                }
                if !self.json {
                    text.push_str(&summary(shown, more));
                }
                return Ok(text);
            }
        }
    }
}

fn entry(text: &mut String, letter: &DeadLetter) {
    let tries = if letter.attempts == 1 { "try" } else { "tries" };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{}  {} {}, {} {tries}\n  channel   {}, conversation {}\n  given up  {}\n  what      {}\n  why       {}\n",
        letter.id,
        letter.state,
        match letter.kind {
            "event" => "message",
            kind => kind,
        },
        letter.attempts,
        letter.channel,
        quoted(&letter.conversation),
        full(letter.dead_at),
        subject(letter),
        reason(&letter.error),
    );
}

fn summary(shown: usize, more: bool) -> String {
    match (shown, more) {
        (0, false) => "no dead letters\n".to_owned(),
        (_, true) => "there are more; hint: `--limit`\n".to_owned(),
        (_, false) => {
            "hint: `switchboard explain ID` tells the whole story, `switchboard dead replay ID` tries again\n".to_owned()
        }
    }
}

impl Chosen {
    async fn run(self, deed: Deed) -> ExitCode {
        let Self {
            record,
            ids,
            channel,
            ..
        } = self;
        record
            .with(async |store| {
                if ids.is_empty() {
                    all(store, deed, channel.as_deref()).await
                } else {
                    each(store, deed, &ids).await
                }
            })
            .await
    }
}

async fn each(store: &dyn Store, deed: Deed, ids: &[Uuid]) -> Outcome {
    let mut done = 0;
    let mut unknown = Vec::new();
    for id in ids {
        let letters = Letters {
            id: Some(*id),
            ..Letters::default()
        };
        match deed.on(store, letters).await? {
            0 => unknown.push(id.to_string()),
            count => done += count,
        }
    }
    if unknown.is_empty() {
        return Ok(deed.done(done));
    }
    Err(format!(
        "there is no dead letter {}; {}",
        unknown.join(", "),
        deed.done(done).trim_end()
    ))
}

/// All that there are at the beginning: with a server running, those that die again meanwhile are for another time.
async fn all(store: &dyn Store, deed: Deed, channel: Option<&str>) -> Outcome {
    let depths = store.depths().await.map_err(failed)?;
    let chosen = depths
        .iter()
        .filter(|depth| channel.is_none_or(|channel| channel == depth.channel));
    let there: u64 = chosen.map(|depth| depth.dead).sum();
    let mut done = 0;
    while done < there {
        match deed.on(store, of_channel(channel)).await? {
            0 => break,
            count => done += count,
        }
    }
    if done == 0 {
        known(store, channel).await?;
    }
    Ok(deed.done(done))
}

impl Deed {
    async fn on(self, store: &dyn Store, letters: Letters) -> Result<u64, String> {
        match self {
            Self::Replay => store.replay(letters, now()),
            Self::Drop => store.drop_letters(letters, now()),
        }
        .await
        .map_err(failed)
    }

    fn done(self, count: u64) -> String {
        let did = match self {
            Self::Replay => "replayed",
            Self::Drop => "dropped",
        };
        format!("{did} {count}\n")
    }
}

fn of_channel(channel: Option<&str>) -> Letters {
    Letters {
        channel: channel.map(str::to_owned),
        ..Letters::default()
    }
}

/// Where nothing was found: whether the channel that was named is there at all.
async fn known(store: &dyn Store, channel: Option<&str>) -> Result<(), String> {
    let Some(wanted) = channel else {
        return Ok(());
    };
    let depths = store.depths().await.map_err(failed)?;
    if depths.iter().any(|depth| depth.channel == wanted) {
        return Ok(());
    }
    let known: Vec<String> = depths.into_iter().map(|depth| depth.channel).collect();
    Err(format!(
        "there is no channel {wanted:?} on record; there are {}",
        known.join(", ")
    ))
}
