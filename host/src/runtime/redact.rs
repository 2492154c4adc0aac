//! Secrets are taken out of what people and connectors get to see.
//!
//! A connector never holds the value of a sealed setting, but the platform does: it may repeat a token in an error or an
//! echo. So whatever comes from outside or from a connector passes here before it is logged, kept or handed on. A
//! value is found as it stands; within a URL, whichever of its characters are encoded there; within JSON, whichever are
//! escaped; and in base64, also of a text that it is but a part of, such as `user:password`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::config::{SettingValue, Settings};

/// Shorter values are not looked for, bytes: whole texts would vanish for the sake of what anybody can guess.
pub(crate) const SHORTEST: usize = 6;

/// What stands in the place of a secret.
const MARK: &str = "[sealed]";

/// The secrets of one channel.
#[derive(Default)]
pub(crate) struct Redactor {
    /// Longest first, so that none is cut apart by a shorter one in it.
    secrets: Vec<String>,
    /// What base64 makes of them, longest first too.
    encoded: Vec<String>,
}

impl Redactor {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut secrets = Vec::new();
        for (_, setting) in settings.iter() {
            if let SettingValue::Sealed(secret) = setting {
                collect(secret.expose(), &mut secrets);
            }
        }
        Self::of(secrets)
    }

    fn of(mut secrets: Vec<String>) -> Self {
        secrets.retain(|secret| secret.len() >= SHORTEST);
        let mut encoded = secrets
            .iter()
            .flat_map(|secret| in_base64(secret))
            .collect();
        for texts in [&mut secrets, &mut encoded] {
            texts.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
            texts.dedup();
        }
        Self { secrets, encoded }
    }

    /// A text without secrets.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.secrets.is_empty() {
            return Cow::Borrowed(text);
        }
        match String::from_utf8_lossy(&self.bytes(text.as_bytes().to_vec())) {
            clean if clean == text => Cow::Borrowed(text),
            clean => Cow::Owned(clean.into_owned()),
        }
    }

    /// Bytes without secrets.
    pub(crate) fn bytes(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for secret in &self.secrets {
            bytes = replace(bytes, secret.as_bytes(), MARK.as_bytes());
            for style in [Style::Url, Style::Json] {
                bytes = style.replace(bytes, secret.as_bytes());
            }
        }
        for encoded in &self.encoded {
            bytes = replace(bytes, encoded.as_bytes(), MARK.as_bytes());
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

/// What is seen of a secret in base64: as a whole, and as a part of a text, where it begins with the first, second or
/// third bit pattern of a group and the letters at its ends depend on its neighbours.
fn in_base64(secret: &str) -> Vec<String> {
    let mut forms = vec![
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ];
    for before in 0..3 {
        let padded = [&[0; 2][..before], secret.as_bytes()].concat();
        // Letters of six bits: those that hold nothing but the secret.
        let (start, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            forms.push(engine.encode(&padded)[start..end].to_owned());
        }
    }
    forms
}

/// A way of writing text in which a character may be written in several ways.
#[derive(Clone, Copy, Debug)]
enum Style {
    Url,
    Json,
}

impl Style {
    /// How long `byte` is as it stands at the beginning of `text`, if that is what stands there.
    fn spelled(self, byte: u8, text: &[u8]) -> Option<usize> {
        let code = |digits: &[u8]| {
            let text = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(text, 16).ok()
        };
        let (found, length) = match (self, text) {
            (Self::Url, [b'%', high, low, ..]) => (code(&[*high, *low])?, 3),
            (Self::Url, [b'+', ..]) if byte == b' ' => (b' ', 1),
            (Self::Json, [b'\\', b'u', b'0', b'0', high, low, ..]) => (code(&[*high, *low])?, 6),
            (Self::Json, [b'\\', b'n', ..]) => (b'\n', 2),
            (Self::Json, [b'\\', b'r', ..]) => (b'\r', 2),
            (Self::Json, [b'\\', b't', ..]) => (b'\t', 2),
            (Self::Json, [b'\\', itself, ..]) => (*itself, 2),
            (_, [itself, ..]) => (*itself, 1),
            (_, []) => return None,
        };
        (found == byte).then_some(length)
    }

    /// How long `secret` is as it stands at the beginning of `text`, if that is what stands there.
    fn written(self, secret: &[u8], text: &[u8]) -> Option<usize> {
        secret.iter().try_fold(0, |length, byte| {
            Some(length + self.spelled(*byte, &text[length..])?)
        })
    }

    /// Looks only where the secret can begin: a picture of megabytes has few such places.
    fn replace(self, bytes: Vec<u8>, secret: &[u8]) -> Vec<u8> {
        let Some(&first) = secret.first() else {
            return bytes;
        };
        let escape = match self {
            Self::Url => b'%',
            Self::Json => b'\\',
        };
        let space = if first == b' ' { b'+' } else { escape };
        let mut out = Vec::new();
        // What is before `copied` is in `out`; what is before `at` was looked at.
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = memchr::memchr3(first, escape, space, &bytes[at..]) {
            let begin = at + found;
            at = begin + 1;
            if let Some(length) = self.written(secret, &bytes[begin..]) {
                out.extend_from_slice(&bytes[copied..begin]);
                out.extend_from_slice(MARK.as_bytes());
                at = begin + length;
                copied = at;
            }
        }
        if copied == 0 {
            return bytes;
        }
        out.extend_from_slice(&bytes[copied..]);
        out
    }
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
        Redactor::of(secrets.iter().map(|secret| (*secret).to_owned()).collect())
    }

    #[test]
    fn in_every_form() {
        let redactor = redactor(&["to/ken +\"x"]);
        for form in [
            "to/ken +\"x",
            "to%2Fken%20%2B%22x",
            "to%2fken+%2b%22x",
            "to/ken+%2B%22x",
            "to/ken%20+\"x",
            "%74%6F%2F%6B%65%6E%20%2B%22%78",
            "to/ken +\\\"x",
            "to\\/ken +\\\"x",
            "\\u0074o\\u002fken +\\u0022\\u0078",
            "dG8va2VuICsieA==",
            "dG8va2VuICsieA",
        ] {
            let text = format!("<{form}>");
            assert_eq!(redactor.text(&text), "<[sealed]>", "{form}");
            let bytes = redactor.bytes(text.into_bytes());
            assert_eq!(bytes, b"<[sealed]>", "{form}");
        }
        for other in [
            "nothing here",
            "to%2Fken%2",
            "%",
            "\\",
            "to\\u002",
            "100 % + \\n",
        ] {
            assert_eq!(redactor.text(other), other);
        }
    }

    #[test]
    fn as_a_part_of_what_is_encoded() {
        let redactor = redactor(&["a secret"]);
        for text in [
            "user:a secret",
            "u:a secret:x",
            "us:a secret\u{ff}",
            "?>a secret<?",
        ] {
            for encoded in [STANDARD.encode(text), URL_SAFE_NO_PAD.encode(text)] {
                let clean = redactor.text(&encoded).into_owned();
                assert!(clean.contains(MARK), "{text}: {encoded}: {clean}");
                assert!(clean.len() < encoded.len(), "{text}: {clean}");
            }
        }
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
