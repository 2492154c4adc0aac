//! What an operator may set, said twice: to the host, and as a type. The tests compare the two.

use serde::Deserialize;
use switchboard_sdk::{Description, LengthUnit, Rendering, Sealed, Setting};

/// Twilio's own API, and the one that shows typing.
const API: &str = "https://api.twilio.com";
const MESSAGING: &str = "https://messaging.twilio.com";

/// The longest `Body`. Twilio counts characters; counted in UTF-16 units a text is never shorter, and its segments are
/// counted so.
pub(crate) const MAX_BODY: u32 = 1_600;

/// Written for `status_callback` where no reports of delivery are wanted.
const OFF: &str = "off";

/// The settings under `twilio:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Given")]
pub struct Settings {
    pub(crate) account_sid: String,
    pub(crate) auth_token: Sealed,
    /// `None`: the number that the user wrote to.
    pub(crate) sender: Option<Sender>,
    pub(crate) api_key: Option<ApiKey>,
    pub(crate) status_callback: StatusCallback,
    pub(crate) verify_signature: bool,
    /// With a leading slash.
    pub(crate) webhook_path: Option<String>,
    /// Bases without a slash at the end.
    pub(crate) api_url: String,
    pub(crate) messaging_url: String,
}

/// Who a message comes from.
#[derive(Debug)]
pub(crate) enum Sender {
    Number(String),
    Service(String),
}

/// For calls in place of the account's own token.
#[derive(Debug)]
pub(crate) struct ApiKey {
    pub(crate) sid: String,
    pub(crate) secret: Sealed,
}

/// Where Twilio reports on delivery.
#[derive(Debug)]
pub(crate) enum StatusCallback {
    /// The address at which the user's message came in.
    Own,
    Off,
    At(String),
}

/// As the host gives them.
#[derive(Debug, Deserialize)]
struct Given {
    account_sid: String,
    auth_token: Sealed,
    twilio_number: Option<String>,
    messaging_service_sid: Option<String>,
    api_key_sid: Option<String>,
    api_key_secret: Option<Sealed>,
    status_callback: Option<String>,
    verify_signature: bool,
    webhook_path: Option<String>,
    messaging_url: Option<String>,
    api_url: Option<String>,
}

impl TryFrom<Given> for Settings {
    type Error = String;

    fn try_from(given: Given) -> Result<Self, String> {
        // It becomes a segment of an address.
        let account_sid = filled("account_sid", &given.account_sid)?;
        if !account_sid
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err("`account_sid` must be the account's SID: `AC` and 32 digits".to_owned());
        }
        let number = optional("twilio_number", given.twilio_number)?;
        let service = optional("messaging_service_sid", given.messaging_service_sid)?;
        let sender = match (number, service) {
            (Some(_), Some(_)) => {
                let text = "give `twilio_number` or `messaging_service_sid`, not both: the service chooses the number";
                return Err(text.to_owned());
            }
            (Some(number), None) => Some(Sender::Number(number)),
            (None, service) => service.map(Sender::Service),
        };
        let api_key = match (
            optional("api_key_sid", given.api_key_sid)?,
            given.api_key_secret,
        ) {
            (Some(sid), Some(secret)) => Some(ApiKey { sid, secret }),
            (None, None) => None,
            (Some(_), None) => return Err("`api_key_sid` needs `api_key_secret`".to_owned()),
            (None, Some(_)) => return Err("`api_key_secret` needs `api_key_sid`".to_owned()),
        };
        let api_url = given.api_url.as_deref();
        // A gateway is never told about to Twilio, nor Twilio's credentials to a gateway.
        let messaging_url = given.messaging_url.as_deref().or(api_url);
        Ok(Self {
            account_sid,
            auth_token: given.auth_token,
            sender,
            api_key,
            status_callback: status_callback(given.status_callback)?,
            verify_signature: given.verify_signature,
            webhook_path: given.webhook_path.map(webhook_path).transpose()?,
            api_url: base(api_url, API),
            messaging_url: base(messaging_url, MESSAGING),
        })
    }
}

fn filled(name: &str, value: &str) -> Result<String, String> {
    match value.trim() {
        "" => Err(format!("`{name}` is empty")),
        value => Ok(value.to_owned()),
    }
}

fn optional(name: &str, value: Option<String>) -> Result<Option<String>, String> {
    value.map(|value| filled(name, &value)).transpose()
}

fn status_callback(value: Option<String>) -> Result<StatusCallback, String> {
    match value {
        None => Ok(StatusCallback::Own),
        Some(value) if value == OFF => Ok(StatusCallback::Off),
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
            Ok(StatusCallback::At(url))
        }
        Some(_) => Err(format!(
            "`status_callback` must be an address such as `https://bot.example.com/webhooks/twilio/status`, or `{OFF}`"
        )),
    }
}

fn webhook_path(value: String) -> Result<String, String> {
    let path = filled("webhook_path", &value)?;
    if path.contains("://") {
        return Err("`webhook_path` must be a path such as `/whatsapp/acme`".to_owned());
    }
    Ok(format!("/{}", path.trim_matches('/')))
}

fn base(given: Option<&str>, own: &str) -> String {
    given.unwrap_or(own).trim_end_matches('/').to_owned()
}

impl Settings {
    pub(crate) fn warnings(&self) -> Vec<String> {
        if self.verify_signature {
            return Vec::new();
        }
        let text = "`verify_signature` is false: whoever knows the channel's address can write to the bot in the name of \
                    others; take it out unless the gateway signs nothing";
        vec![text.to_owned()]
    }
}

pub(crate) fn describe() -> Description {
    Description::new(
        env!("CARGO_PKG_VERSION"),
        "Twilio: SMS, MMS and WhatsApp",
    )
    .setting(
        Setting::text("account_sid")
            .required()
            .doc("The account's SID, `AC…`."),
    )
    .setting(
        Setting::text("auth_token")
            .required()
            .sealed()
            .doc("The account's primary token: Twilio signs with it, and calls sign on with it."),
    )
    .setting(Setting::text("twilio_number").doc(
        "Who messages come from: `+1…`, `whatsapp:+1…`, a short code. Without it, the number that the user wrote to.",
    ))
    .setting(
        Setting::text("messaging_service_sid")
            .doc("A Messaging Service, `MG…`, that chooses the number; in place of `twilio_number`."),
    )
    .setting(
        Setting::text("api_key_sid")
            .doc("An API key, `SK…`, for calls in place of `auth_token`, which still verifies signatures."),
    )
    .setting(
        Setting::text("api_key_secret")
            .sealed()
            .doc("The secret of that key."),
    )
    .setting(Setting::text("status_callback").doc(
        "Where Twilio reports on delivery, or `off`. Without it, the address at which the user's message came in.",
    ))
    .setting(
        Setting::boolean("verify_signature")
            .default_value(true)
            .doc("`false` only for a compatible gateway that does not sign as Twilio does."),
    )
    .setting(
        Setting::text("webhook_path")
            .doc("A further path for Twilio's calls, such as `/whatsapp/acme`: for numbers that already call it."),
    )
    .setting(
        Setting::url("messaging_url")
            .doc("The base for showing that the bot is typing; by default `api_url`, or Twilio's."),
    )
    .host("api.twilio.com")
    .host("messaging.twilio.com")
    .host("{messaging_url}")
    .renders(
        Rendering::plain()
            .text_limit(MAX_BODY, LengthUnit::Utf16Units)
            .split_blank_lines()
            .image()
            .file()
            .audio()
            .video()
            .caption_limit(MAX_BODY, LengthUnit::Utf16Units)
            .location()
            .custom()
            .typing(),
    )
}
