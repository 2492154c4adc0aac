//! What an operator may set, said twice: to the host, and as a type. The tests compare the two. `url`, `token` and
//! `webhook_url` are Rasa's; `team`, `user` and `pw` are those of its first version.

use serde::Deserialize;
use serde_json::Value;
use switchboard_sdk::{
    CardLimit, ChoiceLimit, Description, LengthUnit, Rendering, Sealed, Setting,
};

/// The settings under `mattermost:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Given")]
pub struct Settings {
    /// Where the server is, without a slash at the end.
    pub(crate) site: String,
    pub(crate) account: Account,
    pub(crate) team: Option<String>,
    pub(crate) webhook_url: Option<String>,
    /// Of the outgoing webhooks and slash commands. None: nobody looks.
    pub(crate) hook_tokens: Vec<Sealed>,
    use_threads: bool,
    pub(crate) granularity: Granularity,
    pub(crate) allow_unsigned_actions: bool,
    has_unused_login: bool,
}

/// As whom the bot speaks.
#[derive(Debug)]
pub(crate) enum Account {
    /// A bot account, or a user with a personal access token.
    Token(Sealed),
    /// A user, who logs in.
    Login { user: String, password: Sealed },
}

/// Which of user, channel and thread make a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Granularity {
    Sender,
    Channel,
    Thread,
}

/// The settings as they stand in the file.
#[derive(Deserialize)]
struct Given {
    url: String,
    token: Option<Sealed>,
    webhook_url: Option<String>,
    hook_token: Option<Value>,
    team: Option<String>,
    user: Option<String>,
    pw: Option<Sealed>,
    use_threads: bool,
    conversation_granularity: Granularity,
    allow_unsigned_actions: bool,
    api_url: Option<String>,
}

impl TryFrom<Given> for Settings {
    type Error = String;

    fn try_from(given: Given) -> Result<Self, String> {
        let address = given.api_url.as_deref().unwrap_or(&given.url);
        let address = address.trim_end_matches('/');
        let site = address.strip_suffix(API).unwrap_or(address);
        let has_unused_login =
            given.token.is_some() && (given.user.is_some() || given.pw.is_some());
        let account = match (given.token, given.user, given.pw) {
            (Some(token), _, _) => Account::Token(token),
            (None, Some(user), Some(password)) => Account::Login { user, password },
            (None, _, _) => {
                let text = "needs the `token` of a bot account, or the `user` and `pw` of a user to log in as";
                return Err(text.to_owned());
            }
        };
        Ok(Self {
            site: site.trim_end_matches('/').to_owned(),
            account,
            team: given.team.filter(|team| !team.is_empty()),
            webhook_url: given.webhook_url,
            hook_tokens: hook_tokens(given.hook_token)?,
            use_threads: given.use_threads,
            granularity: given.conversation_granularity,
            allow_unsigned_actions: given.allow_unsigned_actions,
            has_unused_login,
        })
    }
}

/// One text, or several in a list.
fn hook_tokens(given: Option<Value>) -> Result<Vec<Sealed>, String> {
    let list = match given {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => Value::Array(list),
        Some(one) => Value::Array(vec![one]),
    };
    match serde_json::from_value::<Vec<Sealed>>(list) {
        Ok(tokens) if !tokens.is_empty() => Ok(tokens),
        _ => Err(
            "`hook_token` must be a text or a list of texts; write numbers in quotes".to_owned(),
        ),
    }
}

/// What the addresses of the REST API begin with, behind the server's own.
pub(crate) const API: &str = "/api/v4";

impl Settings {
    /// The secret that only we and Mattermost know: what signs the buttons.
    pub(crate) const fn key(&self) -> &'static str {
        match self.account {
            Account::Token(_) => "token",
            Account::Login { .. } => "pw",
        }
    }

    /// Whether answers go into threads. One to a conversation that is a thread has no other place.
    pub(crate) fn in_threads(&self) -> bool {
        self.use_threads || self.granularity == Granularity::Thread
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn = |text: &str| warnings.push(text.to_owned());
        if self.hook_tokens.is_empty() {
            warn(
                "`hook_token` is not set: anybody who knows the webhook's address can speak to the bot in any user's \
                 name; hint: give it the token that Mattermost shows for the outgoing webhook, or a list of them",
            );
        }
        if self.allow_unsigned_actions {
            warn(
                "`allow_unsigned_actions` is set: anybody who knows the webhook's address can press buttons in any \
                 user's name",
            );
        }
        if self.has_unused_login {
            warn("`user` and `pw` are not used where there is a `token`");
        }
        warnings
    }
}

/// The longest text of a post, as the database of Mattermost holds it.
const MAX_TEXT: u32 = 16_383;

/// Buttons in a row; more are a menu.
pub(crate) const MAX_BUTTONS: usize = 10;

/// Entries of a menu.
const MAX_CHOICES: u32 = 100;

/// In what Mattermost counts.
const UNIT: LengthUnit = LengthUnit::Characters;

pub(crate) fn describe() -> Description {
    let renders = Rendering::plain()
        .text_limit(MAX_TEXT, UNIT)
        .split_blank_lines()
        .buttons(ChoiceLimit::at_most(MAX_CHOICES))
        .quick_replies(ChoiceLimit::at_most(MAX_CHOICES))
        .image()
        .file()
        .caption_limit(MAX_TEXT, UNIT)
        // One in a post, as in Rasa.
        .cards(CardLimit::at_most(1, MAX_CHOICES))
        .custom()
        .typing();
    Description::new(
        env!("CARGO_PKG_VERSION"),
        "Mattermost: outgoing webhooks, slash commands, buttons and menus, threads",
    )
    .setting(
        Setting::url("url")
            .required()
            .doc("The server's address, with or without `/api/v4`."),
    )
    .setting(
        Setting::text("token")
            .sealed()
            .only_to("{url}")
            .doc("The token of the bot's account."),
    )
    .setting(Setting::url("webhook_url").doc(
        "Where presses of buttons are sent: the channel's webhook, as Mattermost reaches it; without it, the one below the server's public address.",
    ))
    .setting(
        Setting::any("hook_token")
            .sealed()
            .doc("The token of the outgoing webhook, or a list of those of all webhooks and slash commands."),
    )
    .setting(Setting::text("team").doc(
        "The team, by the name in its address, of the channels that the bot is sent to as `~channel-name`.",
    ))
    .setting(
        Setting::text("user").doc("Instead of `token`: the name or e-mail address of a user to log in as."),
    )
    .setting(
        Setting::text("pw")
            .sealed()
            .in_body()
            .only_to("{url}")
            .doc("That user's password."),
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
        Setting::boolean("allow_unsigned_actions")
            .default_value(false)
            .doc("Presses of buttons that are not the connector's own are taken, such as were posted before it."),
    )
    .host("{url}")
    .renders(renders)
}
