//! The bridge between the generated bindings and the two traits. Hidden: reached only through
//! [`export!`](crate::export).

use std::any::Any;
use std::cell::OnceCell;
use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

use crate::bindings::exports::switchboard::channel::connector::Guest;
use crate::bindings::lifecycle::exports::switchboard::channel::lifecycle;
use crate::bindings::socket_events::exports::switchboard::channel::socket_events;
use crate::bindings::switchboard::channel as imports;
use crate::{
    AcceptError, Address, Attempt, BotError, Connector, Description, Digest, Event, Handshake,
    Header, Host, HttpError, HttpRequest, HttpResponse, LifecycleError, LogLevel, ManagedConnector,
    Message, Part, Receipt, Refusal, Reply, Request, Response, ResponseError, Route, SecretError,
    SendError, SocketConnector, SocketError, SocketEvent, StateError, settings,
};

/// Makes a component of a [`Connector`]: `switchboard_sdk::export!(MyConnector);`, once, in the crate that is compiled
/// to WebAssembly.
///
/// Elsewhere than on `wasm32` it only checks the type, so that the crate and its tests build natively.
#[macro_export]
macro_rules! export {
    ($connector:ty) => {
        const _: fn() = $crate::guest::check::<$connector>;
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Component = $crate::guest::Exported<$connector>;
            $crate::bindings::export_component! { Component with_types_in $crate::bindings }
        };
    };
}

/// Like [`export!`](crate::export), for a [`ManagedConnector`].
#[macro_export]
macro_rules! export_managed {
    ($connector:ty) => {
        const _: fn() = $crate::guest::check_managed::<$connector>;
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Component = $crate::guest::Exported<$connector>;
            $crate::bindings::export_component! { Component with_types_in $crate::bindings }
            $crate::bindings::lifecycle::export_lifecycle! {
                Component with_types_in $crate::bindings::lifecycle
            }
        };
    };
}

/// Like [`export!`](crate::export), for a [`SocketConnector`].
#[macro_export]
macro_rules! export_sockets {
    ($connector:ty) => {
        const _: fn() = $crate::guest::check_sockets::<$connector>;
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Component = $crate::guest::Exported<$connector>;
            $crate::bindings::export_component! { Component with_types_in $crate::bindings }
            $crate::bindings::socket_events::export_socket_events! {
                Component with_types_in $crate::bindings::socket_events
            }
        };
    };
}

/// The component that a connector makes.
pub struct Exported<C: Connector>(PhantomData<C>);

impl<C: Connector> fmt::Debug for Exported<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Exported").field(&C::NAME).finish()
    }
}

/// Compiles for a connector, and for nothing else.
pub fn check<C: Connector>() {}

/// Compiles for a managed connector, and for nothing else.
pub fn check_managed<C: ManagedConnector>() {}

/// Compiles for a connector whose clients speak Socket.IO, and for nothing else.
pub fn check_sockets<C: SocketConnector>() {}

thread_local! {
    /// The settings of this instance, read once. `dyn Any`, since a static cannot be generic.
    static SETTINGS: OnceCell<&'static dyn Any> = const { OnceCell::new() };
}

/// The channel's settings, or why they do not fit.
fn read_settings<C: Connector>() -> Result<&'static C::Settings, String> {
    let known = SETTINGS.with(|cell| cell.get().copied());
    let settings: &'static dyn Any = match known {
        Some(settings) => settings,
        None => {
            let json = imports::settings::get();
            // Lives as long as the instance, which is what holds it.
            let settings: &'static C::Settings = Box::leak(Box::new(settings::parse::<C>(&json)?));
            SETTINGS.with(|cell| *cell.get_or_init(|| settings))
        }
    };
    let settings = settings.downcast_ref();
    Ok(settings.expect("one component holds one connector"))
}

/// The channel's settings. The host calls `routes` before anything else, so that those which do not fit are reported at
/// start and never get here.
fn channel_settings<C: Connector>() -> &'static C::Settings {
    read_settings::<C>().unwrap_or_else(|text| panic!("{text}"))
}

impl<C: Connector> Guest for Exported<C> {
    fn name() -> String {
        C::NAME.to_owned()
    }

    fn describe() -> Description {
        C::describe()
    }

    fn routes() -> Result<Vec<Route>, String> {
        let settings = read_settings::<C>()?;
        for warning in C::warnings(settings) {
            Imports.log(LogLevel::Warn, &warning, &[]);
        }
        Ok(C::routes(settings))
    }

    fn receive(route: String, request: Request) -> Result<Response, Refusal> {
        C::receive(&Imports, channel_settings::<C>(), &route, request)
    }

    fn send(to: Address, part: Part, attempt: Attempt) -> Result<Receipt, SendError> {
        C::send(&Imports, channel_settings::<C>(), &to, &part, &attempt)
    }
}

impl<C: ManagedConnector> lifecycle::Guest for Exported<C> {
    fn activate(url: Option<String>) -> Result<(), LifecycleError> {
        C::activate(&Imports, channel_settings::<C>(), url.as_deref())
    }

    fn deactivate() -> Result<(), LifecycleError> {
        C::deactivate(&Imports, channel_settings::<C>())
    }
}

impl<C: SocketConnector> socket_events::Guest for Exported<C> {
    fn connected(route: String, handshake: Handshake) -> Result<Option<String>, String> {
        C::connected(&Imports, channel_settings::<C>(), &route, &handshake)
    }

    fn emitted(route: String, event: SocketEvent) -> Result<Option<String>, String> {
        C::emitted(&Imports, channel_settings::<C>(), &route, &event)
    }
}

/// The real host.
#[derive(Debug)]
struct Imports;

impl Host for Imports {
    fn accept(&self, event: Event) -> Result<(), AcceptError> {
        imports::bot::accept(&event)
    }

    fn ask(&self, message: Message) -> Result<Vec<Part>, BotError> {
        imports::bot::ask(&message)
    }

    fn ask_stream(&self, message: Message) -> Result<Reply<'_>, BotError> {
        let reply = imports::bot::ask_stream(&message)?;
        Ok(Box::new(Parts(Some(reply))))
    }

    fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        imports::http::fetch(&request)
    }

    fn log(&self, level: LogLevel, message: &str, fields: &[(&str, &str)]) {
        let fields: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        imports::log::write(level, message, &fields);
    }

    fn begin_response(&self, status: u16, headers: &[Header]) -> Result<(), ResponseError> {
        imports::response::begin(status, headers)
    }

    fn write_response(&self, bytes: &[u8]) -> Result<(), ResponseError> {
        imports::response::write(bytes)
    }

    fn hmac(&self, setting: &str, digest: Digest, data: &[u8]) -> Result<Vec<u8>, SecretError> {
        imports::secrets::hmac(setting, digest, data)
    }

    fn verify_hmac(
        &self,
        setting: &str,
        digest: Digest,
        data: &[u8],
        signature: &[u8],
    ) -> Result<bool, SecretError> {
        imports::secrets::verify_hmac(setting, digest, data, signature)
    }

    fn secret_equals(&self, setting: &str, candidate: &[u8]) -> Result<bool, SecretError> {
        imports::secrets::equals(setting, candidate)
    }

    fn emit(&self, room: &str, event: &str, arguments: &str) -> Result<(), SocketError> {
        imports::sockets::emit(room, event, arguments)
    }

    fn join_room(&self, socket: &str, room: &str) -> Result<(), SocketError> {
        imports::sockets::join(socket, room)
    }

    fn leave_room(&self, socket: &str, room: &str) -> Result<(), SocketError> {
        imports::sockets::leave(socket, room)
    }

    fn state_get(&self, key: &str) -> Result<Option<Vec<u8>>, StateError> {
        imports::state::get(key)
    }

    fn state_set(&self, key: &str, value: &[u8], ttl: Option<Duration>) -> Result<(), StateError> {
        imports::state::set(key, value, ttl.map(milliseconds))
    }

    fn state_delete(&self, key: &str) -> Result<(), StateError> {
        imports::state::delete(key)
    }

    fn state_compare_and_set(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        value: Option<&[u8]>,
        ttl: Option<Duration>,
    ) -> Result<bool, StateError> {
        imports::state::compare_and_set(key, expected, value, ttl.map(milliseconds))
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// The contract counts in milliseconds; more than fits counts as the most that does.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The bot's answer, over after its end or its error.
struct Parts(Option<imports::bot::Reply>);

impl Iterator for Parts {
    type Item = Result<Part, BotError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.0.as_ref()?.next().transpose();
        if !matches!(next, Some(Ok(_))) {
            self.0 = None;
        }
        next
    }
}
