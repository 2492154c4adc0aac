//! The form of a file of cases.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A file of cases, all of one connector.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// The channel's settings as in `credentials.yml`, those of the host included. A case may add to them.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// The cases, each of which begins anew.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows. Two of one file must differ in it.
    pub name: String,
    /// Settings that are other than the file's; null takes one away.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// What the clock shows, seconds since the beginning of 1970. Without it, the time is the machine's.
    #[serde(default)]
    pub now: Option<u64>,
    /// What the connector kept before, as text.
    #[serde(default)]
    pub kept: BTreeMap<String, String>,
    /// What the bot says when it is asked, replies in Rasa's form.
    #[serde(default)]
    pub bot: Vec<Value>,
    /// The platform calls.
    #[serde(default)]
    pub receive: Option<Inbound>,
    /// Who is in which room of Socket.IO before: sockets by room. Each is in the room of its own as well.
    #[serde(default)]
    pub rooms: BTreeMap<String, Vec<String>>,
    /// A client that speaks Socket.IO asks to be let in.
    #[serde(default)]
    pub connected: Option<Connection>,
    /// Such a client emits something.
    #[serde(default)]
    pub emitted: Option<Emission>,
    /// The bot says something.
    #[serde(default)]
    pub send: Option<Outbound>,
    /// The channel starts, and the connector is to register its webhook.
    #[serde(default)]
    pub activate: Option<Activation>,
    /// The operator takes the channel away. Of its mapping nothing is read; `{}` says it.
    #[serde(default)]
    pub deactivate: Option<Nothing>,
    /// The requests that the connector makes, in order, and what each is answered. There must be no more.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// What must come of it.
    #[serde(default)]
    pub expect: Expected,
}

/// A request of the platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// `POST` where nothing else is said.
    #[serde(default = "post")]
    pub method: String,
    /// With its query; below the channel's mount, or absolute with a leading slash.
    pub path: String,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body to the letter.
    #[serde(default)]
    pub body: Option<String>,
    /// The body as JSON, with its content type.
    #[serde(default)]
    pub json: Option<Value>,
    /// The body as a form, with its content type.
    #[serde(default)]
    pub form: Option<BTreeMap<String, String>>,
}

fn post() -> String {
    "POST".to_owned()
}

/// A client that speaks Socket.IO and asks to be let in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Its socket's id.
    pub socket: String,
    /// What it sends along; clients of Engine.IO 3 cannot.
    #[serde(default)]
    pub auth: Option<Value>,
    /// The query, percent-encoded, without the question mark.
    #[serde(default)]
    pub query: String,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// Something that such a client emits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emission {
    /// The client's socket.
    pub socket: String,
    /// What the connector returned when it let the client in.
    #[serde(default)]
    pub context: Option<Value>,
    /// The event's name.
    pub name: String,
    /// What goes with it.
    #[serde(default)]
    pub arguments: Vec<Value>,
}

/// Something that the bot says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    /// To which conversation.
    pub conversation: String,
    /// The platform's address for answers, as the connector gave it with an event.
    #[serde(default)]
    pub reply: Option<Value>,
    /// A reply in Rasa's form. Each of the parts that it becomes is sent.
    pub say: Value,
}

/// What the connector is told when it is to register its webhook.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    /// The channel's public mount; null where the server does not know it.
    pub url: Option<String>,
}

/// A mapping without keys.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A request that the connector must make.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// `POST` where nothing else is said.
    #[serde(default = "post")]
    pub method: String,
    /// The whole address, with secrets in their places.
    pub url: String,
    /// Headers that it must have.
    #[serde(default)]
    pub headers: BTreeMap<String, Value>,
    /// The body to the letter.
    #[serde(default)]
    pub body: Option<String>,
    /// What the body must be like as JSON.
    #[serde(default)]
    pub json: Option<Value>,
    /// What the body must be like as a form.
    #[serde(default)]
    pub form: Option<BTreeMap<String, Value>>,
    /// What the platform says to it; 200 without a body where nothing is said.
    #[serde(default)]
    pub answer: Answer,
}

/// What the platform says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// 200 where nothing is said.
    #[serde(default)]
    pub status: Option<u16>,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body to the letter.
    #[serde(default)]
    pub body: Option<String>,
    /// The body as JSON.
    #[serde(default)]
    pub json: Option<Value>,
    /// It cannot be reached; this is why.
    #[serde(default)]
    pub unreachable: Option<String>,
}

/// What must come of a case. What is not named is not looked at, but a request must not be refused, and a part must arrive.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The answer's status; 200 where nothing is said.
    #[serde(default)]
    pub status: Option<u16>,
    /// Headers of the answer.
    #[serde(default)]
    pub headers: BTreeMap<String, Value>,
    /// What the answer's body must be like as text.
    #[serde(default)]
    pub body: Option<Value>,
    /// What the answer's body must be like as JSON.
    #[serde(default)]
    pub json: Option<Value>,
    /// What is kept with the socket of the client that was let in; null for nothing.
    #[serde(default, deserialize_with = "with_null")]
    pub context: Option<Value>,
    /// The arguments of the acknowledgement to what a client emitted.
    #[serde(default)]
    pub acknowledged: Option<Vec<Value>>,
    /// Why a client, or what it emitted, is refused. Where nothing is said, it must not be.
    #[serde(default)]
    pub refused: Option<Value>,
    /// What the connector does with clients and rooms, in order: `{emit: {room, event, arguments}}`, `{join: {socket,
    /// room}}`, `{leave: {socket, room}}`. There must be no more.
    #[serde(default)]
    pub sockets: Option<Vec<Value>>,
    /// The events that the bot hears of, all of them.
    #[serde(default)]
    pub events: Option<Vec<Value>>,
    /// The messages that the connector waits for the bot's answer to, all of them.
    #[serde(default)]
    pub asked: Option<Vec<Value>>,
    /// What the connector keeps afterwards; null for what must be gone.
    #[serde(default)]
    pub kept: Map<String, Value>,
    /// What became of the registration: `done`, or `{retry: why}`, `{unauthorized: why}`, `{permanent: why}`. `done` where
    /// nothing is said.
    #[serde(default)]
    pub lifecycle: Option<Value>,
    /// What became of each part. Where nothing is said, there must be parts, and the platform must have taken them all.
    #[serde(default)]
    pub sent: Option<Vec<Value>>,
}

/// Null as a value, and not as nothing said.
fn with_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl CaseFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is malformed, or a case is none of the things that there are, or two of them.
    pub fn read(path: &Path) -> Result<Self, String> {
        let named = |text: &dyn std::fmt::Display| format!("{}: {text}", path.display());
        let text = fs::read_to_string(path).map_err(|e| named(&e))?;
        Self::parse(&text).map_err(|e| named(&e))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: Self = serde_saphyr::from_str(text).map_err(|e| e.to_string())?;
        for (index, case) in file.cases.iter().enumerate() {
            let named = |text: &str| Err(format!("the case `{}` {text}", case.name));
            let acts = [
                case.receive.is_some(),
                case.connected.is_some(),
                case.emitted.is_some(),
                case.send.is_some(),
                case.activate.is_some(),
                case.deactivate.is_some(),
            ];
            if acts.into_iter().filter(|is_there| *is_there).count() != 1 {
                return named(
                    "must have one of `receive`, `connected`, `emitted`, `send`, `activate` and `deactivate`",
                );
            }
            let bodies = case.receive.as_ref().map(|inbound| {
                let there = [
                    inbound.body.is_some(),
                    inbound.json.is_some(),
                    inbound.form.is_some(),
                ];
                there.into_iter().filter(|is_there| *is_there).count()
            });
            if bodies > Some(1) {
                return named("has more than one of `body`, `json` and `form`");
            }
            if file.cases[..index]
                .iter()
                .any(|other| other.name == case.name)
            {
                return named("is there twice");
            }
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file() {
        let file = CaseFile::parse(
            "
settings: { token: abc }
cases:
  - name: a message
    now: 1700000000
    receive:
      path: webhook?a=b
      headers: { x-signature: 'v0=12' }
      json: { text: hi, number: 1 }
    expect:
      events: [{ message: { text: hi } }]
  - name: an answer
    settings: { token: null }
    send: { conversation: c, say: { text: hello } }
    calls:
      - url: https://api.example.com/send
        json: { text: { $contains: hell } }
        answer: { status: 429, headers: { retry-after: '3' } }
    expect:
      sent: [{ rate_limited: { after_ms: 3000 } }]
",
        );
        let file = file.expect("cases");
        assert_eq!(file.settings["token"], "abc");
        let [inbound, outbound] = &file.cases[..] else {
            panic!("two cases")
        };
        let request = inbound.receive.as_ref().expect("a request");
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "webhook?a=b")
        );
        assert_eq!(request.json, Some(json!({"text": "hi", "number": 1})));
        assert_eq!(outbound.settings["token"], Value::Null);
        assert_eq!(outbound.calls[0].answer.status, Some(429));
        assert_eq!(
            outbound.calls[0].json,
            Some(json!({"text": {"$contains": "hell"}}))
        );
    }

    #[test]
    fn what_is_no_case() {
        for (text, why) in [
            ("cases: [{ name: a }]", "one of `receive`, `connected`"),
            ("cases: [{ name: a, recieve: {} }]", "recieve"),
            (
                "cases: [{ name: a, receive: { path: x, body: y, json: {} } }]",
                "more than one of `body`",
            ),
            (
                "cases:\n  - &a { name: a, receive: { path: x } }\n  - { name: a, receive: { path: y } }",
                "is there twice",
            ),
            ("cases: x", "cases"),
        ] {
            let error = CaseFile::parse(text).expect_err(text);
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
