//! What a case says and what came of it, in one shape: JSON, which is compared.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use serde_json::{Map, Value, json};

use super::difference::difference;
use super::file::{Call, Case, Inbound};
use crate::bindings::managed::LifecycleError;
use crate::bindings::types::Event;
use crate::runtime::{LifecycleFailure, Outgoing};

pub(super) fn request(inbound: &Inbound, name: &str) -> Result<Request<Body>, String> {
    let path = match inbound.path.strip_prefix('/') {
        Some(_) => inbound.path.clone(),
        None => format!("/webhooks/{name}/{}", inbound.path),
    };
    let mut request = Request::builder().method(&*inbound.method).uri(path);
    let (kind, body) = match (&inbound.body, &inbound.json, &inbound.form) {
        (Some(body), _, _) => (None, body.clone()),
        (None, Some(json), _) => (Some("application/json"), json.to_string()),
        (None, None, Some(form)) => (
            Some("application/x-www-form-urlencoded"),
            url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish(),
        ),
        (None, None, None) => (None, String::new()),
    };
    let has_kind = inbound
        .headers
        .keys()
        .any(|name| name.eq_ignore_ascii_case("content-type"));
    if let (Some(kind), false) = (kind, has_kind) {
        request = request.header("content-type", kind);
    }
    for (name, value) in &inbound.headers {
        request = request.header(name, value);
    }
    request.body(Body::from(body)).map_err(|e| e.to_string())
}

pub(super) fn response(response: &Response<Bytes>) -> Map<String, Value> {
    let headers: BTreeMap<_, _> = response
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let body = response.body();
    Map::from_iter([
        ("status".to_owned(), json!(response.status().as_u16())),
        ("headers".to_owned(), json!(headers)),
        ("body".to_owned(), json!(String::from_utf8_lossy(body))),
        (
            "json".to_owned(),
            serde_json::from_slice(body).unwrap_or_default(),
        ),
    ])
}

pub(super) fn event(event: &Event) -> Value {
    let (kind, value) = match event {
        Event::Message(message) => ("message", json!(message)),
        Event::Status(status) => ("status", json!(status)),
        Event::Other(other) => ("other", json!(other)),
    };
    json!({ kind: opened(value) })
}

/// What the bot hears, with the JSON in it as JSON.
pub(super) fn opened(mut value: Value) -> Value {
    for key in ["metadata", "reply", "data"] {
        if let Some(inner) = value.get_mut(key)
            && let Some(text) = inner.as_str()
        {
            *inner = serde_json::from_str(text).unwrap_or_default();
        }
    }
    value
}

/// What came of a registration or of its removal.
pub(super) fn lifecycle(outcome: Result<(), LifecycleFailure>) -> Value {
    match outcome {
        Ok(()) => json!("done"),
        Err(LifecycleFailure::Platform(LifecycleError::Retry(text))) => json!({ "retry": text }),
        Err(LifecycleFailure::Platform(LifecycleError::Unauthorized(text))) => {
            json!({ "unauthorized": text })
        }
        Err(LifecycleFailure::Platform(LifecycleError::Permanent(text))) => {
            json!({ "permanent": text })
        }
        Err(other) => json!({ "failed": other.to_string() }),
    }
}

/// What the case expects, in the shape of what is found.
pub(super) fn expected(case: &Case) -> Value {
    let expect = &case.expect;
    let mut expected = Map::new();
    if case.receive.is_some() {
        expected.insert("status".into(), json!(expect.status.unwrap_or(200)));
        expected.insert("headers".into(), json!(expect.headers));
    }
    if case.connected.is_some() || case.emitted.is_some() {
        expected.insert("refused".into(), json!(expect.refused));
    }
    if case.activate.is_some() || case.deactivate.is_some() {
        let outcome = expect.lifecycle.clone();
        expected.insert("lifecycle".into(), outcome.unwrap_or_else(|| json!("done")));
    }
    let optional = [
        ("body", expect.body.clone()),
        ("json", expect.json.clone()),
        ("context", expect.context.clone()),
        ("acknowledged", list(&expect.acknowledged)),
        ("sockets", list(&expect.sockets)),
        ("events", list(&expect.events)),
        ("asked", list(&expect.asked)),
        ("sent", list(&expect.sent)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            expected.insert(name.into(), value);
        }
    }
    expected.insert("kept".into(), Value::Object(expect.kept.clone()));
    Value::Object(expected)
}

fn list(values: &Option<Vec<Value>>) -> Option<Value> {
    values.clone().map(Value::Array)
}

/// How the requests differ from those that had to be made.
pub(super) fn calls(expected: &[Call], asked: &[Outgoing]) -> Vec<String> {
    let mut differences = Vec::new();
    for (index, call) in expected.iter().enumerate() {
        let Some(outgoing) = asked.get(index) else {
            differences.push(format!(
                "calls[{index}]: {} {} was not made",
                call.method, call.url
            ));
            continue;
        };
        let wanted = json!({
            "method": call.method,
            "url": call.url,
            "headers": call.headers,
            "body": call.body,
            "json": call.json,
            "form": call.form,
        });
        let wanted = without_null(wanted);
        if let Some(text) = difference(&wanted, &found(outgoing)) {
            differences.push(format!("calls[{index}]{}", text.trim_start_matches('$')));
        }
    }
    for more in asked.iter().skip(expected.len()) {
        differences.push(format!(
            "calls: {} {} was made, and the case has no more",
            more.method, more.url
        ));
    }
    differences
}

fn without_null(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value
}

fn found(outgoing: &Outgoing) -> Value {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers: BTreeMap<_, _> = outgoing
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let form: BTreeMap<_, _> = url::form_urlencoded::parse(&outgoing.body)
        .into_owned()
        .collect();
    json!({
        "method": outgoing.method,
        "url": outgoing.url,
        "headers": headers,
        "body": text(&outgoing.body),
        "json": serde_json::from_slice::<Value>(&outgoing.body).unwrap_or_default(),
        "form": form,
    })
}
