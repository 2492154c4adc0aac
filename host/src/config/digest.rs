//! The digest that pins a component: what `sha256` says beside a channel.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::keys;

/// The SHA-256 of a component's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComponentDigest([u8; 32]);

impl ComponentDigest {
    /// The digest of `component`.
    #[must_use]
    pub fn of(component: &[u8]) -> Self {
        Self(Sha256::digest(component).into())
    }

    /// Reads 64 hexadecimal digits, as `sha256sum` and `switchboard check FILE.wasm` print them.
    ///
    /// # Errors
    ///
    /// When it is anything else.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        keys::hexadecimal(text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or("must be 64 hexadecimal digits, as `sha256sum FILE.wasm` prints them")
    }
}

impl fmt::Display for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
