//! Values of the file as JSON of the declared kind.

use serde_json::{Map, Value as Json};

use super::super::channel::ChannelEntry;
use super::super::document::{Entry, Node, Value};
use super::super::report::Report;
use super::super::{address, excerpt, fields, json, keys};
use super::{SettingKind, SettingSpec};

/// A value, and the bytes that are the key of an HMAC where it can be one.
type Converted = (Json, Option<Vec<u8>>);

/// What the operator gave. `None` when it is of another kind; the report says so.
pub(super) fn from_file(node: &Node, spec: &SettingSpec, report: &mut Report) -> Option<Converted> {
    let name = spec.name.as_str();
    let value = match spec.kind {
        SettingKind::Text => Json::String(fields::text(report, node, name)?.to_owned()),
        SettingKind::Integer => json::integer(node, name, report)?,
        SettingKind::Number => json::number(node, name, report)?,
        SettingKind::Boolean => Json::Bool(fields::boolean(report, node, name)?),
        SettingKind::Url => {
            let checked = |text: &str| address::parse(text).map(|_| Json::from(text));
            fields::parsed(report, node, name, checked)?
        }
        SettingKind::TextList => text_list(node, name, report)?,
        SettingKind::TextMap => text_map(node, name, report)?,
        SettingKind::Base64Key | SettingKind::HexKey | SettingKind::WebhookKey => {
            let decoded = |text: &str| {
                let text = text.trim();
                decode(text, spec.kind).map(|key| (Json::from(text), Some(key)))
            };
            return fields::parsed(report, node, name, decoded);
        }
        SettingKind::Any => json::any(node, name, report)?,
    };
    let key = value.as_str().map(|text| text.as_bytes().to_vec());
    Some((value, key))
}

/// What the connector gives when the operator gives nothing. A default that does not fit its kind
/// is the connector's mistake; the operator can only give a value.
pub(super) fn from_default(
    default: &Json,
    spec: &SettingSpec,
    entry: &ChannelEntry,
    report: &mut Report,
) -> Option<Converted> {
    let text = || default.as_str();
    let is_text_map = |map: &Map<String, Json>| map.values().all(Json::is_string);
    let key = match spec.kind {
        SettingKind::Text => text().map(|text| Some(text.as_bytes().to_vec())),
        SettingKind::Integer => (default.is_i64() || default.is_u64()).then_some(None),
        SettingKind::Number => default.is_number().then_some(None),
        SettingKind::Boolean => default.is_boolean().then_some(None),
        SettingKind::Url => text()
            .and_then(|text| address::parse(text).ok())
            .map(|_| None),
        SettingKind::TextList => default
            .as_array()
            .is_some_and(|items| items.iter().all(Json::is_string))
            .then_some(None),
        SettingKind::TextMap => default.as_object().is_some_and(is_text_map).then_some(None),
        SettingKind::Base64Key | SettingKind::HexKey | SettingKind::WebhookKey => text()
            .and_then(|text| decode(text, spec.kind).ok())
            .map(Some),
        SettingKind::Any => Some(text().map(|text| text.as_bytes().to_vec())),
    };
    if key.is_none() {
        let (channel, name) = (excerpt::name(&entry.key), &spec.name);
        let message = format!("the connector's own default for `{name}` of `{channel}` is invalid");
        let hint = format!("give `{name}` a value, and tell the connector's author");
        report.at_key(&entry.place, message).hint(hint);
    }
    Some((default.clone(), key?))
}

fn text_list(node: &Node, name: &str, report: &mut Report) -> Option<Json> {
    let Value::Sequence(items) = &node.value else {
        fields::mismatch(report, node, name, "a list of texts such as `[one, two]`");
        return None;
    };
    let item_name = format!("each item of {name}");
    let texts: Vec<_> = items
        .iter()
        .map(|item| fields::text(report, item, &item_name))
        .collect();
    texts
        .into_iter()
        .map(|text| text.map(Json::from))
        .collect::<Option<_>>()
        .map(Json::Array)
}

fn text_map(node: &Node, name: &str, report: &mut Report) -> Option<Json> {
    let Value::Mapping(mapping) = &node.value else {
        fields::mismatch(report, node, name, "a mapping such as `{ name: text }`");
        return None;
    };
    let mut texts = Some(Map::new());
    for Entry { key, value } in &mapping.entries {
        let entry_name = format!("{name}.{}", excerpt::name(&key.text));
        match (fields::text(report, value, &entry_name), &mut texts) {
            (Some(text), Some(texts)) => {
                texts.insert(key.text.clone(), Json::from(text));
            }
            _ => texts = None,
        }
    }
    texts.map(Json::Object)
}

/// The bytes of a key.
fn decode(text: &str, kind: SettingKind) -> Result<Vec<u8>, &'static str> {
    let decoded = match kind {
        SettingKind::HexKey => keys::hexadecimal(text).ok_or("must be a key in hexadecimal"),
        SettingKind::WebhookKey => keys::webhook_key(text)
            .ok_or("must be a key in base64, with or without `whsec_` before it"),
        _ => keys::base64(text).ok_or("must be a key in base64"),
    }?;
    if decoded.is_empty() {
        Err("must not be an empty key")
    } else {
        Ok(decoded)
    }
}
