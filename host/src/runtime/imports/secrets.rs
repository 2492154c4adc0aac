//! `secrets`: sealed settings at work, without the connector holding them.

use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use crate::bindings::switchboard::channel::secrets::{Digest, Host, SecretError};
use crate::config::{SealedValue, SettingValue};
use crate::runtime::state::State;

/// The most to be signed once placeholders are replaced, bytes. Above what an instance can hand over at once.
const MAX_SIGNED: usize = 16 << 20;

impl Host for State {
    fn hmac(
        &mut self,
        setting: String,
        digest: Digest,
        data: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, SecretError>> {
        let revealed = match &self.placeholders {
            Some((placeholders, _)) => {
                placeholders.reveal(data, MAX_SIGNED, |_| true, str::to_owned)
            }
            None => Some(data),
        };
        // Only who repeats placeholders on purpose gets there.
        let data = revealed.ok_or_else(|| {
            wasmtime::format_err!("`secrets.hmac`: the data is over {MAX_SIGNED} bytes")
        })?;
        Ok(self.key(&setting).map(|key| hmac(key, digest, &data)))
    }

    fn verify_hmac(
        &mut self,
        setting: String,
        digest: Digest,
        data: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, SecretError>> {
        Ok(self
            .key(&setting)
            .map(|key| hmac(key, digest, &data).ct_eq(&signature).into()))
    }

    fn equals(
        &mut self,
        setting: String,
        candidate: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, SecretError>> {
        // The texts are hashed first, so that not even their lengths show in the time.
        let hash = |bytes: &[u8]| -> [u8; 32] {
            use sha2::Digest as _;
            Sha256::digest(bytes).into()
        };
        Ok(self
            .text(&setting)
            .map(|text| hash(text.as_bytes()).ct_eq(&hash(&candidate)).into()))
    }
}

impl State {
    /// The bytes that are the setting's key.
    fn key(&self, setting: &str) -> Result<&[u8], SecretError> {
        self.secret(setting)?
            .key()
            .ok_or_else(|| SecretError::UnknownSetting(setting.to_owned()))
    }

    /// The setting's value as it stands in the file.
    fn text(&self, setting: &str) -> Result<&str, SecretError> {
        let text = self.secret(setting)?.expose().as_str();
        text.ok_or_else(|| SecretError::UnknownSetting(setting.to_owned()))
    }

    fn secret(&self, setting: &str) -> Result<&SealedValue, SecretError> {
        match self.context.settings.get(setting) {
            Some(SettingValue::Sealed(secret)) => Ok(secret),
            None if self.context.sealed_names.iter().any(|name| name == setting) => {
                Err(SecretError::NotSet(setting.to_owned()))
            }
            _ => Err(SecretError::UnknownSetting(setting.to_owned())),
        }
    }
}

fn hmac(key: &[u8], digest: Digest, data: &[u8]) -> Vec<u8> {
    fn run<M: Mac + hmac::digest::KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
        let mut mac = <M as hmac::digest::KeyInit>::new_from_slice(key)
            .expect("HMAC takes keys of any length");
        mac.update(data);
        mac.finalize().into_bytes().to_vec()
    }
    match digest {
        Digest::Sha1 => run::<Hmac<Sha1>>(key, data),
        Digest::Sha256 => run::<Hmac<Sha256>>(key, data),
        Digest::Sha384 => run::<Hmac<Sha384>>(key, data),
        Digest::Sha512 => run::<Hmac<Sha512>>(key, data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 and RFC 4231, test case 2.
    #[test]
    fn hmac_as_in_the_rfcs() {
        let hex = |bytes: Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let data = b"what do ya want for nothing?";
        assert_eq!(
            hex(hmac(b"Jefe", Digest::Sha1, data)),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        assert_eq!(
            hex(hmac(b"Jefe", Digest::Sha256, data)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert!(
            hex(hmac(b"Jefe", Digest::Sha384, data))
                .starts_with("af45d2e376484031617f78d2b58a6b1b")
        );
        assert!(
            hex(hmac(b"Jefe", Digest::Sha512, data))
                .starts_with("164b7a7bfcf819e2e395fbe73b56e0a3")
        );
    }
}
