//! A host made of memory, so that a connector's logic is tested natively, in microseconds and without a network.
//!
//! It keeps the contract's rules where breaking them is a mistake of the connector: settings are checked and sealed as
//! the host does it, events of a refused request are discarded, `http.fetch` reaches only declared hosts. Everything
//! the outside world would answer is written down by the test beforehand, and everything that went out is there to be
//! looked at afterwards. A test that forgot an answer panics and says so.
//!
//! ```
//! # use switchboard_sdk::{collector, Connector, Description, Host, Message, NoSettings, Refusal, Request, Response};
//! # struct Hello;
//! # impl Connector for Hello {
//! #     type Settings = NoSettings;
//! #     const NAME: &'static str = "hello";
//! #     fn describe() -> Description { Description::new("0.1.0", "Says hello") }
//! #     fn receive(host: &dyn Host, _: &NoSettings, _: &str, request: Request) -> Result<Response, Refusal> {
//! #         let sender = request.json_object()?.text("sender")?;
//! #         let parts = host.ask(Message::new(sender.clone(), "hello"))?;
//! #         Ok(Response::json(200, &collector::objects(&sender, &parts)))
//! #     }
//! # }
//! use switchboard_sdk::Part;
//! use switchboard_sdk::fake::{self, FakeHost};
//!
//! let host = FakeHost::<Hello>::new("{}");
//! host.bot_answers([Part::text("hi there")]);
//!
//! let response = host.receive("webhook", fake::post("/webhooks/hello/webhook", r#"{"sender":"u1"}"#));
//!
//! let response = response.expect("the request is well-formed");
//! assert_eq!(response.body, br#"[{"recipient_id":"u1","text":"hi there"}]"#);
//! assert_eq!(host.asked()[0].text.as_deref(), Some("hello"));
//! ```

mod answers;
mod host;
mod network;
mod secrets;
mod settings;
mod sockets;
mod state;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::{Duration, SystemTime};

use answers::{BotAnswer, Script};
pub use answers::{get, post};
use settings::ChannelSettings;
use sockets::Sockets;
pub use sockets::{SocketCall, handshake};
use state::State;

use crate::{
    AcceptError, Address, Attempt, BotError, Connector, Event, Header, HttpError, HttpRequest,
    HttpResponse, LifecycleError, LogLevel, ManagedConnector, Message, Part, Receipt, Refusal,
    Request, Response, Route, SendError, SocketError, StateError,
};

/// The host of one channel, for tests of the connector `C`.
pub struct FakeHost<C: Connector> {
    settings: C::Settings,
    channel: ChannelSettings,
    bot: Script<BotAnswer>,
    platform: Script<Result<HttpResponse, HttpError>>,
    inbox: RefCell<Option<AcceptError>>,
    store: RefCell<Option<StateError>>,
    caller_reads: Cell<usize>,
    clock: Cell<SystemTime>,
    state: RefCell<State>,
    sockets: RefCell<Sockets>,
    receiving: Cell<bool>,
    parts_taken: Cell<usize>,
    record: RefCell<Record>,
}

impl<C: ManagedConnector> FakeHost<C> {
    /// Calls the connector's `activate`.
    ///
    /// # Errors
    ///
    /// Those of the connector.
    pub fn activate(&self, url: Option<&str>) -> Result<(), LifecycleError> {
        C::activate(self, &self.settings, url)
    }

    /// Calls the connector's `deactivate`.
    ///
    /// # Errors
    ///
    /// Those of the connector.
    pub fn deactivate(&self) -> Result<(), LifecycleError> {
        C::deactivate(self, &self.settings)
    }
}

/// What went out.
#[derive(Debug, Default)]
struct Record {
    /// Events of the call that is under way.
    offered: Vec<Event>,
    accepted: Vec<Event>,
    asked: Vec<Message>,
    fetched: Vec<HttpRequest>,
    logged: Vec<LogLine>,
    streamed: Option<Streamed>,
}

/// A line that the connector wrote to the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// What it says.
    pub message: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

/// A response that was written while it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Streamed {
    /// The status that `begin_response` was given.
    pub status: u16,
    /// The headers that it was given.
    pub headers: Vec<Header>,
    /// What was written, piece by piece.
    pub chunks: Vec<Chunk>,
}

/// A piece of a streamed response.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// What was written.
    pub text: String,
    /// How many parts of the bot's answer the connector had taken by then.
    pub parts_taken: usize,
}

impl<C: Connector> FakeHost<C> {
    /// A channel with the settings that `credentials.yml` would give, as a JSON object.
    ///
    /// # Panics
    ///
    /// If the host would not start: a required setting is missing, one is of the wrong kind or unknown, the connector's
    /// type does not read them. Also if `describe` and the type disagree: a field that no setting fills, or a field
    /// that insists on a setting which is not required.
    #[must_use]
    pub fn new(settings: &str) -> Self {
        let description = C::describe();
        settings::assert_agreement::<C>(&description, settings);
        let channel = ChannelSettings::seal(&description, settings);
        let settings = settings::read::<C>(channel.json());
        Self {
            settings,
            channel,
            bot: Script::new("the bot", "bot_answers"),
            platform: Script::new("the platform", "http_answers"),
            inbox: RefCell::new(None),
            store: RefCell::new(None),
            caller_reads: Cell::new(usize::MAX),
            clock: Cell::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            state: RefCell::default(),
            sockets: RefCell::default(),
            receiving: Cell::new(false),
            parts_taken: Cell::new(0),
            record: RefCell::default(),
        }
    }

    /// The settings as the connector sees them.
    #[must_use]
    pub fn settings(&self) -> &C::Settings {
        &self.settings
    }

    /// Calls the connector's `routes`.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        C::routes(&self.settings)
    }

    /// Calls the connector's `receive`. Refused, its events are discarded and its state is as before.
    ///
    /// # Errors
    ///
    /// Those of the connector.
    pub fn receive(&self, route: &str, request: Request) -> Result<Response, Refusal> {
        self.parts_taken.set(0);
        self.record.borrow_mut().streamed = None;
        self.inbound(|| {
            self.receiving.set(true);
            let result = C::receive(self, &self.settings, route, request);
            self.receiving.set(false);
            result
        })
    }

    /// One call with something from outside. Failed, its events are discarded and its state is as before.
    fn inbound<T, E>(&self, call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let state = self.state.borrow().clone();
        let result = call();
        let record = &mut *self.record.borrow_mut();
        let offered = std::mem::take(&mut record.offered);
        if result.is_ok() {
            record.accepted.extend(offered);
        } else {
            *self.state.borrow_mut() = state;
        }
        result
    }

    /// Calls the connector's `send`, the first attempt for a part with the id `part-1`.
    ///
    /// # Errors
    ///
    /// Those of the connector.
    pub fn send(&self, conversation: &str, part: &Part) -> Result<Receipt, SendError> {
        let to = Address {
            conversation: conversation.to_owned(),
            reply: None,
        };
        let attempt = Attempt {
            id: "part-1".to_owned(),
            number: 1,
        };
        self.send_to(&to, part, &attempt)
    }

    /// Calls the connector's `send`.
    ///
    /// # Errors
    ///
    /// Those of the connector.
    pub fn send_to(
        &self,
        to: &Address,
        part: &Part,
        attempt: &Attempt,
    ) -> Result<Receipt, SendError> {
        C::send(self, &self.settings, to, part, attempt)
    }

    /// What the connector warns of when the channel starts.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        C::warnings(&self.settings)
    }

    /// The bot answers its next message with these parts.
    pub fn bot_answers(&self, parts: impl Into<Vec<Part>>) {
        self.bot.add(BotAnswer {
            parts: parts.into(),
            error: None,
        });
    }

    /// The bot fails at its next message, after these parts; of `ask_stream` the error is the last item.
    pub fn bot_fails(&self, parts: impl Into<Vec<Part>>, error: BotError) {
        self.bot.add(BotAnswer {
            parts: parts.into(),
            error: Some(error),
        });
    }

    /// The platform answers the next request with this response.
    pub fn http_answers(&self, response: HttpResponse) {
        self.platform.add(Ok(response));
    }

    /// The next request gets no response.
    pub fn http_fails(&self, error: HttpError) {
        self.platform.add(Err(error));
    }

    /// The host takes no events from now on.
    pub fn refuse_events(&self, error: AcceptError) {
        *self.inbox.borrow_mut() = Some(error);
    }

    /// The host keeps nothing and gives nothing that was kept, from now on.
    pub fn refuse_state(&self, error: StateError) {
        *self.store.borrow_mut() = Some(error);
    }

    /// Nothing can be emitted, and no room be joined or left, from now on.
    pub fn refuse_sockets(&self, error: SocketError) {
        self.sockets.borrow_mut().refuse(error);
    }

    /// The caller reads this many chunks of a streamed response, and goes.
    pub fn caller_leaves_after(&self, chunks: usize) {
        self.caller_reads.set(chunks);
    }

    /// What time it is. Until this is called, 14 November 2023, 22:13:20 UTC.
    pub fn set_now(&self, now: SystemTime) {
        self.clock.set(now);
    }

    /// The events that were taken over.
    #[must_use]
    pub fn accepted(&self) -> Vec<Event> {
        self.record.borrow().accepted.clone()
    }

    /// The messages that were put to the bot by `ask` and `ask_stream`.
    #[must_use]
    pub fn asked(&self) -> Vec<Message> {
        self.record.borrow().asked.clone()
    }

    /// The requests that went out, as the platform sees them: with the sealed values in their places.
    #[must_use]
    pub fn fetched(&self) -> Vec<HttpRequest> {
        self.record.borrow().fetched.clone()
    }

    /// The lines that were logged.
    #[must_use]
    pub fn logged(&self) -> Vec<LogLine> {
        self.record.borrow().logged.clone()
    }

    /// What the connector did with Socket.IO clients and rooms, in order.
    #[must_use]
    pub fn socket_calls(&self) -> Vec<SocketCall> {
        self.sockets.borrow().calls()
    }

    /// The response that the last `receive` wrote while it was made, if it did.
    #[must_use]
    pub fn streamed(&self) -> Option<Streamed> {
        self.record.borrow().streamed.clone()
    }
}

impl<C: Connector> fmt::Debug for FakeHost<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeHost")
            .field("connector", &C::NAME)
            .field("record", &self.record)
            .finish_non_exhaustive()
    }
}
