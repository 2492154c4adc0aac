//! The real server as a process of its own, on a port that the system picks.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use tempfile::TempDir;

use crate::{Bot, PATIENCE, client, program};

/// A server about to be started, in a folder of its own.
#[derive(Debug)]
pub struct Builder {
    folder: TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    address_space: Option<u64>,
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
            address_space: None,
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
    pub fn address_space(mut self, kib: u64) -> Self {
        self.address_space = Some(kib);
        self
    }

    fn command(&self, subcommand: &str) -> Command {
        let mut command = match self.address_space {
            None => Command::new(program()),
            Some(kib) => {
                let mut shell = Command::new("sh");
                shell
                    .arg("-c")
                    .arg(format!("ulimit -v {kib}; exec \"$0\" \"$@\""))
                    .arg(program());
                shell
            }
        };
        command
            .current_dir(self.folder.path())
            .env_remove("RUST_LOG")
            .envs(self.environment.iter().cloned())
            .arg(subcommand)
            .args(&self.arguments);
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
        let mut child = self
            .command("run")
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let log = Log::default();
        let banner = Log::default();
        log.follow(child.stderr.take().expect("piped"));
        banner.follow(child.stdout.take().expect("piped"));
        let listening = banner.wait_for("listens on ").unwrap_or_else(|| {
            panic!(
                "the server does not start:\n{}{}",
                banner.text(),
                log.text()
            )
        });
        let url = listening
            .split("listens on ")
            .nth(1)
            .expect("an address")
            .trim()
            .to_owned();
        Switchboard {
            child,
            url,
            log,
            banner,
            folder: self.folder,
        }
    }
}

/// A running server. It is killed when this goes.
#[derive(Debug)]
pub struct Switchboard {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    log: Log,
    banner: Log,
    folder: TempDir,
}

impl Switchboard {
    /// A server without configuration: REST and the echo bot.
    #[must_use]
    pub fn plain() -> Self {
        Builder::new().start()
    }

    /// A server with REST alone and `bot` behind it.
    #[must_use]
    pub fn rest(bot: &Bot) -> Self {
        Builder::new()
            .credentials("rest:\n")
            .endpoints(&bot.endpoints())
            .start()
    }

    /// Posts to a path.
    ///
    /// # Panics
    ///
    /// When no answer comes.
    pub async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> reqwest::Response {
        client()
            .post(self.at(path))
            .body(body)
            .send()
            .await
            .expect("an answer")
    }

    /// An address on the server.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// What it has printed so far.
    #[must_use]
    pub fn banner(&self) -> String {
        // The last line is the command to try.
        let _ = self.banner.wait_for("curl ");
        self.banner.text()
    }

    /// Waits for a log line with `text` in it.
    ///
    /// # Panics
    ///
    /// When it does not come.
    #[must_use]
    pub fn logged(&self, text: &str) -> String {
        self.log
            .wait_for(text)
            .unwrap_or_else(|| panic!("{text:?} was not logged:\n{}", self.log()))
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop.
    ///
    /// # Panics
    ///
    /// When there is no `kill` on this machine.
    pub fn terminate(&self) {
        let status = Command::new("kill")
            .arg(self.pid().to_string())
            .status()
            .expect("kill runs");
        assert!(status.success());
    }

    /// Waits until it has ended, and gives its exit code.
    ///
    /// # Panics
    ///
    /// When the system does not say.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("a status").code()
    }
}

impl Drop for Switchboard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines that a process writes, as they come.
#[derive(Clone, Debug, Default)]
struct Log(Arc<(Mutex<Lines>, Condvar)>);

#[derive(Debug, Default)]
struct Lines {
    lines: Vec<String>,
    ended: bool,
}

impl Log {
    fn follow(&self, from: impl Read + Send + 'static) {
        let log = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                log.0.0.lock().expect("not poisoned").lines.push(line);
                log.0.1.notify_all();
            }
            log.0.0.lock().expect("not poisoned").ended = true;
            log.0.1.notify_all();
        });
    }

    fn text(&self) -> String {
        self.0.0.lock().expect("not poisoned").lines.join("\n")
    }

    fn wait_for(&self, text: &str) -> Option<String> {
        let (lines, changed) = &*self.0;
        let find = |lines: &Lines| lines.lines.iter().find(|line| line.contains(text)).cloned();
        let (lines, _) = changed
            .wait_timeout_while(lines.lock().expect("not poisoned"), PATIENCE, |lines| {
                find(lines).is_none() && !lines.ended
            })
            .expect("not poisoned");
        find(&lines)
    }
}
