//! Whether a request is Google's: the token in its `Authorization` header, which Chat's own account signs for the project.

use std::time::Duration;

use switchboard_sdk::jwt::{KeySource, Token};
use switchboard_sdk::{Host, Refusal, Request};

use crate::Settings;

/// The account that signs.
const ISSUER: &str = "chat@system.gserviceaccount.com";

/// How far the clocks may be apart.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// Refuses what has no valid token for the project. Without one, nothing can be told.
pub(crate) fn verify(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<(), Refusal> {
    let Some(project) = &settings.project_id else {
        return Ok(());
    };
    let Some(token) = request.bearer_token() else {
        return Err(unauthorized("the request has no bearer token"));
    };
    let Some(token) = Token::parse(token) else {
        return Err(unauthorized(
            "the token is none, or not signed with RS256 and a named key",
        ));
    };
    if token.claims().filled("iss").as_deref() != Some(ISSUER) {
        let text = "the token is not Chat's; is its *Authentication Audience* the project number?";
        return Err(unauthorized(text));
    }
    if !token.is_for(project) {
        let text = "the token is for another project; is `project_id` the project's number?";
        return Err(unauthorized(text));
    }
    if !token.is_current(host.unix_time(), SKEW) {
        let text = "the token does not hold now; is the clock right?";
        return Err(unauthorized(text));
    }
    let source = KeySource::keys("chat", &settings.keys_url);
    match source.find(host, token.kid())? {
        Some(key) if token.is_signed_with(&key) => Ok(()),
        Some(_) => Err(unauthorized("the token's signature is wrong")),
        None => Err(unauthorized("the token's key is unknown")),
    }
}

fn unauthorized(text: &str) -> Refusal {
    Refusal::Unauthorized(text.to_owned())
}
