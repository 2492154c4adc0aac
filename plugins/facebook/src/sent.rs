//! Which parts a user has not read yet, as far as it is known.
//!
//! Meta says up to which time a user has read, and not what. So the ids of parts that went out are kept with their times,
//! by user, until they are read. A part that is forgotten here stays `delivered`, and nothing worse: so there are few
//! of them, they expire, and no failure of the store is one of the part.

use std::time::Duration;

use switchboard_sdk::{Host, LogLevel, StateError, from_json, to_json};

/// As many as a conversation has on a screen or two; some 2 KiB.
const KEPT: usize = 20;

/// Who has not read by then will hardly do so before the bot's next part begins anew.
const TTL: Duration = Duration::from_hours(72);

/// How often a write is tried that another one, of the inbound side or of another node, was faster than.
const TRIES: usize = 3;

/// The contract's limit of a key, bytes.
const MAX_KEY: usize = 256;

/// Milliseconds since 1970, and the id.
type Sent = (u64, String);

/// The time, as Meta counts it.
pub(crate) fn now(host: &dyn Host) -> u64 {
    u64::try_from(host.unix_time().as_millis()).unwrap_or(u64::MAX)
}

/// Keeps the id of a part that went out.
pub(crate) fn remember(host: &dyn Host, user: &str, id: String, at: u64) {
    update(host, user, |mut sent| {
        sent.push((at, id.clone()));
        let excess = sent.len().saturating_sub(KEPT);
        sent.drain(..excess);
        (sent, ())
    });
}

/// The ids of the parts that were sent by a time. They are forgotten.
pub(crate) fn take_until(host: &dyn Host, user: &str, time: u64) -> Vec<String> {
    let taken = update(host, user, |sent| {
        let (read, unread): (Vec<Sent>, Vec<Sent>) =
            sent.into_iter().partition(|(at, _)| *at <= time);
        (unread, read.into_iter().map(|(_, id)| id).collect())
    });
    taken.unwrap_or_default()
}

/// The same, and they are kept: what is delivered may still be read.
pub(crate) fn until(host: &dyn Host, user: &str, time: u64) -> Vec<String> {
    let sent = match key(user).map(|key| host.state_get(&key)) {
        Some(Ok(kept)) => read(kept.as_deref()),
        Some(Err(error)) => {
            log(host, &error);
            Vec::new()
        }
        None => Vec::new(),
    };
    let sent = sent.into_iter().filter(|(at, _)| *at <= time);
    sent.map(|(_, id)| id).collect()
}

/// Changes what is kept of a user. At once, and not together with the events of a `receive`: parts go out meanwhile, and
/// a write on the state of before would lose them.
fn update<T>(
    host: &dyn Host,
    user: &str,
    change: impl Fn(Vec<Sent>) -> (Vec<Sent>, T),
) -> Option<T> {
    let key = key(user)?;
    for _ in 0..TRIES {
        let outcome = host.state_get(&key).and_then(|kept| {
            let (sent, result) = change(read(kept.as_deref()));
            let value = (!sent.is_empty()).then(|| to_json(&sent).into_bytes());
            if value == kept {
                return Ok(Some(result));
            }
            let done =
                host.state_compare_and_set(&key, kept.as_deref(), value.as_deref(), Some(TTL))?;
            Ok(done.then_some(result))
        });
        match outcome {
            Ok(None) => {}
            Ok(result) => return result,
            Err(error) => {
                log(host, &error);
                return None;
            }
        }
    }
    None
}

fn key(user: &str) -> Option<String> {
    let key = format!("sent:{user}");
    (key.len() <= MAX_KEY).then_some(key)
}

fn read(kept: Option<&[u8]>) -> Vec<Sent> {
    from_json(kept).unwrap_or_default()
}

fn log(host: &dyn Host, error: &StateError) {
    let (StateError::OverLimit(text)
    | StateError::Unavailable(text)
    | StateError::NotAvailable(text)) = error;
    let message = "what was sent cannot be kept, so that it will not be known as read";
    host.log(LogLevel::Debug, message, &[("error", text)]);
}
