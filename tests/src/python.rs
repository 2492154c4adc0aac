//! Python with packages of other people, for what must be tried with software that is none of ours.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use crate::build::target;

/// A Python with these packages, as `name==version`: an environment of its own under `target/`, made when it is first
/// wanted.
///
/// # Panics
///
/// When there is no `python3`, or the packages cannot be had.
#[must_use]
pub fn python(packages: &[&str]) -> PathBuf {
    // Two that make the same one at a time would leave half of each.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock();
    let target = target();
    let name: String = packages.join("-").replace("==", "-");
    let folder = target.join(format!("python-{name}"));
    let whole = folder.join("whole");
    if !whole.exists() {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder));
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        run(Command::new(folder.join("bin/python"))
            .args(pip)
            .args(packages));
        fs::write(&whole, "").expect("a file");
    }
    folder.join("bin/python")
}

fn run(command: &mut Command) {
    let output = command.output().expect("python3 is installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
}
