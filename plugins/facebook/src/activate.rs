//! The Messenger Profile of each Page: greeting, get-started button and menu.
//!
//! Meta allows ten such calls in ten minutes, and a server may start more often. So what was set is kept, as the names of
//! its properties and a digest of them with the token, which another Page changes too; and Meta is called only where
//! that differs. Properties that nobody set here are never touched: somebody may have set them by hand.

use std::iter;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use switchboard_sdk::{Host, LifecycleError, from_json, to_json};

use crate::Settings;
use crate::api::{Graph, SHORT};

/// The edge, and where what was set there is kept: for good, since it must outlast every restart.
const PROFILE: &str = "messenger_profile";

/// What was set.
#[derive(Default, PartialEq, Serialize, Deserialize)]
struct Profile {
    properties: Vec<String>,
    digest: String,
}

pub(crate) fn activate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    each(host, settings, |page| page.set())
}

pub(crate) fn deactivate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    each(host, settings, |page| page.clear())
}

/// Does it for every Page. One that fails keeps no other from its turn.
fn each(
    host: &dyn Host,
    settings: &Settings,
    act: fn(&Page<'_>) -> Result<(), LifecycleError>,
) -> Result<(), LifecycleError> {
    let mut outcome = Ok(());
    for page in pages(host, settings) {
        outcome = outcome.and(act(&page));
    }
    outcome
}

struct Page<'a> {
    graph: Graph<'a>,
    key: String,
}

/// The Pages that the channel answers for.
fn pages<'a>(host: &'a dyn Host, settings: &'a Settings) -> impl Iterator<Item = Page<'a>> {
    let further = settings.pages.keys().map(|page| Some(page.as_str()));
    iter::once(None).chain(further).map(move |page| Page {
        graph: Graph {
            host,
            settings,
            token: settings.token(page),
        },
        key: match page {
            Some(page) => format!("{PROFILE}:{page}"),
            None => PROFILE.to_owned(),
        },
    })
}

impl Page<'_> {
    fn set(&self) -> Result<(), LifecycleError> {
        let profile = &self.graph.settings.profile;
        if profile.is_empty() {
            return self.clear();
        }
        let before = self.before()?;
        let body = Value::Object(profile.clone());
        let token = self.graph.token.placeholder();
        let wanted = Profile {
            properties: profile.keys().cloned().collect(),
            digest: self.graph.signed(&[token, "|", &to_json(&body)].concat())?,
        };
        if wanted == before {
            return Ok(());
        }
        self.graph.call("POST", PROFILE, &body, SHORT)?;
        let gone = before.properties.into_iter();
        self.remove(gone.filter(|name| !profile.contains_key(name)).collect())?;
        let wanted = to_json(&wanted);
        let host = self.graph.host;
        Ok(host.state_set(&self.key, wanted.as_bytes(), None)?)
    }

    fn clear(&self) -> Result<(), LifecycleError> {
        let properties = self.before()?.properties;
        if properties.is_empty() {
            return Ok(());
        }
        self.remove(properties)?;
        Ok(self.graph.host.state_delete(&self.key)?)
    }

    fn before(&self) -> Result<Profile, LifecycleError> {
        let json = self.graph.host.state_get(&self.key)?;
        Ok(from_json(json.as_deref()).unwrap_or_default())
    }

    /// Removes properties together: Meta keeps the get-started button as long as there is a menu.
    fn remove(&self, properties: Vec<String>) -> Result<(), LifecycleError> {
        if !properties.is_empty() {
            let body = json!({ "fields": properties });
            self.graph.call("DELETE", PROFILE, &body, SHORT)?;
        }
        Ok(())
    }
}
