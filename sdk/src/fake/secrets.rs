//! Sealed values, and what the host computes with them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};

use crate::{Digest, SettingKind};

/// A sealed text, as the operator wrote it, and the bytes of its key.
pub(super) struct Secret {
    text: String,
    key: Vec<u8>,
}

impl Secret {
    /// `None` if the text is no key of the kind.
    pub(super) fn new(kind: SettingKind, text: &str) -> Option<Self> {
        let key = match kind {
            SettingKind::Base64Key => STANDARD.decode(text).ok()?,
            SettingKind::WebhookKey => STANDARD
                .decode(text.strip_prefix("whsec_").unwrap_or(text))
                .ok()?,
            SettingKind::HexKey => hexadecimal(text)?,
            _ => text.as_bytes().to_vec(),
        };
        let text = text.to_owned();
        Some(Self { text, key })
    }

    pub(super) fn hmac(&self, digest: Digest, data: &[u8]) -> Vec<u8> {
        // One arm each, since the digests are types.
        macro_rules! hmac {
            ($digest:ty) => {{
                let mut mac = Hmac::<$digest>::new_from_slice(&self.key)
                    .expect("HMAC takes a key of any length");
                mac.update(data);
                mac.finalize().into_bytes().to_vec()
            }};
        }
        match digest {
            Digest::Sha1 => hmac!(sha1::Sha1),
            Digest::Sha256 => hmac!(sha2::Sha256),
            Digest::Sha384 => hmac!(sha2::Sha384),
            Digest::Sha512 => hmac!(sha2::Sha512),
        }
    }

    /// In no constant time: nothing in a test is secret.
    pub(super) fn equals(&self, candidate: &[u8]) -> bool {
        self.text.as_bytes() == candidate
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hmac(kind: SettingKind, key: &str, digest: Digest) -> String {
        let mac = Secret::new(kind, key)
            .expect("a key")
            .hmac(digest, b"Hi There");
        mac.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn hmac_is_that_of_the_rfcs() {
        // RFC 2202 and RFC 4231, test case 1.
        let key = "\u{b}".repeat(20);
        assert_eq!(
            hmac(SettingKind::Text, &key, Digest::Sha1),
            "b617318655057264e28bc0b6fb378c8ef146be00"
        );
        assert_eq!(
            hmac(SettingKind::Text, &key, Digest::Sha256),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hmac(SettingKind::Text, &key, Digest::Sha512),
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde\
             daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
        );
    }

    #[test]
    fn the_kind_says_which_bytes_are_the_key() {
        let expected = hmac(SettingKind::Text, &"\u{b}".repeat(20), Digest::Sha256);
        let base64 = STANDARD.encode([0x0b; 20]);
        for (kind, key) in [
            (SettingKind::HexKey, "0b".repeat(20)),
            (SettingKind::HexKey, "0B".repeat(20)),
            (SettingKind::Base64Key, base64.clone()),
            (SettingKind::WebhookKey, base64.clone()),
            (SettingKind::WebhookKey, format!("whsec_{base64}")),
        ] {
            assert_eq!(hmac(kind, &key, Digest::Sha256), expected, "{kind:?}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for (kind, key) in [
            (SettingKind::HexKey, "abc"),
            (SettingKind::HexKey, "zz"),
            (SettingKind::Base64Key, "whsec_AAAA"),
            (SettingKind::WebhookKey, "?"),
        ] {
            assert!(Secret::new(kind, key).is_none(), "{kind:?}: {key}");
        }
    }
}
