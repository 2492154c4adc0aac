//! What happens in a conversation and is nothing said: a reaction, a link that was followed, a thread that changed hands.

use switchboard_sdk::OtherEvent;

use super::Happening;

/// Meta's key, and what the bot is told.
const KINDS: [(&str, &str); 10] = [
    ("account_linking", "account-linking"),
    ("game_play", "game-play"),
    ("message_edit", "message-edit"),
    ("messaging_feedback", "feedback"),
    ("optin", "opt-in"),
    ("pass_thread_control", "pass-thread-control"),
    ("reaction", "reaction"),
    ("referral", "referral"),
    ("request_thread_control", "request-thread-control"),
    ("take_thread_control", "take-thread-control"),
];

/// The event; `None` if it is of another kind.
pub(super) fn event(happening: &Happening) -> Option<OtherEvent> {
    let json = &happening.json;
    let (key, name) = KINDS.iter().find(|(key, _)| json.object(key).is_some())?;
    let inner = json.object(key)?;
    // Reactions and edits name the message that they are about, which has many.
    let of = |name| inner.id(name).unwrap_or_default();
    let id = json
        .id("timestamp")
        .and_then(|time| happening.id(&[name, &time, &of("mid"), &of("action")]));
    Some(OtherEvent {
        id,
        reply: happening.reply(),
        ..OtherEvent::new(happening.user.clone(), *name, happening.metadata(key))
    })
}
