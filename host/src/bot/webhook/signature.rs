//! Signatures of Standard Webhooks, version 1: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::header::HeaderValue;
use sha2::Sha256;

/// Signs with each of several secrets. It holds the keyed state and not the secrets, and has no `Debug`.
pub(super) struct Signer(Vec<Hmac<Sha256>>);

impl Signer {
    pub(super) fn new<'a>(secrets: impl Iterator<Item = &'a [u8]>) -> Self {
        let keyed = |secret| Hmac::new_from_slice(secret).expect("HMAC takes keys of any length");
        Self(secrets.map(keyed).collect())
    }

    /// The value of `webhook-signature`: one signature for each secret, in their order.
    ///
    /// What is signed joins its parts with full stops, so the id must hold none.
    pub(super) fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> HeaderValue {
        let head = format!("{id}.{timestamp}.");
        let signatures = self.0.iter().map(|keyed| {
            let mut mac = keyed.clone();
            mac.update(head.as_bytes());
            mac.update(body);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        });
        let signatures = signatures.collect::<Vec<_>>().join(" ");
        HeaderValue::try_from(signatures).expect("base64 is ASCII")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the scheme's own libraries test against.
    #[test]
    fn as_published() {
        let secret = STANDARD
            .decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
            .expect("base64");
        let published = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let body = br#"{"test": 2432232314}"#;
        let signer = Signer::new([&*secret].into_iter());
        assert_eq!(signer.sign(id, 1_614_265_330, body), published);

        let rotated = Signer::new([&*secret, b"the next one"].into_iter());
        let signatures = rotated.sign(id, 1_614_265_330, body);
        let signatures = signatures.to_str().expect("ASCII").split(' ');
        let signatures: Vec<_> = signatures.collect();
        assert_eq!(signatures.len(), 2);
        assert_eq!(signatures[0], published);
        assert!(signatures[1].starts_with("v1,") && signatures[1] != published);
    }
}
