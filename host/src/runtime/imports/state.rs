//! `state`: the store is not part of this version, and says so rather than forget.

use crate::bindings::switchboard::channel::state::{Host, StateError};
use crate::runtime::state::State;

impl Host for State {
    async fn get(&mut self, _key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, StateError>> {
        Ok(Err(not_available()))
    }

    async fn set(
        &mut self,
        _key: String,
        _value: Vec<u8>,
        _ttl_ms: Option<u64>,
    ) -> wasmtime::Result<Result<(), StateError>> {
        Ok(Err(not_available()))
    }

    async fn delete(&mut self, _key: String) -> wasmtime::Result<Result<(), StateError>> {
        Ok(Err(not_available()))
    }

    async fn compare_and_set(
        &mut self,
        _key: String,
        _expected: Option<Vec<u8>>,
        _value: Option<Vec<u8>>,
        _ttl_ms: Option<u64>,
    ) -> wasmtime::Result<Result<bool, StateError>> {
        Ok(Err(not_available()))
    }
}

fn not_available() -> StateError {
    StateError::NotAvailable("this version of the server has no store for connectors".into())
}
