//! The webhook's registration.
//!
//! `setWebhook` is called at every start, and not only when something has changed: Telegram alone knows what is registered
//! with it, it does not tell the secret, and saying the same twice changes nothing there. So a change takes effect, and
//! so does a webhook that somebody else has removed or taken over.

use serde_json::{Map, json};
use switchboard_sdk::{Host, LifecycleError, LogLevel, Refusal, Response, StateError};

use crate::{Settings, api, verify};

/// Where Telegram posts updates, below the channel's mount.
pub(crate) const WEBHOOK: &str = "webhook";

/// Where the operator has the webhook registered, as with Rasa.
pub(crate) const SET_WEBHOOK: &str = "set_webhook";

/// Under this the bot's name is kept, for operators who do not write it down.
const USERNAME: &str = "username";

/// Under this the webhook's address is kept, for `set_webhook`.
const ADDRESS: &str = "webhook_url";

pub(crate) fn activate(
    host: &dyn Host,
    settings: &Settings,
    url: Option<&str>,
) -> Result<(), LifecycleError> {
    let url = match (&settings.webhook_url, url) {
        (Some(url), _) => url.clone(),
        (None, Some(mount)) => {
            let url = format!("{mount}/{WEBHOOK}");
            host.state_set(ADDRESS, url.as_bytes(), None)?;
            url
        }
        (None, None) => return Err(LifecycleError::Permanent(NO_ADDRESS.to_owned())),
    };
    learn_name(host, settings)?;
    register(host, settings, &url)
}

/// What to do where nobody knows the address.
const NO_ADDRESS: &str = "Telegram cannot be told where to post updates: set `webhook_url`, or tell the server its \
                          public address with `--public-url`";

pub(crate) fn deactivate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    api::call(host, settings, "deleteWebhook", &Map::new())?;
    Ok(())
}

/// The operator asks for it, with Rasa's words for an answer.
pub(crate) fn set_webhook(host: &dyn Host, settings: &Settings) -> Result<Response, Refusal> {
    let url = match &settings.webhook_url {
        Some(url) => Some(url.clone()),
        None => kept(host, ADDRESS)?,
    };
    let outcome = match url {
        Some(url) => register(host, settings, &url),
        None => Err(LifecycleError::Permanent(NO_ADDRESS.to_owned())),
    };
    Ok(match outcome {
        Ok(()) => Response::text(200, "Webhook setup successful"),
        Err(
            LifecycleError::Retry(text)
            | LifecycleError::Unauthorized(text)
            | LifecycleError::Permanent(text),
        ) => Response::text(502, format!("Invalid webhook: {text}")),
    })
}

/// The bot's name, as far as it is known.
pub(crate) fn own_name(host: &dyn Host, settings: &Settings) -> Result<Option<String>, StateError> {
    match &settings.verify {
        Some(name) => Ok(Some(name.0.clone())),
        None => kept(host, USERNAME),
    }
}

/// Asks whose token it is.
fn learn_name(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    let answer = api::call(host, settings, "getMe", &Map::new())?;
    let bot = answer.object("result").unwrap_or_default();
    let Some(name) = bot.filled("username") else {
        return Ok(());
    };
    match &settings.verify {
        None => host.state_set(USERNAME, name.as_bytes(), None)?,
        Some(expected) if !expected.0.eq_ignore_ascii_case(&name) => host.log(
            LogLevel::Warn,
            "`verify` names another bot than `access_token`: commands and mentions in groups are not recognised",
            &[("verify", &expected.0), ("username", &name)],
        ),
        Some(_) => {}
    }
    Ok(())
}

fn register(host: &dyn Host, settings: &Settings, url: &str) -> Result<(), LifecycleError> {
    let webhook = [
        ("url", json!(url)),
        ("secret_token", json!(verify::secret(host, settings)?)),
        // Always: what is left out keeps what it was.
        ("allowed_updates", json!(settings.allowed_updates)),
    ];
    let webhook = webhook.map(|(name, value)| (name.to_owned(), value));
    api::call(host, settings, "setWebhook", &Map::from_iter(webhook))?;
    Ok(())
}

fn kept(host: &dyn Host, key: &str) -> Result<Option<String>, StateError> {
    let value = host.state_get(key)?;
    Ok(value.and_then(|value| String::from_utf8(value).ok()))
}
