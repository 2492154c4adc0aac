//! A channel's settings on their way from the host's JSON to the connector's own type. One place for guest and fake
//! host, so that both say the same about settings that do not fit.

use std::cell::RefCell;
use std::{fmt, iter};

use serde::Deserialize;
use serde::de::value::MapDeserializer;
use serde_json::{Error, Map, Value};

use crate::Connector;

/// The settings of a connector that has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct NoSettings {}

/// The value of a sealed setting, as far as a connector gets to see it: a placeholder, which the host replaces by the
/// value in the URL, the headers and the basic authentication of an [`HttpRequest`](crate::HttpRequest), and in its
/// body where the setting says so.
///
/// It cannot be compared, on purpose: no text from outside ever equals it. To check what a caller sent, ask
/// [`secret_equals`](crate::Host::secret_equals) or [`verify_hmac`](crate::Host::verify_hmac).
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl Sealed {
    /// The placeholder: characters of `A-Z a-z 0-9 -`.
    #[must_use]
    pub fn placeholder(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the settings into the connector's type, or says which setting does not fit, and why.
///
/// By way of JSON values, because the positions in a text that no person wrote would be taken for positions in
/// `credentials.yml`.
pub(crate) fn parse<C: Connector>(json: &str) -> Result<C::Settings, String> {
    let settings: Map<String, Value> = serde_json::from_str(json)
        .map_err(|error| format!("what the host gives is no JSON object: {error}"))?;
    let mut settings = settings.into_iter();
    // The setting that is being read; none before the first, and behind the last, when all are looked at together.
    let current = RefCell::new(None);
    let settings = iter::from_fn(|| {
        let next = settings.next();
        current.replace(next.as_ref().map(|(name, _)| name.clone()));
        next
    });
    C::Settings::deserialize(MapDeserializer::new(settings)).map_err(|reason: Error| match current
        .take()
    {
        Some(name) => format!("`{name}`: {reason}"),
        None => reason.to_string(),
    })
}
