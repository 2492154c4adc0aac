//! What a connector meets in a case: a platform that answers as the case says, a bot that says what the case says, and a
//! memory that begins with what the case says.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::file::Answer;
use crate::bindings::types::{BotError, Message, Part};
use crate::runtime::{AskMode, Incoming, Keep, Network, Outgoing, Reply, Turns};
use crate::store::{Millis, StateUsage, StateWrite, StoreError};

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests in the order of the case, and remembers them.
pub(super) struct Platform {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Outgoing>>,
}

impl Platform {
    pub(super) fn new(answers: impl Iterator<Item = Answer>) -> Self {
        Self {
            answers: Mutex::new(answers.collect()),
            asked: Mutex::default(),
        }
    }

    pub(super) fn asked(&self) -> Vec<Outgoing> {
        lock(&self.asked).clone()
    }
}

impl Network for Platform {
    fn exchange(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, String>> {
        lock(&self.asked).push(request);
        let answer = match lock(&self.answers).pop_front() {
            Some(Answer {
                unreachable: Some(why),
                ..
            }) => Err(why),
            Some(answer) => Ok(incoming(answer)),
            None => Err("the case has no answer for this request".to_owned()),
        };
        std::future::ready(answer).boxed()
    }
}

fn incoming(answer: Answer) -> Incoming {
    let mut headers: Vec<_> = answer
        .headers
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.into_bytes()))
        .collect();
    let body = match (answer.body, answer.json) {
        (Some(body), _) => body.into_bytes(),
        (None, Some(json)) => {
            headers.push(("content-type".to_owned(), b"application/json".to_vec()));
            json.to_string().into_bytes()
        }
        (None, None) => Vec::new(),
    };
    Incoming {
        status: answer.status.unwrap_or(200),
        headers,
        body,
    }
}

/// Says the same, whatever it is asked.
pub(super) struct Bot {
    says: Vec<Part>,
    asked: Mutex<Vec<Message>>,
}

impl Bot {
    pub(super) fn new(says: Vec<Part>) -> Self {
        Self {
            says,
            asked: Mutex::default(),
        }
    }

    /// What connectors waited for an answer to.
    pub(super) fn asked(&self) -> Vec<Message> {
        lock(&self.asked).clone()
    }
}

impl Turns for Bot {
    fn ask(&self, message: Message, _: AskMode) -> BoxFuture<'_, Result<Reply, BotError>> {
        lock(&self.asked).push(message);
        std::future::ready(Ok(Reply::ready(self.says.clone()))).boxed()
    }
}

/// What the connector keeps, without bounds and without an end.
pub(super) struct Memory {
    kept: Mutex<BTreeMap<String, Vec<u8>>>,
    now: Millis,
}

impl Memory {
    pub(super) fn new(kept: &BTreeMap<String, String>, now: Millis) -> Self {
        let kept = kept.iter();
        let kept = kept.map(|(key, value)| (key.clone(), value.clone().into_bytes()));
        Self {
            kept: Mutex::new(kept.collect()),
            now,
        }
    }

    pub(super) fn put(&self, write: StateWrite) {
        let mut kept = lock(&self.kept);
        match write.value {
            Some(value) => kept.insert(write.key, value),
            None => kept.remove(&write.key),
        };
    }

    /// All of it, as text.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let kept = lock(&self.kept);
        let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
        kept.iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect()
    }
}

impl Keep for Memory {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, StoreError>> {
        std::future::ready(Ok(lock(&self.kept).get(key).cloned())).boxed()
    }

    fn usage<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<StateUsage, StoreError>> {
        std::future::ready(Ok(StateUsage::default())).boxed()
    }

    fn write(&self, write: StateWrite) -> BoxFuture<'_, Result<(), StoreError>> {
        self.put(write);
        std::future::ready(Ok(())).boxed()
    }

    fn compare_and_set(
        &self,
        expected: Option<Vec<u8>>,
        write: StateWrite,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        let is_so = lock(&self.kept).get(&write.key) == expected.as_ref();
        if is_so {
            self.put(write);
        }
        std::future::ready(Ok(is_so)).boxed()
    }

    fn now(&self) -> Millis {
        self.now
    }
}
