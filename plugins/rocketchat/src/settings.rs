//! What an operator may set, said twice: to the host, and as a type. `user`, `password` and `server_url` are Rasa's.

use serde::Deserialize;
use switchboard_sdk::{
    CardLimit, ChoiceLimit, Description, LengthUnit, Rendering, Sealed, Setting,
};

/// The settings under `rocketchat:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Given")]
pub struct Settings {
    /// The server's address without a slash at the end.
    pub(crate) server: String,
    pub(crate) account: Account,
    /// The bot's user name or e-mail address; with a personal access token it may be unknown.
    pub(crate) user: Option<String>,
    pub(crate) verifies_webhooks: bool,
    pub(crate) verifies_livechat: bool,
    pub(crate) strip_trigger_word: bool,
}

/// How the bot signs on.
#[derive(Debug)]
pub(crate) enum Account {
    Login(Login),
    /// A personal access token, which neither expires nor asks for a second factor.
    Token {
        user_id: String,
        token: Sealed,
    },
}

/// A user name, or an e-mail address, and its password.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: Sealed,
}

impl Login {
    /// Rocket.Chat has no `@` in a user name.
    pub(crate) fn is_by_email(&self) -> bool {
        self.user.contains('@')
    }
}

/// The settings as they stand in the file.
#[derive(Deserialize)]
struct Given {
    server_url: String,
    user: Option<String>,
    password: Option<Sealed>,
    user_id: Option<String>,
    auth_token: Option<Sealed>,
    webhook_token: Option<Sealed>,
    livechat_secret: Option<Sealed>,
    strip_trigger_word: bool,
    api_url: Option<String>,
}

impl TryFrom<Given> for Settings {
    type Error = String;

    fn try_from(given: Given) -> Result<Self, String> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let (user, user_id) = (filled(given.user), filled(given.user_id));
        let refused = |text: &str| Err(text.to_owned());
        let account = match (given.password, given.auth_token, user_id) {
            (Some(password), None, None) => match user.clone() {
                Some(user) => Account::Login(Login { user, password }),
                None => return refused("`password` needs `user`, the bot's user name"),
            },
            (None, Some(token), Some(user_id)) => Account::Token { user_id, token },
            (None, Some(_), None) => {
                return refused(
                    "`auth_token` needs `user_id`; Rocket.Chat shows both when a personal access token is made",
                );
            }
            (None, None, _) => {
                return refused(
                    "the bot has no account: write `user` and `password`, or `auth_token` and `user_id` of a personal \
                     access token",
                );
            }
            (Some(_), _, _) => {
                return refused(
                    "the bot has two accounts: write either `password`, or `auth_token` and `user_id`",
                );
            }
        };
        let server = given.api_url.unwrap_or(given.server_url);
        Ok(Self {
            server: server.trim_end_matches('/').to_owned(),
            account,
            user,
            verifies_webhooks: given.webhook_token.is_some(),
            verifies_livechat: given.livechat_secret.is_some(),
            strip_trigger_word: given.strip_trigger_word,
        })
    }
}

impl Settings {
    pub(crate) fn warnings(&self) -> Vec<String> {
        if self.verifies_webhooks || self.verifies_livechat {
            return Vec::new();
        }
        let text = "neither `webhook_token` nor `livechat_secret` is set: anybody who knows the webhook's address can \
                    speak to the bot in any user's name; hint: `webhook_token` is the Token of the outgoing webhook, \
                    `livechat_secret` the Secret Token of Omnichannel's webhooks";
        vec![text.to_owned()]
    }
}

/// The longest message, as Rocket.Chat's `Message_MaxAllowedSize` has it unless an administrator changed it. It counts
/// as JavaScript does.
const MAX_TEXT: u32 = 5_000;

pub(crate) fn describe() -> Description {
    let renders = Rendering::plain()
        .text_limit(MAX_TEXT, LengthUnit::Utf16Units)
        .split_blank_lines()
        .buttons(ChoiceLimit::NONE)
        .quick_replies(ChoiceLimit::NONE)
        .image()
        .file()
        .audio()
        .video()
        .cards(CardLimit::at_most(u32::MAX, u32::MAX))
        .custom();
    Description::new(
        env!("CARGO_PKG_VERSION"),
        "Rocket.Chat: rooms, direct messages, threads, files, buttons and live chat",
    )
    .setting(Setting::url("server_url").required().doc(
        "The server's address, such as `https://chat.example.org`, with its path if it has one.",
    ))
    .setting(Setting::text("user").doc("The bot's user name or e-mail address."))
    .setting(
        Setting::text("password")
            .sealed()
            .in_body()
            .doc("Of that user."),
    )
    .setting(
        Setting::text("user_id").doc("With `auth_token`: the id of the user whose token it is."),
    )
    .setting(
        Setting::text("auth_token")
            .sealed()
            .doc("A personal access token in the place of a password."),
    )
    .setting(
        Setting::text("webhook_token").sealed().doc(
            "The Token of the outgoing webhook, by which requests are known to be Rocket.Chat's.",
        ),
    )
    .setting(
        Setting::text("livechat_secret")
            .sealed()
            .doc("The Secret Token of Omnichannel's webhooks, the same for live chat."),
    )
    .setting(
        Setting::boolean("strip_trigger_word")
            .default_value(false)
            .doc("Takes the outgoing webhook's trigger word off the beginning of a message."),
    )
    .setting(Setting::any("ssl").doc(
        "Accepted for Rasa's sake and without effect: `server_url` says whether it is `https`.",
    ))
    .host("{server_url}")
    .renders(renders)
}
