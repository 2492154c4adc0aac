//! JSON Web Tokens (RFC 7519) by which a platform proves who calls: signed with RSA and SHA-256, the keys published at an
//! address. Needs the feature `jwt`, which makes a component larger.
//!
//! The algorithm is fixed: a token that names another is none, so that nobody chooses how their own is checked. A token
//! that was read proves nothing until [`Token::is_signed_with`] says so; its claims may be looked at before, to choose the
//! keys and to spare the work for one that is refused anyway.
//!
//! Verifying needs public keys alone, so that it is done here and not by the host.

mod keys;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::sha2::{Digest as _, Sha256};
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use serde::{Deserialize, Serialize};

use crate::JsonObject;
pub use keys::KeySource;

/// The longest token that is read, bytes; those of platforms have some 2,000.
const MAX_TOKEN: usize = 16 << 10;

/// A token in its compact form (RFC 7515), taken apart. Nothing of it is known to be true yet.
#[derive(Debug, Clone)]
pub struct Token<'a> {
    /// Header and claims as they were signed.
    signed: &'a str,
    signature: Vec<u8>,
    kid: String,
    claims: JsonObject,
}

impl<'a> Token<'a> {
    /// Reads a token. `None` if it is none, says another algorithm than `RS256`, names no key, or has an extension that
    /// must be understood (`crit`).
    #[must_use]
    pub fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header = object(header)?;
        if header.filled("alg")? != "RS256" || header.kind("crit").is_some() {
            return None;
        }
        Some(Self {
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
            kid: header.filled("kid")?,
            claims: object(claims)?,
        })
    }

    /// The name of the key that it is said to be signed with.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it says.
    #[must_use]
    pub fn claims(&self) -> &JsonObject {
        &self.claims
    }

    /// Whether it is meant for `audience`, alone or among others.
    #[must_use]
    pub fn is_for(&self, audience: &str) -> bool {
        match self.claims.value::<Vec<String>>("aud") {
            Some(audiences) => audiences.iter().any(|one| one == audience),
            None => self.claims.filled("aud").is_some_and(|one| one == audience),
        }
    }

    /// Whether it holds at a time since the beginning of 1970, the clocks being at most `skew` apart. One without an end
    /// never does.
    #[must_use]
    pub fn is_current(&self, now: Duration, skew: Duration) -> bool {
        let (now, skew) = (now.as_secs_f64(), skew.as_secs_f64());
        let seconds = |name: &str| self.claims.value::<f64>(name);
        let has_ended = seconds("exp").is_none_or(|end| now - skew >= end);
        let has_begun = match seconds("nbf") {
            Some(begin) => begin <= now + skew,
            None => self.claims.kind("nbf").is_none(),
        };
        has_begun && !has_ended
    }

    /// Whether the key's owner signed it.
    #[must_use]
    pub fn is_signed_with(&self, key: &Key) -> bool {
        let Some(public) = key.public() else {
            return false;
        };
        let hash = Sha256::digest(self.signed);
        let scheme = Pkcs1v15Sign::new::<Sha256>();
        key.kid == self.kid && public.verify(scheme, &hash, &self.signature).is_ok()
    }
}

/// One of the three pieces.
fn object(piece: &str) -> Option<JsonObject> {
    let bytes = URL_SAFE_NO_PAD.decode(piece).ok()?;
    JsonObject::parse(&bytes).ok()
}

/// An RSA key as a JSON Web Key (RFC 7517) has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// What tokens call it.
    pub kid: String,
    n: String,
    e: String,
    /// The channels that Microsoft's Bot Framework signs for with it. Empty if it does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endorsements: Vec<String>,
}

impl Key {
    /// Reads one of the `keys` of a set. `None` if it is not for checking signatures, or no RSA key.
    #[must_use]
    pub fn of(jwk: &JsonObject) -> Option<Self> {
        let is_fit = |name: &str, value: &str| {
            jwk.kind(name).is_none() || jwk.filled(name).is_some_and(|given| given == value)
        };
        if jwk.filled("kty")? != "RSA" || !is_fit("use", "sig") || !is_fit("alg", "RS256") {
            return None;
        }
        let key = Self {
            kid: jwk.filled("kid")?,
            n: jwk.filled("n")?,
            e: jwk.filled("e")?,
            endorsements: jwk.value("endorsements").unwrap_or_default(),
        };
        key.public().is_some().then_some(key)
    }

    /// Shorter than 2,048 bits is no key, longer than 4,096 neither.
    fn public(&self) -> Option<RsaPublicKey> {
        let number = |text: &str| Some(BigUint::from_bytes_be(&URL_SAFE_NO_PAD.decode(text).ok()?));
        let n = number(&self.n).filter(|n| n.bits() >= 2_048)?;
        RsaPublicKey::new(n, number(&self.e)?).ok()
    }
}

#[cfg(test)]
mod tests;
