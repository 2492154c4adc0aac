//! A channel's settings on their way from the host's JSON to the connector's own type. One place for guest and fake
//! host, so that both say the same about settings that do not fit.

use std::fmt;

use serde::Deserialize;

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
/// By way of a JSON value, because the positions in a text that no person wrote would be taken for positions in
/// `credentials.yml`.
pub(crate) fn parse<C: Connector>(json: &str) -> Result<C::Settings, String> {
    let value: serde_json::Value = serde_json::from_str(json)
        .map_err(|error| format!("what the host gives is not JSON: {error}"))?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner();
        if path == "." {
            reason.to_string()
        } else {
            format!("`{path}`: {reason}")
        }
    })
}
