//! Python with packages of other people, for what must be tried with software that is none of ours.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::build::target;
use crate::process::Process;

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

/// A server that is a script of `tests/clients`, on a port that the system picks. It is killed when this goes.
#[derive(Debug)]
pub struct PythonServer(Process);

/// python-socketio with what it runs fastest on.
const SOCKETIO: [&str; 3] = [
    "python-socketio==5.18.1",
    "aiohttp==3.14.5",
    "uvloop==0.23.0",
];

impl PythonServer {
    /// python-socketio, which confirms sessions and echoes what is said in them.
    #[must_use]
    pub fn socketio_echo() -> Self {
        Self::start(&SOCKETIO, "socketio_echo.py", &[])
    }

    /// Starts the script with these packages and waits until it listens. It takes `--port`, and says on a line of its
    /// own that it `listens on` its address.
    ///
    /// # Panics
    ///
    /// When it does not.
    #[must_use]
    pub fn start(packages: &[&str], script: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(python(packages));
        command.arg(path(script)).args(arguments);
        Self(Process::start(command))
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.0.child.id()
    }
}

fn path(script: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(script)
}

/// What a script of `tests/clients` prints with these packages when it is given these arguments, and `input` to read.
///
/// # Panics
///
/// When it fails.
#[must_use]
pub fn python_says(packages: &[&str], script: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(python(packages))
        .arg(path(script))
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
