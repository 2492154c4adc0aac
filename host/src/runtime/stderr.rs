//! What a connector prints. A panic's message goes there, and nowhere else, so it is kept for the error report.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::io::{AsyncWrite, sink};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// The last bytes of an instance's output that are kept.
const KEPT: usize = 4 << 10;

/// How a panic in Rust ends.
const ADVICE: &str = "note: run with `RUST_BACKTRACE=1`";

/// Standard output and error of one instance: the last 4 KiB.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stderr(Arc<Mutex<Vec<u8>>>);

impl Stderr {
    /// What was printed since this was last called, without surrounding white space and without advice that nobody can
    /// follow: there is no environment to set a variable in.
    pub(crate) fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        match text.rsplit_once('\n') {
            Some((text, last)) if last.starts_with(ADVICE) => text.trim_end().to_owned(),
            _ => text.to_owned(),
        }
    }
}

impl IsTerminal for Stderr {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stderr {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Used by WASI 0.3 only, which is not linked.
        Box::new(sink())
    }
}

#[async_trait]
impl Pollable for Stderr {
    async fn ready(&mut self) {}
}

impl OutputStream for Stderr {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&bytes);
        let excess = kept.len().saturating_sub(KEPT);
        kept.drain(..excess);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(KEPT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_end_of_a_flood() {
        let mut stderr = Stderr::default();
        for line in 0..10_000 {
            stderr
                .write(Bytes::from(format!("line {line}\n")))
                .expect("the buffer takes all");
        }
        let kept = stderr.take();
        assert!(kept.len() <= KEPT);
        assert!(kept.ends_with("line 9999"));
        assert_eq!(stderr.take(), "");
    }

    #[test]
    fn a_panic_gives_no_advice() {
        let mut stderr = Stderr::default();
        let text = "panicked at src/lib.rs:1:2:\nas you wish\nnote: run with `RUST_BACKTRACE=1` environment variable\n";
        stderr.write(text.into()).expect("the buffer takes all");
        assert_eq!(stderr.take(), "panicked at src/lib.rs:1:2:\nas you wish");
    }
}
