//! What wants its answer at once, in the response. The bot's comes later, by a message: so an invoke is answered with what
//! closes it, and one that needs content of the bot's is refused as Microsoft's libraries refuse what nobody handles.

use switchboard_sdk::{Host, JsonObject, OtherEvent, Refusal, Response};

use super::{Activity, happening, leave_out, message, taken};

/// Those that are content with an empty answer.
const CLOSED_BY_NOTHING: [&str; 6] = [
    "actionableMessage/executeAction",
    "fileConsent/invoke",
    "message/submitAction",
    "signin/tokenExchange",
    "signin/verifyState",
    "task/submit",
];

pub(super) fn invoke(host: &dyn Host, activity: &Activity<'_>) -> Result<Response, Refusal> {
    let name = activity.body.filled("name").unwrap_or_default();
    if name == "adaptiveCard/action" {
        let text = pressed(activity.body);
        let message = message::with_text(activity, activity.id(&[]), text);
        match message.text {
            Some(_) => host.accept(message.into())?,
            None => leave_out(host, activity.kind, "an action that says nothing"),
        }
        return Ok(taken());
    }
    if !CLOSED_BY_NOTHING.contains(&name.as_str()) {
        leave_out(host, activity.kind, "an invoke that wants content at once");
        return Ok(Response::empty(501));
    }
    let data = happening::data(activity);
    let event = OtherEvent {
        id: activity.id(&["invoke"]),
        reply: Some(activity.reply(None)),
        ..OtherEvent::new(activity.conversation(&activity.from), "invoke", data)
    };
    host.accept(event.into())?;
    Ok(Response::empty(200))
}

/// What an `Action.Execute` carries: its payload, as that of a submit, or else its verb, or else all of its data.
fn pressed(body: &JsonObject) -> Option<String> {
    let action = body.object("value")?.object("action")?;
    let data = action.object("data").unwrap_or_default();
    let payload = data.filled("payload").or_else(|| action.filled("verb"));
    payload.or_else(|| action.json("data").filter(|data| data != "{}"))
}
