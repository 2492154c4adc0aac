//! What the outside world says to the connector: requests, and answers written down beforehand.

use std::cell::RefCell;
use std::collections::VecDeque;

use crate::{BotError, HttpResponse, Part, Request, headers};

/// A `POST` by the platform: its path with the query, and its body.
#[must_use]
pub fn post(target: &str, body: impl Into<Vec<u8>>) -> Request {
    request("POST", target, body.into())
}

/// A `GET` by the platform: its path with the query.
#[must_use]
pub fn get(target: &str) -> Request {
    request("GET", target, Vec::new())
}

fn request(method: &str, target: &str, body: Vec<u8>) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        params: Vec::new(),
        query: query.to_owned(),
        query_params: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: Vec::new(),
        body,
        remote_address: "192.0.2.1:50000".to_owned(),
        url: format!("https://bot.example.com{target}"),
    }
}

impl Request {
    /// The request with one more header. For tests.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// The request with one more capture of its route. For tests.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl HttpResponse {
    /// A platform's answer without a body. For tests.
    #[must_use]
    pub fn with_status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The answer with a header set. For tests.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        headers::set(&mut self.headers, name, value);
        self
    }

    /// The answer with a body. For tests.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }
}

/// One answer of the bot: parts, and what went wrong after them.
#[derive(Debug)]
pub(super) struct BotAnswer {
    pub(super) parts: Vec<Part>,
    pub(super) error: Option<BotError>,
}

/// Answers in the order in which they will be given.
#[derive(Debug)]
pub(super) struct Script<T> {
    answers: RefCell<VecDeque<T>>,
    who: &'static str,
    how: &'static str,
}

impl<T> Script<T> {
    pub(super) const fn new(who: &'static str, how: &'static str) -> Self {
        Self {
            answers: RefCell::new(VecDeque::new()),
            who,
            how,
        }
    }

    pub(super) fn add(&self, answer: T) {
        self.answers.borrow_mut().push_back(answer);
    }

    pub(super) fn next(&self) -> T {
        self.answers.borrow_mut().pop_front().unwrap_or_else(|| {
            panic!(
                "{} was asked and has no answer left; call `{}` first",
                self.who, self.how
            )
        })
    }
}
