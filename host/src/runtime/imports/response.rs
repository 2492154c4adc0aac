//! `response`: a body that leaves piece by piece.

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::bindings::switchboard::channel::response::{Host, ResponseError};
use crate::bindings::types::Header;
use crate::runtime::state::{State, StreamedResponse, Streaming};

/// Pieces that wait for a slow reader; after these the connector waits.
const PENDING_PIECES: usize = 16;

impl Host for State {
    async fn begin(
        &mut self,
        status: u16,
        headers: Vec<Header>,
    ) -> wasmtime::Result<Result<(), ResponseError>> {
        let wrong = |text: &str| Ok(Err(ResponseError::WrongCall(text.into())));
        if matches!(
            self.call.streaming,
            Streaming::Unavailable | Streaming::NoResponse
        ) {
            return wrong("`begin` works within `receive` only");
        }
        if matches!(self.call.streaming, Streaming::Begun { .. }) {
            return wrong("`begin` was called before");
        }
        if let Err(text) = crate::runtime::response::check_head(status, &headers) {
            return Ok(Err(ResponseError::Invalid(text)));
        }
        for (_, value) in &headers {
            self.note_exposed(value);
        }
        let (sender, body) = mpsc::channel(PENDING_PIECES);
        let (end, whole) = oneshot::channel();
        let begun = Streaming::Begun {
            body: sender,
            whole: end,
        };
        let begun = std::mem::replace(&mut self.call.streaming, begun);
        let Streaming::NotBegun(head) = begun else {
            return wrong("`begin` was called before");
        };
        Ok(head
            .send(StreamedResponse {
                status,
                headers,
                body,
                whole,
            })
            .map_err(|_| ResponseError::Closed))
    }

    async fn write(&mut self, bytes: Vec<u8>) -> wasmtime::Result<Result<(), ResponseError>> {
        let Streaming::Begun { body, .. } = &self.call.streaming else {
            return Ok(Err(ResponseError::WrongCall(
                "`write` comes after `begin`".into(),
            )));
        };
        let most = self.context.limits.response;
        self.call.streamed = self.call.streamed.saturating_add(bytes.len());
        if self.call.streamed > most {
            let text = format!(
                "over {most} bytes in one response; `limits.response` of the channel raises it"
            );
            return Ok(Err(ResponseError::Invalid(self.limited(text))));
        }
        self.note_exposed(&bytes);
        Ok(body
            .send(Bytes::from(bytes))
            .await
            .map_err(|_| ResponseError::Closed))
    }
}
