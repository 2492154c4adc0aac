//! Who the bot is: by its id it knows its own posts, which Mattermost hands to outgoing webhooks as everybody's.

use switchboard_sdk::{Host, SendError, StateError};

use crate::api;
use crate::settings::Settings;

/// Under this it is kept; asked anew at every start, for another token may be another bot's.
const KEY: &str = "me";

/// Whether it is the bot's own id. Before a start reached Mattermost nobody knows, and the bot has not spoken.
pub(crate) fn is(host: &dyn Host, user: &str) -> Result<bool, StateError> {
    Ok(host.state_get(KEY)?.as_deref() == Some(user.as_bytes()))
}

/// What was kept, else what Mattermost says.
pub(crate) fn id(host: &dyn Host, settings: &Settings) -> Result<String, SendError> {
    let kept = host.state_get(KEY).ok().flatten();
    match kept.and_then(|kept| String::from_utf8(kept).ok()) {
        Some(id) => Ok(id),
        None => learn(host, settings),
    }
}

/// Asks Mattermost whose account it is, and keeps the answer.
pub(crate) fn learn(host: &dyn Host, settings: &Settings) -> Result<String, SendError> {
    let request = api::request(settings, "GET", "/users/me").timeout(api::SHORT);
    let answer = api::call(host, settings, request).map_err(api::unseen)?;
    let id = answer.json_object().ok().and_then(|user| user.filled("id"));
    let Some(id) = id else {
        let text = "Mattermost does not say who the bot is; is `url` right?";
        return Err(SendError::permanent("me", text));
    };
    // What is not kept now is kept at the next start.
    host.state_set(KEY, id.as_bytes(), None).ok();
    Ok(id)
}
