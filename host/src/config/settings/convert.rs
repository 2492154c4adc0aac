//! Values of the file as JSON of the declared kind.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Number, Value as Json};

use super::super::channel::ChannelEntry;
use super::super::document::{Datum, Entry, Node, Value};
use super::super::report::Report;
use super::super::{address, excerpt, fields};
use super::{SettingKind, SettingSpec};

/// A value, and the bytes that are the key of an HMAC where it can be one.
type Converted = (Json, Option<Vec<u8>>);

/// What the operator gave. `None` when it is of another kind; the report says so.
pub(super) fn from_file(node: &Node, spec: &SettingSpec, report: &mut Report) -> Option<Converted> {
    let name = spec.name.as_str();
    let value = match spec.kind {
        SettingKind::Text => Json::String(fields::text(report, node, name)?.to_owned()),
        SettingKind::Integer => integer(node, name, report)?,
        SettingKind::Number => number(node, name, report)?,
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
        SettingKind::Any => any(node, name, report)?,
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

fn integer(node: &Node, name: &str, report: &mut Report) -> Option<Json> {
    let Some(Datum::Integer(value)) = fields::typed(node) else {
        fields::mismatch(report, node, name, "an integer");
        return None;
    };
    let signed = i64::try_from(value).map(Json::from);
    match signed.or_else(|_| u64::try_from(value).map(Json::from)) {
        Ok(value) => Some(value),
        Err(_) => {
            report.at_value(
                node,
                format!("`{name}` must be an integer of at most 64 bits"),
            );
            None
        }
    }
}

fn number(node: &Node, name: &str, report: &mut Report) -> Option<Json> {
    let value = match fields::typed(node) {
        Some(Datum::Integer(_)) => return integer(node, name, report),
        Some(Datum::Number(value)) => Number::from_f64(value),
        _ => {
            fields::mismatch(report, node, name, "a number");
            return None;
        }
    };
    if value.is_none() {
        report.at_value(node, format!("`{name}` must be a finite number"));
    }
    value.map(Json::Number)
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

fn any(node: &Node, name: &str, report: &mut Report) -> Option<Json> {
    match &node.value {
        Value::Scalar(scalar) => match scalar.datum {
            Datum::Null => Some(Json::Null),
            Datum::Boolean(value) => Some(Json::Bool(value)),
            Datum::Integer(_) => integer(node, name, report),
            Datum::Number(_) => number(node, name, report),
            Datum::Text => Some(Json::from(scalar.text.as_str())),
        },
        Value::Sequence(items) => items
            .iter()
            .map(|item| any(item, name, report))
            .collect::<Option<_>>()
            .map(Json::Array),
        Value::Mapping(mapping) => mapping
            .entries
            .iter()
            .map(|entry| Some((entry.key.text.clone(), any(&entry.value, name, report)?)))
            .collect::<Option<_>>()
            .map(Json::Object),
    }
}

/// The bytes of a key.
fn decode(text: &str, kind: SettingKind) -> Result<Vec<u8>, &'static str> {
    let decoded = match kind {
        SettingKind::HexKey => hexadecimal(text).ok_or("must be a key in hexadecimal"),
        SettingKind::WebhookKey => {
            let text = text.strip_prefix("whsec_").unwrap_or(text);
            base64(text).ok_or("must be a key in base64, with or without `whsec_` before it")
        }
        _ => base64(text).ok_or("must be a key in base64"),
    }?;
    if decoded.is_empty() {
        Err("must not be an empty key")
    } else {
        Ok(decoded)
    }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let alphabet = if text.contains(['-', '_']) {
        &URL_SAFE
    } else {
        &STANDARD
    };
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|value| value.try_into().ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
