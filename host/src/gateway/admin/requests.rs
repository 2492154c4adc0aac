//! What a call of the admin API asks for, checked before anybody acts on it.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::gateway::ApiError;
use crate::json;

/// Replies that one call may post; as many as one answer of a bot may have.
const MAX_REPLIES: usize = 1_000;

/// The channel that stands for the one on which the conversation's latest message came.
const LATEST: &str = "latest";

fn bad(text: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "bad_request", text)
}

/// The pairs of a query.
#[derive(Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query that knows these names alone. A misspelt filter must not mean all.
    pub(super) fn strict(query: Option<&str>, known: &[&str]) -> Result<Self, ApiError> {
        let query = Self::lenient(query);
        for (index, (name, _)) in query.0.iter().enumerate() {
            if name == "token" {
                continue;
            }
            if !known.contains(&name.as_str()) {
                let known = match known {
                    [] => "there are none".to_owned(),
                    known => format!("there are {}", known.join(", ")),
                };
                return Err(bad(format!("there is no parameter of this name; {known}")));
            }
            if query.0[..index].iter().any(|(other, _)| other == name) {
                return Err(bad(format!("`{name}` is given twice")));
            }
        }
        Ok(query)
    }

    /// Reads a query with whatever else there is, as Rasa's callers expect.
    pub(super) fn lenient(query: Option<&str>) -> Self {
        let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The parameter of this name, if it is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(n, _)| n == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A number from 1 to `most`.
    pub(super) fn number(
        &self,
        name: &str,
        default: usize,
        most: usize,
    ) -> Result<usize, ApiError> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        let number = text
            .parse()
            .ok()
            .filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| bad(format!("`{name}` must be a number from 1 to {most}")))
    }
}

/// Replies to send.
#[derive(Debug, PartialEq)]
pub(super) struct Messages {
    /// A label, a name, or `latest`.
    pub(super) channel: String,
    /// In Rasa's shape.
    pub(super) replies: Vec<Value>,
}

/// Reads `{"messages": […]}`, a list, or one reply. The shapes are told apart by hand, so that an error speaks of the one
/// that was meant.
pub(super) fn messages(body: &[u8], query: &Query) -> Result<Messages, ApiError> {
    let (replies, named) = match parsed(body)? {
        Value::Array(replies) => (replies, None),
        Value::Object(mut fields) => {
            let named = channel(fields.remove("channel"))?;
            match fields.remove("messages") {
                Some(Value::Array(replies)) => {
                    if let Some(name) = fields.keys().next() {
                        let name = shown(name);
                        return Err(bad(format!("`{name}` has no place beside `messages`")));
                    }
                    (replies, named)
                }
                Some(_) => return Err(bad("`messages` must be a list")),
                None => (vec![Value::Object(fields)], named),
            }
        }
        _ => {
            return Err(bad(
                "the body must be a reply, a list of replies, or an object with the list under `messages`",
            ));
        }
    };
    if replies.is_empty() {
        return Err(bad("there is nothing to send: the list is empty"));
    }
    if replies.len() > MAX_REPLIES {
        return Err(bad(format!(
            "{} replies at once; at most {MAX_REPLIES}",
            replies.len()
        )));
    }
    for (index, reply) in replies.iter().enumerate() {
        if reply.as_object().is_none_or(Map::is_empty) {
            return Err(bad(format!(
                "reply {index} must be an object such as {{\"text\": \"hello\"}}"
            )));
        }
    }
    let channel = match (query.get("channel"), named) {
        (Some(one), Some(other)) if one != other => {
            return Err(bad("the query and the body name different channels"));
        }
        (Some(channel), _) => channel.to_owned(),
        (None, Some(channel)) => channel,
        (None, None) => LATEST.to_owned(),
    };
    Ok(Messages { channel, replies })
}

fn channel(value: Option<Value>) -> Result<Option<String>, ApiError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(channel)) => Ok(Some(channel)),
        Some(_) => Err(bad("`channel` must be a string")),
    }
}

/// The text by which the bot is made to react: `/intent{"entity":"value"}`, which Rasa takes apart.
pub(super) fn trigger(body: &[u8]) -> Result<String, ApiError> {
    let Value::Object(mut fields) = parsed(body)? else {
        return Err(bad(
            "the body must be an object such as {\"name\": \"greet\"}",
        ));
    };
    let name = match fields.remove("name") {
        Some(Value::String(name)) if !name.trim().is_empty() => name,
        _ => return Err(bad("`name` must be the intent's name")),
    };
    let name = name.trim();
    if name.contains(|c: char| matches!(c, '{' | '@' | '/') || c.is_control()) {
        return Err(bad("`name` has a character that no intent's name has"));
    }
    let entities = match fields.remove("entities") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(entities)) => entities,
        Some(Value::Array(list)) => gathered(list)?,
        Some(_) => return Err(bad("`entities` must be an object or a list")),
    };
    Ok(if entities.is_empty() {
        format!("/{name}")
    } else {
        format!("/{name}{}", Value::Object(entities))
    })
}

/// Several values of one entity become a list.
fn gathered(list: Vec<Value>) -> Result<Map<String, Value>, ApiError> {
    let mut values: Vec<(String, Vec<Value>)> = Vec::new();
    for mut item in list {
        let entity = item.get_mut("entity").map(Value::take);
        let value = item.get_mut("value").map(Value::take);
        let (Some(Value::String(entity)), Some(value)) = (entity, value) else {
            return Err(bad(
                "each of `entities` must have an `entity` and a `value`",
            ));
        };
        match values.iter_mut().find(|(name, _)| *name == entity) {
            Some((_, values)) => values.push(value),
            None => values.push((entity, vec![value])),
        }
    }
    let joined = values.into_iter().map(|(entity, mut values)| {
        let value = match values.len() {
            1 => values.remove(0),
            _ => Value::Array(values),
        };
        (entity, value)
    });
    Ok(joined.collect())
}

fn parsed(body: &[u8]) -> Result<Value, ApiError> {
    if json::depth(body) > json::MAX_DEPTH {
        return Err(bad(format!(
            "the body is nested deeper than {} levels",
            json::MAX_DEPTH
        )));
    }
    serde_json::from_slice(body).map_err(|e| bad(format!("the body is no JSON: {e}")))
}

/// Enough of a name to recognise it.
fn shown(name: &str) -> &str {
    &name[..name.floor_char_boundary(60)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(error: ApiError) -> String {
        format!("{error:?}")
    }

    fn post(body: &str, query: &str) -> Result<Messages, String> {
        let query = Query::strict(Some(query), &["channel"]).map_err(said)?;
        messages(body.as_bytes(), &query).map_err(said)
    }

    #[test]
    fn replies_in_three_shapes() {
        let hi = json!({"text": "hi"});
        for (body, query, channel) in [
            (r#"{"text":"hi"}"#, "", "latest"),
            (r#"[{"text":"hi"}]"#, "channel=", "latest"),
            (
                r#"{"messages":[{"text":"hi"}]}"#,
                "channel=slack%2Facme",
                "slack/acme",
            ),
            (
                r#"{"messages":[{"text":"hi"}],"channel":"rest"}"#,
                "token=x",
                "rest",
            ),
            (r#"{"text":"hi","channel":"rest"}"#, "channel=rest", "rest"),
            (r#"{"text":"hi","channel":null}"#, "", "latest"),
        ] {
            let channel = channel.to_owned();
            let replies = vec![hi.clone()];
            assert_eq!(
                post(body, query),
                Ok(Messages { channel, replies }),
                "{body}"
            );
        }
    }

    #[test]
    fn replies_that_are_none() {
        for (body, query, reason) in [
            ("", "", "no JSON"),
            ("\"hi\"", "", "must be a reply"),
            ("[]", "", "nothing to send"),
            (r#"{"messages":[]}"#, "", "nothing to send"),
            (r#"{"messages":{}}"#, "", "must be a list"),
            (
                r#"{"messages":[{"text":"a"}],"chanel":"x"}"#,
                "",
                "`chanel` has no place",
            ),
            (r#"[{"text":"a"},"b"]"#, "", "reply 1 must be"),
            ("{}", "", "reply 0 must be"),
            (r#"{"text":"a","channel":1}"#, "", "must be a string"),
            (
                r#"{"text":"a","channel":"x"}"#,
                "channel=y",
                "different channels",
            ),
            (
                r#"{"text":"a"}"#,
                "chanel=y",
                "no parameter of this name; there are channel",
            ),
            (
                r#"{"text":"a"}"#,
                "channel=y&channel=z",
                "`channel` is given twice",
            ),
        ] {
            let error = post(body, query).expect_err(body);
            assert!(error.contains(reason), "{body}: {error}");
        }
        let many = |count: usize| Value::Array(vec![json!({"text": "a"}); count]).to_string();
        assert!(post(&many(MAX_REPLIES), "").is_ok());
        assert!(post(&many(MAX_REPLIES + 1), "").is_err());
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(post(&deep, "").expect_err("too deep").contains("nested"));
    }

    #[test]
    fn triggers() {
        for (body, text) in [
            (r#"{"name":"greet"}"#, "/greet"),
            (r#"{"name":" greet ","entities":null}"#, "/greet"),
            (r#"{"name":"greet","entities":[]}"#, "/greet"),
            (
                r#"{"name":"greet","entities":{"b":1,"a":["x"]}}"#,
                r#"/greet{"a":["x"],"b":1}"#,
            ),
            (
                r#"{"name":"pay","entities":[{"entity":"to","value":"ann","start":1},{"entity":"sum","value":5},{"entity":"to","value":"bo"}]}"#,
                r#"/pay{"sum":5,"to":["ann","bo"]}"#,
            ),
            (
                r#"{"name":"pay","entities":[{"entity":"to","value":["x"]}]}"#,
                r#"/pay{"to":["x"]}"#,
            ),
        ] {
            assert_eq!(
                trigger(body.as_bytes()).map_err(said).as_deref(),
                Ok(text),
                "{body}"
            );
        }
        for body in [
            "[]",
            "{}",
            r#"{"name":""}"#,
            r#"{"name":" "}"#,
            r#"{"name":1}"#,
            r#"{"name":"a{\"b\":1}"}"#,
            r#"{"name":"/greet"}"#,
            r#"{"name":"a","entities":"b"}"#,
            r#"{"name":"a","entities":[{"entity":"b"}]}"#,
            r#"{"name":"a","entities":["b"]}"#,
            r#"{"name":"a\nb"}"#,
        ] {
            assert!(trigger(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn numbers() {
        let number = |query: &str| Query::lenient(Some(query)).number("limit", 100, 1_000).ok();
        assert_eq!(number(""), Some(100));
        assert_eq!(number("limit=1000"), Some(1_000));
        for wrong in ["limit=0", "limit=1001", "limit=-1", "limit=x"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }
}
