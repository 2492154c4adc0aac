//! Placeholders: what a connector gets in place of a sealed setting's value.
//!
//! A connector can put a secret where the platform wants it without ever holding it: it writes the placeholder, and the
//! host writes the value on the way out, toward the hosts that the setting is meant for.
//!
//! No text from outside must be able to name one, or whoever can make a connector repeat a text could have it replaced. So
//! placeholders are random and made anew for each instance, and an instance that let one out serves no further call.
//! Making them anew for each call was the other way; then connectors would have to read their settings each time.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::memmem;
use serde_json::Value;

use super::redact;
use crate::config::{SettingValue, Settings};

/// Random bytes in a placeholder.
const ENTROPY: usize = 16;

/// One text of a sealed setting.
struct Entry {
    placeholder: String,
    setting: usize,
    value: String,
}

/// The placeholders of one instance.
pub(crate) struct Placeholders {
    entries: Vec<Entry>,
    got_out: AtomicBool,
}

impl Placeholders {
    /// The settings as the connector gets to see them, and the placeholders in them.
    pub(crate) fn seal(settings: &Settings, api_url: Option<&str>) -> (Self, Value) {
        let mut entries = Vec::new();
        let mut object = serde_json::Map::new();
        for (index, (name, setting)) in settings.iter().enumerate() {
            let value = match setting {
                SettingValue::Open(value) => value.clone(),
                SettingValue::Sealed(secret) => {
                    let mut value = secret.expose().clone();
                    replace_texts(&mut value, index, &mut entries);
                    value
                }
            };
            object.insert(name.to_owned(), value);
        }
        if let Some(url) = api_url {
            object.insert("api_url".into(), url.into());
        }
        let placeholders = Self {
            entries,
            got_out: AtomicBool::new(false),
        };
        (placeholders, Value::Object(object))
    }

    /// Whether there are any: what a connector without sealed settings says need not be looked at.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Sees what leaves the instance as it is.
    pub(crate) fn watch(&self, text: &[u8]) {
        if self.any_in(text) {
            self.got_out.store(true, Ordering::Relaxed);
        }
    }

    /// Whether somebody outside may know one.
    pub(crate) fn got_out(&self) -> bool {
        self.got_out.load(Ordering::Relaxed)
    }

    /// Puts values where the placeholders are. `may_use` tells whether the setting of an index may go where this is
    /// going; a placeholder of another stays as it is. `None` if that makes it longer than `most` bytes: a connector may
    /// repeat a placeholder at will, and a value can be much longer.
    pub(crate) fn reveal(
        &self,
        mut text: Vec<u8>,
        most: usize,
        may_use: impl Fn(usize) -> bool,
        encode: impl Fn(&str) -> String,
    ) -> Option<Vec<u8>> {
        for entry in &self.entries {
            let placeholder = entry.placeholder.as_bytes();
            let count = memmem::find_iter(&text, placeholder).count();
            if count == 0 || !may_use(entry.setting) {
                continue;
            }
            let value = encode(&entry.value);
            let rest = text.len() - count * placeholder.len();
            if count.saturating_mul(value.len()).saturating_add(rest) > most {
                return None;
            }
            text = redact::replace(text, placeholder, value.as_bytes());
        }
        // Those that did not belong there leave as they are.
        self.watch(&text);
        Some(text)
    }

    /// Puts placeholders where the values are, for what comes in.
    pub(crate) fn conceal(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for entry in &self.entries {
            if entry.value.len() >= redact::SHORTEST {
                bytes =
                    redact::replace(bytes, entry.value.as_bytes(), entry.placeholder.as_bytes());
            }
        }
        bytes
    }

    /// Whether `text` holds a placeholder, so that most requests need no copy.
    pub(crate) fn any_in(&self, text: &[u8]) -> bool {
        self.entries
            .iter()
            .any(|entry| memmem::find(text, entry.placeholder.as_bytes()).is_some())
    }
}

fn replace_texts(value: &mut Value, setting: usize, entries: &mut Vec<Entry>) {
    match value {
        Value::String(text) => {
            let placeholder = placeholder();
            let value = std::mem::replace(text, placeholder.clone());
            entries.push(Entry {
                placeholder,
                setting,
                value,
            });
        }
        Value::Array(values) => {
            values
                .iter_mut()
                .for_each(|v| replace_texts(v, setting, entries));
        }
        Value::Object(map) => map
            .values_mut()
            .for_each(|v| replace_texts(v, setting, entries)),
        // A sealed number or boolean would be told by its type alone; seal its text.
        Value::Number(_) | Value::Bool(_) => {
            let placeholder = placeholder();
            let text = value.to_string();
            *value = Value::String(placeholder.clone());
            entries.push(Entry {
                placeholder,
                setting,
                value: text,
            });
        }
        Value::Null => {}
    }
}

fn placeholder() -> String {
    let random: [u8; ENTROPY] = rand::random();
    let mut text = String::with_capacity(7 + 2 * ENTROPY);
    text.push_str("sealed-");
    for byte in random {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(values: &[&str]) -> Placeholders {
        let entries = values.iter().enumerate().map(|(setting, value)| Entry {
            placeholder: placeholder(),
            setting,
            value: (*value).to_owned(),
        });
        Placeholders {
            entries: entries.collect(),
            got_out: AtomicBool::new(false),
        }
    }

    #[test]
    fn values_are_put_in_where_they_may_go() {
        let sealed = sealed(&["first", "a/b"]);
        let [one, other] = &sealed.entries[..] else {
            panic!("two entries")
        };
        let text = format!("{0} {1} {0}", one.placeholder, other.placeholder).into_bytes();
        let all = sealed.reveal(
            text.clone(),
            100,
            |_| true,
            |value| value.replace('/', "%2F"),
        );
        assert_eq!(all.as_deref(), Some(&b"first a%2Fb first"[..]));
        let some = sealed.reveal(text, 100, |setting| setting == 0, str::to_owned);
        let expected = format!("first {} first", other.placeholder);
        assert_eq!(some, Some(expected.into_bytes()));
    }

    #[test]
    fn repeated_placeholders_cannot_outgrow_the_bound() {
        let sealed = sealed(&[&"x".repeat(1_000)]);
        let text = sealed.entries[0].placeholder.repeat(200_000).into_bytes();
        assert_eq!(
            sealed.reveal(text.clone(), 8 << 20, |_| true, str::to_owned),
            None
        );
        let short = sealed.reveal(text, 8 << 20, |_| true, |_| "x".to_owned());
        assert_eq!(short.map(|text| text.len()), Some(200_000));
    }
}
