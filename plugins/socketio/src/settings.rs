//! What an operator may set, said twice: to the host, and as a type. The tests compare the two. `session_secret` and
//! `demo_page` are ours, all else is Rasa's.

use serde::Deserialize;
use switchboard_sdk::{CardLimit, ChoiceLimit, Description, Digest, Rendering, Sealed, Setting};

/// The settings under `socketio:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Given")]
pub struct Settings {
    pub(crate) user_event: String,
    pub(crate) bot_event: String,
    /// Whether a conversation is a session, and not a connection.
    pub(crate) session_persistence: bool,
    pub(crate) namespace: String,
    pub(crate) path: String,
    pub(crate) metadata_key: String,
    /// How tokens are signed, where clients need one.
    pub(crate) jwt: Option<JwtMethod>,
    /// Whether a session is one that we issued.
    pub(crate) signs_sessions: bool,
    pub(crate) demo_page: bool,
}

/// How a token is signed with a key that both sides know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JwtMethod {
    /// As the token's header has it.
    pub(crate) name: &'static str,
    pub(crate) digest: Digest,
}

/// What a client asks for a session with.
pub(crate) const SESSION_REQUEST: &str = "session_request";

/// What it is answered with.
pub(crate) const SESSION_CONFIRM: &str = "session_confirm";

/// What says that the bot is writing. Widgets have a sign of their own and do not listen; clients of one's own may.
pub(crate) const BOT_TYPING: &str = "bot_typing";

/// The settings as they stand in the file.
#[derive(Deserialize)]
struct Given {
    user_message_evt: String,
    bot_message_evt: String,
    session_persistence: bool,
    namespace: Option<String>,
    socketio_path: String,
    jwt_key: Option<Sealed>,
    jwt_method: Option<String>,
    metadata_key: String,
    session_secret: Option<Sealed>,
    demo_page: bool,
}

impl TryFrom<Given> for Settings {
    type Error = String;

    fn try_from(given: Given) -> Result<Self, String> {
        event_name("user_message_evt", &given.user_message_evt)?;
        event_name("bot_message_evt", &given.bot_message_evt)?;
        let signs_sessions = given.session_secret.is_some();
        if signs_sessions && !given.session_persistence {
            let text = "`session_secret` signs sessions, and without `session_persistence: true` there are none: add it, \
                        or leave the secret out";
            return Err(text.to_owned());
        }
        Ok(Self {
            user_event: given.user_message_evt,
            bot_event: given.bot_message_evt,
            session_persistence: given.session_persistence,
            namespace: with_slash(&given.namespace.unwrap_or_default()),
            path: with_slash(&given.socketio_path),
            metadata_key: given.metadata_key,
            jwt: jwt_method(given.jwt_key.is_some(), given.jwt_method.as_deref())?,
            signs_sessions,
            demo_page: given.demo_page,
        })
    }
}

/// Some names belong to the protocol: clients refuse to emit them, or take them for something else.
fn event_name(setting: &str, name: &str) -> Result<(), String> {
    const TAKEN: [&str; 8] = [
        SESSION_REQUEST,
        SESSION_CONFIRM,
        BOT_TYPING,
        "connect",
        "connect_error",
        "disconnect",
        "newListener",
        "removeListener",
    ];
    if name.is_empty() {
        return Err(["`", setting, "` must be the name of an event, and is empty"].concat());
    }
    if TAKEN.contains(&name) {
        let text = "` cannot be used: the event of that name has a meaning already";
        return Err(["`", setting, "`: `", name, text].concat());
    }
    Ok(())
}

fn jwt_method(has_key: bool, method: Option<&str>) -> Result<Option<JwtMethod>, String> {
    if !has_key {
        return match method {
            None => Ok(None),
            Some(_) => Err(
                "`jwt_method` says how tokens are signed, and there is no `jwt_key` to check them with: add it, or anybody \
                 is let in; where that is right, leave `jwt_method` out"
                    .to_owned(),
            ),
        };
    }
    let (name, digest) = match method {
        None | Some("HS256") => ("HS256", Digest::Sha256),
        Some("HS384") => ("HS384", Digest::Sha384),
        Some("HS512") => ("HS512", Digest::Sha512),
        Some(other) => {
            let text = "` is not known: tokens are checked with a key that both sides know, by `HS256`, `HS384` or `HS512`";
            return Err(["`jwt_method`: `", other, text].concat());
        }
    };
    Ok(Some(JwtMethod { name, digest }))
}

/// `bot` is `/bot`, and nothing is `/`, as with Rasa.
fn with_slash(name: &str) -> String {
    match name.strip_prefix('/') {
        Some(_) => name.to_owned(),
        None => ["/", name].concat(),
    }
}

impl Settings {
    pub(crate) fn warnings(&self) -> Vec<String> {
        let text = "`session_persistence` is on without `session_secret`: whoever learns the id of a session reads its chat \
                    and speaks in it; hint: `session_secret`, a long random text, and only ids that were issued count";
        if self.session_persistence && !self.signs_sessions {
            vec![text.to_owned()]
        } else {
            Vec::new()
        }
    }
}

pub(crate) fn describe() -> Description {
    let renders = Rendering::plain()
        .split_blank_lines()
        .buttons(ChoiceLimit::NONE)
        .quick_replies(ChoiceLimit::NONE)
        .image()
        .file()
        .video()
        .cards(CardLimit::at_most(u32::MAX, u32::MAX))
        .custom()
        .typing();
    Description::new(
        env!("CARGO_PKG_VERSION"),
        "Web chat over Socket.IO, for rasa-webchat and other widgets",
    )
    .setting(
        Setting::text("user_message_evt")
            .default_value("user_uttered")
            .doc("The event that clients emit to say something."),
    )
    .setting(
        Setting::text("bot_message_evt")
            .default_value("bot_uttered")
            .doc("The event that the bot's answers are emitted with."),
    )
    .setting(
        Setting::boolean("session_persistence")
            .default_value(false)
            .doc("A conversation is a session, which a client keeps across connections, and not one connection."),
    )
    .setting(
        Setting::text("namespace").doc("The namespace that clients connect to; without it `/`."),
    )
    .setting(
        Setting::text("socketio_path")
            .default_value("/socket.io")
            .doc("Where clients connect."),
    )
    .setting(
        Setting::text("jwt_key")
            .sealed()
            .doc("When set, clients must give a JSON Web Token that was signed with it."),
    )
    .setting(
        Setting::text("jwt_method").doc("`HS256`, which holds where nothing is said, `HS384` or `HS512`."),
    )
    .setting(
        Setting::text("metadata_key")
            .default_value("metadata")
            .doc("The key of a message that holds its metadata."),
    )
    .setting(
        Setting::text("session_secret")
            .sealed()
            .doc("Any long random text. When set, only sessions that were issued here count, for whom they were issued."),
    )
    .setting(
        Setting::boolean("demo_page")
            .default_value(false)
            .doc("Serves a page to talk to the bot in a browser, at `chat`."),
    )
    .renders(renders)
}
