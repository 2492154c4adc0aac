//! What an operator may set, said twice: to the host, and as a type. The tests compare the two. `verify`, `secret` and
//! `page-access-token` are Rasa's; the greeting, the get-started button and the menu are Botpress's, in snake_case.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use switchboard_sdk::{
    CardLimit, ChoiceLimit, Description, LengthUnit, Rendering, Sealed, Setting,
};

/// The settings under `facebook:` in `credentials.yml`.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Given")]
pub struct Settings {
    /// Of the Page that no other token is for.
    page_access_token: Sealed,
    page_id: Option<String>,
    /// Tokens of further Pages.
    pub(crate) pages: BTreeMap<String, Sealed>,
    pub(crate) allow_sha1: bool,
    /// The Graph API's address with its version, and no slash at the end.
    pub(crate) graph: String,
    pub(crate) proof: Proof,
    pub(crate) messaging_type: MessagingType,
    pub(crate) tag: Option<String>,
    /// Properties of the Messenger Profile, as the Graph API takes them.
    pub(crate) profile: Map<String, Value>,
}

/// How a call shows that it comes from who knows the app's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Proof {
    /// Of the token and the time, good for five minutes.
    Timed,
    /// Of the token alone: Meta's older form, for a machine whose clock cannot be trusted.
    Plain,
    /// None, for a token that another app issued than the one whose secret this is.
    None,
}

/// Why a message is sent, in Meta's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum MessagingType {
    Response,
    Update,
    MessageTag,
}

impl MessagingType {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Response => "RESPONSE",
            Self::Update => "UPDATE",
            Self::MessageTag => "MESSAGE_TAG",
        }
    }
}

/// The settings as they stand in the file.
#[derive(Deserialize)]
struct Given {
    #[serde(rename = "page-access-token")]
    page_access_token: Sealed,
    page_id: Option<String>,
    #[serde(default)]
    pages: BTreeMap<String, Sealed>,
    allow_sha1: bool,
    graph_version: String,
    appsecret_proof: Proof,
    messaging_type: MessagingType,
    tag: Option<String>,
    greeting: Option<String>,
    get_started: Option<String>,
    persistent_menu: Option<Vec<Map<String, Value>>>,
    api_url: Option<String>,
}

impl TryFrom<Given> for Settings {
    type Error = String;

    fn try_from(given: Given) -> Result<Self, String> {
        if !is_version(&given.graph_version) {
            let found = &given.graph_version;
            return Err(format!(
                "`graph_version` must be like `v26.0`, found `{found}`"
            ));
        }
        match (given.messaging_type, &given.tag) {
            (MessagingType::MessageTag, None) => {
                let text = "`messaging_type: MESSAGE_TAG` needs a `tag`; Meta knows `HUMAN_AGENT`";
                return Err(text.to_owned());
            }
            (MessagingType::MessageTag, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                return Err("`tag` needs `messaging_type: MESSAGE_TAG`".to_owned());
            }
        }
        let base = given.api_url.as_deref().unwrap_or(GRAPH);
        let base = base.trim_end_matches('/');
        let mut profile = Map::new();
        if let Some(text) = given.greeting {
            let greeting = serde_json::json!([{ "locale": "default", "text": text }]);
            profile.insert("greeting".to_owned(), greeting);
        }
        if let Some(payload) = given.get_started {
            let button = serde_json::json!({ "payload": payload });
            profile.insert("get_started".to_owned(), button);
        }
        if let Some(menu) = given.persistent_menu {
            let menu = menu.into_iter().map(Value::Object).collect();
            profile.insert("persistent_menu".to_owned(), menu);
        }
        Ok(Self {
            page_access_token: given.page_access_token,
            page_id: given.page_id,
            pages: given.pages,
            allow_sha1: given.allow_sha1,
            graph: format!("{base}/{}", given.graph_version),
            proof: given.appsecret_proof,
            messaging_type: given.messaging_type,
            tag: given.tag,
            profile,
        })
    }
}

const GRAPH: &str = "https://graph.facebook.com";

/// The Graph API's newest when this was written, and so the one that is served longest: Meta keeps each for two years.
const GRAPH_VERSION: &str = "v26.0";

fn is_version(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let numbers = text.strip_prefix('v').and_then(|text| text.split_once('.'));
    numbers.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

impl Settings {
    /// Whether the channel answers for a Page: for all of them, unless it knows its own.
    pub(crate) fn is_ours(&self, page: &str) -> bool {
        let is_it = |ours: &String| ours == page;
        self.page_id.as_ref().is_none_or(is_it) || self.pages.contains_key(page)
    }

    /// The token of a Page.
    pub(crate) fn token(&self, page: Option<&str>) -> &Sealed {
        let further = page.and_then(|page| self.pages.get(page));
        further.unwrap_or(&self.page_access_token)
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.allow_sha1 {
            let text = "`allow_sha1: true` takes requests that are signed with SHA-1 alone; Meta signs with SHA-256 \
                        too, so leave it out unless something between Meta and this server drops that header";
            warnings.push(text.to_owned());
        }
        let has = |name| self.profile.contains_key(name);
        if has("persistent_menu") && !has("get_started") {
            let text = "Meta shows a `persistent_menu` only where there is a get-started button; set `get_started` \
                        unless the Page has one already";
            warnings.push(text.to_owned());
        }
        warnings
    }
}

pub(crate) fn describe() -> Description {
    Description::new(
        env!("CARGO_PKG_VERSION"),
        "Facebook Messenger, the inbox of a Page",
    )
    .setting(
        Setting::text("verify")
            .required()
            .sealed()
            .doc("The verify token, a text of your own, as entered beside the webhook's address."),
    )
    .setting(
        Setting::text("secret")
            .required()
            .sealed()
            .doc("The app's secret: Meta signs its requests with it."),
    )
    .setting(
        Setting::text("page-access-token")
            .required()
            .sealed()
            .doc("Of the Page that answers."),
    )
    .setting(
        Setting::text("page_id").doc(
            "Of the Page of that token; entries of Pages that are not named are ignored then.",
        ),
    )
    .setting(
        Setting::text_map("pages")
            .sealed()
            .doc("Tokens of further Pages of the same app, by the Page's id."),
    )
    .setting(
        Setting::boolean("allow_sha1")
            .default_value(false)
            .doc("Takes the old X-Hub-Signature where X-Hub-Signature-256 is missing."),
    )
    .setting(
        Setting::text("graph_version")
            .default_value(GRAPH_VERSION)
            .doc("Of the Graph API."),
    )
    .setting(
        Setting::text("appsecret_proof")
            .default_value("timed")
            .doc("What goes with each call: `timed`, `plain` (without the time) or `none`."),
    )
    .setting(
        Setting::text("messaging_type")
            .default_value("RESPONSE")
            .doc("RESPONSE, UPDATE or MESSAGE_TAG."),
    )
    .setting(
        Setting::text("tag").doc(
            "With MESSAGE_TAG: HUMAN_AGENT, with Meta's permission, allows answers for 7 days.",
        ),
    )
    .setting(Setting::text("greeting").doc("Shown before the first message."))
    .setting(
        Setting::text("get_started")
            .doc("What the bot gets as the user's message when the get-started button is pressed."),
    )
    .setting(
        Setting::any("persistent_menu")
            .doc("Meta's list of menus: `locale`, `composer_input_disabled`, `call_to_actions`."),
    )
    .host("graph.facebook.com")
    .renders(renders())
}

/// Meta says characters and does not say which; counted in UTF-16 a text is never shorter.
const UNIT: LengthUnit = LengthUnit::Utf16Units;

/// Of a text, and of one with quick replies.
const TEXT: u32 = 2_000;

/// Of a button's or a quick reply's title.
pub(crate) const TITLE: u32 = 20;

/// Of a card's title, and of its subtitle.
pub(crate) const CARD_TITLE: u32 = 80;

/// A text that is cut where it is longer than the limit.
pub(crate) fn cut(text: &str, max: u32) -> String {
    switchboard_sdk::text::cut(text, max, UNIT)
}

const fn renders() -> Rendering {
    Rendering::plain()
        .text_limit(TEXT, UNIT)
        .split_blank_lines()
        .buttons(
            ChoiceLimit::at_most(3)
                .text(640, UNIT)
                .title(TITLE, UNIT)
                .payload(1_000, UNIT),
        )
        .quick_replies(
            ChoiceLimit::at_most(13)
                .text(TEXT, UNIT)
                .title(TITLE, UNIT)
                .payload(1_000, UNIT),
        )
        .image()
        .file()
        .audio()
        .video()
        .caption_limit(0, UNIT)
        .cards(CardLimit::at_most(10, 3))
        .custom()
        .typing()
}
