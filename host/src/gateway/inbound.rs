//! A request as a connector gets it, within bounds.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::HOST;
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::BytesMut;
use http_body::Body as _;
use http_body_util::BodyExt;

use super::ApiError;
use crate::bindings::connector::Request as ConnectorRequest;

/// Headers of one request.
const MAX_HEADERS: usize = 100;
/// Names and values of all headers of one request, bytes.
const MAX_HEADER_BYTES: usize = 32 << 10;

/// The bounds on a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyBounds {
    pub(super) bytes: usize,
    /// Until it is complete.
    pub(super) timeout: Duration,
}

/// The bounds on headers.
pub(super) fn check_head(headers: &HeaderMap) -> Result<(), ApiError> {
    let too_large = |message: String| {
        ApiError::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "headers_too_large",
            message,
        )
    };
    if headers.len() > MAX_HEADERS {
        return Err(too_large(format!(
            "{} headers; at most {MAX_HEADERS}",
            headers.len()
        )));
    }
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if bytes > MAX_HEADER_BYTES {
        return Err(too_large(format!(
            "{bytes} bytes of headers; at most {MAX_HEADER_BYTES}"
        )));
    }
    Ok(())
}

/// Reads the body and puts everything in the contract's form.
pub(super) async fn read(
    request: Request<Body>,
    params: Vec<(String, String)>,
    bounds: BodyBounds,
    public_url: Option<&str>,
    peer: SocketAddr,
) -> Result<ConnectorRequest, ApiError> {
    let (head, body) = request.into_parts();
    let body = self::body(body, bounds, "; `limits.body` of the channel raises it").await?;
    let query = head.uri.query().unwrap_or_default().to_owned();
    let query_params = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let path = head.uri.path().to_owned();
    let base = match public_url {
        Some(url) => url.to_owned(),
        None => {
            let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
            format!("http://{}", host.unwrap_or("localhost"))
        }
    };
    let mut url = base;
    url.push_str(&path);
    if !query.is_empty() {
        url.push('?');
        url.push_str(&query);
    }
    Ok(ConnectorRequest {
        method: head.method.as_str().to_owned(),
        path,
        params,
        query,
        query_params,
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect(),
        body,
        remote_address: peer.to_string(),
        url,
    })
}

/// A whole body within its bounds; `hint` says what helps where it is larger.
pub(super) async fn body(body: Body, bounds: BodyBounds, hint: &str) -> Result<Vec<u8>, ApiError> {
    let BodyBounds { bytes, timeout } = bounds;
    tokio::time::timeout(timeout, collect(body, bytes, hint))
        .await
        .map_err(|_| {
            ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                format!("the body was not complete within {timeout:?}"),
            )
        })?
}

async fn collect(mut body: Body, limit: usize, hint: &str) -> Result<Vec<u8>, ApiError> {
    let too_large = || {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("the body is over {limit} bytes{hint}"),
        )
    };
    let expected = body.size_hint();
    if expected.lower() > limit as u64 {
        return Err(too_large());
    }
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            ApiError::new(StatusCode::BAD_REQUEST, "bad_request", "the body broke off")
        })?;
        if let Ok(data) = frame.into_data() {
            if whole.len() + data.len() > limit {
                return Err(too_large());
            }
            if whole.is_empty() && body.is_end_stream() {
                return Ok(data.into());
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.into())
}
