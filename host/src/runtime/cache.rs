//! Compiled components on disk, by the hash of what they were compiled from.
//!
//! Precompiled code is native code that nothing can check, so it is only ever loaded from a folder that no one but the
//! server's user can write or read, and only under names that the server itself gave. This is the one place of the
//! server that needs `unsafe`.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A folder of compiled components.
#[derive(Clone, Debug)]
pub(crate) struct Cache(PathBuf);

/// Why there is no cache.
#[derive(Debug)]
pub(crate) enum CacheError {
    /// The folder cannot be made or written; the server can do without.
    Unusable(io::Error),
    /// Somebody else could have put something there; the server must not go on as if nothing were.
    Exposed(String),
}

impl Cache {
    /// Opens the folder, or makes it, with access for its owner alone.
    ///
    /// # Errors
    ///
    /// When it cannot be made, belongs to somebody else, or others have access to it.
    pub(crate) fn open(folder: &Path) -> Result<Self, CacheError> {
        let at = CacheError::Unusable;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(at)?;
        let metadata = fs::symlink_metadata(folder).map_err(at)?;
        if !metadata.is_dir() {
            return Err(CacheError::Unusable(io::ErrorKind::NotADirectory.into()));
        }
        if metadata.mode() & 0o077 != 0 {
            return Err(CacheError::Exposed(format!(
                "open to others (mode {:o})",
                metadata.mode() & 0o777
            )));
        }
        // A file that we create is ours; a folder of somebody else would not be.
        let probe = folder.join(format!(".owner-{}", std::process::id()));
        let owner = create_private(&probe)
            .and_then(|file| file.metadata())
            .map_err(at)?
            .uid();
        let _ = fs::remove_file(&probe);
        if owner != metadata.uid() {
            return Err(CacheError::Exposed("another user's".into()));
        }
        Ok(Self(folder.to_owned()))
    }

    /// The component compiled from `wasm`, from the folder if it is there. A file that does not load, such as one of
    /// an older wasmtime, is replaced.
    ///
    /// # Errors
    ///
    /// When it does not compile. That it cannot be written is only logged.
    pub(crate) fn compile(&self, engine: &Engine, wasm: &[u8]) -> wasmtime::Result<Component> {
        let path = self.0.join(file_name(engine, wasm));
        if let Ok(native) = fs::read(&path)
            && let Ok(component) = load(engine, &native)
        {
            return Ok(component);
        }
        let native = engine.precompile_component(wasm)?;
        if let Err(error) = self.store(&path, &native) {
            tracing::warn!(
                path = %path.display(),
                "the compiled component is not kept, so the next start compiles it again: {error}"
            );
        }
        load(engine, &native)
    }

    /// Written beside, then renamed: a reader sees all of it or nothing.
    fn store(&self, path: &Path, native: &[u8]) -> io::Result<()> {
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = create_private(&temporary)
            .and_then(|mut file| file.write_all(native))
            .and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

/// The hash of the component, and of all that decides how this engine compiles.
fn file_name(engine: &Engine, wasm: &[u8]) -> String {
    struct Sink(Sha256);
    impl Hasher for Sink {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
    }
    let mut engine_hash = Sink(Sha256::new());
    engine
        .precompile_compatibility_hash()
        .hash(&mut engine_hash);
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    format!(
        "{}-{}.cwasm",
        hex(&Sha256::digest(wasm)),
        hex(&engine_hash.0.finalize()[..8])
    )
}

/// Loads what wasmtime compiled.
///
/// `native` comes from the engine itself, from the server's own binary, or from a [`Cache`] folder.
pub(crate) fn load(engine: &Engine, native: &[u8]) -> wasmtime::Result<Component> {
    #[expect(
        unsafe_code,
        reason = "wasmtime trusts precompiled code; see the module's documentation for why it may"
    )]
    // SAFETY: `native` was made by `precompile_component`: just now, by the build that embedded it, or by an earlier
    // run of the server which kept it in a folder that only its own user can write. wasmtime itself refuses what
    // another version or configuration of it compiled.
    unsafe {
        Component::deserialize(engine, native)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::runtime::engine::engine;

    #[test]
    fn compiles_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache::open(&folder.path().join("a/b")).expect("a cache");
        let engine = engine().expect("an engine");
        // The smallest component: its preamble alone.
        let wasm = b"\0asm\x0d\0\x01\0";
        cache.compile(&engine, wasm).expect("it compiles");
        let files: Vec<_> = fs::read_dir(folder.path().join("a/b"))
            .expect("the folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let written = fs::metadata(&files[0])
            .expect("the file")
            .modified()
            .expect("a time");
        cache.compile(&engine, wasm).expect("it loads");
        assert_eq!(
            fs::metadata(&files[0])
                .expect("the file")
                .modified()
                .expect("a time"),
            written
        );

        fs::write(&files[0], b"garbage").expect("writing");
        cache.compile(&engine, wasm).expect("it compiles anew");
        assert_ne!(fs::read(&files[0]).expect("the file"), b"garbage");
    }

    #[test]
    fn refuses_a_folder_that_others_can_reach() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
        let error = Cache::open(folder.path()).expect_err("it is open to others");
        assert!(
            matches!(&error, CacheError::Exposed(why) if why.contains("mode 755")),
            "{error:?}"
        );
    }
}
