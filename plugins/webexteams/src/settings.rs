//! What an operator may set, said twice: to the host, and as a type. `access_token` and `room` are Rasa's.

use serde::Deserialize;
use switchboard_sdk::{
    CardLimit, ChoiceLimit, Description, LengthUnit, Rendering, Sealed, Setting,
};

/// The settings under `webexteams:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
pub struct Settings {
    pub(crate) access_token: Sealed,
    room: Option<String>,
    pub(crate) secret: Option<Sealed>,
    pub(crate) name: String,
    pub(crate) api_url: Option<String>,
}

impl Settings {
    /// Where the bot speaks when no message tells it of another place.
    pub(crate) fn room(&self) -> Option<&str> {
        self.room.as_deref().filter(|room| !room.is_empty())
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let text = "`secret` is not set: anybody who knows the webhook's address can have Webex asked for messages, and \
                    notices other than of messages and card buttons are left out because nobody can tell a forged one; \
                    hint: `secret`, a long random text, and Webex signs what it sends";
        match self.secret {
            Some(_) => Vec::new(),
            None => vec![text.to_owned()],
        }
    }
}

/// The longest text, in bytes, as Webex documents it for `text` and `markdown`.
pub(crate) const MAX_TEXT: u32 = 7_439;

/// Buttons on a card, as Webex's guide to cards says.
const MAX_BUTTONS: u32 = 5;

pub(crate) fn describe() -> Description {
    let renders = Rendering::plain()
        .text_limit(MAX_TEXT, LengthUnit::Bytes)
        .split_blank_lines()
        .buttons(ChoiceLimit::at_most(MAX_BUTTONS))
        .quick_replies(ChoiceLimit::at_most(MAX_BUTTONS))
        .image()
        .file()
        .audio()
        .video()
        .caption_limit(MAX_TEXT, LengthUnit::Bytes)
        // A message takes one.
        .cards(CardLimit::at_most(1, MAX_BUTTONS))
        .custom();
    Description::new(
        env!("CARGO_PKG_VERSION"),
        "Cisco Webex: messages, threads, files, buttons and cards",
    )
    .setting(
        Setting::text("access_token")
            .required()
            .sealed()
            .doc("The bot's access token."),
    )
    .setting(Setting::text("room").doc(
        "The id of the room where the bot speaks when it answers no message; answers go where the question came from.",
    ))
    .setting(
        Setting::text("secret")
            .sealed()
            .in_body()
            .doc("Any long random text. Webex is told it at registration and signs what it sends."),
    )
    .setting(
        Setting::text("name")
            .default_value("Switchboard")
            .doc("What the webhook is called in Webex's lists."),
    )
    .host("webexapis.com")
    .renders(renders)
}
