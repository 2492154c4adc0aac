//! The webhooks' registration: one for messages, one for presses of card buttons, both to the channel's address.
//!
//! Which webhooks are ours, their address says, and for a change of it the ids that are kept; never their name, which
//! another server with the same bot would use too. Every start writes them anew, for Webex switches off a webhook that
//! failed too often, and does not tell its secret.

use serde_json::{Value, json};
use switchboard_sdk::{
    Host, HttpRequest, HttpResponse, LifecycleError, LogLevel, SendError, StateError, from_json,
    to_json,
};

use crate::Settings;
use crate::api::{self, Missing};
use crate::me::{self, Unknown};

/// What the bot is told of: resource and event.
const WANTED: [(&str, &str); 2] = [("messages", "created"), ("attachmentActions", "created")];

/// Under this the ids of the webhooks that the connector answers for are kept.
const KEY: &str = "webhooks";

/// How many pages of webhooks are read, of 100 each: far more than a bot has.
const MAX_PAGES: usize = 10;

pub(crate) fn activate(
    host: &dyn Host,
    settings: &Settings,
    url: Option<&str>,
) -> Result<(), LifecycleError> {
    me::learn(host, settings)?;
    let Some(url) = url else {
        let text = "Webex is not told where to send messages; hint: tell the server its public address with \
                    `--public-url`, or register the webhooks by hand";
        host.log(LogLevel::Warn, text, &[]);
        return Ok(());
    };
    let address = [url, "/webhook"].concat();
    let kept = kept(host)?;
    let known = list(host, settings)?;
    let mut ours = Vec::new();
    for (resource, event) in WANTED {
        let mut is_there = false;
        for webhook in &known {
            if webhook["resource"] != resource || webhook["event"] != event {
                continue;
            }
            let Some(id) = webhook["id"].as_str() else {
                continue;
            };
            if webhook["targetUrl"] != address && !kept.iter().any(|kept| kept == id) {
                continue;
            }
            update(host, settings, id, &address)?;
            is_there = true;
            // One with a filter was made by hand, for one room perhaps: it is kept at work, and is not ours to remove.
            if webhook["filter"].as_str().is_none_or(str::is_empty) {
                ours.push(id.to_owned());
            }
        }
        if !is_there {
            ours.extend(create(host, settings, resource, event, &address)?);
        }
    }
    keep(host, &ours)?;
    Ok(())
}

pub(crate) fn deactivate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    for id in kept(host)? {
        match call(host, settings, "DELETE", &id, None) {
            Err(SendError::Permanent(failure)) if failure.code == "404" => {}
            other => {
                other?;
            }
        }
    }
    host.state_delete(KEY)?;
    Ok(())
}

/// All webhooks of the bot.
fn list(host: &dyn Host, settings: &Settings) -> Result<Vec<Value>, LifecycleError> {
    let mut all = Vec::new();
    let mut request = api::request(settings, "GET", "/webhooks?max=100");
    for _ in 0..MAX_PAGES {
        let answer = api::call(host, request)?;
        let Ok(Value::Object(mut page)) = answer.json() else {
            let text = "what Webex answered when asked for the webhooks cannot be read";
            return Err(LifecycleError::Retry(text.to_owned()));
        };
        if let Some(Value::Array(items)) = page.remove("items") {
            all.extend(items);
        }
        match next(&answer) {
            Some(url) => request = api::at(settings, "GET", url),
            None => return Ok(all),
        }
    }
    let text = "the bot has more than 1,000 webhooks; delete those that nobody uses";
    Err(LifecycleError::Permanent(text.to_owned()))
}

/// The address of the next page (RFC 8288).
fn next(answer: &HttpResponse) -> Option<&str> {
    let links = answer.header("link")?.split(',');
    let mut next = links.filter(|link| link.contains("rel=\"next\""));
    let (url, _) = next
        .next()?
        .trim_start()
        .strip_prefix('<')?
        .split_once('>')?;
    Some(url)
}

fn create(
    host: &dyn Host,
    settings: &Settings,
    resource: &str,
    event: &str,
    address: &str,
) -> Result<Option<String>, LifecycleError> {
    let mut webhook = webhook(settings, address);
    webhook["resource"] = resource.into();
    webhook["event"] = event.into();
    let request = api::request(settings, "POST", "/webhooks").json(&webhook);
    let answer = api::call(host, request)?;
    let answer = answer.json::<Value>().unwrap_or_default();
    Ok(answer["id"].as_str().map(str::to_owned))
}

/// Also switches it on again.
fn update(
    host: &dyn Host,
    settings: &Settings,
    id: &str,
    address: &str,
) -> Result<(), LifecycleError> {
    let mut webhook = webhook(settings, address);
    webhook["status"] = "active".into();
    match call(host, settings, "PUT", id, Some(&webhook)) {
        Err(SendError::Permanent(failure)) if failure.code == "404" => {
            let text = "a webhook was removed while it was registered";
            Err(LifecycleError::Retry(text.to_owned()))
        }
        other => {
            other?;
            Ok(())
        }
    }
}

fn webhook(settings: &Settings, address: &str) -> Value {
    let mut webhook = json!({ "name": settings.name, "targetUrl": address });
    if let Some(secret) = &settings.secret {
        webhook["secret"] = secret.placeholder().into();
    }
    webhook
}

/// A call that is about one webhook.
fn call(
    host: &dyn Host,
    settings: &Settings,
    method: &str,
    id: &str,
    body: Option<&Value>,
) -> Result<HttpResponse, SendError> {
    let Some(id) = api::segment(id) else {
        let text = "a webhook whose id is none";
        return Err(SendError::Unsupported(text.to_owned()));
    };
    let request: HttpRequest = api::request(settings, method, &["/webhooks/", &id].concat());
    api::call(
        host,
        match body {
            Some(body) => request.json(body),
            None => request,
        },
    )
}

fn kept(host: &dyn Host) -> Result<Vec<String>, StateError> {
    let kept = host.state_get(KEY)?;
    Ok(from_json(kept.as_deref()).unwrap_or_default())
}

fn keep(host: &dyn Host, ids: &[String]) -> Result<(), StateError> {
    host.state_set(KEY, to_json(ids).as_bytes(), None)
}

impl From<Unknown> for LifecycleError {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::Here(error) => error.into(),
            Unknown::AtWebex(Missing::Gone(text)) => Self::Permanent(text),
            Unknown::AtWebex(Missing::Later(_, text)) => Self::Retry(text),
            Unknown::AtWebex(Missing::Unauthorized(text)) => Self::Unauthorized(text),
        }
    }
}
