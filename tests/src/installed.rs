//! What the tests install under `target/`: packages of other people, each set of them once.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use crate::build::target;

/// The folder of this name under `target/`, in which `install` has put what belongs there: when it is first wanted.
///
/// # Panics
///
/// When that fails.
pub(crate) fn installed(name: &str, install: impl FnOnce(&PathBuf)) -> PathBuf {
    let target = target();
    // Two that install the same one at a time would leave half of each: other threads, and other processes too.
    let lock = File::create(target.join(format!("{name}.lock"))).expect("a file");
    lock.lock().expect("a lock");
    let folder = target.join(name);
    let whole = folder.join("whole");
    if !whole.exists() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        install(&folder);
        fs::write(&whole, "").expect("a file");
    }
    folder
}

/// Runs a command that installs something.
///
/// # Panics
///
/// When it fails.
pub(crate) fn run(command: &mut Command) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
}
