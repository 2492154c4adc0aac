//! The bot's own name in what is said to it: in groups, Teams sends nothing without.

use switchboard_sdk::JsonObject;

/// The text without the mentions of the bot, which the activity lists as entities.
pub(super) fn taken_off(text: &str, body: &JsonObject, bot: Option<&str>) -> String {
    let mut left = text.to_owned();
    for entity in body.objects("entities") {
        let mentioned = entity.object("mentioned").and_then(|who| who.id("id"));
        if mentioned.is_none() || mentioned.as_deref() != bot {
            continue;
        }
        let (Some("mention"), Some(written)) =
            (entity.filled("type").as_deref(), entity.filled("text"))
        else {
            continue;
        };
        if let Some((before, after)) = left.split_once(&written) {
            left = joined(before, after);
        }
    }
    left.trim().to_owned()
}

/// One blank where there was one on both sides.
fn joined(before: &str, after: &str) -> String {
    let has_two = before.ends_with(' ') && after.starts_with(' ');
    [before, if has_two { &after[1..] } else { after }].concat()
}
