//! Secrets are taken out of what people and connectors get to see.
//!
//! A connector never holds the value of a sealed setting, but the platform does: it may repeat a token in an error or an
//! echo. So whatever comes from outside or from a connector passes here before it is logged, kept or handed on. A
//! value is found as it stands, URL-encoded, and in base64.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::config::{SettingValue, Settings};

/// Shorter values are not looked for, bytes: whole texts would vanish for the sake of what anybody can guess.
pub(crate) const SHORTEST: usize = 6;

/// What stands in the place of a secret.
const MARK: &str = "[sealed]";

/// The secrets of one channel, in every form.
#[derive(Default)]
pub(crate) struct Redactor {
    /// Longest first, so that none is cut apart by a shorter one in it.
    secrets: Vec<String>,
}

impl Redactor {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut secrets = Vec::new();
        for (_, setting) in settings.iter() {
            if let SettingValue::Sealed(secret) = setting {
                collect(secret.expose(), &mut secrets);
            }
        }
        let mut secrets: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        secrets.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Self { secrets }
    }

    /// A text without secrets.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), MARK));
            }
        }
        text
    }

    /// Bytes without secrets.
    pub(crate) fn bytes(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for secret in &self.secrets {
            bytes = replace(bytes, secret.as_bytes(), MARK.as_bytes());
        }
        bytes
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// The texts within a sealed value.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(map) => map.values().for_each(|value| collect(value, texts)),
        Value::Number(_) | Value::Bool(_) => texts.push(value.to_string()),
        Value::Null => {}
    }
}

/// How a secret may be written.
fn forms(secret: &str) -> Vec<String> {
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = Value::from(secret).to_string();
    vec![
        secret.to_owned(),
        super::imports::percent_encode(secret),
        form,
        // As it stands in JSON and in what Rust prints with quotes.
        json.trim_matches('"').to_owned(),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ]
}

/// Puts `by` in every place of `what`.
pub(crate) fn replace(bytes: Vec<u8>, what: &[u8], by: &[u8]) -> Vec<u8> {
    let mut found = memchr::memmem::find_iter(&bytes, what).peekable();
    if found.peek().is_none() {
        return bytes;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in found {
        out.extend_from_slice(&bytes[from..at]);
        out.extend_from_slice(by);
        from = at + what.len();
    }
    out.extend_from_slice(&bytes[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let mut all: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        all.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        Redactor { secrets: all }
    }

    #[test]
    fn in_every_form() {
        let redactor = redactor(&["to/ken+\"x"]);
        for form in [
            "to/ken+\"x",
            "to%2Fken%2B%22x",
            "to/ken+\\\"x",
            "dG8va2VuKyJ4",
        ] {
            let text = format!("<{form}>");
            assert_eq!(redactor.text(&text), "<[sealed]>", "{form}");
            let bytes = redactor.bytes(text.into_bytes());
            assert_eq!(bytes, b"<[sealed]>", "{form}");
        }
        assert_eq!(redactor.text("nothing here"), "nothing here");
    }

    #[test]
    fn one_within_another_and_short_ones() {
        let redactor = redactor(&["secret-token", "secret", "abc"]);
        assert_eq!(
            redactor.text("secret-token secret abc"),
            "[sealed] [sealed] abc"
        );
    }

    #[test]
    fn all_places_are_replaced() {
        assert_eq!(replace(b"aXbXXc".to_vec(), b"X", b"--"), b"a--b----c");
        assert_eq!(replace(b"abc".to_vec(), b"X", b"--"), b"abc");
    }
}
