//! One recorded case: what went in, and what Rasa made of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_tests::{Answer, Api, Switchboard, client, now, signed, slack};

use super::platform::Platform;

/// A line of `cases/CHANNEL.jsonl`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) id: String,
    /// The channel's, where a request was recorded.
    #[serde(default)]
    pub(crate) settings: Value,
    /// All channels', where it was recorded whether Rasa starts with them.
    #[serde(default)]
    pub(crate) credentials: Option<Value>,
    #[serde(default)]
    started: bool,
    #[serde(default)]
    method: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: Option<Body>,
    #[serde(default)]
    body_b64: Option<String>,
    #[serde(default)]
    status: u16,
    /// The answer's body, where platforms look at it.
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    outbound: Vec<Value>,
    #[serde(default)]
    heard: Vec<Value>,
    /// What was to be read at the platform.
    #[serde(default)]
    documents: BTreeMap<String, Value>,
    #[serde(default)]
    pub(crate) fails: Option<Failure>,
}

/// A body: a text, or pieces that come so many times.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Body {
    Text(String),
    Pieces(Vec<(String, usize)>),
}

/// What the platform did instead of what was asked for, as often as it did in the recording.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failure {
    at: String,
    times: usize,
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
    #[serde(default)]
    cut: bool,
}

impl Failure {
    fn answer(&self) -> Answer {
        if self.cut {
            return Answer::Cut;
        }
        let answer = Answer::status(self.status).saying(&self.body);
        let after = self.headers.get("Retry-After");
        after
            .into_iter()
            .fold(answer, |answer, after| answer.with("retry-after", after))
    }
}

impl Row {
    /// What Rasa did: the answer, what its bot heard, and what it sent. Or whether it started.
    pub(crate) fn outcome(&self) -> Value {
        if self.credentials.is_some() {
            return json!({ "starts": self.started });
        }
        let mut heard = self.heard.clone();
        for heard in heard.iter_mut().filter_map(Value::as_object_mut) {
            // Of many platforms Rasa tells its bot nothing but the text. More is no difference.
            heard.retain(|key, value| key != "metadata" || !value.is_null());
        }
        let mut outcome = json!({
            "starts": true, "status": self.status, "heard": heard, "sent": self.outbound,
        });
        if let Some(text) = &self.text {
            outcome["text"] = text.as_str().into();
        }
        outcome
    }

    /// Has the platform hold what it held, and fail where it did.
    pub(crate) fn prepare(&self, api: &Api) {
        for (path, document) in &self.documents {
            api.holds(path, document.clone());
        }
        if let Some(failure) = self.fails.clone() {
            let failed = AtomicUsize::new(0);
            api.does(move |call| {
                let fails =
                    call.is(&failure.at) && failed.fetch_add(1, Ordering::Relaxed) < failure.times;
                if fails {
                    failure.answer()
                } else {
                    Answer::Take
                }
            });
        }
    }

    /// Sends it, signed for now, and gives status and text of the answer.
    pub(crate) async fn replay(&self, server: &Switchboard, platform: &Platform) -> (u16, String) {
        let method: Method = self.method.parse().expect("a method");
        let url = server.at(&self.path);
        let body = self.bytes();
        let mut request = client().request(method, &url);
        for (name, value) in self.headers_for(platform, &url, &body) {
            request = request.header(name, value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.text().await.expect("a text"))
    }

    /// Where Rasa had it signed, it says in which header the signature stands, spoiled in some cases. Whoever signs in more
    /// ways than Rasa looks at does so in all of them.
    fn headers_for(&self, platform: &Platform, url: &str, body: &[u8]) -> Vec<(String, String)> {
        let at = |offset: u64| (now() - offset).to_string();
        let timed = |value: &str| {
            value
                .replace("{now}", &at(0))
                .replace("{now-240}", &at(240))
        };
        let headers = self.headers.iter();
        let mut headers: Vec<_> = headers
            .map(|(name, value)| (name.to_lowercase(), timed(value)))
            .collect();
        let time = headers
            .iter()
            .find(|(name, _)| name == "x-slack-request-timestamp");
        let proof = match time {
            Some((_, time)) => slack(platform.secret, time, body),
            None => signed(platform.name, platform.secret, url, body),
        };
        let mut is_genuine = !platform.rasa_verifies;
        for (name, value) in &mut headers {
            let Some((_, genuine)) = proof.iter().find(|(proof, _)| proof == name) else {
                continue;
            };
            let mac = genuine.split_once('=').map_or(&genuine[..], |(_, mac)| mac);
            *value = value
                .replace("{mac}", mac)
                .replace("{MAC}", &mac.to_uppercase());
            is_genuine |= value == genuine;
        }
        if is_genuine {
            for (name, value) in proof {
                if headers.iter().all(|(there, _)| there != name) {
                    headers.push((name.to_owned(), value));
                }
            }
        }
        headers
    }

    fn bytes(&self) -> Vec<u8> {
        match (&self.body, &self.body_b64) {
            (_, Some(body)) => STANDARD.decode(body).expect("base64"),
            (Some(Body::Text(text)), _) => text.clone().into_bytes(),
            (Some(Body::Pieces(pieces)), _) => {
                let pieces = pieces.iter().map(|(piece, times)| piece.repeat(*times));
                pieces.collect::<String>().into_bytes()
            }
            (None, None) => Vec::new(),
        }
    }
}
