//! Secrets that nothing prints by mistake.

/// A secret from a configuration file. It has neither `Debug` nor `Display`: whoever needs the text
/// asks for it by name, and a search for `expose` finds them all.
#[derive(Clone)]
pub struct SealedText(String);

impl SealedText {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself: for the request or comparison that needs it, and for nothing that people
    /// read.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A key of signatures from a configuration file, decoded. It has neither `Debug` nor `Display`.
#[derive(Clone)]
pub struct SealedKey(Vec<u8>);

impl SealedKey {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The key itself: for the signature that needs it, and for nothing that people read.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}
