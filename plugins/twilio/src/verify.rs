//! Whether Twilio made a request: `X-Twilio-Signature` is an HMAC over the address as it was typed into Twilio, and all
//! parameters of the body.
//!
//! The address is what goes wrong in practice. Twilio's own libraries take it with and without the scheme's default port;
//! so do we. A server behind a proxy that ends TLS sees `http` where Twilio called `https`; then both are tried, so that
//! only a proxy that changes host or path needs `public_url`. None of it helps a forger, who can sign no address at all.

use std::collections::BTreeSet;

use switchboard_sdk::{Digest, Form, Host, Refusal, Request, signature};

use crate::Settings;

const HEADER: &str = "x-twilio-signature";

/// The address that Twilio called; `None` where nobody checks.
pub(crate) fn verify(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
    form: &Form,
) -> Result<Option<String>, Refusal> {
    if !settings.verify_signature {
        return Ok(None);
    }
    let Some(signature) = request.header(HEADER) else {
        return Err(Refusal::Unauthorized(format!("there is no {HEADER}")));
    };
    // Of another method, the parameters are part of the address.
    let parameters = match request.method.as_str() {
        "POST" => parameters(form),
        _ => String::new(),
    };
    for address in addresses(&request.url) {
        let signed = format!("{address}{parameters}");
        if signature::verify_base64(
            host,
            "auth_token",
            Digest::Sha1,
            signed.as_bytes(),
            signature,
        )? {
            return Ok(Some(address));
        }
    }
    // Without the query, where operators put secrets of their own.
    let address = request.url.split('?').next().unwrap_or_default();
    Err(Refusal::Forbidden(format!(
        "{HEADER} does not fit a call of {address}; if Twilio was given another address, set `public_url` to its \
         beginning, else look whether `auth_token` is the account's primary token"
    )))
}

/// Names and decoded values, sorted, one after the other. Of a repeated name, each value once.
pub(crate) fn parameters(form: &Form) -> String {
    let mut pairs = BTreeSet::new();
    for pair in form.pairs() {
        pairs.insert(pair);
    }
    let texts = pairs
        .into_iter()
        .flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    texts.collect()
}

/// The address as it came, and those that may be meant by it.
pub(crate) fn addresses(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else {
        return all;
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (name, port) = match authority.rsplit_once(':') {
        // A colon within brackets belongs to an IPv6 address.
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (authority, None),
    };
    let default = |scheme: &str| if scheme == "http" { "80" } else { "443" };
    let seen_by_default = port.is_none_or(|port| port == default(scheme));
    let schemes = [Some(scheme), (scheme == "http").then_some("https")];
    for scheme in schemes.into_iter().flatten() {
        let others = if seen_by_default {
            vec![
                format!("{scheme}://{name}{path}"),
                format!("{scheme}://{name}:{}{path}", default(scheme)),
            ]
        } else {
            vec![format!("{scheme}://{authority}{path}")]
        };
        all.extend(others.into_iter().filter(|other| other != url));
    }
    all
}
