//! Programs and components that the tests run: built by cargo when they are first wanted, which takes no time where
//! they are up to date.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
        .to_owned()
}

/// The folder that this test was built in, `target/debug` as a rule.
fn profile_folder() -> PathBuf {
    let this = std::env::current_exe().expect("the test knows its own path");
    let deps = this.parent().expect("a folder");
    if deps.ends_with("deps") {
        deps.parent().expect("a folder").to_owned()
    } else {
        deps.to_owned()
    }
}

/// What the cargo that runs the tests sets for them. ring's build script watches these, so that ring and all that is
/// built on it would be built again by every cargo that another one started, and again by the next that none did.
const OUTER: [&str; 7] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];

/// What builds go to, `target` as a rule.
pub(crate) fn target() -> PathBuf {
    profile_folder().parent().expect("target/").to_owned()
}

/// The server.
///
/// # Panics
///
/// When it does not build.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        // Not for this package alone: another set of packages has other features, and wasmtime would be built again.
        let mut command = Command::new("cargo");
        command
            .current_dir(root())
            .args(["build", "--quiet", "--bin", "switchboard"]);
        for name in OUTER {
            command.env_remove(name);
        }
        if !cfg!(debug_assertions) {
            command.arg("--release");
        }
        let status = command.status().expect("cargo runs");
        assert!(status.success(), "the server does not build");
        profile_folder().join("switchboard")
    })
}

/// The component of a package of this workspace that is no built-in connector.
///
/// # Panics
///
/// When it does not build.
#[must_use]
pub fn example(package: &str) -> PathBuf {
    let target = target().join("connectors");
    let cargo_wasm = root().join("sdk/cargo-wasm");
    let run = |arguments: &[&str]| {
        let output = Command::new(&cargo_wasm)
            .current_dir(root())
            .args(arguments)
            .args(["--profile", "connector", "--target-dir"])
            .arg(&target)
            .output()
            .expect("sdk/cargo-wasm runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{package} does not build:\n{errors}"
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    run(&["build", "--locked", "-p", package]);
    let folder = run(&["--print-dir"]);
    Path::new(folder.trim()).join(format!("{}.wasm", package.replace('-', "_")))
}

/// The component of `tests/connectors/hostile`, which misbehaves on request.
#[must_use]
pub fn hostile() -> PathBuf {
    static HOSTILE: OnceLock<PathBuf> = OnceLock::new();
    HOSTILE.get_or_init(|| example("hostile")).clone()
}

/// The component of `tests/connectors/courier`, which behaves, and says what happens to it.
#[must_use]
pub fn courier() -> &'static Path {
    static COURIER: OnceLock<PathBuf> = OnceLock::new();
    COURIER.get_or_init(|| example("courier"))
}
