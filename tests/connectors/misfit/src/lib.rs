//! A connector that misbehaves where it is asked who it is: in `name`, `describe` or `routes`. No settings are there to tell
//! it what to do, so the mark in its data does: the tests write another in its place. It speaks the contract without the
//! SDK, in which a name is a constant.

#[cfg(target_family = "wasm")]
#[expect(
    unsafe_code,
    reason = "the generated exports speak with the host by raw memory; the SDK hides the same"
)]
mod component;

/// What it does: where, and what. Always of this length.
pub static MARK: [u8; 24] = *b"misfit: nowhere  nothing";
