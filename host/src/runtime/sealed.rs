//! Placeholders: what a connector gets in place of a sealed setting's value.
//!
//! A connector can put a secret where the platform wants it without ever holding it: it writes the placeholder, and the
//! host writes the value on the way out, toward the hosts that the setting is meant for.
//!
//! No text from outside must be able to name one, or whoever can make a connector repeat a text could have it replaced. So
//! placeholders are random and made anew for each instance, and an instance that let one out serves no further call.
//! Making them anew for each call was the other way; then connectors would have to read their settings each time.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::memmem;
use serde_json::Value;

use super::redact;
use crate::config::{SettingValue, Settings};

/// Random bytes in a placeholder.
const ENTROPY: usize = 16;

/// The settings of a channel as its connector gets to see them, with a gap for each placeholder. Made once: what is left
/// to do for an instance is to fill the gaps.
pub(crate) struct Template {
    /// JSON. A gap holds a placeholder that no instance gets.
    json: String,
    gaps: Vec<Gap>,
}

/// One text of a sealed setting.
struct Gap {
    /// Where its placeholder begins.
    at: usize,
    setting: usize,
    value: String,
}

impl Template {
    pub(crate) fn new(settings: &Settings, api_url: Option<&str>) -> Self {
        let mut texts = Vec::new();
        let mut object = serde_json::Map::new();
        for (index, (name, setting)) in settings.iter().enumerate() {
            let value = match setting {
                SettingValue::Open(value) => value.clone(),
                SettingValue::Sealed(secret) => {
                    let mut value = secret.expose().clone();
                    replace_texts(&mut value, index, &mut texts);
                    value
                }
            };
            object.insert(name.to_owned(), value);
        }
        if let Some(url) = api_url {
            object.insert("api_url".into(), url.into());
        }
        let json = Value::Object(object).to_string();
        let gaps = texts.into_iter().map(|(placeholder, setting, value)| Gap {
            at: json.find(&placeholder).expect("it was just put there"),
            setting,
            value,
        });
        Self {
            gaps: gaps.collect(),
            json,
        }
    }
}

/// The placeholders of one instance, in the order of the template's gaps.
pub(crate) struct Placeholders {
    template: Arc<Template>,
    texts: Vec<String>,
    /// Somebody outside may know one.
    exposed: AtomicBool,
}

impl Placeholders {
    /// Placeholders for one instance, and the settings with them, as JSON.
    pub(crate) fn fill(template: &Arc<Template>) -> (Self, String) {
        let mut json = template.json.clone();
        let texts: Vec<String> = template.gaps.iter().map(|_| placeholder()).collect();
        for (gap, text) in template.gaps.iter().zip(&texts) {
            json.replace_range(gap.at..gap.at + text.len(), text);
        }
        let placeholders = Self {
            template: template.clone(),
            texts,
            exposed: AtomicBool::new(false),
        };
        (placeholders, json)
    }

    fn entries(&self) -> impl Iterator<Item = (&str, &Gap)> {
        self.texts
            .iter()
            .map(String::as_str)
            .zip(&self.template.gaps)
    }

    /// Whether there are any: what a connector without sealed settings says need not be looked at.
    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Sees what leaves the instance as it is.
    pub(crate) fn note_exposed(&self, text: &[u8]) {
        let is_in = |placeholder: &String| memmem::find(text, placeholder.as_bytes()).is_some();
        if self.texts.iter().any(is_in) {
            self.exposed.store(true, Ordering::Relaxed);
        }
    }

    /// Whether somebody outside may know one.
    pub(crate) fn are_exposed(&self) -> bool {
        self.exposed.load(Ordering::Relaxed)
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
        for (placeholder, gap) in self.entries() {
            let placeholder = placeholder.as_bytes();
            let count = memmem::find_iter(&text, placeholder).count();
            if count == 0 || !may_use(gap.setting) {
                continue;
            }
            let value = encode(&gap.value);
            let rest = text.len() - count * placeholder.len();
            if count.saturating_mul(value.len()).saturating_add(rest) > most {
                return None;
            }
            text = redact::replace(text, placeholder, value.as_bytes());
        }
        // Those that did not belong there leave as they are.
        self.note_exposed(&text);
        Some(text)
    }

    /// Puts placeholders where the values are, for what comes in.
    pub(crate) fn conceal(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for (placeholder, gap) in self.entries() {
            if gap.value.len() >= redact::SHORTEST {
                bytes = redact::replace(bytes, gap.value.as_bytes(), placeholder.as_bytes());
            }
        }
        bytes
    }
}

/// Puts a placeholder in the place of each text, and tells which stands for what of which setting.
fn replace_texts(value: &mut Value, setting: usize, texts: &mut Vec<(String, usize, String)>) {
    let text = match value {
        Value::String(text) => std::mem::take(text),
        // A sealed number or boolean would be told by its type alone; seal its text.
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Array(values) => {
            return values
                .iter_mut()
                .for_each(|v| replace_texts(v, setting, texts));
        }
        Value::Object(map) => {
            return map
                .values_mut()
                .for_each(|v| replace_texts(v, setting, texts));
        }
        Value::Null => return,
    };
    let placeholder = placeholder();
    *value = Value::String(placeholder.clone());
    texts.push((placeholder, setting, text));
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
    use std::path::Path;

    use super::*;
    use crate::config::{self, Credentials, SettingKind, SettingSpec};

    fn template() -> Arc<Template> {
        let text = "rest:\n  url: http://a/\n  token: \"sec\\\"ret\"\n  headers: {x: one-value, y: another}\n";
        let environment = |_: &str| None;
        let credentials = Credentials::parse(
            "credentials.yml",
            text,
            Path::new("here"),
            &["rest"],
            &environment,
        )
        .unwrap_or_else(|errors| panic!("{errors}"));
        let spec = |name: &str, kind, sealed| SettingSpec {
            name: name.to_owned(),
            kind,
            required: false,
            sealed,
            in_body: false,
            hosts: Vec::new(),
            default: None,
            doc: String::new(),
        };
        let specs = [
            spec("url", SettingKind::Url, false),
            spec("token", SettingKind::Text, true),
            spec("headers", SettingKind::TextMap, true),
        ];
        let settings = config::check(&credentials.channels[0], &specs);
        let settings = settings.unwrap_or_else(|errors| panic!("{errors}"));
        Arc::new(Template::new(&settings, Some("http://b/")))
    }

    #[test]
    fn each_instance_has_placeholders_of_its_own() {
        let template = template();
        let (one, json) = Placeholders::fill(&template);
        let (other, _) = Placeholders::fill(&template);
        let seen: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(seen["url"], "http://a/");
        assert_eq!(seen["api_url"], "http://b/");
        for (value, placeholder) in [
            ("sec\"ret", &seen["token"]),
            ("one-value", &seen["headers"]["x"]),
            ("another", &seen["headers"]["y"]),
        ] {
            let placeholder = placeholder.as_str().expect("a text").as_bytes();
            assert_eq!(placeholder.len(), 7 + 2 * ENTROPY);
            let reveal = |by: &Placeholders| {
                let revealed = by.reveal(placeholder.to_vec(), 100, |_| true, str::to_owned);
                revealed.expect("short enough")
            };
            assert_eq!(reveal(&one), value.as_bytes());
            assert!(!one.are_exposed(), "it was replaced");
            assert_eq!(reveal(&other), placeholder, "of another instance");
            assert_eq!(one.conceal(value.into()), placeholder);
        }
        let token = seen["token"].as_str().expect("a text").as_bytes();
        let headers_alone = one.reveal(token.to_vec(), 100, |setting| setting == 2, str::to_owned);
        let headers_alone = headers_alone.expect("short enough");
        assert_eq!(headers_alone, token, "not where the setting may not go");
        assert!(one.are_exposed() && !other.are_exposed());
    }

    #[test]
    fn repeated_placeholders_cannot_outgrow_the_bound() {
        let (one, json) = Placeholders::fill(&template());
        let seen: Value = serde_json::from_str(&json).expect("JSON");
        let text = seen["token"].as_str().expect("a text").repeat(200_000);
        let reveal = |value: &str| {
            let encode = |_: &str| value.to_owned();
            one.reveal(text.clone().into_bytes(), 8 << 20, |_| true, encode)
        };
        assert_eq!(reveal(&"x".repeat(1_000)), None);
        assert_eq!(reveal("x").map(|text| text.len()), Some(200_000));
    }
}
