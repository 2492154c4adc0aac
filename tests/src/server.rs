//! A server that runs, is stopped, killed, and started again.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::process::Process;
use crate::{Bot, Builder, client};

/// A running server. It is killed when this goes.
#[derive(Debug)]
pub struct Switchboard {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    process: Process,
    builder: Builder,
}

impl Switchboard {
    pub(crate) fn new(process: Process, builder: Builder) -> Self {
        Self {
            url: process.url.clone(),
            process,
            builder,
        }
    }

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

    /// Calls the program in the server's folder, which may run meanwhile or not.
    ///
    /// # Panics
    ///
    /// When it cannot be run.
    #[must_use]
    pub fn call(&self, arguments: &[&str]) -> Output {
        let mut command = self.builder.program(&[]);
        command.args(arguments).output().expect("the program runs")
    }

    /// What it has logged so far, since its last start.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log.text()
    }

    /// What it has printed so far.
    #[must_use]
    pub fn banner(&self) -> String {
        // The last line is the command to try.
        let _ = self.process.banner.wait_for("curl ");
        self.process.banner.text()
    }

    /// Waits for a log line with `text` in it.
    ///
    /// # Panics
    ///
    /// When it does not come.
    #[must_use]
    pub fn logged(&self, text: &str) -> String {
        self.process
            .log
            .wait_for(text)
            .unwrap_or_else(|| panic!("{text:?} was not logged:\n{}", self.log()))
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.builder.folder().to_owned()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.child.id()
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
        self.process.child.wait().expect("a status").code()
    }

    /// Kills it on the spot, as `kill -9` does.
    ///
    /// # Panics
    ///
    /// When the system does not let it.
    pub fn kill(&mut self) {
        self.process.child.kill().expect("a signal");
        self.process.child.wait().expect("a status");
    }

    /// Starts it again in the same folder, on another port. What ran is killed.
    pub fn restart(&mut self) {
        self.kill();
        self.process = Process::start(self.builder.command("run"));
        self.url.clone_from(&self.process.url);
    }
}
