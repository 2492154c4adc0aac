//! Who is let in: everybody, or with `jwt_key` those who give a JSON Web Token (RFC 7519) that was signed with it.
//!
//! The algorithm is the setting's, whatever the token says, and the host does the checking: it alone has the key. What
//! Rasa refuses is refused here: a token that is over or does not hold yet, one that says nothing, and one that names an
//! audience, because nobody could set which is ours.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use switchboard_sdk::{Handshake, Host, JsonObject};

use crate::Settings;
use crate::settings::JwtMethod;

/// The longest token that is read, bytes; they come in a handshake, and the usual ones have some 500.
const MAX_TOKEN: usize = 8 << 10;

/// What is kept with the socket: whose token it was, where the token says.
pub(crate) fn verify(
    host: &dyn Host,
    settings: &Settings,
    handshake: &Handshake,
) -> Result<Option<String>, String> {
    let Some(method) = settings.jwt else {
        return Ok(None);
    };
    let token = token(handshake).ok_or("the client gives no token")?;
    let claims = claims(host, method, &token)?;
    let subject = claims.optional_text("sub").map_err(|e| e.to_string())?;
    Ok(subject.map(|subject| {
        let mut context = JsonObject::default();
        context.insert(SUBJECT, &subject);
        context.to_json()
    }))
}

/// Whose token it was, out of what was kept.
pub(crate) fn subject(context: Option<&String>) -> Option<String> {
    JsonObject::or_empty(context).filled(SUBJECT)
}

/// Of the claims as of the context, and of a message's metadata.
pub(crate) const SUBJECT: &str = "sub";

/// As `auth`, which clients of Engine.IO 3 do not have; so theirs comes in the query.
fn token(handshake: &Handshake) -> Option<String> {
    let token = match &handshake.auth {
        Some(auth) => JsonObject::or_empty(Some(auth)).filled("token")?,
        None => {
            let mut pairs = handshake.query_params.iter();
            let (_, token) = pairs.find(|(name, _)| name == "token")?;
            token.clone()
        }
    };
    match token.strip_prefix("Bearer ") {
        Some(token) => Some(token.to_owned()),
        None => Some(token),
    }
}

/// What a token says that holds now.
fn claims(host: &dyn Host, method: JwtMethod, token: &str) -> Result<JsonObject, String> {
    const UNREADABLE: &str = "the token cannot be read";
    if token.len() > MAX_TOKEN {
        return Err(UNREADABLE.to_owned());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(UNREADABLE)?;
    let (header, claims) = signed.split_once('.').ok_or(UNREADABLE)?;
    let header = object(header).ok_or(UNREADABLE)?;
    let is_fit = header.filled("alg").as_deref() == Some(method.name);
    if !is_fit || header.kind("crit").is_some() {
        return Err("the token is signed in another way than `jwt_method` says".to_owned());
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| UNREADABLE)?;
    match host.verify_hmac("jwt_key", method.digest, signed.as_bytes(), &signature) {
        Ok(true) => {}
        _ => return Err("the token is not signed with `jwt_key`".to_owned()),
    }
    let claims = object(claims).ok_or(UNREADABLE)?;
    hold(&claims, host.unix_time().as_secs_f64())?;
    Ok(claims)
}

fn hold(claims: &JsonObject, now: f64) -> Result<(), String> {
    // A time that is no number is one that is over, or never comes.
    let is_past = |name: &str| claims.value(name).is_some_and(|time: f64| time <= now);
    let is_there = |name: &str| claims.kind(name).is_some();
    let is_number = |name: &str| claims.number(name).is_some();
    let text = if claims.to_json() == "{}" {
        "the token says nothing"
    } else if is_there("exp") && (!is_number("exp") || is_past("exp")) {
        "the token is over"
    } else if is_there("nbf") && !is_past("nbf") {
        "the token does not hold yet"
    } else if claims.json("aud").is_some() {
        "the token is for an audience, and nobody can say whether that is us"
    } else {
        return Ok(());
    };
    Err(text.to_owned())
}

/// One of the token's pieces.
fn object(piece: &str) -> Option<JsonObject> {
    let bytes = URL_SAFE_NO_PAD.decode(piece).ok()?;
    JsonObject::parse(&bytes).ok()
}
