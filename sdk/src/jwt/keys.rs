//! The keys that a platform publishes: fetched, kept, and fetched anew when they are old or a token names one that is not
//! among them.
//!
//! What is kept is written by comparing and setting, because that counts at once: a request that is refused in the end
//! takes back what it stored otherwise, and each forgery would have the keys fetched again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Key;
use crate::{BotError, Host, HttpError, HttpRequest, JsonObject, LogLevel, Refusal, StateError};

/// A platform changes its keys over days, and publishes new ones before it uses them.
const REFRESH: u64 = 24 * 60 * 60;

/// How soon an unknown name is worth a look: anybody can make one up.
const AT_MOST_HOURLY: u64 = 60 * 60;

/// How long keys are good while the platform cannot be reached.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// After a failure while there are no keys at all, how long nobody is made to wait for the next.
const BREATHER: Duration = Duration::from_secs(10);

/// How long to wait for each answer. Platforms give up after some 15 seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// More are not kept; platforms publish about ten.
const MAX_KEYS: usize = 64;

/// Where keys are published.
#[derive(Debug, Clone, Copy)]
pub struct KeySource<'a> {
    name: &'a str,
    url: &'a str,
    is_metadata: bool,
}

/// What is kept of a source.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The address, which settings may change.
    from: String,
    /// When, seconds since the beginning of 1970.
    at: u64,
    keys: Vec<Key>,
}

impl<'a> KeySource<'a> {
    /// The address of a set of keys (RFC 7517). They are kept in the channel's state under `jwks:` and the name.
    #[must_use]
    pub const fn keys(name: &'a str, url: &'a str) -> Self {
        Self {
            name,
            url,
            is_metadata: false,
        }
    }

    /// The address of OpenID metadata, whose `jwks_uri` is that of the keys.
    #[must_use]
    pub const fn metadata(name: &'a str, url: &'a str) -> Self {
        Self {
            name,
            url,
            is_metadata: true,
        }
    }

    /// The key of a name. `None` if the platform has published none of it, as far as is known: it is asked again at most
    /// once an hour.
    ///
    /// # Errors
    ///
    /// A refusal that makes the platform send its request again: the keys are not known and cannot be fetched now.
    pub fn find(&self, host: &dyn Host, kid: &str) -> Result<Option<Key>, Refusal> {
        let place = ["jwks:", self.name].concat();
        let raw = host.state_get(&place)?;
        let kept = raw.as_deref().and_then(|raw| self.read(raw));
        let found = kept.as_ref().and_then(|kept| kept.key(kid));
        if let Some(kept) = &kept {
            let age = host.unix_time().as_secs().saturating_sub(kept.at);
            let good_for = found.as_ref().map_or(AT_MOST_HOURLY, |_| REFRESH);
            if age < good_for || !asks_first(host, &place)? {
                return Ok(found);
            }
        } else if host.state_get(&failed(&place))?.is_some() {
            return Err(unavailable());
        }
        match self.fetch(host) {
            Ok(fresh) => {
                keep(host, &place, raw.as_deref(), &fresh);
                Ok(fresh.key(kid))
            }
            Err(reason) => {
                let fields = [("address", self.url), ("reason", &reason)];
                let text =
                    "the keys by which requests are known to be genuine could not be fetched";
                host.log(LogLevel::Warn, text, &fields);
                if kept.is_some() {
                    return Ok(found);
                }
                host.state_compare_and_set(&failed(&place), None, Some(b"1"), Some(BREATHER))?;
                Err(unavailable())
            }
        }
    }

    fn read(&self, raw: &[u8]) -> Option<Kept> {
        let kept: Kept = serde_json::from_slice(raw).ok()?;
        (kept.from == self.url).then_some(kept)
    }

    fn fetch(&self, host: &dyn Host) -> Result<Kept, String> {
        let keys = if self.is_metadata {
            let metadata = get(host, self.url)?;
            let keys = metadata.filled("jwks_uri");
            get(host, &keys.ok_or("the metadata has no `jwks_uri`")?)?
        } else {
            get(host, self.url)?
        };
        let keys = keys.objects("keys");
        let keys: Vec<Key> = keys.iter().filter_map(Key::of).take(MAX_KEYS).collect();
        if keys.is_empty() {
            return Err("there is no RSA key among them".to_owned());
        }
        Ok(Kept {
            from: self.url.to_owned(),
            at: host.unix_time().as_secs(),
            keys,
        })
    }
}

impl Kept {
    fn key(&self, kid: &str) -> Option<Key> {
        self.keys.iter().find(|key| key.kid == kid).cloned()
    }
}

fn failed(place: &str) -> String {
    [place, ":failed"].concat()
}

/// Whether nobody asked within the hour.
fn asks_first(host: &dyn Host, place: &str) -> Result<bool, Refusal> {
    let asked = [place, ":asked"].concat();
    let hour = Duration::from_secs(AT_MOST_HOURLY);
    Ok(host.state_compare_and_set(&asked, None, Some(b"1"), Some(hour))?)
}

/// Where it does not work, or another was faster, the next request does it again.
fn keep(host: &dyn Host, place: &str, before: Option<&[u8]>, fresh: &Kept) {
    let Ok(json) = serde_json::to_vec(fresh) else {
        return;
    };
    if let Err(error) = host.state_compare_and_set(place, before, Some(&json), Some(KEPT_FOR)) {
        let (StateError::OverLimit(reason)
        | StateError::Unavailable(reason)
        | StateError::NotAvailable(reason)) = error;
        host.log(
            LogLevel::Warn,
            "the keys could not be kept",
            &[("reason", &reason)],
        );
    }
}

fn get(host: &dyn Host, url: &str) -> Result<JsonObject, String> {
    let answer = host.fetch(HttpRequest::get(url).timeout(PATIENCE));
    let answer = answer.map_err(|error| match error {
        HttpError::Denied(text)
        | HttpError::InvalidRequest(text)
        | HttpError::Unreachable(text)
        | HttpError::TimedOut(text)
        | HttpError::Interrupted(text)
        | HttpError::TooLarge(text) => text,
    })?;
    match answer.status {
        200 => answer.json_object().map_err(|error| error.to_string()),
        status => Err(format!("{url} answers with status {status}")),
    }
}

/// The one refusal that is answered with 503 and Retry-After.
fn unavailable() -> Refusal {
    let text = "the keys by which requests are known to be genuine cannot be had now";
    Refusal::BotFailed(BotError::Overloaded(text.to_owned()))
}
