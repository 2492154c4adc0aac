//! One request of Meta: a handshake, or a batch of entries, each with what happened in the inbox of a Page.
//!
//! What the bot should hear of is handed over first, in Meta's order, and news of parts after it: of these there may be
//! more than one call may accept, and they are the ones that can be missed. What cannot be read is left out, and nothing
//! else with it: to refuse a batch would bring it back for a day and a half, and then cost the Page its subscription.

mod message;
mod other;
mod status;

use switchboard_sdk::{AcceptError, Event, Host, JsonObject, LogLevel, Refusal, Request, Response};

use crate::{Settings, verify};

/// What happened to one user, still in Meta's words.
struct Happening {
    page: Option<String>,
    user: String,
    json: JsonObject,
}

pub(crate) fn receive(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Response, Refusal> {
    if request.method != "POST" {
        return verify::handshake(host, request);
    }
    verify::signature(host, settings, request)?;
    let happenings = happenings(host, settings, &request.json_object()?);
    for happening in &happenings {
        match event(happening) {
            Ok(Some(event)) => accept(host, event)?,
            Ok(None) => {}
            Err(reason) => left_out(host, reason),
        }
    }
    for update in happenings.iter().flat_map(|h| status::updates(host, h)) {
        match host.accept(update.into()) {
            Err(AcceptError::TooMany(text)) => {
                debug(host, "some news of parts were left out", &text);
                break;
            }
            Err(AcceptError::Invalid(text)) => debug(host, "news of a part were left out", &text),
            result => result?,
        }
    }
    // As Rasa says it; Meta looks at the status alone.
    Ok(Response::text(200, "success"))
}

/// All that the batch holds for this Page.
fn happenings(host: &dyn Host, settings: &Settings, batch: &JsonObject) -> Vec<Happening> {
    let mut happenings = Vec::new();
    if batch.kind("object").is_some() && batch.filled("object").as_deref() != Some("page") {
        left_out(host, "it is no object of a Page");
        return happenings;
    }
    for entry in objects(host, batch, "entry") {
        let page = entry.id("id");
        if page.as_ref().is_some_and(|page| !settings.is_ours(page)) {
            left_out(host, "it is of a Page that the settings do not name");
            continue;
        }
        for elsewhere in ["standby", "changes"] {
            if entry.kind(elsewhere).is_some() {
                left_out(host, "it is no talk with this bot: standby or changes");
            }
        }
        if entry.kind("messaging").is_none() {
            continue;
        }
        for json in objects(host, &entry, "messaging") {
            match json.object("sender").and_then(|sender| sender.id("id")) {
                Some(user) => happenings.push(Happening {
                    page: page.clone(),
                    user,
                    json,
                }),
                None => left_out(host, "it has no `sender.id`"),
            }
        }
    }
    happenings
}

/// The objects of a list. What is none is left out.
fn objects(host: &dyn Host, parent: &JsonObject, name: &str) -> Vec<JsonObject> {
    let Some(items) = parent.items(name) else {
        left_out(host, &format!("`{name}` is no list"));
        return Vec::new();
    };
    let objects = items.into_iter().filter_map(|item| {
        let object = JsonObject::parse(item.as_bytes());
        object
            .map_err(|_| left_out(host, &format!("an item of `{name}` is no object")))
            .ok()
    });
    objects.collect()
}

/// What it is for the bot, if it is anything; or why not.
fn event(happening: &Happening) -> Result<Option<Event>, &'static str> {
    let json = &happening.json;
    if let Some(message) = json.object("message") {
        if message.is_true("is_echo") {
            return Err("it is an echo of what the Page itself said");
        }
        let message = message::of_message(happening, &message);
        return match message {
            Some(message) => Ok(Some(message.into())),
            None => Err("the message has nothing in it that is known"),
        };
    }
    if let Some(postback) = json.object("postback") {
        return match message::of_postback(happening, &postback) {
            Some(message) => Ok(Some(message.into())),
            None => Err("the postback has no payload, so that it is of another app's button"),
        };
    }
    if status::is_one(json) {
        return Ok(None);
    }
    match other::event(happening) {
        Some(event) => Ok(Some(event.into())),
        None => Err("it is of a kind that is not known"),
    }
}

/// Hands an event over. One that breaks a rule of the contract, by a name that is too long, costs no other.
fn accept(host: &dyn Host, event: Event) -> Result<(), Refusal> {
    match host.accept(event) {
        Err(AcceptError::Invalid(text)) => {
            debug(host, "an event was left out", &text);
            Ok(())
        }
        result => Ok(result?),
    }
}

fn left_out(host: &dyn Host, reason: &str) {
    debug(host, "an event was left out", reason);
}

fn debug(host: &dyn Host, message: &str, reason: &str) {
    host.log(LogLevel::Debug, message, &[("reason", reason)]);
}
