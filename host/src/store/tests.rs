//! What every store must do, whatever is behind it.

mod faults;
mod outbox;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::bindings::types::{Content, Message, TextContent};

const DEDUPE: Duration = Duration::from_secs(8 * 24 * 3600);
const NOW: Millis = 1_700_000_000_000;

/// A store with one node and one channel.
struct Fixture {
    store: Arc<dyn Store>,
    node: Node,
    channel: ChannelId,
    folder: TempDir,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(OnUnknown::Resend).await
    }

    async fn with(on_unknown: OnUnknown) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(folder.path()).expect("a store"));
        let node = store.join(NOW).await.expect("joined");
        let channel = store.channel("test", on_unknown).await.expect("a channel");
        Self {
            store,
            node,
            channel,
            folder,
        }
    }

    async fn accept(&self, events: Vec<NewEvent>, room: usize) -> Accepted {
        let accepted = self.store.accept(self.node, self.batch(events, room), NOW);
        accepted.await.expect("accepted")
    }

    fn batch(&self, events: Vec<NewEvent>, room: usize) -> Accept {
        Accept {
            channel: self.channel,
            events,
            statuses: vec![],
            state: vec![],
            dedupe: DEDUPE,
            room,
        }
    }

    async fn close(&self, turn: &Turn, end: TurnEnd) -> TurnClosed {
        let closed = self.store.close_turn(self.node, closing(turn, end), NOW);
        closed.await.expect("closed")
    }

    async fn claim(&self, now: Millis) -> Claimed<Turn> {
        let claimed = self.store.claim_turns(self.node, self.channel, 10, now);
        claimed.await.expect("claimed")
    }

    async fn claim_sends(&self, now: Millis) -> Claimed<Send> {
        let claimed = self.store.claim_sends(self.node, self.channel, 10, now);
        claimed.await.expect("claimed")
    }

    async fn close_send(&self, send: &Send, end: SendEnd) -> Option<Send> {
        let close = CloseSend {
            part: send.part,
            lane: send.lane,
            end,
            start: true,
        };
        let closed = self.store.close_send(self.node, close, NOW);
        closed.await.expect("closed")
    }

    async fn life(&self, id: Uuid) -> Life {
        let life = self.store.life(&id.to_string()).await.expect("read");
        life.expect("a life")
    }

    /// Texts of one conversation's answer to one message; the first part is being sent.
    async fn sending(&self, texts: &[&str]) -> Send {
        let accepted = self.accept(vec![event(None, "u", "hi")], 1).await;
        let parts = texts.iter().map(|text| part(text)).collect();
        let closed = self
            .close(&accepted.turns[0], TurnEnd::Answered(parts))
            .await;
        closed.send.expect("a send")
    }
}

fn closing(turn: &Turn, end: TurnEnd) -> CloseTurn {
    CloseTurn {
        event: turn.event,
        lane: turn.lane,
        started_at: NOW,
        end,
        go_on: true,
        start: true,
    }
}

fn event(platform_id: Option<&str>, conversation: &str, text: &str) -> NewEvent {
    NewEvent {
        id: Uuid::now_v7(),
        platform_id: platform_id.map(str::to_owned),
        body: EventBody::Message(Message {
            id: platform_id.map(str::to_owned),
            conversation: conversation.to_owned(),
            sender: conversation.to_owned(),
            text: Some(text.to_owned()),
            attachments: vec![],
            location: None,
            metadata: None,
            input_channel: None,
            reply: Some(format!("{{\"to\":\"{conversation}\"}}")),
        }),
    }
}

fn part(text: &str) -> NewPart {
    NewPart {
        id: Uuid::now_v7(),
        part: Part {
            content: Content::Text(TextContent { text: text.into() }),
            extra: None,
        },
        reply: None,
    }
}

fn said(turn: &Turn) -> &str {
    match &turn.body {
        EventBody::Message(message) => message.text.as_deref().unwrap_or_default(),
        EventBody::Other(other) => &other.name,
    }
}

fn text(send: &Send) -> &str {
    match &send.content.content {
        Content::Text(text) => &text.text,
        _ => "",
    }
}
