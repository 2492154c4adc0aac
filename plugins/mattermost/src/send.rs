//! One part: one post. A second request is made only where the first was refused, so that nothing appears twice.

mod file;
mod render;

use serde_json::{Value, json};
use switchboard_sdk::{
    Address, Attempt, Content, Host, HttpRequest, HttpResponse, JsonObject, LogLevel, MediaContent,
    Part, PermanentFailure, Receipt, SendError,
};

use crate::place::{Spot, Target, is_segment, without_null};
use crate::settings::Settings;
use crate::{api, me};

/// The key of a reply, and of custom JSON, by which only the user who was heard last gets to see it.
const EPHEMERAL: &str = "ephemeral";

pub(crate) fn send(
    host: &dyn Host,
    settings: &Settings,
    to: &Address,
    part: &Part,
    attempt: &Attempt,
) -> Result<Receipt, SendError> {
    // Mattermost takes no blank post, and it would show nothing.
    if let Content::Text(content) = &part.content
        && content.text.trim().is_empty()
    {
        host.log(LogLevel::Debug, "a blank text is not sent", &[]);
        return Ok(Receipt::without_id());
    }
    let target = Target::of(settings, to);
    let channel = Channel {
        host,
        settings,
        id: channel_id(host, settings, &target.spot)?,
        target,
        attempt,
        is_ephemeral: JsonObject::or_empty(part.extra.as_ref()).is_true(EPHEMERAL),
    };
    match &part.content {
        Content::Text(content) => channel.post(json!({ "message": content.text })),
        Content::Choices(choices) => channel.post(render::choices(&channel, choices)?),
        Content::Image(media) => channel.image(media),
        Content::File(media) => file::send(&channel, media),
        Content::Cards(cards) => match cards.as_slice() {
            [card] => channel.post(render::card(&channel, card)?),
            _ => unsupported("one card makes a post"),
        },
        Content::Custom(json) => channel.custom(json),
        Content::Typing => Ok(channel.show_typing()),
        Content::Audio(_) | Content::Video(_) | Content::Location(_) => {
            unsupported("Mattermost has audio and video as files, and no places")
        }
    }
}

fn unsupported<T>(text: &str) -> Result<T, SendError> {
    Err(SendError::Unsupported(text.to_owned()))
}

/// The id of a channel; of one that is known by its user or name, Mattermost says it. To ask twice does no harm.
fn channel_id(host: &dyn Host, settings: &Settings, spot: &Spot) -> Result<String, SendError> {
    let request = match spot {
        Spot::Channel(id) => return Ok(id.clone()),
        Spot::User(user) => {
            let me = me::id(host, settings)?;
            api::request(settings, "POST", "/channels/direct").json(&[&me, user])
        }
        Spot::Named(name) => {
            let Some(team) = settings.team.as_deref().filter(|team| is_segment(team)) else {
                let text = "a channel is known by its name in a team alone: set `team`";
                return Err(SendError::permanent("team", text));
            };
            if !is_segment(name) {
                let text = "the conversation's id names no channel";
                return Err(SendError::permanent("channel", text));
            }
            let path = ["/teams/name/", team, "/channels/name/", name].concat();
            api::request(settings, "GET", &path)
        }
    };
    let request = request.timeout(api::SHORT);
    let answer = api::call(host, settings, request).map_err(api::unseen)?;
    let id = answer
        .json_object()
        .ok()
        .and_then(|channel| channel.filled("id"));
    let text = "Mattermost names no channel";
    id.ok_or_else(|| SendError::permanent("channel", text))
}

/// One conversation's end at Mattermost.
struct Channel<'a> {
    host: &'a dyn Host,
    settings: &'a Settings,
    id: String,
    target: Target,
    attempt: &'a Attempt,
    is_ephemeral: bool,
}

impl Channel<'_> {
    /// Posts into the channel and thread of the conversation, unless the post names its own. In a place that the bot is
    /// no member of, the answer to a command goes by the command.
    fn post(&self, mut post: Value) -> Result<Receipt, SendError> {
        if let Some(keys) = post.as_object_mut() {
            // A thread belongs to its channel.
            if !keys.contains_key("channel_id")
                && let Some(root) = &self.target.root
            {
                keys.entry("root_id").or_insert_with(|| json!(root));
            }
            keys.entry("channel_id").or_insert_with(|| json!(self.id));
        }
        let error = match self.create(&post) {
            Err(error) => error,
            created => return created,
        };
        let is_refused = |error: &SendError| matches!(error, SendError::Permanent(_));
        if is_lost_thread(&error) {
            // Where the post that it was about is gone, the answer is still one.
            post["root_id"].take();
            return self.create(&without_null(post));
        }
        match &self.target.command {
            Some(command) if is_refused(&error) => match self.answer(command, &post) {
                Err(other) if is_refused(&other) => Err(error),
                outcome => outcome,
            },
            _ => Err(error),
        }
    }

    fn create(&self, post: &Value) -> Result<Receipt, SendError> {
        let request = if self.is_ephemeral {
            let Some(user) = &self.target.user else {
                let text = "an ephemeral post needs a user, and nobody was heard here";
                return Err(SendError::permanent("user", text));
            };
            api::request(self.settings, "POST", "/posts/ephemeral")
                .json(&json!({ "user_id": user, "post": post }))
        } else {
            let mut post = post.clone();
            // By this Mattermost knows a post that it was given a moment ago.
            post["pending_post_id"] = json!(self.attempt.id);
            api::request(self.settings, "POST", "/posts").json(&post)
        };
        let answer = api::call(self.host, self.settings, request)?;
        receipt(&answer)
    }

    /// Answers a command, as Mattermost says for half an hour, and needs no token for it.
    fn answer(&self, command: &str, post: &Value) -> Result<Receipt, SendError> {
        let url = [&self.settings.site, "/hooks/commands/", command].concat();
        let answer = json!({
            "response_type": if self.is_ephemeral { "ephemeral" } else { "in_channel" },
            "text": post["message"],
            "attachments": post["props"]["attachments"],
        });
        let request = HttpRequest::post(&url).json(&without_null(answer));
        let answer = self.host.fetch(request)?;
        api::success(answer, "").map_err(|error| match error {
            SendError::Unauthorized(detail) => SendError::Permanent(PermanentFailure {
                code: "401".to_owned(),
                detail,
            }),
            other => other,
        })?;
        Ok(Receipt::without_id())
    }

    fn image(&self, media: &MediaContent) -> Result<Receipt, SendError> {
        let Some(url) = &media.url else {
            return unsupported("an image without an address");
        };
        let mut post = json!({ "props": { "attachments": [{ "image_url": url }] } });
        if let Some(caption) = &media.caption {
            post["message"] = json!(caption);
        }
        self.post(post)
    }

    /// The body of `POST /posts`. Its buttons lead here unless they lead elsewhere.
    fn custom(mut self, json: &str) -> Result<Receipt, SendError> {
        let post: Option<Value> = serde_json::from_str(json).ok();
        let Some(mut post) = post.filter(Value::is_object) else {
            return unsupported(
                "Mattermost's own format is a JSON object, the body of `POST /posts`",
            );
        };
        if let Some(keys) = post.as_object_mut() {
            let wanted = keys.remove(EPHEMERAL);
            self.is_ephemeral |= wanted == Some(Value::Bool(true));
            keys.entry("message").or_insert_with(|| json!(""));
        }
        render::sign_custom(&self, &mut post)?;
        self.post(post)
    }

    /// Nobody waits for it, and what is wrong with it is wrong with the answer too.
    fn show_typing(&self) -> Receipt {
        let typing = json!({ "channel_id": self.id, "parent_id": self.target.root });
        let request = api::request(self.settings, "POST", "/users/me/typing")
            .json(&without_null(typing))
            .timeout(api::SHORT);
        if let Err(error) = api::call(self.host, self.settings, request) {
            let reason = api::reason(&error);
            let text = "that the bot is typing could not be shown";
            self.host.log(LogLevel::Debug, text, &[("reason", reason)]);
        }
        Receipt::without_id()
    }
}

fn receipt(answer: &HttpResponse) -> Result<Receipt, SendError> {
    match answer.json_object() {
        Ok(post) => Ok(Receipt {
            id: post.filled("id"),
        }),
        Err(_) => {
            let text = "what Mattermost answered cannot be read";
            Err(SendError::UnknownOutcome(text.to_owned()))
        }
    }
}

/// `api.post.create_post.root_id.app_error` and its like.
fn is_lost_thread(error: &SendError) -> bool {
    matches!(error, SendError::Permanent(failure) if failure.code.contains("root_id"))
}
