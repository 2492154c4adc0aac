//! Requests as platforms sign them: a fuzzer cannot guess a signature, and what lies behind one is what is to be fuzzed.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::HeaderMap;
use axum::http::header::HeaderName;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::Sha256;

/// Every secret of every channel.
const SECRET: &str = "hunter2-and-more";

/// The channels of the platforms, `api_url` being a place where nobody listens. Twilio's signature covers the whole form,
/// and is left out; so is Google Chat's, whose keys would have to be fetched. The Bot Framework's cannot be.
pub(super) fn credentials(api_url: &str) -> String {
    format!(
        "slack:
  slack_token: {SECRET}
  slack_signing_secret: {SECRET}
  api_url: {api_url}
facebook:
  verify: {SECRET}
  secret: {SECRET}
  page-access-token: {SECRET}
  api_url: {api_url}
telegram:
  access_token: 1:{SECRET}
  secret_token: {SECRET}
  api_url: {api_url}
mattermost:
  url: {api_url}
  token: {SECRET}
  webhook_url: {api_url}
  use_threads: true
  allow_unsigned_actions: true
rocketchat:
  server_url: {api_url}
  user: echo
  password: {SECRET}
twilio:
  account_sid: AC00000000000000000000000000000000
  auth_token: {SECRET}
  verify_signature: false
  api_url: {api_url}
webexteams:
  access_token: {SECRET}
  secret: {SECRET}
  api_url: {api_url}
hangouts:
  conversation_granularity: thread
"
    )
}

/// Adds what proves that the request is the platform's.
pub(super) fn sign(path: &str, headers: &mut HeaderMap, body: &[u8]) {
    let mut add = |name: &'static str, value: String| {
        let value = value.try_into().expect("letters and digits");
        headers.insert(HeaderName::from_static(name), value);
    };
    match path.strip_prefix("/webhooks/").unwrap_or_default() {
        "slack/webhook" => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let seconds = now.unwrap_or_default().as_secs().to_string();
            let signed = [b"v0:", seconds.as_bytes(), b":", body].concat();
            add("x-slack-request-timestamp", seconds);
            add("x-slack-signature", format!("v0={}", sha256(&signed)));
        }
        "facebook/webhook" => add("x-hub-signature-256", format!("sha256={}", sha256(body))),
        "telegram/webhook" => add("x-telegram-bot-api-secret-token", SECRET.to_owned()),
        "webexteams/webhook" => add("x-spark-signature", sha1(body)),
        // Mattermost and Rocket.Chat show their tokens in what is fuzzed; they are not asked for them.
        _ => {}
    }
}

fn sha256(data: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(data);
    hex(&mac.finalize().into_bytes())
}

fn sha1(data: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(data);
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
