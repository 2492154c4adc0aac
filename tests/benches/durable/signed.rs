//! Slack's events, each signed as Slack does it, from the post to the acknowledgement, when they are on disk. Beside it, in
//! turns, the same load on the callback channel, where nothing is signed and little is read: the difference is the
//! connector's.

use std::time::Instant;

use serde_json::{Value, json};
use switchboard_tests::{Builder, Spread, Switchboard, now, rounded, slack};
use tokio::runtime::Runtime;

use crate::load::{Client, HEAD, Round, TEXT, row, run, usual_message};
use crate::{Scale, data_folder, standin};

/// Connections at a time.
const CONNECTIONS: usize = 64;

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

pub(crate) fn measure(runtime: &Runtime, scale: &Scale) -> Value {
    let (bot, _asked) = standin::silent_bot(runtime);
    let folder = data_folder();
    let channel = format!(
        "slack:\n  slack_token: xoxb-1\n  slack_signing_secret: {SECRET}\n  api_url: http://localhost:1\n  \
         limits:\n    queue: 10000000\n"
    );
    let server = Builder::new()
        .credentials(&(standin::credentials("http://localhost:1") + &channel))
        .endpoints(&standin::endpoints(&bot, 1))
        .argument("--data-dir")
        .argument(&folder.path().display().to_string())
        .start();
    let mut signed = Vec::new();
    let mut plain = Vec::new();
    for number in 0..scale.rounds {
        for (kind, rounds) in [(Kind::Slack, &mut signed), (Kind::Callback, &mut plain)] {
            rounds.push(runtime.block_on(load(&server, kind, number, scale)));
        }
    }
    println!(
        "taken over, {CONNECTIONS} connections: signed events of Slack, and the callback channel"
    );
    println!("{HEAD}");
    let (line, mut figures) = row("connections", CONNECTIONS, &signed);
    println!("{line}   Slack");
    let (line, callback) = row("connections", CONNECTIONS, &plain);
    println!("{line}   callback");
    let pairs = signed.iter().zip(&plain);
    let ratio = Spread::of(pairs.map(|(slack, callback)| slack.rate / callback.rate)).median;
    println!("Slack to callback: {ratio:.2}\n");
    figures["to_callback"] = json!(rounded(ratio));
    json!({"slack": figures, "callback": callback})
}

#[derive(Clone, Copy)]
enum Kind {
    Slack,
    Callback,
}

async fn load(server: &Switchboard, kind: Kind, number: usize, scale: &Scale) -> Round {
    let round = scale.round;
    let users = (0..CONNECTIONS).map(|user| {
        let url = server.url.clone();
        async move {
            let mut client = Client::connect(&url).await;
            let mut times = Vec::new();
            let started = Instant::now();
            while started.elapsed() < round {
                let name = format!("{number}-{user}-{}", times.len());
                // Made before the clock runs: to sign is Slack's work.
                let (headers, body) = match kind {
                    Kind::Slack => event(&name),
                    Kind::Callback => (String::new(), usual_message(&name)),
                };
                let posted = Instant::now();
                match kind {
                    Kind::Slack => {
                        let path = "/webhooks/slack/webhook";
                        client.exchange(path, &headers, &body, "").await;
                    }
                    Kind::Callback => client.post(&body).await,
                }
                times.push(posted.elapsed());
            }
            times
        }
    });
    run(server, users).await
}

/// An event and the headers that sign it. <https://docs.slack.dev/authentication/verifying-requests-from-slack>
fn event(name: &str) -> (String, String) {
    let body = json!({
        "type": "event_callback", "team_id": "T0A", "api_app_id": "A0A",
        "event_id": format!("Ev{name}"), "event_time": 1_763_712_000,
        "authorizations": [{"team_id": "T0A", "user_id": "U0BOT", "is_bot": true}],
        "event": {
            "type": "message", "channel": "D0A", "channel_type": "im", "user": format!("U{name}"),
            "text": TEXT, "ts": format!("1763712000.{name}"), "team": "T0A",
        },
    })
    .to_string();
    let signed = slack(SECRET, &now().to_string(), body.as_bytes()).into_iter();
    let headers = signed.map(|(name, value)| format!("{name}: {value}\r\n"));
    (headers.collect(), body)
}
