//! The Messenger Profile: greeting, get-started button and menu.
//!
//! Meta allows ten such calls in ten minutes, and a server may start more often. So what was set is kept, as the names of
//! its properties and a digest under the token, which another Page's token changes too; and Meta is called only where
//! that differs. Properties that nobody set here are never touched: somebody may have set them by hand.

use serde::{Deserialize, Serialize};
use serde_json::json;
use switchboard_sdk::{Digest, Host, LifecycleError, signature};

use crate::Settings;
use crate::api::{self, SHORT};

/// Where it is kept. It must outlast every restart.
const KEY: &str = "profile";

const EDGE: &str = "messenger_profile";

/// What was set.
#[derive(Default, PartialEq, Serialize, Deserialize)]
struct Profile {
    properties: Vec<String>,
    digest: String,
}

pub(crate) fn activate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    let before = kept(host)?;
    let json = serde_json::Value::Object(settings.profile.clone());
    let wanted = if settings.profile.is_empty() {
        Profile::default()
    } else {
        let text = json.to_string();
        let digest = signature::hex(host, "page-access-token", Digest::Sha256, text.as_bytes())?;
        let properties = settings.profile.keys().cloned().collect();
        Profile { properties, digest }
    };
    if wanted == before {
        return Ok(());
    }
    if !settings.profile.is_empty() {
        api::call(host, settings, "POST", EDGE, &json, SHORT)?;
    }
    let is_gone = |name: &String| !settings.profile.contains_key(name);
    let gone = before.properties.into_iter().filter(is_gone).collect();
    remove(host, settings, gone)?;
    if settings.profile.is_empty() {
        host.state_delete(KEY)?;
    } else {
        let wanted = serde_json::to_vec(&wanted).unwrap_or_default();
        host.state_set(KEY, &wanted, None)?;
    }
    Ok(())
}

pub(crate) fn deactivate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    remove(host, settings, kept(host)?.properties)?;
    host.state_delete(KEY)?;
    Ok(())
}

fn kept(host: &dyn Host) -> Result<Profile, LifecycleError> {
    let json = host.state_get(KEY)?;
    let profile = json.and_then(|json| serde_json::from_slice(&json).ok());
    Ok(profile.unwrap_or_default())
}

/// Removes properties together: Meta keeps the get-started button as long as there is a menu.
fn remove(
    host: &dyn Host,
    settings: &Settings,
    properties: Vec<String>,
) -> Result<(), LifecycleError> {
    if !properties.is_empty() {
        let body = json!({ "fields": properties });
        api::call(host, settings, "DELETE", EDGE, &body, SHORT)?;
    }
    Ok(())
}
