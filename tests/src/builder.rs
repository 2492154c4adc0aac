//! What a server is started with: files in a folder of its own, arguments, an environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::process::Process;
use crate::{Platform, Switchboard, compiled, courier, program};

/// A server about to be started, in a folder of its own.
#[derive(Debug)]
pub struct Builder {
    folder: TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    wrapper: Vec<String>,
    /// Where the server keeps its data, if elsewhere.
    data: Option<PathBuf>,
    /// Whether the tests' connectors are compiled already.
    is_compiled: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// A server in an empty folder.
    ///
    /// # Panics
    ///
    /// When no folder can be made, as all of these do on what a test cannot go on without.
    #[must_use]
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            arguments: Vec::new(),
            environment: Vec::new(),
            wrapper: Vec::new(),
            data: None,
            is_compiled: false,
        }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes `credentials.yml`.
    #[must_use]
    pub fn credentials(self, yaml: &str) -> Self {
        self.file("credentials.yml", yaml.as_bytes())
    }

    /// Writes `endpoints.yml`.
    #[must_use]
    pub fn endpoints(self, yaml: &str) -> Self {
        self.file("endpoints.yml", yaml.as_bytes())
    }

    /// Writes a file, with the folders that it needs.
    #[must_use]
    pub fn file(self, name: &str, content: &[u8]) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Puts a component into the folder.
    #[must_use]
    pub fn component(self, name: &str, from: &Path) -> Self {
        let content = fs::read(from).expect("the component");
        self.file(name, &content)
    }

    /// Writes `credentials.yml` with REST and the connector `courier` for `platform`, and puts the component there. `more`
    /// are further lines of the channel.
    #[must_use]
    pub fn courier(self, platform: &Platform, more: &str) -> Self {
        let more: String = more.lines().map(|line| format!("  {line}\n")).collect();
        self.compiled()
            .credentials(&format!(
                "rest:\ncourier.wasm:\n  url: {}\n{more}",
                platform.url()
            ))
            .component("courier.wasm", courier())
    }

    /// Has the tests' own connectors compiled when the server starts.
    #[must_use]
    pub fn compiled(mut self) -> Self {
        self.is_compiled = true;
        self
    }

    /// Keeps the server's data in this folder.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Lets the server have so many KiB of addresses, as `ulimit -v` does.
    #[must_use]
    pub fn address_space(self, kib: u64) -> Self {
        let limited = format!("ulimit -v {kib}; exec \"$0\" \"$@\"");
        self.wrapped(&["sh", "-c", &limited])
    }

    /// Runs the server by this command, which gets the server's own as further arguments.
    #[must_use]
    pub fn wrapped(mut self, command: &[&str]) -> Self {
        self.wrapper = command.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// The program with the folder's own files, as somebody calls it there.
    pub(crate) fn program(&self, wrapper: &[String]) -> Command {
        let mut command = match wrapper {
            [] => Command::new(program()),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program());
                command
            }
        };
        command
            .current_dir(self.folder.path())
            .env_remove("RUST_LOG")
            .envs(self.environment.iter().cloned());
        command
    }

    pub(crate) fn command(&self, subcommand: &str) -> Command {
        let mut command = self.program(&self.wrapper);
        command.arg(subcommand).args(&self.arguments);
        if let Some(data) = &self.data {
            command.arg("--data-dir").arg(data);
        }
        command
    }

    /// Runs a command that ends by itself.
    #[must_use]
    pub fn output(&self, subcommand: &str) -> Output {
        self.command(subcommand).output().expect("the program runs")
    }

    /// Starts `run`, and waits until it listens.
    #[must_use]
    pub fn start(self) -> Switchboard {
        if self.is_compiled {
            let data = self.data.clone();
            compiled::put_into(&data.unwrap_or_else(|| self.folder.path().join("data")));
        }
        let process = Process::start(self.command("run"));
        Switchboard::new(process, self)
    }
}
