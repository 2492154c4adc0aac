//! One variation of a response: what it says, where and when.

use serde_json::{Map, Value as Json};

use super::super::document::{Entry, Key, Mapping, Node, Value};
use super::super::nearest::nearest;
use super::super::report::Report;
use super::super::{excerpt, fields, json};
use super::known;

/// What a variation may hold.
const NAMES: [&str; 12] = [
    "text",
    "buttons",
    "quick_replies",
    "button_type",
    "image",
    "attachment",
    "custom",
    "elements",
    "metadata",
    "channel",
    "condition",
    "id",
];

/// Those by which it says something.
const SAYING: [&str; 7] = [
    "text",
    "buttons",
    "quick_replies",
    "image",
    "attachment",
    "custom",
    "elements",
];

/// What a condition may hold.
const CONDITION: [&str; 3] = ["type", "name", "value"];

/// One way of saying a response.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseVariation {
    /// The channel that it is for, by its name; `None` is for all that have none of their own.
    pub channel: Option<String>,
    /// What must hold, all of it. Without any it is a default.
    pub conditions: Vec<SlotCondition>,
    /// What is said, in the shape of a bot's reply, values not put in yet: `text`, `buttons`,
    /// `quick_replies`, `button_type`, `image`, `attachment`, `custom`, `elements`, `metadata`.
    /// Holds no null.
    pub content: Map<String, Json>,
}

/// That a slot has a value.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotCondition {
    /// The slot's name.
    pub slot: String,
    /// What it must hold; null for nothing.
    pub value: Json,
}

/// Reads one variation of the response `of`, a name as messages show it. `None` when it cannot be
/// used; every problem is in the report.
pub(super) fn read(of: &str, node: &Node, report: &mut Report) -> Option<ResponseVariation> {
    let Value::Mapping(mapping) = &node.value else {
        let message = format!(
            "a variation of `{of}` must be a mapping: found {}",
            node.kind()
        );
        report.at_value(node, message).hint("write `- text: …`");
        return None;
    };
    let mut content = Map::new();
    let (mut channel, mut conditions) = (None, Vec::new());
    let mut says_something = false;
    for Entry { key, value } in &mapping.entries {
        if !NAMES.contains(&key.text.as_str()) {
            // It was to say something, maybe.
            says_something = true;
            if nearest(&key.text, NAMES).is_some() {
                unknown(key, "a variation", &NAMES, report);
            } else {
                // Rasa's newer versions have keys of their own; they go along like those of the bot.
                let value = json::any(value, &key.text, report);
                content.extend(value.map(|value| (key.text.clone(), value)));
            }
            continue;
        }
        if value.is_null() {
            continue;
        }
        says_something |= SAYING.contains(&key.text.as_str());
        let name = format!("{of}.{}", key.text);
        let said = match key.text.as_str() {
            "text" | "image" | "button_type" => fields::text(report, value, &name).map(Json::from),
            "buttons" | "quick_replies" => buttons(value, &name, report),
            "elements" => {
                let items = mappings(value, &name, report);
                items.and_then(|_| json::any(value, &name, report))
            }
            "custom" if !is_collection(value) => {
                fields::mismatch(report, value, &name, "a mapping or a list");
                None
            }
            "attachment" if matches!(value.value, Value::Sequence(_)) => {
                fields::mismatch(report, value, &name, "a mapping or an address");
                None
            }
            "custom" | "attachment" | "metadata" => json::any(value, &name, report),
            "channel" => {
                let text = fields::text(report, value, &name);
                channel = text.filter(|text| !text.is_empty()).map(str::to_owned);
                None
            }
            "condition" => {
                conditions = read_conditions(value, of, report);
                None
            }
            _ => {
                fields::text(report, value, &name);
                None
            }
        };
        content.extend(said.map(|said| (key.text.clone(), said)));
    }
    if !says_something {
        report
            .at_value(node, format!("a variation of `{of}` says nothing"))
            .note(known("what says something", &SAYING))
            .hint("add a `text: …`");
    }
    Some(ResponseVariation {
        channel,
        conditions,
        content,
    })
}

fn is_collection(node: &Node) -> bool {
    matches!(node.value, Value::Mapping(_) | Value::Sequence(_))
}

/// The mappings of a list.
fn mappings<'n>(node: &'n Node, name: &str, report: &mut Report) -> Option<Vec<&'n Mapping>> {
    let Value::Sequence(items) = &node.value else {
        fields::mismatch(report, node, name, "a list of mappings");
        return None;
    };
    let mut mappings = Some(Vec::with_capacity(items.len()));
    for item in items {
        match (&item.value, &mut mappings) {
            (Value::Mapping(mapping), Some(mappings)) => mappings.push(mapping),
            (Value::Mapping(_), None) => {}
            _ => {
                let name = format!("each item of {name}");
                fields::mismatch(report, item, &name, "a mapping");
                mappings = None;
            }
        }
    }
    mappings
}

/// Buttons: any keys, but a title and payload are text.
fn buttons(node: &Node, name: &str, report: &mut Report) -> Option<Json> {
    let items = mappings(node, name, report)?;
    let mut buttons = Vec::with_capacity(items.len());
    for item in items {
        let mut button = Map::new();
        for Entry { key, value } in &item.entries {
            let name = format!("{name}.{}", excerpt::name(&key.text));
            let value = match key.text.as_str() {
                "title" | "payload" if !value.is_null() => {
                    fields::text(report, value, &name).map(Json::from)
                }
                _ => json::any(value, &name, report),
            };
            button.extend(value.map(|value| (key.text.clone(), value)));
        }
        buttons.push(Json::Object(button));
    }
    Some(Json::Array(buttons))
}

fn read_conditions(node: &Node, of: &str, report: &mut Report) -> Vec<SlotCondition> {
    let name = format!("{of}.condition");
    let Value::Sequence(items) = &node.value else {
        let wanted = "a list such as `[{ type: slot, name: vip, value: true }]`";
        fields::mismatch(report, node, &name, wanted);
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| read_condition(item, of, report))
        .collect()
}

fn read_condition(node: &Node, of: &str, report: &mut Report) -> Option<SlotCondition> {
    let name = format!("{of}.condition");
    let Value::Mapping(mapping) = &node.value else {
        let wanted = "a mapping such as `{ type: slot, name: vip, value: true }`";
        fields::mismatch(report, node, &format!("each item of {name}"), wanted);
        return None;
    };
    for Entry { key, .. } in &mapping.entries {
        if !CONDITION.contains(&key.text.as_str()) {
            unknown(key, "a condition", &CONDITION, report);
        }
    }
    match mapping.given("type") {
        Some(kind) if kind.as_text() == Some("slot") => {}
        Some(kind) => fields::malformed(report, kind, &format!("{name}.type"), "`slot`"),
        None => {
            report
                .at_value(node, format!("a condition of `{of}` lacks its `type`"))
                .hint("add `type: slot`");
        }
    }
    let slot = match mapping.given("name") {
        Some(slot) => fields::text(report, slot, &format!("{name}.name")).map(str::to_owned),
        None => {
            report
                .at_value(node, format!("a condition of `{of}` lacks its `name`"))
                .hint("add `name: …`, the slot's name");
            None
        }
    };
    let value = match mapping.get("value") {
        Some(entry) => json::any(&entry.value, &format!("{name}.value"), report),
        None => {
            report
                .at_value(node, format!("a condition of `{of}` lacks its `value`"))
                .hint("add `value: …`, or `value: null` for a slot that is not set");
            None
        }
    };
    Some(SlotCondition {
        slot: slot?,
        value: value?,
    })
}

fn unknown(key: &Key, thing: &str, names: &[&'static str], report: &mut Report) {
    let message = format!("{thing} has no key `{}`", excerpt::name(&key.text));
    let diagnostic = report.at_key(key, message);
    diagnostic.note(known("known keys", names));
    if let Some(meant) = nearest(&key.text, names.iter().copied()) {
        diagnostic.hint(format!("did you mean `{meant}`?"));
    }
}
