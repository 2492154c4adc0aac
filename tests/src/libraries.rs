//! Clients of Socket.IO by libraries of other people.

use serde_json::{Value, json};

use crate::driver::Driver;
use crate::node::node;
use crate::python::python;

/// A library, and the version of Engine.IO that it speaks.
#[derive(Clone, Copy, Debug)]
pub enum Library {
    /// socket.io-client 2, Engine.IO 3.
    JavaScript2,
    /// socket.io-client 3, Engine.IO 4.
    JavaScript3,
    /// socket.io-client 4, Engine.IO 4.
    JavaScript4,
    /// python-socketio 4, Engine.IO 3.
    Python4,
    /// python-socketio 5, Engine.IO 4.
    Python5,
}

impl Library {
    /// Whether it speaks Engine.IO 3, which has no credentials for a namespace.
    #[must_use]
    pub fn is_old(self) -> bool {
        matches!(self, Self::JavaScript2 | Self::Python4)
    }

    fn start(self) -> Driver {
        const SCRIPT: &str = "socketio_clients.py";
        let javascript = |name| {
            let packages = [
                "sio2@npm:socket.io-client@2.5.0",
                "sio3@npm:socket.io-client@3.1.3",
                "sio4@npm:socket.io-client@4.8.4",
            ];
            let mut command = node(&packages, "socketio_clients.js");
            command.arg(name);
            command
        };
        Driver::start(match self {
            Self::JavaScript2 => javascript("sio2"),
            Self::JavaScript3 => javascript("sio3"),
            Self::JavaScript4 => javascript("sio4"),
            Self::Python4 => {
                let library = ["python-socketio==4.6.1", "python-engineio==3.14.2"];
                python(&[&library[..], &TRANSPORTS].concat(), SCRIPT)
            }
            Self::Python5 => {
                let library = ["python-socketio==5.18.1", "python-engineio==4.15.1"];
                python(&[&library[..], &TRANSPORTS].concat(), SCRIPT)
            }
        })
    }
}

/// What python-socketio needs of each transport.
const TRANSPORTS: [&str; 2] = ["requests==2.34.2", "websocket-client==1.9.2"];

/// How a client's messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Requests alone.
    Polling,
    /// A WebSocket from the beginning.
    WebSocket,
    /// Requests first, as clients do by themselves.
    Upgraded,
}

impl Transport {
    /// As the libraries name them.
    #[must_use]
    pub fn names(self) -> Value {
        match self {
            Self::Polling => json!(["polling"]),
            Self::WebSocket => json!(["websocket"]),
            Self::Upgraded => json!(["polling", "websocket"]),
        }
    }
}

/// Clients of one library, each with a name.
#[derive(Debug)]
pub struct Clients {
    driver: Driver,
}

impl Clients {
    /// None so far.
    #[must_use]
    pub fn of(library: Library) -> Self {
        Self {
            driver: library.start(),
        }
    }

    /// Begins to connect a client to an address, whose path is the namespace; `options` are the library's, with
    /// `transports` at least. It hears the events `hears`.
    pub async fn open(&mut self, client: &str, url: &str, hears: &[&str], options: Value) {
        let what = json!({ "do": "open", "client": client, "url": url, "hears": hears, "options": options });
        self.driver.tell(&what).await;
    }

    /// Emits an event with its arguments.
    pub async fn emit(&mut self, client: &str, event: &str, argument: Value) {
        let arguments = [event.into(), argument];
        let what = json!({ "do": "emit", "client": client, "arguments": arguments });
        self.driver.tell(&what).await;
    }

    /// Emits an event and wants to know that it arrived, which it then hears as `ack`.
    pub async fn emit_for_ack(&mut self, client: &str, event: &str, argument: Value) {
        let arguments = [event.into(), argument];
        let what = json!({ "do": "emit", "client": client, "arguments": arguments, "ack": true });
        self.driver.tell(&what).await;
    }

    /// Leaves, and waits until it has.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn close(&mut self, client: &str) {
        let what = json!({ "do": "close", "client": client });
        self.driver.tell(&what).await;
        self.hears(client, "disconnect", 1).await;
    }

    /// Waits until a client has been let in or refused.
    ///
    /// # Panics
    ///
    /// When neither happens.
    pub async fn is_let_in(&self, client: &str) -> bool {
        let decided = |said: &[Value]| {
            let count = |event| arguments(said, client, event).len();
            count("connect") + count("connect_error") > 0
        };
        let said = self.driver.wait_until(decided).await;
        !arguments(&said, client, "connect").is_empty()
    }

    /// Waits until an event has come so many times, and gives the arguments of each.
    ///
    /// # Panics
    ///
    /// When it does not come.
    pub async fn hears(&self, client: &str, event: &str, count: usize) -> Vec<Value> {
        let enough = |said: &[Value]| arguments(said, client, event).len() >= count;
        arguments(&self.driver.wait_until(enough).await, client, event)
    }
}

fn arguments(said: &[Value], client: &str, event: &str) -> Vec<Value> {
    said.iter()
        .filter(|line| line["client"] == client && line["event"] == event)
        .map(|line| line["arguments"].clone())
        .collect()
}
