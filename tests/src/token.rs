//! Tokens by which platforms say who calls (RFC 7519), signed with keys that exist for tests alone. What is tested
//! verifies with another library than this signs with.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

/// What the platform calls its key.
const KID: &str = "platform-key-1";

/// Somebody who signs tokens.
pub struct Signer {
    kid: &'static str,
    pem: &'static str,
    pair: RsaKeyPair,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.kid).finish()
    }
}

impl Signer {
    /// The platform itself.
    #[must_use]
    pub fn platform() -> Self {
        Self::of(KID, include_str!("../keys/platform.pem"))
    }

    /// Somebody who says that it is the platform's key.
    #[must_use]
    pub fn forger() -> Self {
        Self::of(KID, include_str!("../keys/another.pem"))
    }

    /// Somebody with a key of their own.
    #[must_use]
    pub fn stranger() -> Self {
        Self::of("another-key", include_str!("../keys/another.pem"))
    }

    fn of(kid: &'static str, pem: &'static str) -> Self {
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(base64).expect("base64");
        let pair = RsaKeyPair::from_pkcs8(&der).expect("a key");
        Self { kid, pem, pair }
    }

    /// The key itself, for libraries that sign.
    #[must_use]
    pub const fn pem(&self) -> &'static str {
        self.pem
    }

    /// What the key is called.
    #[must_use]
    pub const fn kid(&self) -> &'static str {
        self.kid
    }

    /// A token that says this.
    ///
    /// # Panics
    ///
    /// When the system has no random numbers.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "kid": self.kid, "typ": "JWT"});
        let piece = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = [piece(&header), piece(claims)].join(".");
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let random = SystemRandom::new();
        let done = self.pair.sign(
            &RSA_PKCS1_SHA256,
            &random,
            signed.as_bytes(),
            &mut signature,
        );
        done.expect("a signature");
        [signed, URL_SAFE_NO_PAD.encode(signature)].join(".")
    }

    /// The public half, as a JSON Web Key (RFC 7517).
    #[must_use]
    pub fn jwk(&self) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.pair.public_key());
        let [n, e] = [public.n, public.e].map(|number| URL_SAFE_NO_PAD.encode(number));
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e})
    }
}

/// The keys that the platform of a connector publishes: its own, and the one with which what was recorded is signed.
pub(crate) fn keys(connector: &str) -> Value {
    let recorded: Value =
        serde_json::from_str(include_str!("../keys/recorded.json")).expect("JSON");
    let mut own = Signer::platform().jwk();
    if let Some(endorsements) = recorded[connector].get("endorsements") {
        own["endorsements"] = endorsements.clone();
    }
    json!({ "keys": [own, recorded[connector]] })
}
