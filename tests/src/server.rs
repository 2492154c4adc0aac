//! The real server as a process of its own, on a port that the system picks.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use tempfile::TempDir;

use serde_json::Value;

use crate::{Bot, PATIENCE, Platform, client, compiled, courier, eventually, message, program};

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
    fn program(&self, wrapper: &[String]) -> Command {
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

    fn command(&self, subcommand: &str) -> Command {
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
        let running = Running::start(&self);
        Switchboard {
            url: running.url.clone(),
            running,
            builder: self,
        }
    }
}

/// The process of a server that listens.
#[derive(Debug)]
struct Running {
    child: Child,
    url: String,
    log: Log,
    banner: Log,
}

impl Running {
    fn start(builder: &Builder) -> Self {
        let mut child = builder
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
        Self {
            child,
            url,
            log,
            banner,
        }
    }
}

/// A running server. It is killed when this goes.
#[derive(Debug)]
pub struct Switchboard {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    running: Running,
    builder: Builder,
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

    /// Gets a path's JSON, or null where it is none, and the status.
    ///
    /// # Panics
    ///
    /// When no answer comes.
    pub async fn get(&self, path: &str) -> (reqwest::StatusCode, Value) {
        let response = client().get(self.at(path)).send().await;
        read(response.expect("an answer")).await
    }

    /// Posts a delivery to `courier`, as its platform does, and gives what it answers.
    ///
    /// # Panics
    ///
    /// When no answer comes.
    pub async fn deliver(&self, delivery: &Value) -> (reqwest::StatusCode, Value) {
        let body = delivery.to_string();
        read(self.post("/webhooks/courier/webhook", body).await).await
    }

    /// Says something on `courier`, which must be taken.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub async fn say(&self, id: &str, conversation: &str, text: &str) {
        let events = serde_json::json!({ "events": [message(id, conversation, text)] });
        let (status, body) = self.deliver(&events).await;
        assert!(status.is_success(), "{status}: {body}");
    }

    /// The life of a message, as the API tells it.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub async fn life(&self, id: &str) -> Value {
        let (status, life) = self.get(&format!("/api/v1/messages/{id}")).await;
        assert!(status.is_success(), "{id}: {status}: {life}");
        life
    }

    /// The dead letters, as the API lists them.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn dead_letters(&self) -> Vec<Value> {
        let (status, list) = self.get("/api/v1/dead-letters?limit=1000").await;
        assert!(status.is_success(), "{status}: {list}");
        list["dead_letters"].as_array().expect("a list").clone()
    }

    /// Waits until there are so many dead letters.
    pub async fn wait_dead(&self, count: usize) -> Vec<Value> {
        let what = format!("{count} dead letters");
        eventually(&what, async || {
            let letters = self.dead_letters().await;
            (letters.len() == count).then_some(letters)
        })
        .await
    }

    /// The sum of a metric over all series that have these labels, such as `channel="courier"`.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    pub async fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let response = client().get(self.at("/metrics")).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status(), reqwest::StatusCode::OK, "GET /metrics");
        let text = response.text().await.expect("a text");
        let series = text.lines().filter_map(|line| line.strip_prefix(name));
        series
            .filter(|rest| rest.starts_with(['{', ' ']) && labels.iter().all(|l| rest.contains(l)))
            .map(|rest| {
                let value = rest.rsplit(' ').next().expect("a value");
                value.parse::<f64>().expect("a number")
            })
            .sum()
    }

    /// Waits until nothing waits for the bot or to be sent.
    pub async fn quiet(&self) {
        eventually("nothing waits", async || {
            let turns = self.metric("switchboard_turns_waiting", &[]).await;
            let parts = self.metric("switchboard_parts_waiting", &[]).await;
            (turns + parts == 0.0).then_some(())
        })
        .await;
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
        self.running.log.text()
    }

    /// What it has printed so far.
    #[must_use]
    pub fn banner(&self) -> String {
        // The last line is the command to try.
        let _ = self.running.banner.wait_for("curl ");
        self.running.banner.text()
    }

    /// Waits for a log line with `text` in it.
    ///
    /// # Panics
    ///
    /// When it does not come.
    #[must_use]
    pub fn logged(&self, text: &str) -> String {
        self.running
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
        self.running.child.id()
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
        self.running.child.wait().expect("a status").code()
    }

    /// Kills it on the spot, as `kill -9` does.
    ///
    /// # Panics
    ///
    /// When the system does not let it.
    pub fn kill(&mut self) {
        self.running.child.kill().expect("a signal");
        self.running.child.wait().expect("a status");
    }

    /// Starts it again in the same folder, on another port. What ran is killed.
    pub fn restart(&mut self) {
        self.kill();
        self.running = Running::start(&self.builder);
        self.url.clone_from(&self.running.url);
    }
}

/// What came, as JSON where it is some.
async fn read(response: reqwest::Response) -> (reqwest::StatusCode, Value) {
    let status = response.status();
    let body = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

impl Drop for Running {
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
