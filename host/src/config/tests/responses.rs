//! `responses.yml`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::super::{ResponseSet, ResponseVariation, SlotCondition};

/// The responses of a text that is right.
fn responses(text: &str) -> Vec<(String, Vec<ResponseVariation>)> {
    ResponseSet::parse("responses.yml", text)
        .unwrap_or_else(|errors| panic!("{errors}"))
        .into_variations()
        .collect()
}

fn errors(text: &str) -> String {
    ResponseSet::parse("responses.yml", text)
        .expect_err("the text is wrong")
        .to_string()
}

#[test]
fn a_variation_has_what_rasa_gives_it() {
    let text = "
version: '3.1'
responses:
  utter_greet:
  - text: Hi {name}, ${TOKEN}!
    id: '1'
    channel: slack
    condition:
    - { type: slot, name: vip, value: true }
    - { type: slot, name: level, value: null }
    button_type: vertical
    buttons: [{ title: 1, payload: /go, url: http://h, extra: [1.5] }]
    quick_replies: [{ title: Yes }]
    image: http://i
    attachment: { type: file, payload: { src: http://a } }
    custom: { blocks: [{ n: 1 }, { b: true }] }
    elements: [{ title: Card, buttons: [] }]
    metadata: { tone: calm }
  utter_faq/what:
  - text: 5
    channel: ''
    condition: []
    image:
  - attachment: http://a
    custom: [1]
    metadata: any
";
    let read = responses(text);
    let [(faq, of_faq), (greet, of_greet)] = read.as_slice() else {
        panic!("two responses")
    };
    assert_eq!(
        (faq.as_str(), greet.as_str()),
        ("utter_faq/what", "utter_greet")
    );
    let condition = |slot: &str, value: Value| SlotCondition {
        slot: slot.to_owned(),
        value,
    };
    let content = |value: Value| value.as_object().expect("an object").clone();
    let expected = ResponseVariation {
        channel: Some("slack".to_owned()),
        conditions: vec![
            condition("vip", json!(true)),
            condition("level", json!(null)),
        ],
        content: content(json!({
            "text": "Hi {name}, ${TOKEN}!", "button_type": "vertical",
            "buttons": [{"title": "1", "payload": "/go", "url": "http://h", "extra": [1.5]}],
            "quick_replies": [{"title": "Yes"}], "image": "http://i",
            "attachment": {"type": "file", "payload": {"src": "http://a"}},
            "custom": {"blocks": [{"n": 1}, {"b": true}]},
            "elements": [{"title": "Card", "buttons": []}], "metadata": {"tone": "calm"},
        })),
    };
    assert_eq!(of_greet, &[expected]);
    let plain = |value: Value| ResponseVariation {
        channel: None,
        conditions: Vec::new(),
        content: content(value),
    };
    let expected = [
        plain(json!({"text": "5"})),
        plain(json!({"attachment": "http://a", "custom": [1], "metadata": "any"})),
    ];
    assert_eq!(of_faq, &expected);
}

#[test]
fn a_whole_domain_can_be_named() {
    let text = "
version: '3.1'
intents: [greet, { inform: { use_entities: [] } }]
entities: [name]
slots: { name: { type: text, mappings: [] } }
actions: [action_x]
forms: {}
e2e_actions: []
session_config: { session_expiration_time: 60 }
config: { store_entities_as_slots: true }
responses: { utter_a: [{ text: a }] }
";
    assert_eq!(responses(text).len(), 1);
    for nothing in ["", "responses:", "responses: {}", "version: 3.1"] {
        assert!(responses(nothing).is_empty(), "{nothing:?}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "
respones: {}
templates: {}
responses:
  utter_a: hello
  utter_b: []
  utter_c:
  utter_d: [hello]
  utter_e:
  - txt: hello
  - text: [a]
    image: {}
    channel: [slack]
    id: {}
    buttons: a
    quick_replies: [a, { title: [] }]
    elements: {}
    custom: a
    attachment: [a]
    metadata: .nan
  - channel: slack
  utter_f:
  - text: a
    condition: { type: slot }
  - text: a
    condition: [a, { type: intent, name: a, value: b }, { nme: a }, { type: slot, name: [], value: .inf }]
  utter_f: [{ text: b }]
";
    assert_snapshot!(errors(text), @r"
    error: unknown key `respones`
      --> responses.yml:2:1
       |
     2 | respones: …
       | ^^^^^^^^
       = known keys: `responses`, and those of a Rasa domain
       = hint: did you mean `responses`?

    error: `templates` is the name of an older version of Rasa
      --> responses.yml:3:1
       |
     3 | templates: …
       | ^^^^^^^^^
       = hint: rename it to `responses`

    error: `utter_a` must be a list of variations: found text
      --> responses.yml:5:12
       |
     5 |   utter_a: …
       |            ^
       = hint: write `- text: …` below it

    error: `utter_b` has no variations
      --> responses.yml:6:3
       |
     6 |   utter_b: …
       |   ^^^^^^^
       = hint: write `- text: …` below it, or remove the response

    error: `utter_c` has no variations
      --> responses.yml:7:3
       |
     7 |   utter_c:
       |   ^^^^^^^
       = hint: write `- text: …` below it, or remove the response

    error: a variation of `utter_d` must be a mapping: found text
      --> responses.yml:8:13
       |
     8 |   utter_d: …
       |            ^
       = hint: write `- text: …`

    error: a variation has no key `txt`
       --> responses.yml:10:5
        |
     10 |   - txt: …
        |     ^^^
        = known keys: `text`, `buttons`, `quick_replies`, `button_type`, `image`, `attachment`, `custom`, `elements`, `metadata`, `channel`, `condition`, `id`
        = hint: did you mean `text`?

    error: `utter_e.text` must be text: found a list
       --> responses.yml:11:11
        |
     11 |   - text: …
        |           ^

    error: `utter_e.image` must be text: found a mapping
       --> responses.yml:12:12
        |
     12 |     image: …
        |            ^

    error: `utter_e.channel` must be text: found a list
       --> responses.yml:13:14
        |
     13 |     channel: …
        |              ^

    error: `utter_e.id` must be text: found a mapping
       --> responses.yml:14:9
        |
     14 |     id: …
        |         ^

    error: `utter_e.buttons` must be a list of mappings: found text
       --> responses.yml:15:14
        |
     15 |     buttons: …
        |              ^

    error: `each item of utter_e.quick_replies` must be a mapping: found text
       --> responses.yml:16:21
        |
     16 |     quick_replies: …
        |                    ^

    error: `utter_e.elements` must be a list of mappings: found a mapping
       --> responses.yml:17:15
        |
     17 |     elements: …
        |               ^

    error: `utter_e.custom` must be a mapping or a list: found text
       --> responses.yml:18:13
        |
     18 |     custom: …
        |             ^

    error: `utter_e.attachment` must be a mapping or an address: found a list
       --> responses.yml:19:17
        |
     19 |     attachment: …
        |                 ^

    error: `utter_e.metadata` must be a finite number
       --> responses.yml:20:15
        |
     20 |     metadata: …
        |               ^

    error: a variation of `utter_e` says nothing
       --> responses.yml:21:5
        |
     21 |   - …
        |     ^
        = what says something: `text`, `buttons`, `quick_replies`, `image`, `attachment`, `custom`, `elements`
        = hint: add a `text: …`

    error: `utter_f.condition` must be a list such as `[{ type: slot, name: vip, value: true }]`: found a mapping
       --> responses.yml:24:16
        |
     24 |     condition: …
        |                ^

    error: `each item of utter_f.condition` must be a mapping such as `{ type: slot, name: vip, value: true }`: found text
       --> responses.yml:26:17
        |
     26 |     condition: …
        |                ^

    error: `utter_f.condition.type` must be `slot`
       --> responses.yml:26:28
        |
     26 |     condition: …
        |                ^

    error: a condition of `utter_f` lacks its `type`
       --> responses.yml:26:57
        |
     26 |     condition: …
        |                ^
        = hint: add `type: slot`

    error: a condition of `utter_f` lacks its `name`
       --> responses.yml:26:57
        |
     26 |     condition: …
        |                ^
        = hint: add `name: …`, the slot's name

    error: a condition of `utter_f` lacks its `value`
       --> responses.yml:26:57
        |
     26 |     condition: …
        |                ^
        = hint: add `value: …`, or `value: null` for a slot that is not set

    error: a condition has no key `nme`
       --> responses.yml:26:59
        |
     26 |     … nme: …
        |       ^^^
        = known keys: `type`, `name`, `value`
        = hint: did you mean `name`?

    error: `utter_f.condition.name` must be text: found a list
       --> responses.yml:26:89
        |
     26 |     condition: …
        |                ^

    error: `utter_f.condition.value` must be a finite number
       --> responses.yml:26:100
        |
     26 |     condition: …
        |                ^

    error: `utter_f` is given twice
       --> responses.yml:27:3
        |
     27 |   utter_f: …
        |   ^^^^^^^
        = hint: remove one of the two; the first is on line 22
    ");
    assert_snapshot!(errors("- text: a"), @r"
    error: the file must be a mapping: found a list
      --> responses.yml:1:1
       |
     1 | …
       | ^
       = hint: write `responses:`, the name of each response below it
    ");
    assert_snapshot!(errors("responses: [a]"), @r"
    error: `responses` must be a mapping: found a list
      --> responses.yml:1:12
       |
     1 | responses: …
       |            ^
       = hint: write the name of each response, a list of its variations below it
    ");
}

#[test]
fn keys_of_newer_versions_go_along() {
    let all = responses(
        "responses:\n  utter_a:\n  - text: Hi\n    translation: [{ language: de, text: Hallo }]\n",
    );
    let content = Value::Object(all[0].1[0].content.clone());
    assert_eq!(
        content,
        json!({"text": "Hi", "translation": [{"language": "de", "text": "Hallo"}]})
    );
}
