//! What an operator may set, said twice: to the host, and as a type. `project_id` is Rasa's.

use serde::Deserialize;
use switchboard_sdk::{CardLimit, ChoiceLimit, Description, Rendering, Setting};

/// The settings under `hangouts:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Given")]
pub struct Settings {
    pub(crate) project_id: Option<String>,
    pub(crate) endpoint_url: Option<String>,
    pub(crate) granularity: Granularity,
    pub(crate) use_display_name: bool,
    pub(crate) user_added: String,
    pub(crate) room_added: String,
    pub(crate) removed: String,
    pub(crate) app_command: String,
    pub(crate) keys_url: String,
    pub(crate) accounts_keys_url: String,
}

/// What makes a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granularity {
    /// Who speaks, wherever; as in Rasa.
    Sender,
    /// Where it is said, whoever speaks.
    Space,
    /// In which thread of it.
    Thread,
}

/// As the operator wrote them.
#[derive(Deserialize)]
struct Given {
    project_id: Option<String>,
    endpoint_url: Option<String>,
    conversation_granularity: String,
    use_display_name: bool,
    user_added_intent_name: String,
    room_added_intent_name: String,
    removed_intent_name: String,
    app_command_intent_name: String,
    keys_url: String,
    accounts_keys_url: String,
}

impl TryFrom<Given> for Settings {
    type Error = &'static str;

    fn try_from(given: Given) -> Result<Self, Self::Error> {
        let granularity = match given.conversation_granularity.as_str() {
            "sender" => Granularity::Sender,
            "space" => Granularity::Space,
            "thread" => Granularity::Thread,
            _ => return Err("`conversation_granularity` is `sender`, `space` or `thread`"),
        };
        Ok(Self {
            project_id: given.project_id.filter(|project| !project.is_empty()),
            endpoint_url: given.endpoint_url.filter(|url| !url.is_empty()),
            granularity,
            use_display_name: given.use_display_name,
            user_added: given.user_added_intent_name,
            room_added: given.room_added_intent_name,
            removed: given.removed_intent_name,
            app_command: given.app_command_intent_name,
            keys_url: given.keys_url,
            accounts_keys_url: given.accounts_keys_url,
        })
    }
}

impl Settings {
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.project_id.is_none() && self.endpoint_url.is_none() {
            let text = "`project_id` is not set: anybody who knows the webhook's address can speak as anybody; \
                        hint: `project_id`, the project's number in the Google Cloud console, or `endpoint_url`";
            warnings.push(text.to_owned());
        }
        if self.use_display_name {
            let text = "`use_display_name` is on: two people of one name have one conversation";
            warnings.push(text.to_owned());
        }
        warnings
    }
}

/// Where Google publishes the keys of Chat.
const KEYS: &str =
    "https://www.googleapis.com/service_accounts/v1/jwk/chat@system.gserviceaccount.com";

/// Where Google publishes the keys of its accounts.
const ACCOUNTS_KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";

pub(crate) fn describe() -> Description {
    let renders = Rendering::plain()
        .buttons(ChoiceLimit::NONE)
        .quick_replies(ChoiceLimit::NONE)
        .image()
        .file()
        .audio()
        .video()
        .cards(CardLimit::at_most(u32::MAX, u32::MAX))
        .custom();
    let summary = "Google Chat: messages, mentions, buttons and cards";
    Description::new(env!("CARGO_PKG_VERSION"), summary)
        .setting(
            Setting::text("project_id")
                .doc("The number of the project, for which Google signs its requests."),
        )
        .setting(Setting::url("endpoint_url").doc(
            "The webhook's address as it was entered at Google, where that is the *Authentication Audience*.",
        ))
        .setting(
            Setting::text("conversation_granularity")
                .default_value("sender")
                .doc("What a conversation is: a `sender`, wherever they speak, a `space` or a `thread`."),
        )
        .setting(
            Setting::boolean("use_display_name")
                .default_value(false)
                .doc("Who speaks is called by their name, as Rasa does, and not by their id."),
        )
        .setting(
            Setting::text("user_added_intent_name")
                .default_value("/user_added")
                .doc("What the bot hears when somebody begins to chat with it."),
        )
        .setting(
            Setting::text("room_added_intent_name")
                .default_value("/room_added")
                .doc("What the bot hears when it is added to a space."),
        )
        .setting(
            Setting::text("removed_intent_name")
                .default_value("/bot_removed")
                .doc("What the bot hears when it is removed."),
        )
        .setting(
            Setting::text("app_command_intent_name")
                .default_value("/app_command")
                .doc("What the bot hears, with the command's `id`, when a command of the app's menu is chosen."),
        )
        .setting(
            Setting::url("keys_url")
                .default_value(KEYS)
                .doc("Where the keys are published by which Google signs for a project's number."),
        )
        .setting(
            Setting::url("accounts_keys_url")
                .default_value(ACCOUNTS_KEYS)
                .doc("Where those are by which it signs for an address."),
        )
        .host("{keys_url}")
        .host("{accounts_keys_url}")
        .renders(renders)
}
