//! What an operator may set, said twice: to the host, and as a type. The tests compare the two.

use crate::receive;
use serde::{Deserialize, Serialize};
use switchboard_sdk::{
    CardLimit, ChoiceLimit, Description, LengthUnit, Rendering, Sealed, Setting,
};

/// The settings under `telegram:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
pub struct Settings {
    pub(crate) access_token: Sealed,
    pub(crate) verify: Option<Username>,
    pub(crate) webhook_url: Option<String>,
    pub(crate) secret_token: Option<Sealed>,
    pub(crate) allowed_updates: Vec<String>,
    pub(crate) conversation_granularity: Granularity,
    pub(crate) edited_messages: bool,
    pub(crate) reply_in_groups: bool,
    pub(crate) parse_mode: Option<ParseMode>,
    pub(crate) api_url: Option<String>,
}

/// A bot's name, without the `@` that people write before it.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Username(pub(crate) String);

impl TryFrom<String> for Username {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let name = text.strip_prefix('@').unwrap_or(&text);
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if name.is_empty() || !name.bytes().all(fits) {
            return Err("write the bot's username, such as `my_bot`".to_owned());
        }
        Ok(Self(name.to_owned()))
    }
}

/// What one conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Granularity {
    /// A chat, whoever speaks in it.
    Chat,
    /// A topic of a chat that has topics.
    Topic,
}

/// How Telegram reads the marks in a text.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
pub(crate) enum ParseMode {
    #[serde(rename = "HTML")]
    Html,
    MarkdownV2,
    Markdown,
}

/// A kind of update with a slip of the pen in its name is one that never comes.
pub(crate) fn warnings(settings: &Settings) -> Vec<String> {
    let kinds = settings.allowed_updates.iter();
    kinds
        .filter(|kind| !receive::knows(kind))
        .map(|kind| {
            format!(
                "`allowed_updates` names `{kind}`, which is no kind of update that is known here"
            )
        })
        .collect()
}

/// Buttons in one keyboard.
const MAX_BUTTONS: u32 = 100;

/// Of a text. Whether Telegram counts characters or UTF-16 units is not documented; these are never fewer.
const MAX_TEXT: u32 = 4_096;

/// Of a caption, counted likewise.
pub(crate) const MAX_CAPTION: u32 = 1_024;

pub(crate) fn describe() -> Description {
    let choices = ChoiceLimit::at_most(MAX_BUTTONS);
    Description::new(env!("CARGO_PKG_VERSION"), "Telegram, by its Bot API")
        .setting(
            Setting::text("access_token")
                .required()
                .sealed()
                .doc("The bot's token, from @BotFather."),
        )
        .setting(Setting::text("verify").doc(
            "The bot's username, by which it knows commands and mentions that are meant for it; Telegram is asked \
             where it is not given.",
        ))
        .setting(Setting::url("webhook_url").doc(
            "The whole public address of the webhook; without it, the one that follows from the server's public address.",
        ))
        .setting(Setting::text("secret_token").sealed().in_body().doc(
            "What updates must bear, 1 to 256 of the characters A-Z, a-z, 0-9, _ and -; without it, one that is derived \
             from the access token.",
        ))
        .setting(
            Setting::text_list("allowed_updates")
                .default_value([""; 0])
                .doc("Kinds of update to be sent; empty for all but chat_member and reactions."),
        )
        .setting(
            Setting::text("conversation_granularity")
                .default_value("chat")
                .doc("What one conversation is: a `chat`, or a `topic` of it."),
        )
        .setting(
            Setting::boolean("edited_messages")
                .default_value(true)
                .doc("Whether the bot gets a message once more when its text is edited."),
        )
        .setting(
            Setting::boolean("reply_in_groups")
                .default_value(false)
                .doc("Whether answers in groups quote the message that they answer."),
        )
        .setting(Setting::text("parse_mode").doc(
            "How marks in texts are read: `HTML`, `MarkdownV2` or `Markdown`; without it, they are shown as they are.",
        ))
        .host("api.telegram.org")
        .renders(
            Rendering::plain()
                .text_limit(MAX_TEXT, LengthUnit::Utf16Units)
                .split_blank_lines()
                .buttons(choices)
                .quick_replies(choices)
                .image()
                .file()
                .audio()
                .video()
                .caption_limit(MAX_CAPTION, LengthUnit::Utf16Units)
                .cards(CardLimit::at_most(1, MAX_BUTTONS))
                .location()
                .custom()
                .typing(),
        )
}
