//! Who the bot is: by its id it knows its own messages, by its name what stands before a message in a group.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use switchboard_sdk::{Host, StateError, from_json, to_json};

use crate::Settings;
use crate::api::{self, Missing};

/// Under this it is kept.
const KEY: &str = "me";

/// How long it is believed: the name can be changed at Webex. The id cannot, and a token of another bot comes with a
/// start, which asks anew.
const FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The bot.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Me {
    pub(crate) id: String,
    /// As people see it; empty where Webex does not say.
    pub(crate) name: String,
}

/// What was kept, else what Webex says.
pub(crate) fn me(host: &dyn Host, settings: &Settings) -> Result<Me, Unknown> {
    let kept = host.state_get(KEY)?;
    match from_json(kept.as_deref()) {
        Some(me) => Ok(me),
        None => learn(host, settings),
    }
}

/// Asks Webex whose token it is, and keeps the answer.
pub(crate) fn learn(host: &dyn Host, settings: &Settings) -> Result<Me, Unknown> {
    let person = api::get(host, settings, "/people/me")?;
    let Some(id) = person.filled("id") else {
        let text = "Webex does not say whose token it is";
        return Err(Missing::Later(60, text.to_owned()).into());
    };
    let name = person.filled("displayName").unwrap_or_default();
    let me = Me { id, name };
    host.state_set(KEY, to_json(&me).as_bytes(), Some(FOR))?;
    Ok(me)
}

/// Why the bot does not know itself.
#[derive(Debug)]
pub(crate) enum Unknown {
    AtWebex(Missing),
    Here(StateError),
}

impl From<Missing> for Unknown {
    fn from(missing: Missing) -> Self {
        Self::AtWebex(missing)
    }
}

impl From<StateError> for Unknown {
    fn from(error: StateError) -> Self {
        Self::Here(error)
    }
}
