//! What a channel keeps between calls, in memory.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::StateError;

/// As the contract says, in bytes.
const MAX_KEY: usize = 256;
const MAX_VALUE: usize = 64 * 1_024;

#[derive(Debug, Clone, Default)]
pub(super) struct State(BTreeMap<String, Entry>);

#[derive(Debug, Clone)]
struct Entry {
    value: Vec<u8>,
    expires: Option<SystemTime>,
}

impl State {
    pub(super) fn get(&self, key: &str, now: SystemTime) -> Option<Vec<u8>> {
        let entry = self
            .0
            .get(key)
            .filter(|entry| entry.expires.is_none_or(|at| now < at))?;
        Some(entry.value.clone())
    }

    pub(super) fn set(
        &mut self,
        key: &str,
        value: &[u8],
        expires: Option<SystemTime>,
    ) -> Result<(), StateError> {
        if key.len() > MAX_KEY || value.len() > MAX_VALUE {
            return Err(StateError::OverLimit(format!(
                "a key of {} and a value of {} bytes; at most {MAX_KEY} and {MAX_VALUE} are allowed",
                key.len(),
                value.len()
            )));
        }
        let value = value.to_vec();
        self.0.insert(key.to_owned(), Entry { value, expires });
        Ok(())
    }

    pub(super) fn delete(&mut self, key: &str) {
        self.0.remove(key);
    }
}
