//! Whether a request is Google's: the token in its `Authorization` header. Google signs it for what the operator chose as
//! *Authentication Audience*: Chat's own account for the project's number, or Google's accounts for the app's address.
//!
//! What costs nothing is looked at first, so that nobody who does not even know the number has keys fetched.

use std::time::Duration;

use switchboard_sdk::jwt::{KeySource, Token};
use switchboard_sdk::{Host, Refusal, Request};

use crate::Settings;

/// The account that speaks for Chat, and signs for a project's number.
const CHAT: &str = "chat@system.gserviceaccount.com";

/// Who signs for an address, by both of its names. It does so for all accounts that there are.
const ACCOUNTS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// How far the clocks may be apart.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// Refuses what has no valid token for the app. Where it is not known for what it should be, nothing can be told.
pub(crate) fn verify(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<(), Refusal> {
    if settings.project_id.is_none() && settings.endpoint_url.is_none() {
        return Ok(());
    }
    let Some(token) = request.bearer_token() else {
        return Err(unauthorized("the request has no bearer token"));
    };
    let Some(token) = Token::parse(token) else {
        return Err(unauthorized(
            "the token is none, or not signed with RS256 and a named key",
        ));
    };
    let source = source(settings, &token)?;
    if !token.is_current(host.unix_time(), SKEW) {
        let text = "the token does not hold now; is the clock right?";
        return Err(unauthorized(text));
    }
    match source.find(host, token.kid())? {
        Some(key) if token.is_signed_with(&key) => Ok(()),
        Some(_) => Err(unauthorized("the token's signature is wrong")),
        None => Err(unauthorized("the token's key is unknown")),
    }
}

/// The keys of whoever says to have signed it, where it says that it is for the app.
fn source<'a>(settings: &'a Settings, token: &Token<'_>) -> Result<KeySource<'a>, Refusal> {
    let issuer = token.claims().filled("iss").unwrap_or_default();
    if let (Some(project), CHAT) = (&settings.project_id, issuer.as_str()) {
        if !token.is_for(project) {
            let text = "the token is for another project; is `project_id` the project's number?";
            return Err(unauthorized(text));
        }
        return Ok(KeySource::keys("chat", &settings.keys_url));
    }
    if let (Some(url), true) = (&settings.endpoint_url, ACCOUNTS.contains(&issuer.as_str())) {
        if !token.is_for(url) {
            let text = "the token is for another address; is `endpoint_url` to the letter what was entered at Google?";
            return Err(unauthorized(text));
        }
        let claims = token.claims();
        if claims.filled("email").as_deref() != Some(CHAT) || !claims.is_true("email_verified") {
            return Err(unauthorized(
                "the token is another account's, and not Chat's",
            ));
        }
        return Ok(KeySource::keys("accounts", &settings.accounts_keys_url));
    }
    let text = "the token is not Chat's; is its *Authentication Audience* the one of `project_id` and `endpoint_url` that is set?";
    Err(unauthorized(text))
}

fn unauthorized(text: &str) -> Refusal {
    Refusal::Unauthorized(text.to_owned())
}
