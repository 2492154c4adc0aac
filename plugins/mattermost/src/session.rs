//! Logging in, for a bot that is a user with a password. The session is kept until Mattermost no longer takes it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use switchboard_sdk::{Host, LogLevel, Sealed, SendError, StateError};

use crate::api;
use crate::settings::Settings;

/// Under this it is kept.
const KEY: &str = "session";

/// How long it is worth trying: Mattermost's own default for sessions.
const FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What is kept. A session goes to the server that gave it alone, also after the settings were changed.
#[derive(Serialize, Deserialize)]
struct Session {
    site: String,
    user: String,
    token: String,
}

/// The session of this user at this server.
pub(crate) fn kept(host: &dyn Host, settings: &Settings, user: &str) -> Option<String> {
    let kept = host.state_get(KEY).ok()??;
    let session: Session = serde_json::from_slice(&kept).ok()?;
    (session.site == settings.site && session.user == user).then_some(session.token)
}

/// Opens one. That it cannot be kept costs a login the next time.
pub(crate) fn login(
    host: &dyn Host,
    settings: &Settings,
    user: &str,
    password: &Sealed,
) -> Result<String, SendError> {
    let request = api::request(settings, "POST", "/users/login")
        .json(&json!({ "login_id": user, "password": password.placeholder() }))
        .timeout(api::SHORT);
    let answer = host.fetch(request).map_err(SendError::from);
    let answer = answer
        .and_then(|answer| api::success(answer, "are `user` and `pw` right?"))
        .map_err(api::unseen)?;
    let Some(token) = answer.header("token").filter(|token| !token.is_empty()) else {
        let text = "the answer to the login has no session; is `url` Mattermost's?";
        return Err(SendError::permanent("login", text));
    };
    let session = Session {
        site: settings.site.clone(),
        user: user.to_owned(),
        token: token.to_owned(),
    };
    let json = serde_json::to_vec(&session).unwrap_or_default();
    if host.state_set(KEY, &json, Some(FOR)).is_err() {
        host.log(LogLevel::Debug, "the session could not be kept", &[]);
    }
    Ok(session.token)
}

/// Closes it, as far as Mattermost can be reached.
pub(crate) fn logout(host: &dyn Host, settings: &Settings, user: &str) {
    if let Some(session) = kept(host, settings, user) {
        let request = api::request(settings, "POST", "/users/logout").bearer_auth(&session);
        let is_closed = host.fetch(request).is_ok_and(|answer| answer.status == 200);
        if !is_closed {
            let text = "the session could not be closed; Mattermost ends it after a while";
            host.log(LogLevel::Warn, text, &[]);
        }
    }
}

/// Forgets it.
pub(crate) fn forget(host: &dyn Host) -> Result<(), StateError> {
    host.state_delete(KEY)
}
