//! One part: one message, by one call.

mod render;

use serde_json::{Value, json};
use switchboard_sdk::{Address, Content, Host, JsonObject, Part, Receipt, SendError};

use crate::api::{Graph, LONG, SHORT};
use crate::sent;
use crate::settings::{MessagingType, Settings};

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    part: &Part,
) -> Result<Receipt, SendError> {
    // A conversation that began without the user has none, and goes by the channel's first.
    let page = JsonObject::or_empty(to.reply.as_ref()).filled("page_id");
    let graph = Graph {
        host,
        settings,
        token: settings.token(page.as_deref()),
    };
    let (user, message, timeout) = match &part.content {
        Content::Typing => return typing(&graph, &to.conversation),
        Content::Custom(json) => {
            let (user, message) = render::custom(json, &to.conversation)?;
            (user, message, LONG)
        }
        content => {
            let (message, has_file) = render::message(content)?;
            let timeout = if has_file { LONG } else { SHORT };
            (to.conversation.clone(), message, timeout)
        }
    };
    let mut body = json!({
        "recipient": { "id": user },
        "messaging_type": settings.messaging_type.name(),
        "notification_type": "REGULAR",
        "message": message,
    });
    if let (MessagingType::MessageTag, Some(tag)) = (settings.messaging_type, &settings.tag) {
        body["tag"] = Value::from(tag.as_str());
    }
    // Before the call, so that whoever reads at once has read later.
    let now = sent::now(host);
    let answer = graph.call("POST", "messages", &body, timeout)?;
    let id = answer.and_then(|answer| answer.filled("message_id"));
    if let Some(id) = &id {
        sent::remember(host, &user, id.clone(), now);
    }
    Ok(Receipt { id })
}

/// The user sees that the message was read and that an answer is being written, until it comes or for 20 seconds. Meta
/// takes one of the two in a call, and nothing with it.
fn typing(graph: &Graph<'_>, user: &str) -> Result<Receipt, SendError> {
    for action in ["mark_seen", "typing_on"] {
        let body = json!({ "recipient": { "id": user }, "sender_action": action });
        graph.call("POST", "messages", &body, SHORT)?;
    }
    Ok(Receipt::without_id())
}
