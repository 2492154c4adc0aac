//! Requests as platforms sign them, from their vendors' descriptions.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;

use crate::Signer;

/// The headers by which a request to `url` shows the connector of this name that it comes from its platform. The secret
/// is Slack's signing secret, Messenger's app secret, Telegram's secret token, Twilio's auth token, that of Webex's
/// webhook, or that of Rocket.Chat's live chat; of the Bot Framework and of Google Chat, who sign with keys of their own,
/// the bot or project that it is for. What bears its token in the body has no header to show.
///
/// # Panics
///
/// When there is no connector of that name.
#[must_use]
pub fn signed(
    connector: &str,
    secret: &str,
    url: &str,
    body: &[u8],
) -> Vec<(&'static str, String)> {
    match connector {
        "slack" => slack(secret, &now().to_string(), body),
        "facebook" => vec![
            (
                "x-hub-signature",
                format!("sha1={}", hex(&mac::<Hmac<Sha1>>(secret, &[body]))),
            ),
            (
                "x-hub-signature-256",
                format!("sha256={}", hex(&mac::<Hmac<Sha256>>(secret, &[body]))),
            ),
        ],
        "telegram" => vec![("x-telegram-bot-api-secret-token", secret.to_owned())],
        "twilio" => vec![("x-twilio-signature", twilio(secret, url, body))],
        "webexteams" => vec![(
            "x-spark-signature",
            hex(&mac::<Hmac<Sha1>>(secret, &[body])),
        )],
        "rocketchat" if is_livechat(body) => {
            vec![("x-rocketchat-livechat-token", secret.to_owned())]
        }
        "mattermost" | "rocketchat" => Vec::new(),
        "botframework" => bearer(&bot_framework(secret, body)),
        "hangouts" => bearer(&google(secret)),
        other => panic!("{other} signs nothing"),
    }
}

/// As [`signed`] for Slack, at this time.
#[must_use]
pub fn slack(secret: &str, timestamp: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    let mac = mac::<Hmac<Sha256>>(secret, &[b"v0:", timestamp.as_bytes(), b":", body]);
    vec![
        ("x-slack-request-timestamp", timestamp.to_owned()),
        ("x-slack-signature", format!("v0={}", hex(&mac))),
    ]
}

/// The time, seconds since the beginning of 1970.
///
/// # Panics
///
/// When the machine's clock is before that.
#[must_use]
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("after 1970").as_secs()
}

/// Whether it is about a visitor, as everything of Rocket.Chat's live chat is.
fn is_livechat(body: &[u8]) -> bool {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    body.is_some_and(|body| body["visitor"].is_object())
}

/// What the service of a channel claims, which vouches for the address that the activity names.
fn bot_framework(app: &str, body: &[u8]) -> Value {
    let activity: Value = serde_json::from_slice(body).unwrap_or_default();
    json!({
        "serviceurl": activity["serviceUrl"], "nbf": now() - 60, "exp": now() + 3600,
        "iss": "https://api.botframework.com", "aud": app,
    })
}

/// What Google Chat claims.
fn google(project: &str) -> Value {
    json!({
        "iss": "chat@system.gserviceaccount.com", "aud": project, "iat": now() - 60, "exp": now() + 3600,
    })
}

fn bearer(claims: &Value) -> Vec<(&'static str, String)> {
    let token = Signer::platform().token(claims);
    vec![("authorization", format!("Bearer {token}"))]
}

/// The whole address, and the fields of the form, sorted, none of them twice.
fn twilio(secret: &str, url: &str, body: &[u8]) -> String {
    let fields: BTreeSet<_> = form_urlencoded::parse(body).collect();
    let mut text = url.to_owned();
    for (name, value) in &fields {
        text.push_str(name);
        text.push_str(value);
    }
    STANDARD.encode(mac::<Hmac<Sha1>>(secret, &[text.as_bytes()]))
}

fn mac<M: Mac + KeyInit>(secret: &str, pieces: &[&[u8]]) -> Vec<u8> {
    let mut mac = <M as Mac>::new_from_slice(secret.as_bytes()).expect("a key");
    for piece in pieces {
        mac.update(piece);
    }
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
