//! A reply that names a response, and what is said in its place.
//!
//! A bot may answer with the name of a response and values for it; which words, and which for this channel, stands in
//! `responses.yml`. The rules are those of Rasa: first what is for the channel, then what is for all; of these what has
//! conditions that hold, then what has none; of several one by chance. What the reply itself says wins over the response,
//! and its buttons come after the response's.
//!
//! Values are those keys of a reply that some variation of the response mentions, and all that is in its objects `slots`
//! and `arguments`. They are not sent on as further keys, whichever variation is taken, so that what a bot knows about
//! somebody reaches a platform only where the words say so.

mod interpolation;

use std::collections::{HashMap, HashSet};

use rand::RngExt as _;
use serde_json::{Map, Value};

use super::reply::is_something;
use crate::config::{ResponseSet, ResponseVariation, SlotCondition};

/// The keys by which a reply says something.
const SAYING: [&str; 7] = [
    "text",
    "buttons",
    "quick_replies",
    "elements",
    "custom",
    "image",
    "attachment",
];

/// The keys of a reply that have a meaning of their own and so are no values.
const SHAPE: [&str; 7] = [
    "response",
    "template",
    "json_message",
    "recipient_id",
    "button_type",
    "metadata",
    "timestamp",
];

/// The keys of a variation that values are put into. Rasa leaves `elements` as they are.
const INTERPOLATED: [&str; 6] = [
    "text",
    "image",
    "custom",
    "buttons",
    "attachment",
    "quick_replies",
];

/// Named responses, and the choice among their variations.
#[derive(Debug, Default)]
pub struct Responses {
    named: HashMap<String, Response>,
}

#[derive(Debug)]
struct Response {
    variations: Vec<ResponseVariation>,
    /// The values that some variation puts in or asks for.
    mentions: HashSet<String>,
}

impl Responses {
    /// Takes over what the files say.
    #[must_use]
    pub fn new(set: ResponseSet) -> Self {
        let named = set.into_variations();
        Self {
            named: named
                .map(|(name, variations)| (name, Response::new(variations)))
                .collect(),
        }
    }

    /// What is to be said on a channel of that connector name in place of `reply`: a reply that names no response is that
    /// itself, any other what it names, with what it says itself. `None` where neither says anything; a response that is
    /// not there, or has nothing for the channel, is logged.
    #[must_use]
    pub fn resolve(&self, reply: Value, channel: &str) -> Option<Value> {
        self.resolve_by(reply, channel, |count| rand::rng().random_range(0..count))
    }

    /// The same, with `pick` in place of chance: it gets a number above zero and gives one below it.
    fn resolve_by(
        &self,
        reply: Value,
        channel: &str,
        pick: impl FnOnce(usize) -> usize,
    ) -> Option<Value> {
        let Value::Object(mut own) = reply else {
            return Some(reply);
        };
        let Some(name) = name_of(&own) else {
            return Some(Value::Object(own));
        };
        own.remove("response");
        own.remove("template");
        let (slots, arguments) = (take(&mut own, "slots"), take(&mut own, "arguments"));
        let Some(response) = self.named.get(&name) else {
            tracing::error!(
                response = name,
                channel,
                "the bot named a response that is not there; hint: `responses` in endpoints.yml names the files that \
                 have them"
            );
            return says_something(&own).then_some(Value::Object(own));
        };
        let (values, mut own): (Map<_, _>, Map<_, _>) = own
            .into_iter()
            .partition(|(key, _)| !is_shape(key) && response.mentions.contains(key));
        let look_up = |name: &str| {
            let given = values.get(name).or_else(|| arguments.get(name));
            given.or_else(|| slots.get(name))
        };
        let Some(variation) = response.choose(channel, look_up, pick) else {
            tracing::error!(
                response = name,
                channel,
                "the bot named a response that has no variation for the channel; hint: add one without `channel` and \
                 `condition`"
            );
            return says_something(&own).then_some(Value::Object(own));
        };
        let mut said = variation.content.clone();
        let mut missing = Vec::new();
        for key in INTERPOLATED {
            if let Some(value) = said.get_mut(key) {
                interpolation::interpolate(value, &look_up, &mut missing);
            }
        }
        if !missing.is_empty() {
            tracing::warn!(
                response = name,
                channel,
                ?missing,
                "the bot gave no such values for a response; the texts that want them go out as they stand"
            );
        }
        if let Some(more) = own.remove("buttons") {
            append(&mut said, "buttons", more);
        }
        said.extend(own.into_iter().filter(|(_, value)| is_something(value)));
        Some(Value::Object(said))
    }
}

impl Response {
    fn new(variations: Vec<ResponseVariation>) -> Self {
        let mut mentions = HashSet::new();
        for variation in &variations {
            mentions.extend(variation.conditions.iter().map(|c| c.slot.clone()));
            for value in INTERPOLATED
                .into_iter()
                .filter_map(|key| variation.content.get(key))
            {
                interpolation::mentions(value, &mut |name| {
                    mentions.insert(name.to_owned());
                });
            }
        }
        Self {
            variations,
            mentions,
        }
    }

    /// One of the first group that has any: for the channel before for all, with conditions before without.
    fn choose<'v>(
        &self,
        channel: &str,
        look_up: impl Fn(&str) -> Option<&'v Value>,
        pick: impl FnOnce(usize) -> usize,
    ) -> Option<&ResponseVariation> {
        let groups = [
            (Some(channel), true),
            (Some(channel), false),
            (None, true),
            (None, false),
        ];
        let group = |(channel, conditional): (Option<&str>, bool)| {
            let eligible = |variation: &&ResponseVariation| {
                variation.channel.as_deref() == channel
                    && variation.conditions.is_empty() != conditional
                    && variation.conditions.iter().all(|c| holds(c, &look_up))
            };
            self.variations.iter().filter(eligible).collect::<Vec<_>>()
        };
        let group = groups
            .into_iter()
            .map(group)
            .find(|group| !group.is_empty())?;
        Some(group[pick(group.len())])
    }
}

/// The name of a response, under its newer key or its older.
fn name_of(reply: &Map<String, Value>) -> Option<String> {
    ["response", "template"]
        .into_iter()
        .filter_map(|key| reply.get(key)?.as_str())
        .find(|name| !name.is_empty())
        .map(str::to_owned)
}

fn is_shape(key: &str) -> bool {
    SAYING.contains(&key) || SHAPE.contains(&key)
}

fn says_something(reply: &Map<String, Value>) -> bool {
    SAYING
        .into_iter()
        .any(|key| reply.get(key).is_some_and(is_something))
}

/// Takes an object out of a reply; what is there and no object goes too, since nothing can be made of it.
fn take(reply: &mut Map<String, Value>, key: &'static str) -> Map<String, Value> {
    match reply.remove(key) {
        Some(Value::Object(values)) => values,
        None | Some(Value::Null) => Map::new(),
        Some(_) => {
            tracing::warn!(
                key,
                "the bot gave something else than an object; it was left out"
            );
            Map::new()
        }
    }
}

/// Whether a slot holds what a condition wants; one without a value holds null.
fn holds<'v>(condition: &SlotCondition, look_up: &impl Fn(&str) -> Option<&'v Value>) -> bool {
    let value = look_up(&condition.slot).unwrap_or(&Value::Null);
    match (value, &condition.value) {
        (Value::String(value), Value::String(wanted)) => {
            value.to_lowercase() == wanted.to_lowercase()
        }
        // 1 is 1.0.
        (Value::Number(value), Value::Number(wanted)) if value.is_f64() || wanted.is_f64() => {
            value.as_f64() == wanted.as_f64()
        }
        (value, wanted) => value == wanted,
    }
}

/// Adds items to the list of that key.
fn append(said: &mut Map<String, Value>, key: &'static str, more: Value) {
    let more = match more {
        Value::Array(items) => items,
        one @ Value::Object(_) => vec![one],
        Value::Null => return,
        _ => {
            tracing::warn!(
                key,
                "the bot gave something else than a list; it was left out"
            );
            return;
        }
    };
    match said.get_mut(key) {
        Some(Value::Array(items)) => items.extend(more),
        _ if more.is_empty() => {}
        _ => {
            said.insert(key.to_owned(), Value::Array(more));
        }
    }
}

#[cfg(test)]
mod tests;
