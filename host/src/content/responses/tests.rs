//! Which variation is taken, and what becomes of what the reply says itself.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;

fn responses(text: &str) -> Responses {
    let set = ResponseSet::parse("responses.yml", text).unwrap_or_else(|errors| panic!("{errors}"));
    Responses::new(set)
}

/// Of one response `utter_x` with these variations in JSON, what a reply becomes on the channel `slack`.
fn said(variations: Value, reply: Value) -> Option<Value> {
    let text = json!({"responses": {"utter_x": variations}}).to_string();
    responses(&text).resolve_by(reply, "slack", |_| 0)
}

/// The texts that may be taken for the channel, each of them if chance wants it.
fn candidates(variations: &Value, channel: &str, slots: Value) -> Vec<String> {
    let text = json!({"responses": {"utter_x": variations}}).to_string();
    let responses = responses(&text);
    let reply = json!({"response": "utter_x", "slots": slots});
    let mut all = Vec::new();
    for index in 0.. {
        let mut count = 0;
        let resolved = responses.resolve_by(reply.clone(), channel, |of| {
            count = of;
            index
        });
        all.extend(resolved.map(|said| said["text"].as_str().expect("a text").to_owned()));
        if index + 1 >= count {
            break;
        }
    }
    all
}

#[test]
fn a_reply_that_names_no_response_is_as_it_was() {
    let replies = [
        json!({"text": "hello {name}", "slots": {"a": 1}, "extra": null}),
        json!({"text": "a", "response": null, "template": ""}),
        json!({"response": 5}),
        json!("no object"),
        json!([]),
    ];
    for reply in replies {
        assert_eq!(
            Responses::default().resolve(reply.clone(), "rest"),
            Some(reply)
        );
    }
}

#[test]
fn the_older_key_names_a_response_too() {
    let variations = json!([{"text": "hi"}]);
    for reply in [
        json!({"response": "utter_x"}),
        json!({"template": "utter_x"}),
        json!({"response": "utter_x", "template": "utter_y"}),
        json!({"response": "", "template": "utter_x"}),
        json!({"response": null, "template": "utter_x"}),
    ] {
        assert_eq!(said(variations.clone(), reply), Some(json!({"text": "hi"})));
    }
}

#[test]
fn the_first_group_that_has_any_is_taken() {
    let vip = json!([{"type": "slot", "name": "vip", "value": true}]);
    let all = json!([
        {"text": "default"},
        {"text": "default too"},
        {"text": "vip", "condition": vip},
        {"text": "slack", "channel": "slack"},
        {"text": "slack too", "channel": "slack", "condition": []},
        {"text": "slack vip", "channel": "slack", "condition": vip},
        {"text": "telegram", "channel": "telegram"},
    ]);
    let table: [(&str, Value, &[&str]); 6] = [
        ("slack", json!({"vip": true}), &["slack vip"]),
        ("slack", json!({"vip": false}), &["slack", "slack too"]),
        ("slack", json!({}), &["slack", "slack too"]),
        ("rest", json!({"vip": true}), &["vip"]),
        ("rest", json!({}), &["default", "default too"]),
        ("telegram", json!({"vip": true}), &["telegram"]),
    ];
    for (channel, slots, expected) in table {
        assert_eq!(
            candidates(&all, channel, slots.clone()),
            expected,
            "{channel} {slots}"
        );
    }
}

#[test]
fn all_conditions_must_hold() {
    let slot = |name: &str, value: Value| json!({"type": "slot", "name": name, "value": value});
    let holds = |conditions: Value, slots: Value| {
        let variations = json!([{"text": "yes", "condition": conditions}, {"text": "no"}]);
        candidates(&variations, "rest", slots) == ["yes"]
    };
    let table = [
        (slot("a", json!("Gold")), json!({"a": "gOLD"}), true),
        (slot("a", json!("ÄRA")), json!({"a": "ära"}), true),
        (slot("a", json!("gold")), json!({"a": "golden"}), false),
        (slot("a", json!(1)), json!({"a": 1.0}), true),
        (slot("a", json!(1)), json!({"a": "1"}), false),
        (
            slot("a", json!(9_007_199_254_740_993_u64)),
            json!({"a": 9_007_199_254_740_992_u64}),
            false,
        ),
        (slot("a", json!(true)), json!({"a": true}), true),
        (slot("a", json!(true)), json!({"a": "true"}), false),
        (slot("a", json!(null)), json!({}), true),
        (slot("a", json!(null)), json!({"a": null}), true),
        (slot("a", json!(null)), json!({"a": false}), false),
        (slot("a", json!("x")), json!({}), false),
        (slot("a", json!(["x", 1])), json!({"a": ["x", 1]}), true),
        (slot("a", json!(["x"])), json!({"a": ["X"]}), false),
    ];
    for (condition, slots, expected) in table {
        assert_eq!(
            holds(json!([condition]), slots.clone()),
            expected,
            "{condition} {slots}"
        );
    }
    let both = json!([slot("a", json!(1)), slot("b", json!(2))]);
    assert!(holds(both.clone(), json!({"a": 1, "b": 2})));
    assert!(!holds(both, json!({"a": 1, "b": 3})));
}

#[test]
fn chance_gives_each_its_turn() {
    let variations = json!([{"text": "a"}, {"text": "b"}, {"text": "c"}]);
    let text = json!({"responses": {"utter_x": variations}}).to_string();
    let responses = responses(&text);
    let mut counts = HashMap::new();
    for _ in 0..3_000 {
        let said = responses.resolve(json!({"response": "utter_x"}), "rest");
        let said = said.expect("there are three")["text"].to_string();
        *counts.entry(said).or_insert(0) += 1;
    }
    // A fair choice strays by 26 from 1000 as a rule; by ten times that it never does.
    assert_eq!(counts.len(), 3);
    assert!(
        counts.values().all(|count| (740..1_260).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn values_come_from_the_reply_its_arguments_and_its_slots() {
    let variations = json!([{"text": "{a} {b} {c}"}]);
    let reply = json!({
        "response": "utter_x", "a": "own", "arguments": {"a": 1, "b": "argument"},
        "slots": {"a": 1, "b": 2, "c": "slot", "d": 3},
    });
    assert_eq!(
        said(variations, reply),
        Some(json!({"text": "own argument slot"}))
    );
}

#[test]
fn keys_with_a_meaning_of_their_own_are_no_values() {
    let variations = json!([{"text": "{image} {metadata}"}]);
    let reply = json!({"response": "utter_x", "image": "http://i", "metadata": {"a": 1}});
    assert_eq!(
        said(variations, reply),
        Some(json!({"text": "{image} {metadata}", "image": "http://i", "metadata": {"a": 1}}))
    );
}

#[test]
fn values_are_put_into_what_is_said() {
    let variations = json!([{
        "text": "Hi {name}", "image": "http://i/{name}", "custom": {"to": ["{name}"]},
        "buttons": [{"title": "{name}", "payload": "/go{{\"n\": \"{name}\"}}"}],
        "quick_replies": [{"title": "{name}"}], "attachment": {"file": "{name}"},
        "elements": [{"title": "{name}"}], "metadata": {"m": "{name}"}, "button_type": "{name}",
        "id": "7", "channel": "slack",
    }]);
    let reply = json!({"response": "utter_x", "name": "Bo"});
    let expected = json!({
        "text": "Hi Bo", "image": "http://i/Bo", "custom": {"to": ["Bo"]},
        "buttons": [{"title": "Bo", "payload": "/go{\"n\": \"Bo\"}"}],
        "quick_replies": [{"title": "Bo"}], "attachment": {"file": "Bo"},
        "elements": [{"title": "{name}"}], "metadata": {"m": "{name}"}, "button_type": "{name}",
    });
    assert_eq!(said(variations, reply), Some(expected));
}

#[test]
fn what_some_variation_mentions_does_not_go_out_as_a_key() {
    let condition = json!([{"type": "slot", "name": "vip", "value": true}]);
    let variations = json!([
        {"text": "plain"},
        {"text": "{name}", "channel": "telegram"},
        {"text": "vip", "condition": condition},
    ]);
    let reply = json!({
        "response": "utter_x", "name": "Bo", "vip": "no", "silent": true, "recipient_id": "u",
        "slots": {"secret": 1}, "arguments": {"x": 1}, "text": null, "image": "", "elements": [],
    });
    let expected = json!({"text": "plain", "silent": true, "recipient_id": "u"});
    assert_eq!(said(variations, reply), Some(expected));
}

#[test]
fn what_the_reply_says_wins_and_its_buttons_come_after() {
    let variations = json!([{
        "text": "theirs", "image": "http://theirs", "buttons": [{"title": "A"}],
        "button_type": "vertical", "metadata": {"x": 1},
    }]);
    let reply = json!({
        "response": "utter_x", "text": "own {name}", "image": null, "buttons": [{"title": "B"}],
        "metadata": {"y": 2}, "custom": {}, "name": "Bo",
    });
    let expected = json!({
        "text": "own {name}", "image": "http://theirs", "buttons": [{"title": "A"}, {"title": "B"}],
        "button_type": "vertical", "metadata": {"y": 2}, "name": "Bo",
    });
    assert_eq!(said(variations, reply), Some(expected));

    let one = json!({"response": "utter_x", "buttons": {"title": "B"}});
    let expected = json!({"text": "a", "buttons": [{"title": "B"}]});
    assert_eq!(said(json!([{"text": "a"}]), one), Some(expected));
    for nothing in [json!([]), json!(null), json!("no list")] {
        let reply = json!({"response": "utter_x", "buttons": nothing});
        assert_eq!(
            said(json!([{"text": "a"}]), reply),
            Some(json!({"text": "a"}))
        );
    }
}

#[test]
fn without_a_variation_the_reply_says_what_it_says_itself() {
    let elsewhere = json!([{"text": "{name}", "channel": "telegram"}]);
    for (response, own, expected) in [
        (
            "utter_x",
            json!({"text": "own"}),
            Some(json!({"text": "own"})),
        ),
        (
            "utter_x",
            json!({"text": "own", "name": "Bo", "silent": true}),
            Some(json!({"text": "own", "silent": true})),
        ),
        (
            "utter_x",
            json!({"text": "", "buttons": [], "silent": true}),
            None,
        ),
        (
            "utter_gone",
            json!({"image": "http://i", "slots": {"a": 1}, "silent": true}),
            Some(json!({"image": "http://i", "silent": true})),
        ),
        ("utter_gone", json!({"name": "Bo"}), None),
    ] {
        let mut reply = own;
        reply["response"] = json!(response);
        assert_eq!(said(elsewhere.clone(), reply), expected);
    }
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What resolving the reply logs.
fn logged(variations: Value, reply: Value) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || said(variations, reply));
    let bytes = log.0.lock().expect("no panic").clone();
    String::from_utf8(bytes).expect("text")
}

#[test]
fn the_log_names_the_response_and_the_channel_and_no_value() {
    let gone = logged(json!([{"text": "a"}]), json!({"response": "utter_gone"}));
    assert!(gone.contains("ERROR") && gone.contains("utter_gone") && gone.contains("slack"));
    let elsewhere = json!([{"text": "a", "channel": "telegram"}]);
    let none = logged(elsewhere, json!({"response": "utter_x"}));
    assert!(none.contains("ERROR") && none.contains("utter_x") && none.contains("slack"));
    let reply = json!({"response": "utter_x", "slots": {"a": "hunter2"}});
    let missing = logged(json!([{"text": "{a} {lacking}"}]), reply);
    assert!(missing.contains("WARN") && missing.contains("lacking"));
    assert!(!missing.contains("hunter2"));
    assert_eq!(
        logged(json!([{"text": "a"}]), json!({"response": "utter_x"})),
        ""
    );
}
