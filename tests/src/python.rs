//! Python with packages of other people, for what must be tried with software that is none of ours.

use std::path::Path;
use std::process::Command;

use crate::installed::{installed, run};
use crate::process::Process;

/// A script of `tests/clients` with these packages, as `name==version`, which are installed when they are first wanted.
pub(crate) fn python(packages: &[&str], script: &str) -> Command {
    let name: String = packages.join("-").replace("==", "-");
    let folder = installed(&format!("python-{name}"), |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder));
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
    });
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
    let mut command = Command::new(folder.join("bin/python"));
    command.arg(clients.join(script));
    command
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
        let mut command = python(packages, script);
        command.args(arguments);
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
