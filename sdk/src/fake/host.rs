//! The functions of the host, answered from the test's script and written to its record.

use std::cell::RefMut;
use std::time::{Duration, SystemTime};

use super::sockets::Sockets;
use super::state::State;
use super::{Chunk, FakeHost, LogLine, Streamed};
use crate::{
    AcceptError, BotError, Connector, Digest, Event, Header, Host, HttpError, HttpRequest,
    HttpResponse, LogLevel, Message, Part, Reply, ResponseError, Route, SecretError, SocketError,
    StateError, Transport,
};

/// As the contract says for `bot.accept`.
const MAX_EVENTS: usize = 1_000;

/// As the contract says for `message.conversation`, in bytes.
const MAX_CONVERSATION: usize = 4_096;

impl<C: Connector> FakeHost<C> {
    fn streaming(&self) -> Result<(), ResponseError> {
        if self.receiving.get() {
            Ok(())
        } else {
            Err(ResponseError::WrongCall(
                "called outside of `receive`".to_owned(),
            ))
        }
    }

    fn store(&self) -> Result<RefMut<'_, State>, StateError> {
        match &*self.store.borrow() {
            Some(error) => Err(error.clone()),
            None => Ok(self.state.borrow_mut()),
        }
    }

    /// The contract offers them to a channel with a route of that transport alone.
    fn sockets(&self) -> Result<RefMut<'_, Sockets>, SocketError> {
        let is_socketio = |route: &Route| matches!(route.transport, Transport::Socketio(_));
        if self.routes().iter().any(is_socketio) {
            Ok(self.sockets.borrow_mut())
        } else {
            let text = "the connector has no `socketio` route";
            Err(SocketError::NotAvailable(text.to_owned()))
        }
    }
}

impl<C: Connector> Host for FakeHost<C> {
    fn accept(&self, event: Event) -> Result<(), AcceptError> {
        if let Some(error) = &*self.inbox.borrow() {
            return Err(error.clone());
        }
        let conversation = match &event {
            Event::Message(message) => message.conversation.as_str(),
            Event::Other(other) => other.conversation.as_str(),
            Event::Status(_) => "",
        };
        check(conversation).map_err(AcceptError::Invalid)?;
        let offered = &mut self.record.borrow_mut().offered;
        if offered.len() >= MAX_EVENTS {
            return Err(AcceptError::TooMany(format!(
                "more than {MAX_EVENTS} events in one call"
            )));
        }
        offered.push(event);
        Ok(())
    }

    fn ask(&self, message: Message) -> Result<Vec<Part>, BotError> {
        check(&message.conversation).map_err(BotError::InvalidMessage)?;
        self.record.borrow_mut().asked.push(message);
        let answer = self.bot.next();
        match answer.error {
            None => Ok(answer.parts),
            Some(error) => Err(error),
        }
    }

    fn ask_stream(&self, message: Message) -> Result<Reply<'_>, BotError> {
        check(&message.conversation).map_err(BotError::InvalidMessage)?;
        self.record.borrow_mut().asked.push(message);
        let answer = self.bot.next();
        let parts = answer.parts.into_iter().map(|part| {
            self.parts_taken.set(self.parts_taken.get() + 1);
            Ok(part)
        });
        Ok(Box::new(parts.chain(answer.error.map(Err))))
    }

    fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = self.channel.unseal(request)?;
        self.record.borrow_mut().fetched.push(request);
        self.platform.next()
    }

    fn log(&self, level: LogLevel, message: &str, fields: &[(&str, &str)]) {
        self.record.borrow_mut().logged.push(LogLine {
            level,
            message: message.to_owned(),
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        });
    }

    fn begin_response(&self, status: u16, headers: &[Header]) -> Result<(), ResponseError> {
        self.streaming()?;
        if !(200..600).contains(&status) {
            return Err(ResponseError::Invalid(format!(
                "{status} is no status for a response"
            )));
        }
        let streamed = &mut self.record.borrow_mut().streamed;
        if streamed.is_some() {
            return Err(ResponseError::WrongCall("a second `begin`".to_owned()));
        }
        *streamed = Some(Streamed {
            status,
            headers: headers.to_vec(),
            chunks: Vec::new(),
        });
        Ok(())
    }

    fn write_response(&self, bytes: &[u8]) -> Result<(), ResponseError> {
        self.streaming()?;
        let streamed = &mut self.record.borrow_mut().streamed;
        let Some(streamed) = streamed else {
            return Err(ResponseError::WrongCall(
                "a `write` without a `begin`".to_owned(),
            ));
        };
        if streamed.chunks.len() >= self.caller_reads.get() {
            return Err(ResponseError::Closed);
        }
        streamed.chunks.push(Chunk {
            text: String::from_utf8_lossy(bytes).into_owned(),
            parts_taken: self.parts_taken.get(),
        });
        Ok(())
    }

    fn hmac(&self, setting: &str, digest: Digest, data: &[u8]) -> Result<Vec<u8>, SecretError> {
        self.channel
            .secret(setting)
            .map(|secret| secret.hmac(digest, &self.channel.reveal(data)))
    }

    fn verify_hmac(
        &self,
        setting: &str,
        digest: Digest,
        data: &[u8],
        signature: &[u8],
    ) -> Result<bool, SecretError> {
        self.channel
            .secret(setting)
            .map(|secret| secret.hmac(digest, data) == signature)
    }

    fn secret_equals(&self, setting: &str, candidate: &[u8]) -> Result<bool, SecretError> {
        self.channel
            .secret(setting)
            .map(|secret| secret.equals(candidate))
    }

    fn emit(&self, room: &str, event: &str, arguments: &str) -> Result<(), SocketError> {
        self.sockets()?.emit(room, event, arguments)
    }

    fn join_room(&self, socket: &str, room: &str) -> Result<(), SocketError> {
        self.sockets()?.join(socket, room)
    }

    fn leave_room(&self, socket: &str, room: &str) -> Result<(), SocketError> {
        self.sockets()?.leave(socket, room)
    }

    fn state_get(&self, key: &str) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.store()?.get(key, self.now()))
    }

    fn state_set(&self, key: &str, value: &[u8], ttl: Option<Duration>) -> Result<(), StateError> {
        self.store()?
            .set(key, value, ttl.map(|ttl| self.now() + ttl))
    }

    fn state_delete(&self, key: &str) -> Result<(), StateError> {
        self.store()?.delete(key);
        Ok(())
    }

    fn state_compare_and_set(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        value: Option<&[u8]>,
        ttl: Option<Duration>,
    ) -> Result<bool, StateError> {
        if self.state_get(key)?.as_deref() != expected {
            return Ok(false);
        }
        match value {
            Some(value) => self.state_set(key, value, ttl)?,
            None => self.state_delete(key)?,
        }
        Ok(true)
    }

    fn now(&self) -> SystemTime {
        self.clock.get()
    }
}

fn check(conversation: &str) -> Result<(), String> {
    if conversation.len() > MAX_CONVERSATION {
        return Err(format!(
            "the conversation's name is {} bytes long; at most {MAX_CONVERSATION} are allowed",
            conversation.len()
        ));
    }
    Ok(())
}
