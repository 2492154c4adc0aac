//! `sockets`: the Socket.IO transport is not part of this version, and says so.

use crate::bindings::switchboard::channel::sockets::{Host, SocketError};
use crate::runtime::state::State;

impl Host for State {
    fn emit(
        &mut self,
        _room: String,
        _event: String,
        _arguments: String,
    ) -> wasmtime::Result<Result<(), SocketError>> {
        Ok(Err(not_available()))
    }

    fn join(
        &mut self,
        _socket: String,
        _room: String,
    ) -> wasmtime::Result<Result<(), SocketError>> {
        Ok(Err(not_available()))
    }

    fn leave(
        &mut self,
        _socket: String,
        _room: String,
    ) -> wasmtime::Result<Result<(), SocketError>> {
        Ok(Err(not_available()))
    }
}

fn not_available() -> SocketError {
    SocketError::NotAvailable("this version of the server has no Socket.IO transport".into())
}
