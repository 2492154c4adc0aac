//! A press of a button, or a choice from a menu.

use serde_json::{Map, Value};
use switchboard_sdk::{Host, JsonObject, Message, Refusal};

use super::{COMMON, leave_out};
use crate::place::Place;
use crate::settings::Settings;
use crate::verify::{self, Button};

/// What a button says in the place of its presser; Rasa's name.
pub(crate) const ACTION: &str = "action";

/// The thread in which the button is, because Mattermost does not tell.
pub(crate) const ROOT: &str = "root_id";

/// The proof that it is ours.
pub(crate) const PROOF: &str = "sig";

pub(super) fn action(
    host: &dyn Host,
    settings: &Settings,
    body: &JsonObject,
) -> Result<(), Refusal> {
    let context = body.object("context").unwrap_or_default();
    let channel = body.id("channel_id").unwrap_or_default();
    let (action, root) = (context.filled(ACTION), context.filled(ROOT));
    let button = Button {
        channel: &channel,
        root: root.as_deref(),
        action: action.as_deref(),
    };
    verify::action(host, settings, &button, context.filled(PROOF).as_deref())?;

    let Some(user) = body.id("user_id").filter(|_| !channel.is_empty()) else {
        leave_out(host, "a press", "it has no user or no channel");
        return Ok(());
    };
    // What is chosen from a menu comes beside what the menu itself says.
    let Some(text) = context.id("selected_option").or(action) else {
        leave_out(host, "a press", "its button says nothing");
        return Ok(());
    };
    // One that was not posted into a thread is what a thread would begin with.
    let post = body.id("post_id");
    let root = root.or_else(|| post.clone());
    let place = Place {
        user: &user,
        channel: &channel,
        root: root.as_deref().filter(|_| settings.in_threads()),
    };
    let mut metadata = body.pick(&COMMON);
    for name in ["post_id", "trigger_id", "type", "data_source"] {
        if let Some(value) = body.filled(name) {
            metadata.insert(name, &value);
        }
    }
    let mut context: Map<String, Value> = body.value("context").unwrap_or_default();
    // Whoever has it can press the button.
    context.remove(PROOF);
    metadata.insert("context", &context);
    host.accept(
        Message {
            id: body.filled("trigger_id"),
            conversation: place.conversation(settings.granularity),
            metadata: Some(metadata.to_json()),
            reply: Some(place.reply(None)),
            ..Message::new(user.clone(), text)
        }
        .into(),
    )?;
    Ok(())
}
