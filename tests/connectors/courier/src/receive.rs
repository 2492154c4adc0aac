//! One delivery of the platform: events, and what to remember of them. It may ask for trouble too, after all of it was
//! handed on.

use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_sdk::{
    Content, DeliveryStatus, Event, Host, Message, OtherEvent, Refusal, Request, Response,
    StatusUpdate,
};

use crate::state::Write;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delivery {
    #[serde(default)]
    events: Vec<News>,
    #[serde(default)]
    state: Vec<Write>,
    /// The platform takes it back.
    #[serde(default)]
    refuse: bool,
    /// The connector does not survive it.
    #[serde(default)]
    trap: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum News {
    Message {
        id: Option<String>,
        conversation: String,
        sender: Option<String>,
        text: Option<String>,
        reply: Option<Value>,
        metadata: Option<Value>,
    },
    Status {
        id: String,
        status: Progress,
        detail: Option<String>,
    },
    Other {
        id: Option<String>,
        conversation: String,
        name: String,
        #[serde(default)]
        data: Value,
        reply: Option<Value>,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    Queued,
    Sent,
    Delivered,
    Read,
    Failed,
}

pub(crate) fn receive(host: &dyn Host, request: &Request) -> Result<Response, Refusal> {
    let delivery: Delivery = request.json()?;
    let taken = delivery.events.len();
    for news in delivery.events {
        host.accept(news.into())?;
    }
    for write in delivery.state {
        write.apply(host)?;
    }
    assert!(!delivery.trap, "as the platform wishes");
    if delivery.refuse {
        return Err(Refusal::Forbidden("the platform takes it back".to_owned()));
    }
    Ok(Response::json(200, &json!({ "taken": taken })))
}

/// For those who wait for the answer: the texts of it.
pub(crate) fn ask(host: &dyn Host, request: &Request) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Question {
        conversation: String,
        text: String,
    }
    let Question { conversation, text } = request.json()?;
    let parts = host.ask(Message::new(conversation, text))?;
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|part| match &part.content {
            Content::Text(text) => Some(&text.text[..]),
            _ => None,
        })
        .collect();
    Ok(Response::json(200, &texts))
}

impl From<News> for Event {
    fn from(news: News) -> Self {
        let text = |value: Option<Value>| value.map(|value| value.to_string());
        match news {
            News::Message {
                id,
                conversation,
                sender,
                text: said,
                reply,
                metadata,
            } => Message {
                id,
                sender: sender.unwrap_or_else(|| conversation.clone()),
                text: said,
                reply: text(reply),
                metadata: text(metadata),
                ..Message::new(conversation, "")
            }
            .into(),
            News::Status { id, status, detail } => StatusUpdate {
                detail,
                ..StatusUpdate::new(id, status.into())
            }
            .into(),
            News::Other {
                id,
                conversation,
                name,
                data,
                reply,
            } => OtherEvent {
                id,
                reply: text(reply),
                ..OtherEvent::new(conversation, name, data.to_string())
            }
            .into(),
        }
    }
}

impl From<Progress> for DeliveryStatus {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::Queued => Self::Queued,
            Progress::Sent => Self::Sent,
            Progress::Delivered => Self::Delivered,
            Progress::Read => Self::Read,
            Progress::Failed => Self::Failed,
        }
    }
}
