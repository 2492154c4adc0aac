//! Clients of Socket.IO: what is promised to them whoever they are. What the libraries and widgets of others make of it
//! stands elsewhere.

mod bounds;
mod crowd;
mod sessions;

use switchboard_tests::{Builder, Dial, ScriptedBot, Switchboard};

/// A session outlives its connection.
const PERSISTENT: &str = "socketio:\n  session_persistence: true\n";

fn start(bot: &ScriptedBot, credentials: &str) -> Switchboard {
    let builder = Builder::new().credentials(credentials);
    builder.endpoints(&bot.rasa("")).start()
}

fn dial(server: &Switchboard) -> Dial {
    Dial::to(server.at("").trim_end_matches('/'))
}
