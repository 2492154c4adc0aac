//! `state`: what a connector keeps. In a `receive` the writes wait for its end, so that they count together with the
//! events or not at all; everywhere else they are made at once.

use crate::bindings::switchboard::channel::state::{Host, StateError};
use crate::runtime::state::State;
use crate::store::{StateWrite, StoreError};

/// The longest key, bytes.
const MAX_KEY: usize = 256;

/// The longest value, bytes.
const MAX_VALUE: usize = 64 << 10;

/// Writes that one `receive` may hold back.
const MAX_WRITES: usize = 1_000;

impl Host for State {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<Vec<u8>>, StateError>> {
        let pending = self
            .call
            .state
            .as_ref()
            .and_then(|writes| find(writes, &key));
        if let Some(write) = pending {
            return Ok(Ok(write.value.clone()));
        }
        Ok(self.context.keep.get(&key).await.map_err(explain))
    }

    async fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> wasmtime::Result<Result<(), StateError>> {
        let write = self.state_write(key, Some(value), ttl_ms);
        Ok(self.put(write).await)
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), StateError>> {
        let write = self.state_write(key, None, None);
        Ok(self.put(write).await)
    }

    async fn compare_and_set(
        &mut self,
        key: String,
        expected: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        ttl_ms: Option<u64>,
    ) -> wasmtime::Result<Result<bool, StateError>> {
        let write = self.state_write(key, value, ttl_ms);
        if let Err(error) = check(&write) {
            return Ok(Err(error));
        }
        let key = write.key.clone();
        let set = self.context.keep.compare_and_set(expected, write).await;
        // What this call meant to write before is overtaken.
        if let (Ok(true), Some(writes)) = (&set, &mut self.call.state) {
            writes.retain(|write| write.key != key);
        }
        Ok(set.map_err(|error| self.told(explain(error))))
    }
}

impl State {
    fn state_write(&self, key: String, value: Option<Vec<u8>>, ttl_ms: Option<u64>) -> StateWrite {
        let ttl = ttl_ms.map(|ttl| i64::try_from(ttl).unwrap_or(i64::MAX));
        StateWrite {
            key,
            value,
            expires_at: ttl.map(|ttl| self.context.keep.now().saturating_add(ttl)),
        }
    }

    async fn put(&mut self, write: StateWrite) -> Result<(), StateError> {
        let put = self.try_to_put(write).await;
        put.map_err(|error| self.told(error))
    }

    fn told(&mut self, error: StateError) -> StateError {
        match error {
            StateError::OverLimit(text) => StateError::OverLimit(self.limited(text)),
            error => error,
        }
    }

    async fn try_to_put(&mut self, write: StateWrite) -> Result<(), StateError> {
        check(&write)?;
        let Some(writes) = &self.call.state else {
            return self.context.keep.write(write).await.map_err(explain);
        };
        if writes.len() >= MAX_WRITES {
            let text = format!("over {MAX_WRITES} keys written in one call");
            return Err(StateError::OverLimit(text));
        }
        if let Some(value) = &write.value {
            let mut usage = self.context.keep.usage(&write.key).await.map_err(explain)?;
            for pending in writes.iter().filter(|pending| pending.key != write.key) {
                let size = pending
                    .value
                    .as_ref()
                    .map_or(0, |value| pending.key.len() + value.len());
                usage.bytes += size as u64;
                usage.keys += u64::from(pending.value.is_some());
            }
            usage
                .with(write.key.len(), value.len(), self.context.state_limits)
                .map_err(explain)?;
        }
        if let Some(writes) = &mut self.call.state {
            writes.retain(|pending| pending.key != write.key);
            writes.push(write);
        }
        Ok(())
    }
}

fn find<'a>(writes: &'a [StateWrite], key: &str) -> Option<&'a StateWrite> {
    writes.iter().find(|write| write.key == key)
}

fn check(write: &StateWrite) -> Result<(), StateError> {
    if write.key.len() > MAX_KEY {
        return Err(StateError::OverLimit(format!(
            "the key is over {MAX_KEY} bytes"
        )));
    }
    if write
        .value
        .as_ref()
        .is_some_and(|value| value.len() > MAX_VALUE)
    {
        return Err(StateError::OverLimit(format!(
            "the value is over {MAX_VALUE} bytes"
        )));
    }
    Ok(())
}

fn explain(error: StoreError) -> StateError {
    match error {
        StoreError::Full(text) => StateError::OverLimit(text),
        error => StateError::Unavailable(error.to_string()),
    }
}
