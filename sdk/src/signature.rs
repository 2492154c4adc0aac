//! Signatures as platforms write them into headers: an HMAC in hexadecimal or base64, perhaps behind a prefix.
//!
//! A signature that cannot be read is one that is wrong. What is compared, the host compares in constant time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Digest, Host, SecretError};

/// Whether `signature`, in hexadecimal of either case, is the HMAC of `data` under the setting's value.
///
/// # Errors
///
/// A setting that is no sealed text, or has no value; `?` makes it a 401.
pub fn verify_hex(
    host: &dyn Host,
    setting: &str,
    digest: Digest,
    data: &[u8],
    signature: &str,
) -> Result<bool, SecretError> {
    match from_hex(signature) {
        Some(signature) => host.verify_hmac(setting, digest, data, &signature),
        None => Ok(false),
    }
}

/// Whether `signature`, in base64 with padding, is the HMAC of `data` under the setting's value.
///
/// # Errors
///
/// As for [`verify_hex`].
pub fn verify_base64(
    host: &dyn Host,
    setting: &str,
    digest: Digest,
    data: &[u8],
    signature: &str,
) -> Result<bool, SecretError> {
    match STANDARD.decode(signature) {
        Ok(signature) => host.verify_hmac(setting, digest, data, &signature),
        Err(_) => Ok(false),
    }
}

/// The HMAC of `data` under the setting's value, in hexadecimal of lower case.
///
/// # Errors
///
/// As for [`verify_hex`].
pub fn hex(
    host: &dyn Host,
    setting: &str,
    digest: Digest,
    data: &[u8],
) -> Result<String, SecretError> {
    Ok(to_hex(&host.hmac(setting, digest, data)?))
}

/// Bytes in hexadecimal of lower case.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    let pairs = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    pairs.collect()
}

/// The bytes of a text in hexadecimal, either case; `None` if it is none.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let pairs = digits?;
    let (pairs, rest) = pairs.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Whether two texts are the same, in a time that does not tell where they differ. For what a connector keeps itself; a
/// sealed setting is compared with [`secret_equals`](Host::secret_equals).
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).map(|(a, b)| a ^ b);
    one.len() == other.len() && differences.fold(0, |all, one| all | one) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal() {
        assert_eq!(to_hex(&[0, 0x1f, 0xa0]), "001fa0");
        assert_eq!(from_hex("001FA0"), Some(vec![0, 0x1f, 0xa0]));
        assert_eq!(from_hex(""), Some(vec![]));
        for wrong in ["0", "0g", "00 ", "+1", "ä0"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sameness() {
        assert!(same("", "") && same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
    }
}
