//! Where we differ from Rasa on purpose: `cases/CHANNEL.differences.yaml`. A recorded case comes out as it did there, or it
//! is listed with what comes out instead, and with the reason. What is listed and does come out as there is out of date.

use std::cell::Cell;
use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use switchboard::cases::difference;

/// A file of differences.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Differences {
    /// What is otherwise in all cases.
    #[serde(default)]
    throughout: Vec<Throughout>,
    /// What is otherwise in some.
    #[serde(default)]
    cases: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Throughout {
    rasa: String,
    ours: String,
    /// Calls like this one are Rasa's alone.
    #[serde(default)]
    not_called: Option<Value>,
    /// A text in the paths of Rasa's calls, and the one in its place.
    #[serde(default)]
    path: Option<(String, String)>,
    /// A status of Rasa's answers, and the one in its place.
    #[serde(default)]
    status: Option<(u16, u16)>,
    #[serde(skip)]
    is_met: Cell<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    cases: Vec<String>,
    rasa: String,
    ours: String,
    /// Of status, text, heard and sent what is other than Rasa's; or whether we start with these settings.
    expect: Map<String, Value>,
}

impl Differences {
    pub(crate) fn parse(yaml: &str) -> Self {
        let mut all: Self = serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}"));
        for listed in &mut all.cases {
            listed.expect.values_mut().for_each(unfold);
        }
        all
    }

    /// What is wrong with an outcome, in words; `rasas` is the recorded one, and `found` ours.
    pub(crate) fn judge(&self, id: &str, mut rasas: Value, found: &Value) -> Option<String> {
        for one in &self.throughout {
            one.apply(&mut rasas);
        }
        let listed = self
            .cases
            .iter()
            .find(|listed| listed.cases.iter().any(|case| case == id));
        let from_rasas = compare(&rasas, found);
        let Some(listed) = listed else {
            return from_rasas.map(|text| format!("{id}: {text}"));
        };
        if from_rasas.is_none() {
            return Some(format!(
                "{id}: is listed, and comes out as with Rasa: {}",
                listed.rasa
            ));
        }
        let mut expected = rasas;
        for (key, value) in &listed.expect {
            expected[key] = value.clone();
        }
        compare(&expected, found).map(|text| format!("{id}: {text}, where {}", listed.ours))
    }

    /// Cases that are listed, and are none, or twice.
    pub(crate) fn listed_in_vain(&self, ids: &HashSet<&str>) -> Vec<String> {
        let mut seen = HashSet::new();
        let listed = self.cases.iter().flat_map(|listed| &listed.cases);
        let strange = listed.filter(|id| !ids.contains(&id[..]) || !seen.insert(*id));
        let strange = strange.map(|id| format!("{id}: is listed twice, or there is no such case"));
        strange.collect()
    }

    /// What is otherwise throughout, and was not met in any case judged so far.
    pub(crate) fn never_met(&self) -> Vec<String> {
        let idle = self.throughout.iter().filter(|one| !one.is_met.get());
        let idle = idle.map(|one| format!("happens nowhere: {} / {}", one.rasa, one.ours));
        idle.collect()
    }
}

impl Throughout {
    fn apply(&self, rasas: &mut Value) {
        let mut is_met = false;
        if let Some((from, to)) = self.status
            && rasas["status"] == json!(from)
        {
            rasas["status"] = to.into();
            is_met = true;
        }
        if let Some(Value::Array(calls)) = rasas.get_mut("sent") {
            let before = calls.len();
            calls.retain(|call| {
                let pattern = self.not_called.as_ref();
                pattern.is_none_or(|pattern| difference(pattern, call).is_some())
            });
            is_met |= calls.len() < before;
            for call in calls {
                let Some((from, to)) = &self.path else {
                    break;
                };
                let path = call["path"].as_str().expect("a path");
                is_met |= path.contains(&from[..]);
                call["path"] = path.replace(&from[..], to).into();
            }
        }
        self.is_met.set(self.is_met.get() || is_met);
    }
}

/// Puts a text so many times where there is `{"$repeated": [text, times]}`.
fn unfold(value: &mut Value) {
    if let Some(Value::Array(repeated)) = value.get("$repeated") {
        let (text, times) = (repeated[0].as_str().expect("a text"), repeated[1].as_u64());
        let times = times.and_then(|times| usize::try_from(times).ok());
        *value = text.repeat(times.expect("a number")).into();
    }
    match value {
        Value::Array(values) => values.iter_mut().for_each(unfold),
        Value::Object(fields) => fields.values_mut().for_each(unfold),
        _ => {}
    }
}

/// All that differs, thing by thing.
fn compare(expected: &Value, found: &Value) -> Option<String> {
    if expected["starts"] == json!(false) || found["starts"] == json!(false) {
        let text = difference(&expected["starts"], &found["starts"])?;
        return Some(text.replacen('$', "starts", 1));
    }
    let expected = expected.as_object().expect("an outcome");
    let differences: Vec<String> = expected
        .iter()
        .filter_map(|(key, expected)| {
            let text = difference(expected, &found[key])?;
            Some(text.replacen('$', key, 1))
        })
        .collect();
    (!differences.is_empty()).then(|| differences.join("; "))
}
