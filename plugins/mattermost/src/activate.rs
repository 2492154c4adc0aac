//! What a start settles: who the bot is, and where its buttons lead. Webhooks and commands are made by people, in
//! Mattermost, which shows their tokens there.

use switchboard_sdk::{Host, LifecycleError, LogLevel, StateError};

use crate::settings::{Account, Settings};
use crate::{me, session};

/// Under this the channel's own address is kept.
const KEY: &str = "webhook";

pub(crate) fn activate(
    host: &dyn Host,
    settings: &Settings,
    url: Option<&str>,
) -> Result<(), LifecycleError> {
    match url {
        Some(url) => host.state_set(KEY, [url, "/webhook"].concat().as_bytes(), None)?,
        None => host.state_delete(KEY)?,
    }
    if url.is_none() && settings.webhook_url.is_none() {
        let text = "buttons are shown as text, for they would lead nowhere; hint: set `webhook_url`, or tell the \
                    server its public address with `--public-url`";
        host.log(LogLevel::Warn, text, &[]);
    }
    me::learn(host, settings)?;
    Ok(())
}

pub(crate) fn deactivate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    if let Account::Login { user, .. } = &settings.account {
        session::logout(host, settings, user);
    }
    session::forget(host)?;
    Ok(())
}

/// Where presses are to be sent.
pub(crate) fn webhook(host: &dyn Host, settings: &Settings) -> Result<Option<String>, StateError> {
    if settings.webhook_url.is_some() {
        return Ok(settings.webhook_url.clone());
    }
    let kept = host.state_get(KEY)?;
    Ok(kept.and_then(|kept| String::from_utf8(kept).ok()))
}
