//! Events as Socket.IO has them on the wire: a name and any number of arguments, in one JSON array.

use serde::Serialize;
use serde::ser::{Error as _, SerializeTuple as _, Serializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use socketioxide::handler::Value;

use crate::json::{MAX_DEPTH, depth};

/// The longest name of an event, bytes.
const MAX_NAME: usize = 256;

/// What a client emitted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Emitted {
    /// What it is called.
    pub(crate) name: String,
    /// A JSON array, each argument as the client wrote it.
    pub(crate) arguments: String,
}

impl Emitted {
    /// Reads a packet's data.
    ///
    /// # Errors
    ///
    /// Why it is none that is handed on.
    pub(crate) fn read(data: &Value) -> Result<Self, String> {
        let text = match data {
            Value::Str(text, binaries) if binaries.as_ref().is_none_or(|all| all.is_empty()) => {
                text.as_str()
            }
            _ => return Err("it has binary data".to_owned()),
        };
        if depth(text.as_bytes()) > MAX_DEPTH {
            return Err(format!("it is nested deeper than {MAX_DEPTH} levels"));
        }
        let all: Vec<&RawValue> =
            serde_json::from_str(text).map_err(|error| format!("it is no JSON array: {error}"))?;
        let (name, arguments) = all.split_first().ok_or("it has no name")?;
        let name: String =
            serde_json::from_str(name.get()).map_err(|_| "its name is no text".to_owned())?;
        if name.len() > MAX_NAME {
            return Err(format!("its name has over {MAX_NAME} bytes"));
        }
        let arguments: Vec<&str> = arguments.iter().map(|argument| argument.get()).collect();
        Ok(Self {
            name,
            arguments: format!("[{}]", arguments.join(",")),
        })
    }

    pub(super) fn size(&self) -> usize {
        self.name.len() + self.arguments.len()
    }
}

/// Arguments to emit, written already. As a tuple, since socketioxide takes a list for one argument.
pub(super) struct Arguments(Vec<String>);

impl Arguments {
    /// Characters beyond U+FFFF are written as JSON's escapes, which mean the same to everybody. In a payload of Engine.IO 3
    /// packets stand with their length, and clients in JavaScript count such a character as two where those in Python count
    /// it as one.
    pub(super) fn of(values: &[Json]) -> Self {
        let written = values.iter().map(|value| with_escapes(value.to_string()));
        Self(written.collect())
    }
}

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for argument in &self.0 {
            let written: &RawValue = serde_json::from_str(argument).map_err(S::Error::custom)?;
            tuple.serialize_element(written)?;
        }
        tuple.end()
    }
}

/// Such characters stand in JSON only where escapes may: in its strings.
fn with_escapes(json: String) -> String {
    let is_beyond = |c: char| c > '\u{ffff}';
    if !json.contains(is_beyond) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if is_beyond(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Emitted, String> {
        Emitted::read(&Value::Str(text.to_owned().into(), None))
    }

    #[test]
    fn arguments_stay_as_the_client_wrote_them() {
        let emitted =
            read(r#" ["user_uttered" , {"message":"h\u00e9","n":12345678901234567890.10}, null]"#);
        let expected = Emitted {
            name: "user_uttered".to_owned(),
            arguments: r#"[{"message":"h\u00e9","n":12345678901234567890.10},null]"#.to_owned(),
        };
        assert_eq!(emitted, Ok(expected));
        assert_eq!(read(r#"["a"]"#).expect("an event").arguments, "[]");
    }

    #[test]
    fn every_character_counts_as_one() {
        let arguments = Arguments::of(&[json!({ "text": "hé 😀\n" }), json!(1.5)]);
        let text = serde_json::to_string(&arguments).expect("JSON");
        assert_eq!(text, r#"[{"text":"hé \ud83d\ude00\n"},1.5]"#);
    }

    #[test]
    fn what_is_no_event_is_not_handed_on() {
        for text in ["[]", "[1]", "{}", r#"["a""#, r#"["a"] x"#, r#"[null,"a"]"#] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&format!(r#"["{}"]"#, "x".repeat(257))).is_err());
        assert!(read(&format!(r#"["a",{}{}]"#, "[".repeat(128), "]".repeat(128))).is_err());
        let binary = Value::Str(r#"["a"]"#.into(), Some(vec!["b".into()].into()));
        assert!(Emitted::read(&binary).is_err());
    }
}
