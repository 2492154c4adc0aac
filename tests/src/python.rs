//! Python with packages of other people, for what must be tried with software that is none of ours.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::build::target;

/// A Python with these packages, as `name==version`: an environment of its own under `target/`, made when it is first
/// wanted.
fn python(packages: &[&str]) -> PathBuf {
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

/// What a script of `tests/clients` prints with these packages when it is given these arguments, and `input` to read.
///
/// # Panics
///
/// When it fails.
#[must_use]
pub fn python_says(packages: &[&str], script: &str, arguments: &[&str], input: &[u8]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(script);
    let mut child = Command::new(python(packages))
        .arg(path)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{script} failed");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn run(command: &mut Command) {
    let output = command.output().expect("python3 is installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
}
