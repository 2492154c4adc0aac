//! The connectors of platforms: what was recorded goes into the running server, and what the bot hears and the platform
//! gets must be what it was with Rasa, or what the channel's file of differences says.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use switchboard_tests::{Api, Bot, Builder, Switchboard, eventually};

use super::differences::Differences;
use super::platform::{self, Platform};
use super::row::Row;

#[tokio::test]
async fn slack() {
    let rows = include_str!("../../../cases/slack.jsonl");
    let differences = include_str!("../../../cases/slack.differences.yaml");
    replay(&platform::SLACK, rows, differences).await;
}

#[tokio::test]
async fn facebook() {
    let rows = include_str!("../../../cases/facebook.jsonl");
    let differences = include_str!("../../../cases/facebook.differences.yaml");
    replay(&platform::FACEBOOK, rows, differences).await;
}

#[tokio::test]
async fn telegram() {
    let rows = include_str!("../../../cases/telegram.jsonl");
    let differences = include_str!("../../../cases/telegram.differences.yaml");
    replay(&platform::TELEGRAM, rows, differences).await;
}

#[tokio::test]
async fn twilio() {
    let rows = include_str!("../../../cases/twilio.jsonl");
    let differences = include_str!("../../../cases/twilio.differences.yaml");
    replay(&platform::TWILIO, rows, differences).await;
}

#[tokio::test]
async fn webexteams() {
    let rows = include_str!("../../../cases/webexteams.jsonl");
    let differences = include_str!("../../../cases/webexteams.differences.yaml");
    replay(&platform::WEBEXTEAMS, rows, differences).await;
}

#[tokio::test]
async fn mattermost() {
    let rows = include_str!("../../../cases/mattermost.jsonl");
    let differences = include_str!("../../../cases/mattermost.differences.yaml");
    replay(&platform::MATTERMOST, rows, differences).await;
}

#[tokio::test]
async fn rocketchat() {
    let rows = include_str!("../../../cases/rocketchat.jsonl");
    let differences = include_str!("../../../cases/rocketchat.differences.yaml");
    replay(&platform::ROCKETCHAT, rows, differences).await;
}

#[tokio::test]
async fn botframework() {
    let rows = include_str!("../../../cases/botframework.jsonl");
    let differences = include_str!("../../../cases/botframework.differences.yaml");
    replay(&platform::BOTFRAMEWORK, rows, differences).await;
}

#[tokio::test]
async fn hangouts() {
    let rows = include_str!("../../../cases/hangouts.jsonl");
    let differences = include_str!("../../../cases/hangouts.differences.yaml");
    replay(&platform::HANGOUTS, rows, differences).await;
}

async fn replay(platform: &Platform, rows: &str, differences: &str) {
    let rows: Vec<Row> = rows
        .lines()
        .enumerate()
        .map(|(number, line)| serde_json::from_str(&(platform.renumbered)(line, number)))
        .collect::<Result<_, _>>()
        .expect("rows");
    let differences = Differences::parse(differences);
    let ids = rows.iter().map(|row| &row.id[..]).collect();
    let mut wrong = differences.listed_in_vain(&ids);
    for rows in with_one_server(&rows) {
        for (row, found) in play(platform, &rows).await {
            wrong.extend(differences.judge(&row.id, rasas(platform, row), &found));
        }
    }
    wrong.extend(differences.never_met());
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The rows in groups that share a server: those of the same settings, but for those with a platform that fails, which
/// would be remembered.
fn with_one_server(rows: &[Row]) -> Vec<Vec<&Row>> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        let is_shared = |row: &Row| row.fails.is_none() && row.credentials.is_none();
        let same = |group: &&mut Vec<&Row>| {
            is_shared(row) && is_shared(group[0]) && group[0].settings == row.settings
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

/// What Rasa made of a row, in the form that is compared.
fn rasas(platform: &Platform, row: &Row) -> Value {
    let mut outcome = row.outcome();
    if let Some(Value::Array(calls)) = outcome.get_mut("sent") {
        for call in calls.iter_mut() {
            let [method, path] = ["method", "path"].map(|key| call[key].as_str().expect("a text"));
            let body = call.get("json").or(call.get("form")).cloned();
            *call = platform.call(method, path, body.unwrap_or_default());
        }
        platform.sort(calls);
    }
    outcome
}

/// Starts a server with the rows' settings and plays them one after the other.
async fn play<'a>(platform: &Platform, rows: &[&'a Row]) -> Vec<(&'a Row, Value)> {
    let (api, bot) = (Api::of(platform.name).await, Bot::start().await);
    let builder = Builder::new()
        .credentials(&credentials(platform, rows[0], &api))
        // Rasa gives a message up when its bot fails.
        .endpoints(&format!("{}  retry_for: 0\n", bot.endpoints()));
    let starts = builder.output("check").status.success();
    if !starts || rows[0].credentials.is_some() {
        return rows
            .iter()
            .map(|row| (*row, json!({ "starts": starts })))
            .collect();
    }
    let server = builder.start();
    if platform.registers {
        let what = "the channel is active at its platform";
        eventually(what, async || server.log().contains(what).then_some(())).await;
    }
    let mut outcomes = Vec::new();
    for row in rows {
        outcomes.push((*row, outcome(platform, row, &server, &api, &bot).await));
    }
    outcomes
}

fn credentials(platform: &Platform, row: &Row, api: &Api) -> String {
    if let Some(credentials) = &row.credentials {
        // YAML is a superset of JSON.
        return credentials.to_string();
    }
    let mut settings = row.settings.clone();
    let all = settings.as_object_mut().expect("settings");
    if let Value::Object(more) = (platform.settings)(api) {
        all.extend(more);
    }
    // Whoever stands in for the platform stands in for a proxy as well.
    if let Some(Value::String(proxy)) = all.get_mut("proxy") {
        *proxy = proxy.replace("127.0.0.1:5999", api.url().trim_start_matches("http://"));
    }
    json!({ (platform.name): settings }).to_string()
}

async fn outcome(
    platform: &Platform,
    row: &Row,
    server: &Switchboard,
    api: &Api,
    bot: &Bot,
) -> Value {
    let (heard, called) = (bot.heard().len(), api.calls().len());
    row.prepare(api);
    let (status, text) = row.replay(server, platform).await;
    server.quiet().await;
    let heard = &bot.heard()[heard..];
    let mut heard: Vec<Value> = heard
        .iter()
        .map(|heard| {
            json!({
                "text": heard["message"], "sender_id": heard["sender"],
                "input_channel": heard["input_channel"], "metadata": heard["metadata"],
            })
        })
        .collect();
    // No order is promised between conversations.
    heard.sort_by_key(|heard| heard["sender_id"].to_string());
    let calls = api.calls();
    let calls = calls[called..].iter();
    let calls = calls.filter(|call| !Platform::is_login(call.path()));
    let mut calls: Vec<Value> = calls
        .map(|call| {
            platform.call(
                call.request.method.as_str(),
                &call.request.path,
                call.body(),
            )
        })
        .collect();
    platform.sort(&mut calls);
    let mut found =
        json!({"starts": true, "status": status, "text": text, "heard": heard, "sent": calls});
    fingerprint(&rasas(platform, row), &mut found);
    found
}

/// Of very long texts the recording has the digest.
fn fingerprint(recorded: &Value, found: &mut Value) {
    match (recorded, found) {
        (Value::Object(recorded), found) if recorded.contains_key("$sha256") => {
            if let Value::String(text) = found {
                let digest = Sha256::digest(text.as_bytes());
                let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                *found = json!({ "$sha256": digest });
            }
        }
        (Value::Object(recorded), Value::Object(found)) => {
            for (key, recorded) in recorded {
                if let Some(found) = found.get_mut(key) {
                    fingerprint(recorded, found);
                }
            }
        }
        (Value::Array(recorded), Value::Array(found)) => {
            for (recorded, found) in recorded.iter().zip(found) {
                fingerprint(recorded, found);
            }
        }
        _ => {}
    }
}
