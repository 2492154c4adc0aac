//! The operator's files: whatever they hold is either taken or explained, and no secret shows in either.

use std::path::Path;

use serde_json::json;

use crate::config::{
    Credentials, Diagnostics, Endpoints, ResponseSet, SettingKind, SettingSpec, SettingValue, check,
};
use crate::content::responses::Responses;

/// Parts the files from each other, and them from the environment.
const BETWEEN: &str = "\n%%\n";

/// A variable that is always there, and whose value no message may show.
const SECRET: (&str, &str) = ("SECRET", "zq7Vw-hunter2-9Kx");

/// One setting of each kind, and a secret.
const KINDS: [(&str, SettingKind); 12] = [
    ("text", SettingKind::Text),
    ("integer", SettingKind::Integer),
    ("number", SettingKind::Number),
    ("boolean", SettingKind::Boolean),
    ("url", SettingKind::Url),
    ("list", SettingKind::TextList),
    ("map", SettingKind::TextMap),
    ("base64", SettingKind::Base64Key),
    ("hex", SettingKind::HexKey),
    ("whsec", SettingKind::WebhookKey),
    ("any", SettingKind::Any),
    ("token", SettingKind::Text),
];

/// `credentials.yml`, `endpoints.yml`, `responses.yml` and lines of `NAME=VALUE`, with `%%` on a line of its own between
/// them; what is missing is empty.
///
/// # Panics
///
/// When a message shows a secret, or says nothing.
pub fn config(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else {
        return;
    };
    let mut sections = input.split(BETWEEN);
    let mut section = || sections.next().unwrap_or_default();
    let (credentials, endpoints, responses, variables) =
        (section(), section(), section(), section());
    let environment = |name: &str| -> Option<String> {
        if name == SECRET.0 {
            return Some(SECRET.1.to_owned());
        }
        let mut pairs = variables.lines().filter_map(|line| line.split_once('='));
        let value = pairs.find(|(known, _)| *known == name)?.1;
        Some(value.to_owned())
    };
    // Who writes it out shows it to himself: keys are quoted.
    let written_out = input.contains(SECRET.1);
    let look = |shown: String| {
        assert!(!shown.is_empty());
        assert!(written_out || !shown.contains(SECRET.1), "shown: {shown}");
    };
    let explained = |errors: Diagnostics| {
        assert!(errors.iter().next().is_some(), "refused without a word");
        errors.iter().for_each(|error| look(error.to_string()));
    };

    let here = Path::new("nowhere");
    let builtins = ["callback", "rest", "slack"];
    match Credentials::parse(
        "credentials.yml",
        credentials,
        here,
        &builtins,
        &environment,
    ) {
        Ok(credentials) => {
            for entry in &credentials.channels {
                match check(entry, &specs()) {
                    Ok(settings) => {
                        let token = settings.get("token");
                        assert!(token.is_none_or(|token| matches!(token, SettingValue::Sealed(_))));
                    }
                    Err(errors) => explained(errors),
                }
            }
        }
        Err(errors) => explained(errors),
    }
    match Endpoints::parse("endpoints.yml", endpoints, here, &environment) {
        Ok(endpoints) => endpoints
            .notices
            .iter()
            .for_each(|notice| look(notice.to_string())),
        Err(errors) => explained(errors),
    }
    match ResponseSet::parse("responses.yml", responses) {
        Ok(set) => {
            let names: Vec<_> = set
                .clone()
                .into_variations()
                .map(|(name, _)| name)
                .collect();
            let responses = Responses::new(set);
            for name in names {
                let reply = json!({
                    "response": name,
                    "name": "Ada {name}",
                    "slots": {"count": 3, "list": ["a"]},
                    "arguments": {"flag": true},
                });
                for channel in ["rest", "slack"] {
                    let _ = responses.resolve(reply.clone(), channel);
                }
            }
        }
        Err(errors) => explained(errors),
    }
}

fn specs() -> Vec<SettingSpec> {
    KINDS
        .iter()
        .map(|(name, kind)| SettingSpec {
            name: (*name).to_owned(),
            kind: *kind,
            required: *name == "text",
            sealed: *name == "token",
            in_body: false,
            hosts: vec![],
            default: None,
            doc: "One of its kind.".to_owned(),
        })
        .collect()
}
