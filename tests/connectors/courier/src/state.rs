//! What the platform has the connector remember, and how it looks that up.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use switchboard_sdk::{Host, Refusal, Request, Response};

/// A value to remember, or to forget.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Write {
    key: String,
    value: Option<String>,
    ttl_ms: Option<u64>,
}

impl Write {
    pub(crate) fn apply(&self, host: &dyn Host) -> Result<(), Refusal> {
        match &self.value {
            Some(value) => host.state_set(&self.key, value.as_bytes(), self.ttl())?,
            None => host.state_delete(&self.key)?,
        }
        Ok(())
    }

    fn ttl(&self) -> Option<Duration> {
        self.ttl_ms.map(Duration::from_millis)
    }
}

pub(crate) fn get(host: &dyn Host, request: &Request) -> Result<Response, Refusal> {
    let key = request.param("key").unwrap_or_default();
    let value = host.state_get(key)?;
    let value = value.ok_or_else(|| Refusal::NotFound(format!("nothing is kept under `{key}`")))?;
    Ok(Response::with_body(200, "text/plain", value))
}

pub(crate) fn swap(host: &dyn Host, request: &Request) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Swap {
        expected: Option<String>,
        write: Write,
    }
    let Swap { expected, write } = request.json()?;
    let swapped = host.state_compare_and_set(
        &write.key,
        expected.as_deref().map(str::as_bytes),
        write.value.as_deref().map(str::as_bytes),
        write.ttl(),
    )?;
    Ok(Response::json(200, &json!({ "swapped": swapped })))
}
