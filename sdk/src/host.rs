//! Everything that a connector may do to the outside world. A trait, so that the same logic runs against the real
//! host and, in tests, against [`FakeHost`](crate::fake::FakeHost).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    AcceptError, BotError, Digest, Event, Header, HttpError, HttpRequest, HttpResponse, LogLevel,
    Message, Part, ResponseError, SecretError, SocketError, StateError,
};

/// The bot's answer, part by part. Each step waits until the bot has produced the next part; an error is the last item.
pub type Reply<'host> = Box<dyn Iterator<Item = Result<Part, BotError>> + 'host>;

/// The host, as a connector sees it.
pub trait Host {
    /// Hands over an inbound event. It is taken when `receive` returns `Ok`, and discarded when it does not; the bot's
    /// answer arrives through `send`. At most 1,000 events a call.
    ///
    /// # Errors
    ///
    /// `?` turns an [`AcceptError`] into the fitting [`Refusal`](crate::Refusal).
    fn accept(&self, event: Event) -> Result<(), AcceptError>;

    /// Puts a message to the bot and waits for its whole answer, for platforms that want it in the HTTP response.
    ///
    /// # Errors
    ///
    /// `?` turns a [`BotError`] into the fitting [`Refusal`](crate::Refusal).
    fn ask(&self, message: Message) -> Result<Vec<Part>, BotError>;

    /// The same, part by part.
    ///
    /// # Errors
    ///
    /// As for [`ask`](Host::ask). The bot may also fail later: see [`Reply`].
    fn ask_stream(&self, message: Message) -> Result<Reply<'_>, BotError>;

    /// Calls the platform's API. The host adds `host`, `content-length` and `user-agent`, puts sealed values in the
    /// place of their placeholders, and follows no redirect.
    ///
    /// # Errors
    ///
    /// A status of 400 and above is a response, not an error. Within `send`, `?` turns an [`HttpError`] into the
    /// fitting [`SendError`](crate::SendError).
    fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;

    /// Writes one line to the operator's log, marked with the channel. At most 4 KiB, and 32 fields of 1 KiB each. What
    /// was said to or by users belongs to [`LogLevel::Debug`] only.
    fn log(&self, level: LogLevel, message: &str, fields: &[(&str, &str)]);

    /// Sends the status (200 to 599) and the headers of a response that is written while it is made. For use within
    /// `receive`, once; what `receive` returns is ignored then.
    ///
    /// # Errors
    ///
    /// [`ResponseError::Closed`] once the caller has gone away.
    fn begin_response(&self, status: u16, headers: &[Header]) -> Result<(), ResponseError>;

    /// Sends a piece of that response's body at once. The body ends when `receive` returns.
    ///
    /// # Errors
    ///
    /// As for [`begin_response`](Host::begin_response).
    fn write_response(&self, bytes: &[u8]) -> Result<(), ResponseError>;

    /// HMAC of `data` under the value of a sealed setting. Placeholders in `data` are replaced by their values.
    ///
    /// # Errors
    ///
    /// A setting that is no sealed text, or has no value.
    fn hmac(&self, setting: &str, digest: Digest, data: &[u8]) -> Result<Vec<u8>, SecretError>;

    /// Whether `signature`, raw bytes, is that HMAC. Compares in constant time.
    ///
    /// # Errors
    ///
    /// As for [`hmac`](Host::hmac).
    fn verify_hmac(
        &self,
        setting: &str,
        digest: Digest,
        data: &[u8],
        signature: &[u8],
    ) -> Result<bool, SecretError>;

    /// Whether `candidate` is the value of a sealed setting. Compares in constant time.
    ///
    /// # Errors
    ///
    /// As for [`hmac`](Host::hmac).
    fn secret_equals(&self, setting: &str, candidate: &[u8]) -> Result<bool, SecretError>;

    /// Emits a Socket.IO event with its arguments, a JSON array, to every client in a room.
    ///
    /// # Errors
    ///
    /// Nobody is in the room, all that are read too slowly, the arguments are no JSON array, or the channel has no
    /// Socket.IO route.
    fn emit(&self, room: &str, event: &str, arguments: &str) -> Result<(), SocketError>;

    /// Puts a Socket.IO client into a room.
    ///
    /// # Errors
    ///
    /// As for [`emit`](Host::emit).
    fn join_room(&self, socket: &str, room: &str) -> Result<(), SocketError>;

    /// Takes a Socket.IO client out of a room.
    ///
    /// # Errors
    ///
    /// As for [`emit`](Host::emit).
    fn leave_room(&self, socket: &str, room: &str) -> Result<(), SocketError>;

    /// The value that the channel keeps under a key, unless it has expired.
    ///
    /// # Errors
    ///
    /// The store cannot be reached, or the host has none.
    fn state_get(&self, key: &str) -> Result<Option<Vec<u8>>, StateError>;

    /// Keeps a value under a key, for `ttl` or for good. Within `receive` it counts together with the accepted events.
    ///
    /// # Errors
    ///
    /// A key over 256 bytes, a value over 64 KiB, more than the channel may keep; else as for
    /// [`state_get`](Host::state_get).
    fn state_set(&self, key: &str, value: &[u8], ttl: Option<Duration>) -> Result<(), StateError>;

    /// Removes a key; no error if it does not exist.
    ///
    /// # Errors
    ///
    /// As for [`state_get`](Host::state_get).
    fn state_delete(&self, key: &str) -> Result<(), StateError>;

    /// Keeps `value` (`None` removes) only where the key holds `expected` (`None`: does not exist). False if it held
    /// something else.
    ///
    /// # Errors
    ///
    /// As for [`state_set`](Host::state_set).
    fn state_compare_and_set(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        value: Option<&[u8]>,
        ttl: Option<Duration>,
    ) -> Result<bool, StateError>;

    /// The time. Asked of the host, so that tests own it.
    fn now(&self) -> SystemTime;

    /// The time since the beginning of 1970, UTC, as platforms count it; zero for a clock that is behind that.
    fn unix_time(&self) -> Duration {
        self.now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}
