//! A script of `tests/clients` that a test leads: it reads what to do, and writes what happens, one JSON object a line.

use std::process::{Command, Stdio};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::PATIENCE;

/// A running script. It ends when this goes.
#[derive(Debug)]
pub(crate) struct Driver {
    /// Its input. At the end of it the script ends, and what it started itself.
    input: ChildStdin,
    said: watch::Receiver<Vec<Value>>,
    _child: Child,
}

impl Driver {
    pub(crate) fn start(command: Command) -> Self {
        let mut child = tokio::process::Command::from(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script runs");
        let input = child.stdin.take().expect("piped");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (sender, said) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let line = serde_json::from_str(&line).expect("JSON");
                sender.send_modify(|all| all.push(line));
            }
        });
        Self {
            input,
            said,
            _child: child,
        }
    }

    /// Has it do something.
    pub(crate) async fn tell(&mut self, what: &Value) {
        let line = format!("{what}\n");
        let written = self.input.write_all(line.as_bytes()).await;
        written.expect("it reads");
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> Vec<Value> {
        self.said.borrow().clone()
    }

    /// Waits until what it has said is as it should be.
    pub(crate) async fn wait_until(&self, ready: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let mut said = self.said.clone();
        let reached = said.wait_for(|said| ready(said));
        match timeout(PATIENCE, reached).await {
            Ok(Ok(said)) => said.clone(),
            // It ended, or it goes on and on.
            Ok(Err(_)) | Err(_) => panic!(
                "what the script should say it did not; this it did: {:#?}",
                self.said()
            ),
        }
    }
}
