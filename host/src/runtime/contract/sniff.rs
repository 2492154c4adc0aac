//! A first look at a file that is said to be a component, before anything compiles it.

use thiserror::Error;

/// The largest component that is taken: 64 MiB. A connector in Rust has half a megabyte, one that carries an
/// interpreter of JavaScript or Python along has 10 to 40.
pub(crate) const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Why a file is not a component: a predicate that goes well after the file's name, and in a second line what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum NotAComponent {
    /// No bytes at all.
    #[error("is empty\nhint: build the component again, or copy it again")]
    Empty,
    /// Over [`MAX_BYTES`].
    #[error(
        "has {0} bytes, and a component may have {MAX_BYTES}\nhint: build it optimised and without debug \
         information; `wasm-tools strip` removes what is left of it"
    )]
    TooLarge(u64),
    /// It ends within the first eight bytes.
    #[error("ends after {0} bytes\nhint: it was not copied or downloaded whole; do it again")]
    Truncated(usize),
    /// WebAssembly of the first layer.
    #[error(
        "is a core WebAssembly module, not a component\nhint: in Rust build it with `cargo build --target \
         wasm32-wasip2 --release`; elsewhere make a component of it with `wasm-tools component new`"
    )]
    CoreModule,
    /// WebAssembly, but neither a core module nor a component as they are today.
    #[error(
        "is WebAssembly in a format unknown to this server (version {0:#010x})\nhint: build it with a current \
         toolchain, which makes components of format 0x0001000d"
    )]
    UnknownFormat(u32),
    /// Native code, such as what `wasmtime compile` writes. Nothing could check what it does.
    #[error(
        "is {0}, and only WebAssembly components are taken: native code would run outside of the sandbox\n\
         hint: give the `.wasm` file that it was made from"
    )]
    Native(&'static str),
    /// The text format.
    #[error(
        "is WebAssembly in its text format\nhint: turn it into the binary format with `wasm-tools parse FILE.wat \
         -o FILE.wasm`"
    )]
    Text,
    /// Something else altogether.
    #[error("is {what}, not WebAssembly\nhint: {hint}")]
    Other {
        /// What it looks like.
        what: &'static str,
        /// What to do.
        hint: &'static str,
    },
}

const MAGIC: &[u8; 4] = b"\0asm";
const CORE: u32 = 1;
/// Version 13 of layer 1.
const COMPONENT: u32 = 0x0001_000d;

/// First bytes of what is native code.
const NATIVE: &[(&[u8], &str)] = &[
    // `wasmtime compile` writes ELF on every platform
    (
        b"\x7fELF",
        "a precompiled component (.cwasm) or another ELF file",
    ),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS program or a Java class"),
];

/// First bytes of what people give by mistake.
const MISTAKEN: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a ZIP archive", UNPACK),
    (b"\x1f\x8b", "a file compressed with gzip", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a file compressed with zstd", UNPACK),
    (b"\xfd7zXZ\0", "a file compressed with xz", UNPACK),
    (b"BZh", "a file compressed with bzip2", UNPACK),
    (
        b"version https://git-lfs.",
        "a Git LFS pointer",
        "`git lfs pull` puts the file itself in its place",
    ),
];

const UNPACK: &str = "unpack it and give the `.wasm` file";
const BUILD: &str = "give the `.wasm` file of the component that the build wrote";

/// Whether the bytes begin as a component does. What follows is for the compiler to check. A caller who knows a file's
/// length compares it with [`MAX_BYTES`] before reading it.
///
/// # Errors
///
/// What the file is in place of a component.
pub(crate) fn sniff(bytes: &[u8]) -> Result<(), NotAComponent> {
    if bytes.is_empty() {
        return Err(NotAComponent::Empty);
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(NotAComponent::TooLarge(bytes.len() as u64));
    }
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(if MAGIC.starts_with(bytes) {
            NotAComponent::Truncated(bytes.len())
        } else {
            foreign(bytes)
        });
    };
    match rest.first_chunk().copied().map(u32::from_le_bytes) {
        None => Err(NotAComponent::Truncated(bytes.len())),
        Some(COMPONENT) => Ok(()),
        Some(CORE) => Err(NotAComponent::CoreModule),
        Some(version) => Err(NotAComponent::UnknownFormat(version)),
    }
}

/// What something is that does not begin as WebAssembly does.
fn foreign(bytes: &[u8]) -> NotAComponent {
    if let Some((_, what)) = NATIVE.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return NotAComponent::Native(what);
    }
    if let Some((_, what, hint)) = MISTAKEN.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return NotAComponent::Other { what, hint };
    }
    // the beginning is enough, and may end within a character
    let head = &bytes[..bytes.len().min(4096)];
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => {
            return NotAComponent::Other {
                what: "some other binary file",
                hint: BUILD,
            };
        }
    };
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let first = text
        .lines()
        .map(str::trim_start)
        .find(|line| !line.is_empty() && !line.starts_with(";;"))
        .unwrap_or_default();
    if first.starts_with("(component") || first.starts_with("(module") {
        return NotAComponent::Text;
    }
    if first.starts_with('<') {
        return NotAComponent::Other {
            what: "a web page or XML",
            hint: "download the file itself, not the page that shows it",
        };
    }
    NotAComponent::Other {
        what: "text",
        hint: BUILD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> String {
        sniff(bytes).expect_err("it is no component").to_string()
    }

    #[test]
    fn a_component_passes() {
        assert_eq!(sniff(b"\0asm\x0d\0\x01\0"), Ok(()));
        assert_eq!(sniff(b"\0asm\x0d\0\x01\0and what follows"), Ok(()));
    }

    #[test]
    fn other_webassembly() {
        insta::assert_snapshot!(said(b"\0asm\x01\0\0\0"), @"
        is a core WebAssembly module, not a component
        hint: in Rust build it with `cargo build --target wasm32-wasip2 --release`; elsewhere make a component of it with `wasm-tools component new`
        ");
        insta::assert_snapshot!(said(b"\0asm\x0c\0\x01\0"), @"
        is WebAssembly in a format unknown to this server (version 0x0001000c)
        hint: build it with a current toolchain, which makes components of format 0x0001000d
        ");
        insta::assert_snapshot!(said(b"\xef\xbb\xbf;; made by hand\n\n  (component\n"), @"
        is WebAssembly in its text format
        hint: turn it into the binary format with `wasm-tools parse FILE.wat -o FILE.wasm`
        ");
        assert_eq!(sniff(b"(module)"), Err(NotAComponent::Text));
    }

    #[test]
    fn native_code() {
        insta::assert_snapshot!(said(b"\x7fELF\x02\x01\x01\xc8"), @"
        is a precompiled component (.cwasm) or another ELF file, and only WebAssembly components are taken: native code would run outside of the sandbox
        hint: give the `.wasm` file that it was made from
        ");
        assert!(matches!(sniff(b"MZ\x90\0"), Err(NotAComponent::Native(_))));
    }

    #[test]
    fn what_wasmtime_precompiles() {
        let engine = wasmtime::Engine::default();
        let precompiled = engine
            .precompile_component(b"\0asm\x0d\0\x01\0")
            .expect("it compiles");
        assert!(matches!(sniff(&precompiled), Err(NotAComponent::Native(_))));
    }

    #[test]
    fn cut_short() {
        insta::assert_snapshot!(said(b""), @"
        is empty
        hint: build the component again, or copy it again
        ");
        insta::assert_snapshot!(said(b"\0asm\x0d\0"), @"
        ends after 6 bytes
        hint: it was not copied or downloaded whole; do it again
        ");
        assert_eq!(sniff(b"\0as"), Err(NotAComponent::Truncated(3)));
    }

    #[test]
    fn too_large() {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        bytes.resize(usize::try_from(MAX_BYTES).expect("fits"), 0);
        assert_eq!(sniff(&bytes), Ok(()));
        bytes.push(0);
        insta::assert_snapshot!(said(&bytes), @"
        has 67108865 bytes, and a component may have 67108864
        hint: build it optimised and without debug information; `wasm-tools strip` removes what is left of it
        ");
    }

    #[test]
    fn something_else() {
        insta::assert_snapshot!(said(b"PK\x03\x04"), @"
        is a ZIP archive, not WebAssembly
        hint: unpack it and give the `.wasm` file
        ");
        insta::assert_snapshot!(said(b"\n<!doctype html>"), @"
        is a web page or XML, not WebAssembly
        hint: download the file itself, not the page that shows it
        ");
        insta::assert_snapshot!(said(b"version https://git-lfs.github.com/spec/v1\n"), @"
        is a Git LFS pointer, not WebAssembly
        hint: `git lfs pull` puts the file itself in its place
        ");
        insta::assert_snapshot!(said(b"export function receive() {}"), @"
        is text, not WebAssembly
        hint: give the `.wasm` file of the component that the build wrote
        ");
        insta::assert_snapshot!(said(b"\x89PNG\r\n"), @"
        is some other binary file, not WebAssembly
        hint: give the `.wasm` file of the component that the build wrote
        ");
        // a character cut in two by the end is still text
        assert!(matches!(
            sniff(b"caf\xc3"),
            Err(NotAComponent::Other { what: "text", .. })
        ));
    }
}
