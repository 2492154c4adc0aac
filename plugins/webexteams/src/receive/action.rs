//! A card that someone filled in: what the pressed button carries and what stands in the fields, all in one object.
//!
//! `payload` is what our own buttons carry, and it is what the user said. A card of the bot's own may carry it as well; or
//! an `intent`, of which all else become the entities, as Rasa reads them: `/book_table{"people":"4"}`. What has neither
//! is no message.

use serde_json::{Map, Value};
use switchboard_sdk::{Message, OtherEvent, rasa};

use super::{Context, Found, LeftOut, reply};
use crate::api::{self, Missing};

/// What a button says in the place of its presser.
pub(crate) const PAYLOAD: &str = "payload";

/// The thread in which the card is, because Webex does not tell: our own buttons carry it.
pub(crate) const PARENT: &str = "parentId";

/// The intent that a card of the bot's own means.
const INTENT: &str = "intent";

/// What the bot gets to see as metadata, under Webex's names.
const METADATA: [&str; 7] = [
    "id",
    "type",
    "messageId",
    "roomId",
    "personId",
    "inputs",
    "created",
];

pub(super) fn event(context: &Context<'_>) -> Result<Found, Missing> {
    let (notice, me) = (context.notice, &context.me);
    if context.is_echo() {
        return Ok(Err(LeftOut("the bot's own action")));
    }
    let Some(id) = api::segment(&notice.id) else {
        return Ok(Err(LeftOut("an action whose id is none")));
    };
    let path = ["/attachment/actions/", &id].concat();
    let found = api::get(context.host, context.settings, &path)?;
    let (Some(room), Some(person)) = (found.filled("roomId"), found.filled("personId")) else {
        return Ok(Err(LeftOut("an action without room or person")));
    };
    if person == me.id {
        return Ok(Err(LeftOut("the bot's own action")));
    }
    let inputs = found.value("inputs").unwrap_or_default();
    let id = Some(notice.event_id());
    let parent = filled(&inputs, PARENT).map(str::to_owned);
    let reply = Some(reply(&room, parent, &person));
    let metadata = found.pick(&METADATA).to_json();
    let Some(said) = said(inputs) else {
        let event = OtherEvent {
            id,
            reply,
            ..OtherEvent::new(room, "card-submitted", metadata)
        };
        return Ok(Ok(event.into()));
    };
    let message = Message {
        id,
        conversation: room,
        metadata: Some(metadata),
        reply,
        ..Message::new(person, said)
    };
    Ok(Ok(message.into()))
}

fn filled<'inputs>(inputs: &'inputs Map<String, Value>, name: &str) -> Option<&'inputs str> {
    let text = inputs.get(name).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
}

/// The user's message, if the inputs are one.
fn said(mut inputs: Map<String, Value>) -> Option<String> {
    if let Some(payload) = filled(&inputs, PAYLOAD) {
        return Some(payload.to_owned());
    }
    let intent = filled(&inputs, INTENT)?.to_owned();
    for name in [INTENT, PARENT, PAYLOAD] {
        inputs.remove(name);
    }
    let entities = (!inputs.is_empty()).then_some(Value::Object(inputs));
    Some(rasa::intent(&intent, entities.as_ref()))
}
