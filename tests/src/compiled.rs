//! The tests' own connectors as the server compiles them, done once for all tests: each server has a folder of its own,
//! and would compile for seconds.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::OnceLock;

use crate::{Builder, courier, hostile};

/// Where the server keeps what it compiled, in the folder of its data.
const CACHE: &str = "cache/components";

/// Puts them into a folder of data.
pub(crate) fn put_into(data: &Path) {
    // The folder of the one server that compiles.
    static COMPILED: OnceLock<Builder> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| {
        let builder = Builder::new()
            .credentials("courier.wasm:\n  url: http://localhost\nhostile.wasm:\n")
            .component("courier.wasm", courier())
            .component("hostile.wasm", &hostile());
        let output = builder.output("check");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        builder
    });
    let cache = data.join(CACHE);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&cache)
        .expect("a folder");
    let files = fs::read_dir(compiled.folder().join("data").join(CACHE)).expect("compiled");
    for file in files {
        let file = file.expect("a file");
        // Permissions come along.
        fs::copy(file.path(), cache.join(file.file_name())).expect("a copy");
    }
}
