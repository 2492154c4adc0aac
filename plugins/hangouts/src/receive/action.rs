//! What was pressed on a card or in a dialog.

use switchboard_sdk::JsonObject;

/// The payload of a button: the method of its action, which newer cards call a function.
pub(super) fn pressed(event: &JsonObject) -> Option<String> {
    let method = event
        .object("action")
        .and_then(|action| action.filled("actionMethodName"));
    method.or_else(|| event.object("common")?.filled("invokedFunction"))
}

/// A dialog waits for an answer of its own.
pub(super) fn is_dialog_submitted(event: &JsonObject) -> bool {
    dialog(event).as_deref() == Some("SUBMIT_DIALOG")
}

/// There is nothing to be answered.
pub(super) fn is_dialog_cancelled(event: &JsonObject) -> bool {
    dialog(event).as_deref() == Some("CANCEL_DIALOG")
}

fn dialog(event: &JsonObject) -> Option<String> {
    event.filled("dialogEventType")
}
