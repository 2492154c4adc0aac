//! What an operator may set, said twice: to the host, and as a type. The tests compare the two.

use serde::Deserialize;
use switchboard_sdk::{Description, Sealed, Setting, collector};

/// The settings under `rest:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
pub struct Settings {
    /// Only whether there is one: the host does the comparing.
    pub(crate) token: Option<Sealed>,
}

pub(crate) fn describe() -> Description {
    Description::new(
        env!("CARGO_PKG_VERSION"),
        "Rasa's REST channel: JSON in, JSON out",
    )
    .setting(
        Setting::text("token")
            .sealed()
            .doc("When set, a request must carry it as `Authorization: Bearer`."),
    )
    .renders(collector::rendering())
}
