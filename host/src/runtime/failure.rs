//! Why a call of a connector came to nothing, in words for the operator.

use std::fmt;
use std::time::Duration;

use wasmtime::{Trap, WasmBacktrace};

use super::channel::Channel;
use super::state::State;

/// A call that did not end well. The instance is gone.
#[derive(Debug)]
pub enum CallError {
    /// All places for calls were taken.
    Overloaded,
    /// It was not done in time.
    TimedOut(Duration),
    /// It trapped.
    Trapped(Trapped),
    /// It returned something that the contract does not allow.
    BadAnswer(String),
    /// It was not called: it failed too often just now.
    Failing {
        /// When it may be called again.
        retry_after: Duration,
        /// How it failed the last time.
        why: String,
    },
}

/// What is known of a trap.
#[derive(Debug)]
pub struct Trapped {
    /// The reason.
    pub reason: String,
    /// The setting that raises the limit which it met, if it met one.
    pub limit: Option<&'static str>,
    /// What the connector printed, a panic's message as a rule.
    pub stderr: String,
    /// The connector's own functions, innermost first.
    pub backtrace: Vec<String>,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overloaded => f.write_str(
                "too many calls at a time; hint: `limits.concurrency` of the channel, or the bot is slow",
            ),
            Self::TimedOut(limit) => write!(
                f,
                "the connector was not done within {limit:?}; hint: `limits.time` of the channel raises it"
            ),
            Self::Trapped(trapped) => {
                f.write_str(&trapped.reason)?;
                match trapped.limit {
                    Some(limit) => write!(f, "; hint: `{limit}` of the channel raises it"),
                    None => Ok(()),
                }
            }
            Self::Failing { why, .. } => {
                write!(f, "the connector failed too often and is left alone for a while; the last time: {why}")
            }
            Self::BadAnswer(text) => write!(f, "the connector answered against the contract: {text}"),
        }
    }
}

impl std::error::Error for CallError {}

impl CallError {
    /// The error with what the connector printed, for the person who starts the server.
    pub(crate) fn at_start(&self) -> String {
        let mut text = self.to_string();
        if let Self::Trapped(trapped) = self {
            trapped.describe(&mut text);
        }
        text
    }

    /// The same for a connector that is only asked who it is: there is no channel whose settings could raise a limit.
    pub(crate) fn at_load(&self) -> String {
        match self {
            Self::TimedOut(limit) => format!("it was not done within {limit:?}"),
            Self::Trapped(trapped) => {
                let mut text = trapped.reason.clone();
                trapped.describe(&mut text);
                text
            }
            other => other.to_string(),
        }
    }

    /// Writes the log line: channel, call, reason, what the connector printed, and where it was.
    pub(crate) fn log(&self, channel: &Channel, call: &str) {
        // There is no end to these; traps and late calls trip the wire, and what they say must not be drowned by what the
        // connector said before.
        let is_endless = matches!(self, Self::Overloaded | Self::BadAnswer(_));
        if is_endless && !channel.may_log() {
            return;
        }
        let (channel, connector) = (&**channel.label(), &channel.connector().origin);
        match self {
            Self::Trapped(trapped) => tracing::error!(
                channel,
                %connector,
                call,
                stderr = trapped.stderr,
                backtrace = trapped.backtrace.join(" < "),
                "the connector trapped: {self}"
            ),
            // That it is left alone was said once.
            Self::Failing { .. } => {
                tracing::debug!(channel, %connector, call, "the call was turned away: {self}");
            }
            Self::Overloaded => {
                tracing::warn!(channel, %connector, call, "the call was turned away: {self}");
            }
            _ => tracing::error!(channel, %connector, call, "the call failed: {self}"),
        }
    }
}

impl Trapped {
    /// Adds what it printed and where it was.
    fn describe(&self, text: &mut String) {
        if !self.stderr.is_empty() {
            text.push_str("\n  it printed: ");
            text.push_str(&self.stderr.replace('\n', "\n  "));
        }
        if !self.backtrace.is_empty() {
            text.push_str("\n  at: ");
            text.push_str(&self.backtrace.join("\n      "));
        }
    }
}

/// Makes sense of wasmtime's error and of what the host knows about the call.
pub(crate) fn explain(error: &wasmtime::Error, state: &State) -> CallError {
    let limits = &state.context.limits;
    let (reason, limit) = if state.memory.refused {
        let text = format!("it needed more than {} MiB of memory", limits.memory >> 20);
        (text, Some("limits.memory"))
    } else if state.memory.table_refused {
        let text = format!("it needed a table of more than {} entries", limits.table);
        (text, Some("limits.table"))
    } else if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
        let text = format!("it computed for more than {:?}", limits.cpu);
        (text, Some("limits.cpu"))
    } else if let Some(trap) = error.downcast_ref::<Trap>() {
        (in_words(*trap), None)
    } else {
        // wasmtime has no types for these two.
        let text = error.root_cause().to_string();
        if text.contains("too much data is being copied") {
            let text = format!(
                "it handed more than {} bytes to the host at once",
                limits.host_call
            );
            (text, Some("limits.host_call"))
        } else if text.contains("handle") && text.contains("limit")
            || text.contains("table has no free keys")
        {
            let text = format!("it held more than {} handles", limits.handles);
            (text, Some("limits.handles"))
        } else {
            (text, None)
        }
    };
    let backtrace = error
        .downcast_ref::<WasmBacktrace>()
        .map(own_frames)
        .unwrap_or_default();
    let redactor = &state.context.redactor;
    CallError::Trapped(Trapped {
        reason: redactor.text(&reason).into_owned(),
        limit,
        stderr: redactor.text(&state.stderr.take()).into_owned(),
        backtrace,
    })
}

/// A trap for those who do not know WebAssembly. What a panic said stands beside it, in what the connector printed.
fn in_words(trap: Trap) -> String {
    match trap {
        Trap::UnreachableCodeReached => "it panicked or aborted".to_owned(),
        Trap::StackOverflow => "its calls went too deep: the stack is exhausted".to_owned(),
        other => other.to_string(),
    }
}

/// The frames that the author wrote: a panic alone brings a dozen of the language's own.
fn own_frames(backtrace: &WasmBacktrace) -> Vec<String> {
    const LANGUAGE: [&str; 8] = [
        "std::", "core::", "alloc::", "__rust", "rust_", "abort", "_R", "dlmalloc",
    ];
    const SHOWN: usize = 8;
    let all: Vec<String> = backtrace
        .frames()
        .iter()
        .filter_map(|frame| {
            // The alternate form leaves out the hash.
            let name = format!("{:#}", rustc_demangle::demangle(frame.func_name()?));
            let place = frame
                .symbols()
                .iter()
                .find_map(|symbol| Some(format!(" ({}:{})", symbol.file()?, symbol.line()?)));
            Some(format!("{name}{}", place.unwrap_or_default()))
        })
        .collect();
    let own: Vec<String> = all
        .iter()
        .filter(|name| {
            !LANGUAGE
                .iter()
                .any(|prefix| name.trim_start_matches('<').starts_with(prefix))
        })
        .take(SHOWN)
        .cloned()
        .collect();
    if own.is_empty() {
        all.into_iter().take(SHOWN).collect()
    } else {
        own
    }
}
