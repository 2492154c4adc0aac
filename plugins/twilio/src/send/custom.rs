//! The bot's own parameters of a message: under the names of Twilio's Python library, which Rasa's users write (`body`,
//! `media_url`, `from_`), or under those of its API (`Body`, `ContentSid`).

use serde_json::{Map, Value};
use switchboard_sdk::{SendError, to_json};

use super::Parameters;

/// One of these must be there.
const CONTENT: [&str; 4] = ["Body", "MediaUrl", "ContentSid", "PersistentAction"];

pub(super) fn parameters(json: &str) -> Result<Parameters, SendError> {
    let given: Map<String, Value> = serde_json::from_str(json)
        .map_err(|_| unusable("it must be an object, the parameters of a message"))?;
    let mut parameters = Parameters::new();
    for (name, value) in given {
        let name = parameter_name(&name);
        match value {
            // A list of variables is one value; of others, each is a parameter.
            Value::Array(items) if name != "ContentVariables" => {
                let texts = items.iter().filter_map(text);
                parameters.extend(texts.map(|text| (name.clone(), text)));
            }
            value => parameters.extend(text(&value).map(|text| (name, text))),
        }
    }
    let says_something =
        |(name, value): &(String, String)| CONTENT.contains(&name.as_str()) && !value.is_empty();
    if parameters.iter().any(says_something) {
        Ok(parameters)
    } else {
        Err(unusable(
            "it has none of `body`, `media_url` and `content_sid`",
        ))
    }
}

fn unusable(why: &str) -> SendError {
    SendError::permanent(
        "custom",
        format!("the custom JSON is no message of Twilio's: {why}"),
    )
}

/// `media_url` as `MediaUrl`, `from_` as `From`; what is in the API's form stays.
fn parameter_name(name: &str) -> String {
    let mut parameter = String::with_capacity(name.len());
    for word in name.split('_') {
        let mut letters = word.chars();
        parameter.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        parameter.push_str(letters.as_str());
    }
    parameter
}

/// As Twilio's forms have it; `None` for null.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(to_json(other)),
    }
}
