//! What an operator may set, said twice: to the host, and as a type. The names are those of Rasa's page on Slack.

use serde::Deserialize;
use switchboard_sdk::{
    CardLimit, ChoiceLimit, Description, LengthUnit, Rendering, Sealed, Setting,
};

/// The settings under `slack:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
pub struct Settings {
    pub(crate) slack_token: Option<Sealed>,
    slack_channel: Option<String>,
    pub(crate) slack_retry_reason_header: String,
    pub(crate) slack_retry_number_header: String,
    pub(crate) use_threads: bool,
    conversation_granularity: String,
    pub(crate) api_url: Option<String>,
}

/// Which of user, channel and thread make a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granularity {
    Sender,
    Channel,
    Thread,
}

impl Settings {
    /// The channel whose messages are all for the bot, and where it speaks when it knows of no other place.
    pub(crate) fn slack_channel(&self) -> Option<&str> {
        self.slack_channel
            .as_deref()
            .filter(|channel| !channel.is_empty())
    }

    /// What is none of the three counts as `sender`, as in Rasa.
    pub(crate) fn granularity(&self) -> Granularity {
        match self.conversation_granularity.as_str() {
            "channel" => Granularity::Channel,
            "thread" => Granularity::Thread,
            _ => Granularity::Sender,
        }
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.slack_token.is_none() {
            let text = "`slack_token` is not set: the bot hears what is said and cannot answer";
            warnings.push(text.to_owned());
        }
        let known = ["sender", "channel", "thread"];
        if !known.contains(&self.conversation_granularity.as_str()) {
            let text = "`conversation_granularity` is none of `sender`, `channel` and `thread`: it counts as `sender`";
            warnings.push(text.to_owned());
        }
        warnings
    }
}

/// The longest text of a message, as Slack advises: a longer one it splits or cuts itself. Here as below it does not say
/// in what it counts, so that the stricter reading holds: a character beyond the Basic Multilingual Plane is two.
const MAX_TEXT: u32 = 4_000;

/// Of the text above buttons, a section block.
pub(crate) const MAX_SECTION: u32 = 3_000;

/// Of a button's title.
pub(crate) const MAX_TITLE: u32 = 75;

/// Of a button's value.
const MAX_VALUE: u32 = 2_000;

/// Of the title and the alternative text of an image.
pub(crate) const MAX_ALT_TEXT: u32 = 2_000;

/// Buttons in a row. Slack takes 25; beyond five a row breaks and Rasa's users expect none.
const MAX_BUTTONS: u32 = 5;

/// In what lengths are counted.
pub(crate) const UNIT: LengthUnit = LengthUnit::Utf16Units;

pub(crate) fn describe() -> Description {
    let buttons = ChoiceLimit::at_most(MAX_BUTTONS)
        .text(MAX_SECTION, UNIT)
        .title(MAX_TITLE, UNIT)
        .payload(MAX_VALUE, UNIT);
    let renders = Rendering::plain()
        .text_limit(MAX_TEXT, UNIT)
        .split_blank_lines()
        .buttons(buttons)
        .image()
        .file()
        .caption_limit(MAX_ALT_TEXT, UNIT)
        // One in a message, as in Rasa.
        .cards(CardLimit::at_most(1, MAX_BUTTONS))
        .custom()
        .typing();
    Description::new(
        env!("CARGO_PKG_VERSION"),
        "Slack: messages, mentions, buttons, slash commands, shortcuts",
    )
    .setting(
        Setting::text("slack_token")
            .sealed()
            .only_to("slack.com")
            .only_to("files.slack.com")
            .doc("The bot's token, `xoxb-…`; without it nothing can be sent."),
    )
    .setting(
        Setting::text("slack_signing_secret")
            .required()
            .sealed()
            .doc("The app's signing secret, by which requests are known to be Slack's."),
    )
    .setting(
        Setting::text("slack_channel")
            .doc("The id of a channel where the bot answers everything, and where it speaks of its own accord."),
    )
    .setting(
        Setting::boolean("use_threads")
            .default_value(false)
            .doc("Answers go into the thread of the message, or begin one."),
    )
    .setting(
        Setting::text("conversation_granularity")
            .default_value("sender")
            .doc("What a conversation is: `sender`, `channel` (of a sender) or `thread` (of a sender in a channel)."),
    )
    .setting(
        Setting::text("slack_retry_reason_header")
            .default_value("x-slack-retry-reason")
            .doc("The header in which Slack says why it sends an event again; logged."),
    )
    .setting(
        Setting::text("slack_retry_number_header")
            .default_value("x-slack-retry-num")
            .doc("The header in which Slack counts how often it sent an event; logged."),
    )
    .setting(Setting::any("errors_ignore_retry").doc(
        "Accepted for Rasa's sake and without effect: an event that was taken is known by its id, and only that is left out.",
    ))
    .host("slack.com")
    .host("hooks.slack.com")
    .host("files.slack.com")
    .renders(renders)
}
