//! The connectors inside the binary.

/// A connector that the build compiled.
pub(crate) struct Builtin {
    /// Its name in `credentials.yml`.
    pub(crate) name: &'static str,
    /// The component.
    pub(crate) wasm: &'static [u8],
    /// The component compiled for the machine that built the server. It does not load on a processor that lacks
    /// something which that one had; then the component itself is compiled as if it had been dropped in.
    pub(crate) native: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// The built-in connector of that name.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    CONNECTORS.iter().find(|builtin| builtin.name == name)
}

/// The names of all built-in connectors, sorted.
#[must_use]
pub fn names() -> Vec<&'static str> {
    CONNECTORS.iter().map(|builtin| builtin.name).collect()
}
