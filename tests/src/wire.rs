//! Connections without a client: bytes as they are, however wrong.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::{PATIENCE, Switchboard};

/// A TCP connection to a server.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Wire {
    /// Connects.
    ///
    /// # Panics
    ///
    /// When nobody accepts.
    pub async fn connect(server: &Switchboard) -> Self {
        let address = server.url.strip_prefix("http://").expect("an address");
        Self {
            stream: TcpStream::connect(address).await.expect("a connection"),
            heard: Vec::new(),
        }
    }

    /// Writes; false once the server has closed.
    pub async fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// Says that nothing more comes.
    pub async fn end(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Whether the server has closed, without waiting for it.
    ///
    /// # Panics
    ///
    /// When the system does not say.
    pub fn is_closed(&mut self) -> bool {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.try_read(&mut buffer) {
                Ok(0) => return true,
                Ok(count) => self.heard.extend_from_slice(&buffer[..count]),
                Err(error) => return error.kind() != std::io::ErrorKind::WouldBlock,
            }
        }
    }

    /// Reads until what was heard contains `text`.
    ///
    /// # Panics
    ///
    /// When it does not come.
    pub async fn hear(&mut self, text: &str) -> String {
        let reading = async {
            while !self.text().contains(text) {
                let count = self.stream.read_buf(&mut self.heard).await;
                assert!(matches!(count, Ok(1..)), "{text} in {}", self.text());
            }
        };
        timeout(PATIENCE, reading).await.expect("in time");
        self.text()
    }

    /// Reads until the server closes.
    ///
    /// # Panics
    ///
    /// When it never does.
    pub async fn rest(mut self) -> String {
        // A reset is an end too.
        let reading = self.stream.read_to_end(&mut self.heard);
        let _ = timeout(PATIENCE, reading).await.expect("closed in time");
        self.text()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }
}

/// The status of each answer, in order.
#[must_use]
pub fn statuses(heard: &str) -> Vec<u16> {
    heard
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| answer.get(..3).and_then(|code| code.parse().ok()))
        .map(|status| status.expect("a status"))
        .collect()
}
