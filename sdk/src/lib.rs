//! What you need to write a connector for Switchboard: [`Connector`], the trait to implement, [`export!`], the macro that
//! makes a WebAssembly component of it, and `fake::FakeHost` (feature `fake`, for tests), a host made of memory. For
//! platforms that sign with a key pair there is `jwt` (feature `jwt`).
//!
//! The types are those of the contract, `package switchboard:channel`; [`Host`] is everything that a connector may do to
//! the outside world. Nothing else is there: no files, no environment, no sockets. What the contract says of each type
//! is said here too, and helpers that many connectors need are methods on them.
//!
//! # A small connector
//!
//! The whole of a connector for a platform that posts JSON and has a REST API: it checks who
//! calls, hands messages to the bot, and sends the answers.
//!
//! ```
//! use serde::Deserialize;
//! use switchboard_sdk::{
//!     Address, Attempt, Connector, Content, Description, Host, HttpRequest, Message, Part, Receipt, Refusal,
//!     Request, Response, Sealed, SendError, Setting,
//! };
//!
//! struct Parrot;
//!
//! #[derive(Deserialize)]
//! struct Settings {
//!     access_token: Sealed,
//! }
//!
//! impl Connector for Parrot {
//!     type Settings = Settings;
//!     const NAME: &'static str = "parrot";
//!
//!     fn describe() -> Description {
//!         Description::new(env!("CARGO_PKG_VERSION"), "Parrot, the messenger for birds")
//!             .setting(Setting::text("access_token").required().sealed().doc("Of the bot's account."))
//!             .setting(Setting::text("verify_token").required().sealed().doc("What Parrot sends along."))
//!             .host("api.parrot.example")
//!     }
//!
//!     fn receive(host: &dyn Host, _: &Settings, _route: &str, request: Request) -> Result<Response, Refusal> {
//!         let token = request.header("x-parrot-token").unwrap_or_default();
//!         if !host.secret_equals("verify_token", token.as_bytes())? {
//!             return Err(Refusal::Unauthorized("the token of the request is not ours".to_owned()));
//!         }
//!         let update = request.json_object()?;
//!         let message = Message {
//!             id: update.optional_text("id")?,
//!             ..Message::new(update.text("from")?, update.text("text")?)
//!         };
//!         host.accept(message.into())?;
//!         Ok(Response::empty(200))
//!     }
//!
//!     fn send(
//!         host: &dyn Host,
//!         settings: &Settings,
//!         to: &Address,
//!         part: &Part,
//!         attempt: &Attempt,
//!     ) -> Result<Receipt, SendError> {
//!         let Content::Text(content) = &part.content else {
//!             return Err(SendError::Unsupported("Parrot shows texts only".to_owned()));
//!         };
//!         let request = HttpRequest::post("https://api.parrot.example/messages")
//!             .bearer_auth(settings.access_token.placeholder())
//!             .header("idempotency-key", &attempt.id)
//!             .form([("to", to.conversation.as_str()), ("text", content.text.as_str())]);
//!         host.fetch(request)?.success()?;
//!         Ok(Receipt::without_id())
//!     }
//! }
//!
//! switchboard_sdk::export!(Parrot);
//! # fn main() {}
//! ```

#[doc(hidden)]
pub mod bindings;
pub mod collector;
mod connector;
mod content;
mod description;
mod error;
#[cfg(all(feature = "fake", not(target_family = "wasm")))]
pub mod fake;
mod form;
#[doc(hidden)]
pub mod guest;
mod headers;
mod host;
mod http;
mod json;
#[cfg(feature = "jwt")]
pub mod jwt;
mod lifecycle;
pub mod rasa;
mod request;
mod response;
mod settings;
pub mod signature;
mod sockets;
pub mod text;

pub use bindings::exports::switchboard::channel::connector::{
    Address, Attempt, CardLimit, ChoiceLimit, Description, LengthUnit, PermanentFailure, RateLimit,
    RateScope, Receipt, RecipientAbsence, Refusal, Rendering, Request, Response, Retry, Route,
    SendError, Setting, SettingKind, TextLimit, Transport,
};
pub use bindings::switchboard::channel::bot::AcceptError;
pub use bindings::switchboard::channel::http::{
    BasicAuth, HttpError, Request as HttpRequest, Response as HttpResponse,
};
pub use bindings::switchboard::channel::log::Level as LogLevel;
pub use bindings::switchboard::channel::response::ResponseError;
pub use bindings::switchboard::channel::secrets::{Digest, SecretError};
pub use bindings::switchboard::channel::sockets::SocketError;
pub use bindings::switchboard::channel::state::StateError;
pub use bindings::switchboard::channel::types::{
    Attachment, BotError, Button, Card, ChoiceStyle, ChoicesContent, Content, DeliveryStatus,
    Event, Header, Json, Location, MediaContent, Message, OtherEvent, Part, StatusUpdate,
    TextContent,
};
pub use connector::Connector;
pub use form::Form;
pub use host::{Host, Reply};
pub use json::{JsonError, JsonKind, JsonObject, MAX_DEPTH, from_json, to_json};
pub use lifecycle::{LifecycleError, ManagedConnector};
pub use settings::{NoSettings, Sealed};
pub use sockets::{Handshake, SocketConnector, SocketEvent};
