//! Twilio.

use serde_json::{Value, json};
use switchboard_tests::{Answer, Api, ScriptedBot, client, python_says, signed};

use super::Road;

static TWILIO: Road = Road {
    connector: "twilio",
    secret: "auth-token",
    readme: include_str!("../../../../plugins/twilio/README.md"),
    variables: &[
        ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
        ("TWILIO_AUTH_TOKEN", "auth-token"),
    ],
    settings: &[],
    base: "",
    delivery: |_, number, text| {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("MessageSid", &format!("SM{number:032x}"))
            .append_pair("AccountSid", "AC0123456789abcdef0123456789abcdef")
            .append_pair("From", "+15551230000")
            .append_pair("To", "+15005550006")
            .append_pair("NumMedia", "0")
            .append_pair("Body", text);
        ("application/x-www-form-urlencoded", form.finish())
    },
    send: "POST /2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json",
    text: "/Body",
    authorized: |call| {
        // The account's SID and its token.
        let basic = "Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjphdXRoLXRva2Vu";
        call.request.header("authorization") == Some(basic)
    },
    too_often: || {
        Answer::status(429)
            .saying(&json!({"code": 20429, "message": "Too Many Requests", "status": 429}))
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn main_road() {
    TWILIO.walk().await;
}

/// As Twilio's own SDK signs a form that is posted to `url`.
fn sdk_signs(token: &str, url: &str, form: &str) -> String {
    let packages = ["twilio==9.13.0"];
    let printed = python_says(&packages, "twilio_sign.py", &[token, url], form.as_bytes());
    printed.trim_end().to_owned()
}

#[tokio::test]
async fn what_twilios_own_sdk_signs_is_taken_and_nothing_else() {
    let (api, bot) = (Api::of("twilio").await, ScriptedBot::start().await);
    // Behind a proxy, as Twilio knows it.
    let server = TWILIO.start(&api, &bot, &["public_url: 'https://bot.example.com/base'"]);
    let path = "/webhooks/twilio/webhook";
    let (kind, form) = (TWILIO.delivery)(&api, 1, "h\u{e9}llo \u{1f600}");
    // An empty field, one that comes again, and upper case before lower case.
    let form = format!("{form}&ButtonPayload=&b=2&B=1&b=1&b=2&ProfileName=Ann+%26+Bob");
    for (number, query) in ["", "?tenant=7&x=a%20b"].into_iter().enumerate() {
        let form = form.replace("MessageSid=SM0", &format!("MessageSid=SM{number}"));
        let url = format!("https://bot.example.com/base{path}{query}");
        let genuine = sdk_signs(TWILIO.secret, &url, &form);
        let own = signed("twilio", TWILIO.secret, &url, form.as_bytes());
        assert_eq!(own[0].1, genuine);
        let altered = format!("{form}&Extra=1");
        let elsewhere = sdk_signs(TWILIO.secret, &url.replace("bot.", "other."), &form);
        for (signature, form, is_taken) in [
            (sdk_signs("another", &url, &form), &form, false),
            (elsewhere, &form, false),
            (genuine.clone(), &altered, false),
            (genuine, &form, true),
        ] {
            let request = client().post(server.at(&format!("{path}{query}")));
            let request = request
                .header("content-type", kind)
                .header("x-twilio-signature", signature);
            let response = request.body(form.clone()).send().await.expect("an answer");
            assert_eq!(response.status().is_success(), is_taken, "{query}");
        }
    }
    server.quiet().await;
    let heard: Vec<String> = bot.heard().into_iter().map(|heard| heard.text).collect();
    assert_eq!(heard, ["h\u{e9}llo \u{1f600}"; 2]);
}

#[tokio::test]
async fn what_was_delivered_and_what_failed_is_on_record() {
    let (api, bot) = (Api::of("twilio").await, ScriptedBot::start().await);
    let server = TWILIO.start(&api, &bot, &[]);
    for (number, status) in [(1, "delivered"), (2, "failed")] {
        TWILIO.say(&server, &api, number, "hi").await;
        let sent = api
            .wait_for(TWILIO.send, number)
            .await
            .pop()
            .expect("the answer");
        server.quiet().await;
        let id = format!("SM{:032x}", sent.number);
        assert_eq!(TWILIO.status(&server, &id).await, Value::Null);
        // Twilio reports to where it was told to.
        let told = sent.body()["StatusCallback"].clone();
        let path = told
            .as_str()
            .and_then(|told| told.strip_prefix(&server.url));
        let path = path.expect("an address of this server");
        let form =
            format!("MessageSid={id}&MessageStatus={status}&To=%2B15551230000&From=%2B15005550006");
        let report = ("application/x-www-form-urlencoded", form);
        let forged = TWILIO
            .deliver_at(&server, path, "another", report.clone())
            .await;
        assert_eq!(forged, 403);
        let taken = TWILIO
            .deliver_at(&server, path, TWILIO.secret, report)
            .await;
        assert!((200..300).contains(&taken), "{taken}");
        server.quiet().await;
        assert_eq!(TWILIO.status(&server, &id).await, status);
    }
    assert_eq!(bot.texts("+15551230000"), ["hi", "hi"]);
}
