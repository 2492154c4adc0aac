//! What an operator may set, said twice: to the host, and as a type. The tests compare the two.

use std::collections::BTreeMap;

use serde::Deserialize;
use switchboard_sdk::{Description, Sealed, Setting, collector};

/// The settings under `callback:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
pub struct Settings {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) params: BTreeMap<String, Sealed>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Sealed>,
    pub(crate) basic_auth: Option<BasicAuth>,
    pub(crate) token: Option<Sealed>,
    pub(crate) token_name: String,
    /// Only whether there is one: the host does the signing.
    pub(crate) signing_secret: Option<Sealed>,
}

/// User name and password. Read from a mapping of any texts, so that the error says what to write.
#[derive(Debug, Deserialize)]
#[serde(try_from = "BTreeMap<String, Sealed>")]
pub(crate) struct BasicAuth {
    pub(crate) username: Sealed,
    pub(crate) password: Sealed,
}

impl TryFrom<BTreeMap<String, Sealed>> for BasicAuth {
    type Error = String;

    fn try_from(mut map: BTreeMap<String, Sealed>) -> Result<Self, String> {
        match (
            map.remove("username"),
            map.remove("password"),
            map.keys().next(),
        ) {
            (Some(username), Some(password), None) => Ok(Self { username, password }),
            (_, _, Some(other)) => Err(format!(
                "it takes `username` and `password`, and no `{other}`"
            )),
            (None, _, None) => {
                Err("`username` is missing; it takes `username` and `password`".to_owned())
            }
            (_, None, None) => {
                Err("`password` is missing; it takes `username` and `password`".to_owned())
            }
        }
    }
}

pub(crate) fn describe() -> Description {
    Description::new(
        env!("CARGO_PKG_VERSION"),
        "Rasa's callback channel: takes JSON, posts the answers to an address",
    )
    .setting(
        Setting::url("url")
            .required()
            .doc("Where each part of an answer is posted."),
    )
    .setting(
        Setting::text_map("params")
            .sealed()
            .doc("Query parameters to add to the address."),
    )
    .setting(
        Setting::text_map("headers")
            .sealed()
            .doc("Headers to send, in place of the connector's own of the same name."),
    )
    .setting(
        Setting::text_map("basic_auth")
            .sealed()
            .doc("`username` and `password`; not sent where `headers` has `Authorization`."),
    )
    .setting(
        Setting::text("token")
            .sealed()
            .doc("Sent as a query parameter."),
    )
    .setting(
        Setting::text("token_name")
            .default_value("token")
            .doc("The name of that parameter."),
    )
    .setting(
        Setting::webhook_key("signing_secret")
            .sealed()
            .doc("When set, posts are signed as Standard Webhooks describes."),
    )
    .host("{url}")
    .renders(collector::rendering())
}
