//! Answers: what connectors return, and errors in one form for all channels.

use std::io;

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;

use crate::bindings::connector::{Refusal, Response as ConnectorResponse};
use crate::bindings::types::{BotError, Header};
use crate::runtime::{CallError, Channel, LifecycleFailure, StreamedResponse};

/// Seconds after which a caller that was turned away may come again.
const RETRY_AFTER_SECONDS: u32 = 5;

/// An error as every channel answers it: `{"error":{"code":…,"message":…}}`.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    /// For programs: stable, in snake_case.
    code: &'static str,
    /// For people.
    message: String,
    headers: Vec<(HeaderName, String)>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            headers: Vec::new(),
        }
    }

    fn with(mut self, header: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    pub(super) fn no_route(path: &str) -> Self {
        // Enough to recognise it; a path may be 64 KB long.
        let shown = &path[..path.floor_char_boundary(200)];
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!(
                "nothing is mounted at {shown}; a channel answers only if it is in credentials.yml"
            ),
        )
    }

    pub(super) fn no_endpoint(path: &str) -> Self {
        let shown = &path[..path.floor_char_boundary(200)];
        let message = format!("the admin API has nothing at {shown}");
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(super) fn no_message(id: &str) -> Self {
        let shown = &id[..id.floor_char_boundary(200)];
        let message = format!("nothing is known of a message {shown}, or no longer");
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(super) fn no_channel(label: &str) -> Self {
        let shown = &label[..label.floor_char_boundary(200)];
        let message = format!("there is no channel {shown}");
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Told to the operator, who has the log's text anyway.
    pub(super) fn of_lifecycle(failure: LifecycleFailure) -> Self {
        match &failure {
            LifecycleFailure::Unavailable => {
                Self::new(StatusCode::BAD_REQUEST, "bad_request", failure.to_string())
            }
            LifecycleFailure::Call(error) => Self::of_call(error),
            LifecycleFailure::Platform(_) => Self::new(
                StatusCode::BAD_GATEWAY,
                "platform_failed",
                failure.to_string(),
            ),
        }
    }

    pub(super) fn no_letter(id: &str) -> Self {
        let shown = &id[..id.floor_char_boundary(200)];
        let message = format!("there is no dead letter {shown}");
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(super) fn token_wanted() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "the admin API wants the token of `--auth-token`, as `authorization: Bearer TOKEN` or `?token=TOKEN`",
        )
        .with(WWW_AUTHENTICATE, "Bearer")
    }

    pub(super) fn only_from_here() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "without a token the admin API answers only calls from this machine itself, by a name such as localhost and \
             through no proxy; hint: `--auth-token TOKEN`, or SWITCHBOARD_AUTH_TOKEN, when the server starts",
        )
    }

    pub(super) fn foreign_page() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "pages of this origin may not connect; the channel's `cors` names those that may",
        )
    }

    pub(super) fn method_not_allowed(allow: &str) -> Self {
        let message = format!("this path takes {allow}");
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        )
        .with(ALLOW, allow)
    }

    pub(super) fn overloaded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "too many messages at the moment; try again",
        )
        .with(RETRY_AFTER, RETRY_AFTER_SECONDS.to_string())
    }

    /// The store is down.
    pub(super) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "nothing can be taken now; try again",
        )
        .with(RETRY_AFTER, RETRY_AFTER_SECONDS.to_string())
    }

    pub(super) fn of_call(error: &CallError) -> Self {
        match error {
            CallError::Overloaded => Self::overloaded(),
            CallError::TimedOut(_) => Self::new(
                StatusCode::GATEWAY_TIMEOUT,
                "connector_timed_out",
                "the connector did not answer in time",
            ),
            CallError::Failing { retry_after, .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "connector_failing",
                "the connector failed too often and is left alone for a while; the operator's log says why",
            )
            .with(RETRY_AFTER, retry_after.as_secs().max(1).to_string()),
            CallError::Trapped(_) | CallError::BadAnswer(_) => Self::new(
                StatusCode::BAD_GATEWAY,
                "connector_failed",
                "the connector failed; the operator's log says why",
            ),
        }
    }

    /// A refusal, with a line for the operator.
    pub(super) fn of_refusal(channel: &Channel, refusal: Refusal) -> Self {
        let label = &**channel.label();
        // Anybody can send a forgery, and as many as they like.
        let log = |reason: &str, text: &str| {
            if tracing::enabled!(tracing::Level::WARN) && channel.may_log() {
                tracing::warn!(channel = label, reason, "{text}");
            }
        };
        let (status, code, text) = match refusal {
            // The reason is for the operator alone.
            Refusal::Unauthorized(reason) => {
                log(&reason, "refused: unauthorized");
                return Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "not authorized")
                    .with(WWW_AUTHENTICATE, "Bearer");
            }
            Refusal::Forbidden(reason) => {
                log(&reason, "refused: forbidden");
                return Self::new(StatusCode::FORBIDDEN, "forbidden", "not allowed");
            }
            Refusal::BotFailed(error) => return Self::of_bot(error),
            Refusal::BadRequest(text) => (StatusCode::BAD_REQUEST, "bad_request", text),
            Refusal::NotFound(text) => (StatusCode::NOT_FOUND, "not_found", text),
            Refusal::UnsupportedMediaType(text) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                text,
            ),
            Refusal::TooLarge(text) => (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", text),
        };
        tracing::debug!(channel = label, reason = text, "refused: {code}");
        Self::new(status, code, text)
    }

    /// The log has had its line from delivery.
    fn of_bot(error: BotError) -> Self {
        let (status, code, message) = match error {
            BotError::Unavailable(_) => (
                StatusCode::BAD_GATEWAY,
                "bot_unavailable",
                "the bot cannot be reached".to_owned(),
            ),
            BotError::TimedOut(_) => (
                StatusCode::GATEWAY_TIMEOUT,
                "bot_timed_out",
                "the bot did not answer in time".to_owned(),
            ),
            BotError::InvalidAnswer(_) => (
                StatusCode::BAD_GATEWAY,
                "bot_invalid_answer",
                "the bot's answer cannot be understood".to_owned(),
            ),
            BotError::Overloaded(_) => return Self::overloaded(),
            BotError::InvalidMessage(text) => (StatusCode::BAD_REQUEST, "bad_request", text),
            BotError::NotAvailable(text) => (StatusCode::NOT_IMPLEMENTED, "not_available", text),
        };
        Self::new(status, code, message)
    }

    pub(super) fn into_response(self) -> Response<Body> {
        #[derive(Serialize)]
        struct Outer<'a> {
            error: Inner<'a>,
        }
        #[derive(Serialize)]
        struct Inner<'a> {
            code: &'a str,
            message: &'a str,
        }
        let body = Outer {
            error: Inner {
                code: self.code,
                message: &self.message,
            },
        };
        // Two strings always serialize.
        let body = serde_json::to_string(&body).unwrap_or_default();
        let mut response = json(self.status, body);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Whether a channel answers, and why not.
pub(super) fn health(channel: &Channel) -> Response<Body> {
    match channel.trouble() {
        None => json(StatusCode::OK, r#"{"status":"ok"}"#),
        Some(why) => json(
            StatusCode::SERVICE_UNAVAILABLE,
            serde_json::json!({"status": "failing", "why": why}).to_string(),
        ),
    }
}

/// What a connector returned; its head was checked.
pub(super) fn of_connector(response: ConnectorResponse) -> Response<Body> {
    with_head(
        response.status,
        &response.headers,
        Body::from(response.body),
    )
}

/// A body that is still being written. It ends when the call does; where that fails, the connection is broken off, so
/// that half an answer is not taken for one.
pub(super) fn streamed(response: StreamedResponse) -> Response<Body> {
    let open = Some((response.body, response.whole));
    let body = stream::unfold(open, |open| async move {
        let (mut pieces, whole) = open?;
        match pieces.recv().await {
            Some(piece) => Some((Ok::<Bytes, io::Error>(piece), Some((pieces, whole)))),
            None => {
                let cut = whole.await.is_err();
                cut.then(|| (Err(io::Error::other("the connector failed")), None))
            }
        }
    });
    with_head(response.status, &response.headers, Body::from_stream(body))
}

fn with_head(status: u16, headers: &[Header], body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut map = HeaderMap::with_capacity(headers.len() + 2);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value),
        ) {
            map.append(name, value);
        }
    }
    *response.headers_mut() = map;
    response
}
