//! Microsoft's own bot library, on the other side of each of the bot's three talks: with the services, whose requests
//! it believes or not as we do; with the login, which it asks what we ask; with the services again, to which it sends
//! what we send.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use switchboard_tests::{Api, Builder, Call, Reply, ScriptedBot, Signer, now, python_says};

use super::{APP, BOTFRAMEWORK, PATH, SERVICE, posted, said};

const LIBRARY: [&str; 2] = ["botframework-connector==4.17.1", "aiohttp==3.14.5"];

#[tokio::test(flavor = "multi_thread")]
async fn what_it_believes_is_believed_and_nothing_else() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    let url = api.url();
    let server = |more: &str| {
        let settings = format!(
            "botframework:\n  app_id: {APP}\n  app_password: pw\n  api_url: {url}\n  token_url: {url}/token\n  \
             openid_metadata_url: {url}/openidconfiguration\n{more}"
        );
        let builder = Builder::new().credentials(&settings);
        builder.endpoints(&bot.webhook("")).start()
    };
    let emulator =
        format!("  emulator: true\n  emulator_metadata_url: {url}/openidconfiguration\n");
    let (public, government) = (server(&emulator), server("  cloud: government\n"));
    let (platform, forger) = (Signer::platform(), Signer::forger());
    let told = json!({
        "url": url, "pem": platform.pem(), "kid": platform.kid(), "forged": forger.pem(), "app": APP, "now": now(),
    });
    let told = told.to_string();
    let printed = python_says(&LIBRARY, "botframework_tokens.py", &[], told.as_bytes());
    let mut taken = Vec::new();
    let mut refused = 0;
    for line in printed.lines() {
        let request: Value = serde_json::from_str(line).expect("JSON");
        let server = if request["cloud"] == "government" {
            &government
        } else {
            &public
        };
        let bearer = request["authorization"].as_str().expect("a header");
        let token = bearer.strip_prefix("Bearer ").expect("a token");
        let status = posted(server, PATH, token, &request["activity"]).await;
        let is_taken = request["taken"] == true;
        let expected: &[u16] = if is_taken { &[200] } else { &[401, 403] };
        assert!(
            expected.contains(&status),
            "{status} to one {}",
            request["name"]
        );
        if is_taken {
            taken.push(
                request["activity"]["text"]
                    .as_str()
                    .expect("a text")
                    .to_owned(),
            );
        } else {
            refused += 1;
        }
    }
    assert!(
        taken.len() > 20 && refused > 15,
        "{} and {refused}",
        taken.len()
    );
    public.quiet().await;
    government.quiet().await;
    let mut heard = bot.texts("29:ann");
    heard.sort();
    taken.sort();
    assert_eq!(heard, taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_the_login_what_we_ask() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    let server = BOTFRAMEWORK.start(&api, &bot, &[]);
    BOTFRAMEWORK.say(&server, &api, 1, "hi").await;
    let ours = &api.wait_for("POST /oauth2/v2.0/token", 1).await[0];
    let arguments = [APP, "app-password", "contoso.com"];
    let theirs = python_says(&LIBRARY, "botframework_login.py", &arguments, b"");
    let theirs: Value = serde_json::from_str(&theirs).expect("JSON");
    let url = theirs["url"].as_str().expect("an address");
    assert_eq!(
        url,
        format!("https://login.microsoftonline.com{}", ours.path())
    );
    let mut form = theirs["form"].clone();
    // What it wants to know beside the token.
    form.as_object_mut().expect("a form").remove("client_info");
    assert_eq!(form, ours.body());
}

/// Everything that a bot can say, and what the library sees in it.
fn replies() -> Vec<(Value, &'static str)> {
    let choices = json!([{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "No"}]);
    let said = json!([{"title": "Red", "payload": "Red"}, {"title": "Blue", "payload": "Blue"}]);
    let pressed = json!([
        {"title": "Site", "url": "https://example.com"},
        {"title": "Call", "type": "call", "value": "tel:123"},
        {"title": "Both", "type": "messageBack", "value": {"a": 1}, "text": "t", "displayText": "d"},
    ]);
    let card = |number: usize| {
        json!({
            "title": format!("Card {number}"), "subtitle": "Sub", "image_url": "https://example.com/1.png",
            "url": "https://example.com/1",
            "buttons": [{"title": "Open", "payload": "/open"}],
        })
    };
    let adaptive = json!({
        "type": "message", "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {"type": "AdaptiveCard", "version": "1.2", "body": []},
        }],
    });
    vec![
        (json!({"text": "h\u{e9}llo \u{1f600}"}), "message"),
        (
            json!({"text": "Sure?", "buttons": choices}),
            "message hero postBack imBack",
        ),
        (
            json!({"text": "Go:", "buttons": pressed}),
            "message hero openUrl call messageBack",
        ),
        (
            json!({"text": "Which?", "quick_replies": said}),
            "message suggested imBack suggested imBack",
        ),
        (
            json!({"image": "https://example.com/cat.png"}),
            "message hero",
        ),
        (
            json!({"elements": [card(1)]}),
            "message hero postBack tap openUrl",
        ),
        (
            json!({"elements": [card(1), card(2)]}),
            "message hero postBack tap openUrl hero postBack tap openUrl",
        ),
        (
            json!({"attachment": {"type": "file", "payload": {"src": "https://example.com/a.pdf"}}}),
            "message",
        ),
        (json!({"custom": adaptive}), "message adaptive"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn it_reads_and_sends_what_we_send() {
    let (api, bot) = (Api::of("botframework").await, ScriptedBot::start().await);
    let server = BOTFRAMEWORK.start(&api, &bot, &["typing: true"]);
    let (replies, expected): (Vec<_>, Vec<_>) = replies().into_iter().unzip();
    let activities = replies.len() + 1;
    bot.does(move |_| Reply::SayAtGate(replies.clone()));
    BOTFRAMEWORK.say(&server, &api, 1, "hi").await;
    api.wait_for(BOTFRAMEWORK.send, 1).await;
    bot.open(1);
    let ours = api.wait_for(BOTFRAMEWORK.send, activities).await;
    // And to a thread of a channel, whose id is odd.
    let place = "19:abc@thread.tacv2;messageid=1";
    let mut thread = said(SERVICE, 2, "hi");
    thread["conversation"] = json!({"id": place, "conversationType": "channel", "isGroup": true});
    bot.does(|_| Reply::text("in a thread"));
    let delivery = ("application/json", thread.to_string());
    assert_eq!(BOTFRAMEWORK.deliver(&server, APP, delivery).await, 200);
    let is_odd = |call: &Call| call.body()["text"] == "in a thread";
    let calls = api.wait_until(|calls| calls.iter().any(is_odd)).await;
    let odd = calls.iter().find(|call| is_odd(call)).expect("one").clone();
    let ours: Vec<Call> = ours.into_iter().chain([odd]).collect();

    let theirs = Api::of("botframework").await;
    let last = ours.len() - 1;
    let given = ours.iter().enumerate().map(|(number, call)| {
        let conversation = if number == last { place } else { "a:conv-1" };
        json!({"conversation": conversation, "activity": call.body()})
    });
    let given = Value::Array(given.collect()).to_string();
    let arguments = [
        &format!("{}/emea/", theirs.url()),
        &format!("token-of-{APP}"),
    ];
    let arguments = arguments.map(|argument| &argument[..]);
    let seen = python_says(
        &LIBRARY,
        "botframework_activities.py",
        &arguments,
        given.as_bytes(),
    );
    let seen: Vec<&str> = seen.lines().collect();
    let expected: Vec<&str> = [["typing"].as_slice(), &expected, &["message"]].concat();
    assert_eq!(seen, expected);

    let theirs = theirs.calls();
    assert_eq!(theirs.len(), ours.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours.body(), theirs.body());
        assert_eq!(ours.request.method, theirs.request.method);
        let [path, other] =
            [ours, theirs].map(|call| percent_decode_str(call.path()).decode_utf8());
        assert_eq!(path.expect("UTF-8"), other.expect("UTF-8"));
        let header = |call: &Call| call.request.header("authorization").map(str::to_owned);
        assert_eq!(header(ours), header(theirs));
    }
}
