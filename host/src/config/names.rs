//! The names under which channels are told apart: accounts and mounts.

use std::fmt;

use thiserror::Error;

/// The longest account, characters: it is a path segment and a label in logs.
const MAX_ACCOUNT: usize = 64;

/// The longest mount, characters.
const MAX_MOUNT: usize = 256;

/// One of several accounts on the same connector: `acme` in `/webhooks/facebook/acme/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountName(String);

/// Why a text is no account name. Says what is wanted, and never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "must be 1 to 64 of the characters a-z, 0-9, `_`, `-` and `.`, beginning with a letter or digit"
)]
pub struct InvalidAccount;

impl AccountName {
    /// Reads a name.
    ///
    /// # Errors
    /// When it is empty, too long, or holds other characters than a path segment and a log label
    /// both bear.
    pub fn parse(text: &str) -> Result<Self, InvalidAccount> {
        let allowed = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-');
        let valid = text.len() <= MAX_ACCOUNT
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.bytes().all(allowed);
        valid.then(|| Self(text.to_owned())).ok_or(InvalidAccount)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a channel's routes begin, in place of `/webhooks/NAME`: an absolute path without a slash
/// at the end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MountPath(String);

/// Why a text is no mount. Says what is wanted, and never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidMount {
    /// It begins with something else.
    #[error("must be an absolute path: it begins with `/`")]
    NotAbsolute,
    /// Nothing between two slashes, or nothing at all.
    #[error("must name at least one segment, and none of them empty")]
    EmptySegment,
    /// `.` or `..`, which clients resolve before they send.
    #[error("must not hold `.` or `..` as a segment")]
    Dots,
    /// A character that would be encoded, or that means something to the router.
    #[error("must hold only letters, digits, `-`, `.`, `_` and `~` between its slashes")]
    Character,
    /// More than 256 characters.
    #[error("must have at most 256 characters")]
    TooLong,
}

impl MountPath {
    /// Reads a path; a slash at its end is dropped.
    ///
    /// # Errors
    /// When a platform could not call the path exactly as it is written.
    pub fn parse(text: &str) -> Result<Self, InvalidMount> {
        if text.len() > MAX_MOUNT {
            return Err(InvalidMount::TooLong);
        }
        let path = text.strip_prefix('/').ok_or(InvalidMount::NotAbsolute)?;
        let path = path.strip_suffix('/').unwrap_or(path);
        for segment in path.split('/') {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            match segment {
                "" => return Err(InvalidMount::EmptySegment),
                "." | ".." => return Err(InvalidMount::Dots),
                _ if !segment.bytes().all(plain) => return Err(InvalidMount::Character),
                _ => {}
            }
        }
        Ok(Self(format!("/{path}")))
    }

    /// The path, such as `/fb/globex`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MountPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names_fit_into_a_path_and_a_log_line() {
        for text in ["a", "acme", "acme-2.de_x", "0", &"a".repeat(64)] {
            assert!(AccountName::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "Acme",
            "a b",
            "a/b",
            ".",
            "..",
            "-a",
            "é",
            &"a".repeat(65),
        ] {
            assert_eq!(AccountName::parse(text), Err(InvalidAccount), "{text}");
        }
    }

    #[test]
    fn mounts_are_normal_paths() {
        for (text, path) in [
            ("/fb", "/fb"),
            ("/fb/globex/", "/fb/globex"),
            ("/a.b/~c_d-1", "/a.b/~c_d-1"),
        ] {
            assert_eq!(
                MountPath::parse(text).map(|mount| mount.0),
                Ok(path.to_owned())
            );
        }
        let table = [
            ("", InvalidMount::NotAbsolute),
            ("fb", InvalidMount::NotAbsolute),
            ("/", InvalidMount::EmptySegment),
            ("//", InvalidMount::EmptySegment),
            ("/a//b", InvalidMount::EmptySegment),
            ("/a/../b", InvalidMount::Dots),
            ("/.", InvalidMount::Dots),
            ("/{id}", InvalidMount::Character),
            ("/a?b", InvalidMount::Character),
            ("/a%20", InvalidMount::Character),
            ("/*", InvalidMount::Character),
        ];
        for (text, reason) in table {
            assert_eq!(MountPath::parse(text), Err(reason), "{text:?}");
        }
        assert_eq!(
            MountPath::parse(&format!("/{}", "a".repeat(256))),
            Err(InvalidMount::TooLong)
        );
    }
}
