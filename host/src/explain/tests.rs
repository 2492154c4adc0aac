//! What an operator reads, to the letter.

use super::*;
use crate::bindings::types::{Content, Message, Part, TextContent};
use crate::store::Note;

const NOW: Millis = 1_700_000_010_000;
const BEGIN: Millis = 1_700_000_000_000;

fn id(last: u8) -> Uuid {
    Uuid::from_u128(0x018b_cfe5_6800_7000_8000_0000_0000_0000 + u128::from(last))
}

fn event(state: EventState) -> EventRecord {
    EventRecord {
        id: id(1),
        channel: "telegram".into(),
        conversation: "u1".into(),
        platform_id: Some("m-77".into()),
        body: EventBody::Message(Message {
            id: Some("m-77".into()),
            conversation: "u1".into(),
            sender: "u1".into(),
            text: Some("hello".into()),
            attachments: vec![],
            location: None,
            metadata: None,
            input_channel: None,
            reply: None,
        }),
        state,
        attempts: 0,
        received_at: BEGIN,
        started_at: None,
        closed_at: None,
        due_at: None,
        ahead: 0,
        error: None,
    }
}

/// An event that the bot answered.
fn answered() -> EventRecord {
    EventRecord {
        started_at: Some(BEGIN + 12),
        closed_at: Some(BEGIN + 1_212),
        ..event(EventState::Done)
    }
}

fn part(number: u8, text: &str, state: PartState) -> PartRecord {
    let part = Part {
        content: Content::Text(TextContent { text: text.into() }),
        extra: None,
    };
    PartRecord {
        id: id(number),
        event: Some(id(1)),
        channel: "telegram".into(),
        conversation: "u1".into(),
        content: serde_json::to_value(&part).expect("a part is JSON"),
        state,
        status: None,
        receipt: None,
        attempts: 1,
        created_at: BEGIN + 1_212,
        first_tried_at: Some(BEGIN + 1_212),
        tried_at: Some(BEGIN + 1_212),
        closed_at: None,
        due_at: None,
        ahead: 0,
        error: None,
    }
}

fn note(of: u8, at: Millis, text: &str) -> Note {
    Note {
        id: id(of),
        at,
        text: text.into(),
    }
}

fn told(event: Option<EventRecord>, parts: Vec<PartRecord>, notes: Vec<Note>) -> String {
    let life = Life {
        event,
        parts,
        notes,
    };
    explain(&life, NOW)
}

#[test]
fn answered_and_delivered() {
    let first = PartRecord {
        status: Some("read"),
        receipt: Some("9001".into()),
        closed_at: Some(BEGIN + 1_400),
        ..part(2, "Hi!", PartState::Sent)
    };
    let second = PartRecord {
        attempts: 0,
        first_tried_at: None,
        tried_at: None,
        ahead: 0,
        ..part(3, "How are you?", PartState::Queued)
    };
    let notes = vec![note(2, BEGIN + 2_000, "the platform says: read")];
    insta::assert_snapshot!(told(Some(answered()), vec![first, second], notes), @r#"
    message 018bcfe5-6800-7000-8000-000000000001
      channel        telegram
      conversation   "u1"
      platform's id  "m-77"
      says           text "hello"
      accepted       2023-11-14 22:13:20.000 UTC
      22:13:20.012 (+12 ms)    the bot was asked, after a wait of 12 ms
      22:13:21.212 (+1.2 s)    the bot answered within 1.2 s: 2 parts
      now            answered

    part 1 of 2, 018bcfe5-6800-7000-8000-000000000002
      shows          text "Hi!"
      platform's id  "9001"
      22:13:21.212 (+1.2 s)    tried, after a wait of 0 ms
      22:13:21.400 (+1.4 s)    the platform took it
      22:13:22.000 (+2.0 s)    the platform says: read
      now            sent; the platform says: read

    part 2 of 2, 018bcfe5-6800-7000-8000-000000000003
      shows          text "How are you?"
      now            it has its turn: it is about to be sent
    "#);
}

#[test]
fn behind_others() {
    let waiting = EventRecord {
        ahead: 3,
        due_at: Some(NOW + 4_000),
        ..event(EventState::Queued)
    };
    insta::assert_snapshot!(told(Some(waiting), vec![], vec![]), @r#"
    message 018bcfe5-6800-7000-8000-000000000001
      channel        telegram
      conversation   "u1"
      platform's id  "m-77"
      says           text "hello"
      accepted       2023-11-14 22:13:20.000 UTC
      now            waits behind 3 messages of its conversation, the first of which is due at 22:13:34.000 (+14.0 s), in 4.0 s
    "#);
}

#[test]
fn its_turn() {
    let asked = told(Some(event(EventState::Queued)), vec![], vec![]);
    assert!(
        asked.ends_with("now            it has its turn: the bot is being asked\n"),
        "{asked}"
    );
    let due = EventRecord {
        due_at: Some(NOW),
        ..event(EventState::Queued)
    };
    let due = told(Some(due), vec![], vec![]);
    assert!(
        due.contains("now            its turn has come: a running server"),
        "{due}"
    );
}

#[test]
fn the_bot_is_down() {
    let waiting = EventRecord {
        attempts: 2,
        started_at: Some(BEGIN + 1_000),
        due_at: Some(NOW + 320_000),
        error: Some("the bot cannot be reached".into()),
        ..event(EventState::Queued)
    };
    let notes = vec![
        note(
            1,
            BEGIN + 10,
            "the bot did not answer: the bot cannot be reached",
        ),
        note(
            1,
            BEGIN + 1_010,
            "the bot did not answer: the bot cannot be reached",
        ),
    ];
    insta::assert_snapshot!(told(Some(waiting), vec![], notes), @r#"
    message 018bcfe5-6800-7000-8000-000000000001
      channel        telegram
      conversation   "u1"
      platform's id  "m-77"
      says           text "hello"
      accepted       2023-11-14 22:13:20.000 UTC
      22:13:20.010 (+10 ms)    the bot did not answer: the bot cannot be reached
      22:13:21.000 (+1.0 s)    the bot was asked again, the last of 2 tries
      22:13:21.010 (+1.0 s)    the bot did not answer: the bot cannot be reached
      now            the bot was asked 2 times and gave no answer to use; it is asked again at 22:18:50.000 (+5m 30s), in 5m 20s
    "#);
}

#[test]
fn a_dead_message() {
    let dead = EventRecord {
        attempts: 9,
        started_at: Some(BEGIN + 600_000),
        closed_at: Some(BEGIN + 600_020),
        error: Some("the bot cannot be reached".into()),
        ..event(EventState::Dead)
    };
    let notes = vec![note(
        1,
        BEGIN + 600_020,
        "put among the dead letters: the bot cannot be reached",
    )];
    insta::assert_snapshot!(told(Some(dead), vec![], notes), @r#"
    message 018bcfe5-6800-7000-8000-000000000001
      channel        telegram
      conversation   "u1"
      platform's id  "m-77"
      says           text "hello"
      accepted       2023-11-14 22:13:20.000 UTC
      22:23:20.000 (+10m)      the bot was asked again, the last of 9 tries
      22:23:20.020 (+10m)      put among the dead letters: the bot cannot be reached
      now            a dead letter: the bot was asked 9 times and gave no answer to use
      hint           `switchboard dead replay 018bcfe5-6800-7000-8000-000000000001` has the bot asked again
                     `switchboard dead drop 018bcfe5-6800-7000-8000-000000000001` gives it up
    "#);
}

#[test]
fn unknown_and_parked() {
    let parked = PartRecord {
        closed_at: Some(BEGIN + 9_000),
        ..part(2, "Your order is placed", PartState::Unknown)
    };
    let notes = vec![note(
        2,
        BEGIN + 9_000,
        "put among the dead letters: the server ended while the part was being sent: it may or may not have gone out",
    )];
    insta::assert_snapshot!(told(Some(answered()), vec![parked], notes), @r#"
    message 018bcfe5-6800-7000-8000-000000000001
      channel        telegram
      conversation   "u1"
      platform's id  "m-77"
      says           text "hello"
      accepted       2023-11-14 22:13:20.000 UTC
      22:13:20.012 (+12 ms)    the bot was asked, after a wait of 12 ms
      22:13:21.212 (+1.2 s)    the bot answered within 1.2 s: 1 part
      now            answered

    part 1 of 1, 018bcfe5-6800-7000-8000-000000000002
      shows          text "Your order is placed"
      22:13:21.212 (+1.2 s)    tried, after a wait of 0 ms
      22:13:29.000 (+9.0 s)    put among the dead letters: the server ended while the part was being sent: it may or may not have gone out
      now            a dead letter: it may have gone out or not, nobody knows; look at the platform
      hint           `switchboard dead replay 018bcfe5-6800-7000-8000-000000000002` sends it again, and it may arrive twice
                     `switchboard dead drop 018bcfe5-6800-7000-8000-000000000002` gives it up
    "#);
}

#[test]
fn unknown_and_sent_again() {
    let resent = PartRecord {
        attempts: 2,
        tried_at: Some(BEGIN + 9_001),
        closed_at: Some(BEGIN + 9_100),
        ..part(2, "Hi!", PartState::Sent)
    };
    let notes = vec![note(
        2,
        BEGIN + 9_000,
        "the server ended while the part was being sent: it may or may not have gone out; it is sent again",
    )];
    insta::assert_snapshot!(told(Some(answered()), vec![resent], notes), @r#"
    message 018bcfe5-6800-7000-8000-000000000001
      channel        telegram
      conversation   "u1"
      platform's id  "m-77"
      says           text "hello"
      accepted       2023-11-14 22:13:20.000 UTC
      22:13:20.012 (+12 ms)    the bot was asked, after a wait of 12 ms
      22:13:21.212 (+1.2 s)    the bot answered within 1.2 s: 1 part
      now            answered

    part 1 of 1, 018bcfe5-6800-7000-8000-000000000002
      shows          text "Hi!"
      22:13:21.212 (+1.2 s)    tried, after a wait of 0 ms
      22:13:29.000 (+9.0 s)    the server ended while the part was being sent: it may or may not have gone out; it is sent again
      22:13:29.001 (+9.0 s)    tried again, the last of 2 tries
      22:13:29.100 (+9.1 s)    the platform took it
      now            sent
    "#);
}

#[test]
fn sent_first() {
    let failing = PartRecord {
        event: None,
        attempts: 3,
        tried_at: Some(BEGIN + 8_000),
        due_at: Some(NOW + 1_500),
        ..part(2, "Your\u{1b}[2J parcel is here", PartState::Queued)
    };
    let notes = vec![note(
        2,
        BEGIN + 8_100,
        "it did not go out, and is tried again: the platform\nis in trouble",
    )];
    insta::assert_snapshot!(told(None, vec![failing], notes), @r#"
    part 018bcfe5-6800-7000-8000-000000000002, which answers no message
      channel        telegram
      conversation   "u1"
      shows          text "Your\u{1b}[2J parcel is here"
      accepted       2023-11-14 22:13:21.212 UTC
      22:13:21.212 (+0 ms)     tried, after a wait of 0 ms
      22:13:28.000 (+6.7 s)    tried again, the last of 3 tries
      22:13:28.100 (+6.8 s)    it did not go out, and is tried again: the platform\nis in trouble
      now            was tried 3 times; is tried again at 22:13:31.500 (+10.2 s), in 1.5 s
    "#);
}

#[test]
fn refused_and_on_the_way() {
    let refused = PartRecord {
        closed_at: Some(BEGIN + 1_300),
        ..part(2, "Hi!", PartState::Failed)
    };
    let undelivered = PartRecord {
        receipt: Some("9001".into()),
        status: Some("failed"),
        ..part(3, "Hi!", PartState::Failed)
    };
    let parts = vec![
        refused,
        undelivered,
        part(4, "Hi!", PartState::Sending),
        part(5, "Hi!", PartState::Dropped),
    ];
    let text = told(Some(answered()), parts, vec![]);
    for standing in [
        "now            a dead letter: it was tried once and did not go out\n",
        "now            a dead letter: the platform took it and could not deliver it\n",
        "now            on its way; if the server was killed",
        "now            dropped: somebody gave it up\n",
        "`switchboard dead replay 018bcfe5-6800-7000-8000-000000000002` sends it again\n",
        "`switchboard dead drop 018bcfe5-6800-7000-8000-000000000003` gives it up\n",
    ] {
        assert!(text.contains(standing), "{standing}\n{text}");
    }
    assert_eq!(text.matches("hint").count(), 2, "{text}");
}
