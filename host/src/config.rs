//! `credentials.yml`, `endpoints.yml` and `responses.yml`: read, expand `${NAME}`, check, and say
//! what is wrong and where.
//!
//! The operator's mistakes are this module's whole business. It reports all of a file's problems at
//! once, each with its line, its column and what to do, and it never shows a value, because any
//! value may be a secret. It does not know how connectors run: they come in as names, and their
//! settings as declarations.
//!
//! From text to channels: `source` holds the text, `document` makes a tree of it that remembers
//! every place, `expand` puts in the environment, `credentials` and `channel` read what belongs to
//! the host, `endpoints` reads the bot and the store, `responses` what the bot may name in place of
//! saying it. What belongs to the connector waits in [`ChannelEntry`] until the connector is loaded;
//! then [`check`] compares it with what the connector declares. `report` collects what went wrong on
//! the way, and `excerpt` is the one place that quotes from a file.

mod address;
mod bounded;
mod channel;
mod connector;
mod credentials;
mod diagnostic;
mod digest;
mod document;
mod endpoints;
mod excerpt;
mod expand;
mod fields;
mod hosts;
mod json;
mod keys;
mod limits;
mod names;
mod nearest;
mod origins;
mod rate;
mod report;
mod responses;
mod sealed;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod units;

pub use address::{BaseUrl, InvalidAddress, ProxyUrl};
pub use channel::{ChannelEntry, HOST_KEYS, Isolation, OnUnknown};
pub use connector::ConnectorRef;
pub use credentials::Credentials;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use digest::ComponentDigest;
pub use endpoints::{
    BasicAuth, BotConfig, Endpoints, RasaBot, RetryConfig, StoreConfig, WebhookBot,
};
pub use excerpt::Excerpt;
pub use hosts::{AllowedHost, InvalidHost};
pub use limits::ChannelLimits;
pub use names::{AccountName, InvalidAccount, InvalidMount, MountPath};
pub use origins::{AllowedOrigin, InvalidOrigin};
pub use rate::Rate;
pub use responses::{ResponseSet, ResponseVariation, SlotCondition};
pub use sealed::{SealedKey, SealedText};
pub use settings::{SealedValue, SettingKind, SettingSpec, SettingValue, Settings, check};
pub use source::Position;

/// Looks up an environment variable; `None` when it is not set. A parameter, so that tests need not
/// touch the process's own environment, which threads share.
pub type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// The environment of this process. A variable that is not UTF-8 counts as not set: no YAML value
/// could hold it.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
