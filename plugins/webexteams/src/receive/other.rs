//! What happens beside messages: someone joined, a message was edited. Nothing of the kind is registered by the connector;
//! an operator who does gets it.

use switchboard_sdk::OtherEvent;

use super::{Context, Found, LeftOut};

pub(super) fn event(context: &Context<'_>) -> Found {
    let notice = context.notice;
    if context.settings.secret.is_none() {
        // Nothing of it is fetched, so that the notice itself would have to be believed.
        return Err(LeftOut(
            "a notice that anybody could have sent: `secret` is not set",
        ));
    }
    if context.is_echo() {
        return Err(LeftOut("the bot did it itself"));
    }
    let subject = match notice.resource.as_str() {
        "messages" => "message",
        "memberships" => "membership",
        "rooms" => "room",
        _ => return Err(LeftOut("a resource that is none for bots")),
    };
    let happened @ ("created" | "updated" | "deleted") = notice.event.as_str() else {
        return Err(LeftOut("an event that is none for bots"));
    };
    let room = match subject {
        "room" => Some(notice.id.clone()),
        _ => notice.data.filled("roomId"),
    };
    let Some(room) = room else {
        return Err(LeftOut("a notice without a room"));
    };
    let event = OtherEvent {
        id: id(context),
        ..OtherEvent::new(room, [subject, "-", happened].concat(), notice.json.clone())
    };
    Ok(event.into())
}

/// A thing is created once and deleted once, and updated at a time; without the time, no two updates can be told apart.
fn id(context: &Context<'_>) -> Option<String> {
    let notice = context.notice;
    let once = [&notice.event_id(), ":", &notice.event].concat();
    if notice.event != "updated" {
        return Some(once);
    }
    let time = notice.data.filled("updated")?;
    Some([&once, ":", &time].concat())
}
