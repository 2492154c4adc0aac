//! What the commands do to a store, and print.

use std::path::Path;
use std::time::Duration;

use clap::Parser;
use tempfile::TempDir;

use super::*;
use crate::bindings::types::Message;
use crate::cli::Cli;
use crate::store::{Accept, CloseTurn, EventBody, Millis, NewEvent, OnUnknown, Sqlite, TurnEnd};

const NOW: Millis = 1_700_000_000_000;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn message(number: u128) -> NewEvent {
    let conversation = format!("u{number}");
    NewEvent {
        id: id(number),
        platform_id: None,
        body: EventBody::Message(Message {
            id: None,
            sender: conversation.clone(),
            conversation,
            text: Some(format!("text {number}")),
            attachments: vec![],
            location: None,
            metadata: None,
            input_channel: None,
            reply: None,
        }),
    }
}

/// A server's store with dead letters of these numbers on the channel `rest`, and none on `slack`. It stays open, as
/// that of a running server.
async fn dead(folder: &Path, numbers: std::ops::RangeInclusive<u128>) -> Sqlite {
    let store = Sqlite::open(folder).expect("a store");
    let node = store.join(NOW).await.expect("joined");
    let channel = store
        .channel("rest", OnUnknown::Resend)
        .await
        .expect("a channel");
    store
        .channel("slack", OnUnknown::Resend)
        .await
        .expect("a channel");
    let accept = Accept {
        channel,
        events: numbers.map(message).collect(),
        statuses: vec![],
        state: vec![],
        dedupe: Duration::from_secs(60),
        room: usize::MAX,
    };
    let accepted = store.accept(node, accept, NOW).await.expect("accepted");
    for turn in accepted.turns {
        let close = CloseTurn {
            event: turn.event,
            lane: turn.lane,
            started_at: NOW,
            end: TurnEnd::Dead {
                error: "the bot\nis gone".into(),
            },
            go_on: false,
            start: false,
        };
        store
            .close_turn(node, close, NOW + 1_500)
            .await
            .expect("closed");
    }
    store
}

async fn listed(store: &Sqlite, limit: usize, json: bool) -> String {
    let arguments = ["switchboard", "dead", "list", "--limit", &limit.to_string()];
    let mut list = match Cli::try_parse_from(arguments).expect("a call").command {
        crate::cli::Command::Dead(Dead {
            command: DeadCommand::List(list),
        }) => list,
        other => panic!("{other:?}"),
    };
    list.json = json;
    list.run(store).await.expect("a list")
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test]
async fn listed_for_people_and_for_programs() {
    let folder = folder();
    let _server = dead(folder.path(), 1..=2).await;
    let store = Sqlite::visit(folder.path()).expect("a store");
    insta::assert_snapshot!(listed(&store, 1, false).await, @r#"
    00000000-0000-0000-0000-000000000001  dead message, 1 try
      channel   rest, conversation "u1"
      given up  2023-11-14 22:13:21.500 UTC
      what      text "text 1"
      why       the bot\nis gone

    there are more; hint: `--limit`
    "#);
    let json = listed(&store, 5, true).await;
    let lines: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["payload"]["message"]["text"], "text 2");
    assert_eq!(lines[1]["dead_at"], "2023-11-14T22:13:21.500Z");
}

#[tokio::test]
async fn more_than_a_page_is_listed_and_replayed() {
    let folder = folder();
    let server = dead(folder.path(), 1..=2_100).await;
    let store = Sqlite::visit(folder.path()).expect("a store");
    assert_eq!(listed(&store, 5_000, true).await.lines().count(), 2_100);
    assert_eq!(listed(&store, 1_000, true).await.lines().count(), 1_000);
    let none = all(&store, Deed::Replay, Some("slack")).await;
    assert_eq!(none.as_deref(), Ok("replayed 0\n"));
    let all_of_them = all(&store, Deed::Replay, Some("rest")).await;
    assert_eq!(all_of_them.as_deref(), Ok("replayed 2100\n"));
    let depths = server.depths().await.expect("read");
    assert_eq!((depths[0].turns, depths[0].dead), (2_100, 0));
}

#[tokio::test]
async fn one_by_one_and_unknown_ones() {
    let folder = folder();
    let _server = dead(folder.path(), 1..=3).await;
    let store = Sqlite::visit(folder.path()).expect("a store");
    let dropped = each(&store, Deed::Drop, &[id(1), id(9), id(2)]).await;
    let text = "there is no dead letter 00000000-0000-0000-0000-000000000009; dropped 2";
    assert_eq!(dropped, Err(text.to_owned()));
    let dropped = all(&store, Deed::Drop, None).await;
    assert_eq!(dropped.as_deref(), Ok("dropped 1\n"));
    assert_eq!(listed(&store, 10, false).await, "no dead letters\n");
    let unknown = all(&store, Deed::Drop, Some("slak")).await;
    let text = "there is no channel \"slak\" on record; there are rest, slack";
    assert_eq!(unknown, Err(text.to_owned()));
}

#[test]
fn all_is_said_in_so_many_words() {
    let one = id(1).to_string();
    let refused = |arguments: &[&str]| {
        let all = ["switchboard", "dead"].iter().chain(arguments);
        Cli::try_parse_from(all).is_err()
    };
    assert!(refused(&["drop"]));
    assert!(refused(&["drop", "--channel", "rest"]));
    assert!(refused(&["replay", "--all", &one]));
    assert!(refused(&["replay", "--channel", "rest", &one]));
    assert!(refused(&["replay", "not-an-id"]));
    assert!(!refused(&["replay", &one, &one]));
    assert!(!refused(&["drop", "--all", "--channel", "rest"]));
}
