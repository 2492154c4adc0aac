//! Telling the platform where to call, by the same door that parts take, so that a test sees and disturbs it likewise.

use serde_json::{Value, json};
use switchboard_sdk::{Host, HttpRequest, LifecycleError};

use crate::Settings;

pub(crate) fn register(
    host: &dyn Host,
    settings: &Settings,
    url: Option<&str>,
) -> Result<(), LifecycleError> {
    if !settings.registers {
        return Ok(());
    }
    let Some(url) = url else {
        let text = "nobody said where the platform is to call";
        return Err(LifecycleError::Permanent(text.to_owned()));
    };
    post(host, settings, "register", &json!(format!("{url}/webhook")))
}

pub(crate) fn unregister(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    post(host, settings, "unregister", &Value::Null)
}

fn post(host: &dyn Host, settings: &Settings, id: &str, url: &Value) -> Result<(), LifecycleError> {
    let address = format!("{}/send", settings.url.trim_end_matches('/'));
    let body = json!({ "to": "the platform", "id": id, "attempt": 1, "url": url });
    host.fetch(HttpRequest::post(&address).json(&body))?
        .success()?;
    Ok(())
}
