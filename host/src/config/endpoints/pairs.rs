//! Mappings from text to text under `bot`, and the headers among them.

use http::{HeaderName, HeaderValue};

use super::super::document::{Entry, Node, Value};
use super::super::report::Report;
use super::super::{excerpt, fields};

/// The pairs of a mapping from text to text.
pub(super) fn pairs<'n>(
    node: &'n Node,
    name: &str,
    report: &mut Report,
) -> Vec<(&'n Entry, &'n str)> {
    let Value::Mapping(mapping) = &node.value else {
        fields::mismatch(report, node, name, "a mapping such as `{ name: text }`");
        return Vec::new();
    };
    let mut pairs = Vec::new();
    for entry in &mapping.entries {
        let name = format!("{name}.{}", excerpt::name(&entry.key.text));
        pairs.extend(fields::text(report, &entry.value, &name).map(|text| (entry, text)));
    }
    pairs
}

/// The headers of `bot.headers`, their values marked as sensitive.
pub(super) fn headers(node: &Node, report: &mut Report) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    for (Entry { key, value }, text) in pairs(node, "bot.headers", report) {
        let name = excerpt::name(&key.text);
        let Ok(header) = HeaderName::from_bytes(key.text.as_bytes()) else {
            report.at_key(key, format!("`{name}` is no name of an HTTP header"));
            continue;
        };
        let Ok(mut content) = HeaderValue::from_str(text) else {
            let message = format!("`bot.headers.{name}` must be one line of ASCII text");
            report.at_value(value, message);
            continue;
        };
        content.set_sensitive(true);
        headers.push((header, content));
    }
    headers
}
