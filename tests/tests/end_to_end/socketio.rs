//! Socket.IO with clients that are none of ours: the libraries that speak it, and the widgets that sites put on their
//! pages.

mod clients;
mod demo_page;
mod widgets;

use serde_json::{Value, json};
use switchboard_tests::{Builder, Heard, Reply, ScriptedBot, Switchboard};

/// A channel on which a session outlives its connection, as the widgets want it.
const PERSISTENT: &str = "socketio:\n  session_persistence: true\n";

fn start(bot: &ScriptedBot, credentials: &str) -> Switchboard {
    let builder = Builder::new().credentials(credentials);
    builder.endpoints(&bot.rasa("")).start()
}

/// What the bot of these tests says: buttons where it is asked for them, something that has to wait for the gate where it
/// hears `later`, else what it heard.
fn talk(heard: &Heard) -> Reply {
    match heard.text.as_str() {
        "buttons" => Reply::Say(vec![json!({
            "text": "Pick one",
            "buttons": [button("Yes 😀", "/affirm"), button("No", "/deny")],
        })]),
        "later" => Reply::SayAtGate(vec![json!({ "text": "this took a while 😀" })]),
        _ => Reply::echo(heard),
    }
}

fn button(title: &str, payload: &str) -> Value {
    json!({ "title": title, "payload": payload })
}
