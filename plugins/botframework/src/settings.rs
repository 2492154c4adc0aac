//! What an operator may set, said twice: to the host, and as a type. `app_id` and `app_password` are Rasa's.

use serde::Deserialize;
use switchboard_sdk::{
    CardLimit, ChoiceLimit, Description, LengthUnit, Rendering, Sealed, Setting,
};

/// The settings under `botframework:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Given")]
pub struct Settings {
    pub(crate) app_id: String,
    pub(crate) app_password: Sealed,
    pub(crate) tenant_id: Option<String>,
    pub(crate) emulator: bool,
    pub(crate) granularity: Granularity,
    /// Who signs what the channels send.
    pub(crate) issuer: String,
    pub(crate) openid_metadata_url: String,
    pub(crate) emulator_metadata_url: String,
    pub(crate) token_url: String,
    pub(crate) scope: String,
    pub(crate) api_url: Option<String>,
}

/// What makes a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granularity {
    /// Who speaks, wherever; as in Rasa.
    Sender,
    /// Where it is said, whoever speaks.
    Conversation,
}

/// As the operator wrote them.
#[derive(Deserialize)]
struct Given {
    app_id: String,
    app_password: Sealed,
    tenant_id: Option<String>,
    cloud: String,
    emulator: bool,
    conversation_granularity: String,
    issuer: Option<String>,
    openid_metadata_url: Option<String>,
    emulator_metadata_url: Option<String>,
    token_url: Option<String>,
    scope: Option<String>,
    api_url: Option<String>,
}

/// Where a cloud's services are.
struct Cloud {
    issuer: &'static str,
    metadata: &'static str,
    emulator_metadata: &'static str,
    login: &'static str,
    /// The tenant of bots that have none of their own.
    tenant: &'static str,
    scope: &'static str,
}

const PUBLIC: Cloud = Cloud {
    issuer: "https://api.botframework.com",
    metadata: "https://login.botframework.com/v1/.well-known/openidconfiguration",
    emulator_metadata: "https://login.microsoftonline.com/botframework.com/v2.0/.well-known/openid-configuration",
    login: "https://login.microsoftonline.com/",
    tenant: "botframework.com",
    scope: "https://api.botframework.com/.default",
};

const GOVERNMENT: Cloud = Cloud {
    issuer: "https://api.botframework.us",
    metadata: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    emulator_metadata: "https://login.microsoftonline.us/cab8a31a-1906-4287-a0d8-4eef66b95f6e/v2.0/.well-known/openid-configuration",
    login: "https://login.microsoftonline.us/",
    tenant: "MicrosoftServices.onmicrosoft.us",
    scope: "https://api.botframework.us/.default",
};

impl TryFrom<Given> for Settings {
    type Error = &'static str;

    fn try_from(given: Given) -> Result<Self, Self::Error> {
        let cloud = match given.cloud.as_str() {
            "public" => PUBLIC,
            "government" => GOVERNMENT,
            _ => return Err("`cloud` is `public` or `government`"),
        };
        let granularity = match given.conversation_granularity.as_str() {
            "sender" => Granularity::Sender,
            "conversation" => Granularity::Conversation,
            _ => return Err("`conversation_granularity` is `sender` or `conversation`"),
        };
        if given.app_id.trim().is_empty() {
            return Err("`app_id` is empty: write the Microsoft App ID of the Azure Bot");
        }
        let tenant_id = given.tenant_id.filter(|tenant| !tenant.is_empty());
        let is_in_path = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let tenant = tenant_id.as_deref().unwrap_or(cloud.tenant);
        if !tenant.chars().all(is_in_path) {
            return Err("`tenant_id` is the id or the domain of a tenant, such as contoso.com");
        }
        let token_url = [cloud.login, tenant, "/oauth2/v2.0/token"].concat();
        let or = |given: Option<String>, usual: &str| given.unwrap_or_else(|| usual.to_owned());
        Ok(Self {
            app_id: given.app_id,
            app_password: given.app_password,
            emulator: given.emulator,
            granularity,
            issuer: or(given.issuer, cloud.issuer),
            openid_metadata_url: or(given.openid_metadata_url, cloud.metadata),
            emulator_metadata_url: or(given.emulator_metadata_url, cloud.emulator_metadata),
            token_url: or(given.token_url, &token_url),
            scope: or(given.scope, cloud.scope),
            api_url: given.api_url,
            tenant_id,
        })
    }
}

impl Settings {
    pub(crate) fn warnings(&self) -> Vec<String> {
        let text = "`emulator` is on: whoever has the app's password can speak as anybody; hint: take it out where \
                    others than developers use the bot";
        match self.emulator {
            true => vec![text.to_owned()],
            false => Vec::new(),
        }
    }
}

/// Of a text, in the unit in which Teams counts: it takes 28 KB of UTF-16 with all that is around it.
const MAX_TEXT: u32 = 12_000;

/// On a card and beside a text, in Teams; it shows no more.
pub(crate) const MAX_BUTTONS: usize = 6;

/// In a message, in Teams.
const MAX_CARDS: usize = 10;

/// As many as stand on that many cards.
const MAX_CHOICES: usize = MAX_BUTTONS * MAX_CARDS;

/// Where Microsoft's channels have their service URLs: all but Teams, then Teams in each of the clouds.
const SERVICES: [&str; 6] = [
    "*.botframework.com",
    "*.botframework.azure.us",
    "smba.trafficmanager.net",
    "smba.infra.gcc.teams.microsoft.com",
    "smba.infra.gov.teams.microsoft.us",
    "smba.infra.dod.teams.microsoft.us",
];

/// Where the bot proves who it is.
const LOGINS: [&str; 3] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "{token_url}",
];

pub(crate) fn describe() -> Description {
    let choices = ChoiceLimit::at_most(MAX_CHOICES as u32).text(MAX_TEXT, LengthUnit::Utf16Units);
    let renders = Rendering::plain()
        .text_limit(MAX_TEXT, LengthUnit::Utf16Units)
        .split_blank_lines()
        .buttons(choices)
        .quick_replies(choices)
        .image()
        .file()
        .audio()
        .video()
        .caption_limit(MAX_TEXT, LengthUnit::Utf16Units)
        .cards(CardLimit::at_most(MAX_CARDS as u32, MAX_BUTTONS as u32))
        .custom()
        .typing();
    let summary = "Microsoft Bot Framework: Teams, Web Chat, Direct Line and what else an Azure Bot is connected to";
    let password = Setting::text("app_password")
        .required()
        .sealed()
        .in_body()
        .doc("A client secret of the app registration.");
    let described = Description::new(env!("CARGO_PKG_VERSION"), summary)
        .setting(
            Setting::text("app_id")
                .required()
                .doc("The Microsoft App ID of the Azure Bot."),
        )
        .setting(LOGINS.into_iter().fold(password, Setting::only_to))
        .setting(Setting::text("tenant_id").doc(
            "The id of the app's tenant, for a single-tenant bot; without it the bot is a multi-tenant one.",
        ))
        .setting(
            Setting::text("cloud")
                .default_value("public")
                .doc("Whose Azure the bot lives in: `public` or `government`."),
        )
        .setting(
            Setting::text("conversation_granularity")
                .default_value("sender")
                .doc("What a conversation is: a `sender`, wherever they speak, or a `conversation`, whoever speaks."),
        )
        .setting(
            Setting::boolean("emulator")
                .default_value(false)
                .doc("Also take what the Bot Framework Emulator sends with the app's own password."),
        )
        .setting(Setting::text("issuer").doc("Who signs requests, in place of the cloud's own."))
        .setting(Setting::url("openid_metadata_url").doc(
            "Where it is said by which keys requests are signed, in place of the cloud's own.",
        ))
        .setting(Setting::url("emulator_metadata_url").doc("The same for the emulator."))
        .setting(
            Setting::url("token_url").doc("Where the bot's token is had, in place of the cloud's own."),
        )
        .setting(Setting::text("scope").doc("What the token is for, in place of the cloud's own."));
    let hosts = SERVICES.into_iter().chain(LOGINS);
    hosts
        .chain(["{openid_metadata_url}", "{emulator_metadata_url}"])
        .fold(described, Description::host)
        .renders(renders)
}
