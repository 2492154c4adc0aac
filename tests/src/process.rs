//! The real server as a process of its own, on a port that the system picks, and what it prints.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::PATIENCE;

/// The process of a server that listens. It is killed when this goes.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) url: String,
    pub(crate) log: Log,
    pub(crate) banner: Log,
}

impl Process {
    /// Waits until it listens.
    pub(crate) fn start(mut run: Command) -> Self {
        let mut child = run
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

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines that a process writes, as they come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<(Mutex<Lines>, Condvar)>);

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

    pub(crate) fn text(&self) -> String {
        self.0.0.lock().expect("not poisoned").lines.join("\n")
    }

    pub(crate) fn wait_for(&self, text: &str) -> Option<String> {
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
