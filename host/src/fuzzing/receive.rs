//! A request of whoever can reach the server, through the gateway into a real component, and its answer.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

use super::signed;
use crate::server::{Options, Server};

/// Who calls: somebody on this machine, so that the admin API is open.
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 40_000);

/// Nobody listens there, and it is never asked: without a store nothing goes out.
const NOWHERE: &str = "http://127.0.0.1:9/";

/// A server with the echo bot, without a listener and without a store: what connectors accept is answered by 503.
#[derive(Debug)]
pub struct Host(Server);

impl Host {
    /// Starts it, with REST, an open callback channel and one with a secret, the platforms, and the component at `courier`
    /// if there is one. Files that it needs go to `folder`.
    ///
    /// # Panics
    ///
    /// When that does not work.
    #[must_use]
    pub fn start(folder: &Path, courier: Option<&Path>) -> Self {
        let mut channels = format!(
            "rest:\ncallback:\n  - account: a\n    url: {NOWHERE}\n  - account: b\n    mount: /shop\n    url: {NOWHERE}\n    \
             token: hunter2\n"
        );
        channels.push_str(&signed::credentials(NOWHERE));
        if let Some(component) = courier {
            // Writing to a String cannot fail.
            let _ = write!(channels, "{}:\n  url: {NOWHERE}\n", component.display());
        }
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).expect("a file");
            path
        };
        let options = Options {
            credentials: Some(write("credentials.yml", &channels)),
            endpoints: Some(write("endpoints.yml", "bot:\n  type: echo\n")),
            data_dir: folder.join("data"),
            ..Options::default()
        };
        let server = super::block_on(Server::prepare(&options));
        Self(server.unwrap_or_else(|error| panic!("{error}")))
    }

    /// `METHOD TARGET` on the first line, a line for each header, an empty one, then the body, all of it ended by `\n`
    /// alone. A platform's request is signed here. What is no request by the `http` crate's lights is left out: the
    /// listener's library sees to that.
    ///
    /// # Panics
    ///
    /// When the answer is not one that a caller may get, or a connector does not survive the request.
    pub fn receive(&self, input: &[u8]) {
        // The tests' connector traps where it is told to, and would then be left alone most of the time.
        if memchr::memmem::find(input, b"trap").is_some() {
            return;
        }
        let Some(request) = request(input) else {
            return;
        };
        let shown = format!("{request:?}");
        let (status, body) = super::block_on(async {
            let response = self.0.gateway.handle(request.map(Body::new), PEER).await;
            answer(response).await
        });
        // Nothing is accepted without a store. 502 is a connector that did not survive the request.
        let is_expected = status == StatusCode::SERVICE_UNAVAILABLE
            || !status.is_server_error() && !status.is_informational();
        assert!(is_expected, "{status} {body:?} to {shown}");
    }
}

/// Reads an answer to its end. An error has the form that all have.
async fn answer(response: Response<Body>) -> (StatusCode, Bytes) {
    let status = response.status();
    let is_json = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json");
    let body = response.into_body().collect().await.expect("a whole body");
    let body = body.to_bytes();
    // None to HEAD.
    if is_json && !body.is_empty() {
        let json: Value = serde_json::from_slice(&body).expect("JSON");
        if status.is_client_error() || status.is_server_error() {
            for key in ["/error/code", "/error/message"] {
                let text = json.pointer(key).and_then(Value::as_str);
                let health = json.get("status").is_some();
                assert!(
                    health || text.is_some_and(|text| !text.is_empty()),
                    "{json}"
                );
            }
        }
    }
    (status, body)
}

fn request(input: &[u8]) -> Option<Request<Full<Bytes>>> {
    let end = memchr::memmem::find(input, b"\n\n");
    let (head, body) = match end {
        Some(end) => (&input[..end], &input[end + 2..]),
        None => (input, &b""[..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let (method, target) = words(lines.next()?, b' ')?;
    let mut request = Request::builder().method(method).uri(target);
    for line in lines {
        let (name, value) = words(line, b':')?;
        request = request.header(name, value.trim_ascii());
    }
    let body = Bytes::copy_from_slice(body);
    let mut request = request.body(Full::new(body.clone())).ok()?;
    let path = request.uri().path().to_owned();
    signed::sign(&path, request.headers_mut(), &body);
    Some(request)
}

fn words(line: &[u8], between: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(between, line)?;
    Some((&line[..at], &line[at + 1..]))
}
