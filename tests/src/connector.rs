//! The connector that misbehaves on request.

use std::path::PathBuf;

/// The component of `tests/connectors/hostile`.
#[must_use]
pub fn hostile() -> PathBuf {
    crate::example("hostile")
}
