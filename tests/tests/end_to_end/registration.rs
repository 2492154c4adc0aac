//! Webhooks that connectors register at their platforms.

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard_tests::{Answer, Builder, Platform, Switchboard, client};

async fn post(server: &Switchboard, path: &str) -> (StatusCode, Value) {
    let response = server.post(path, "").await;
    let status = response.status();
    let bytes = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&bytes).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_is_told_until_it_listens() {
    let platform = Platform::start().await;
    platform.does(|part| match part.number {
        1 => Answer::status(503),
        2 => Answer::Cut,
        _ => Answer::Take,
    });
    let server = Builder::new()
        .courier(&platform, "registers: true\nmount: /hooks/c")
        .argument("--public-url=https://bot.example.com/base")
        .start();
    let posted = platform.wait_taken(1).await;
    let told = &posted[0].body;
    assert_eq!(told["id"], "register");
    assert_eq!(told["url"], "https://bot.example.com/base/hooks/c/webhook");
    assert_eq!(platform.posted().len(), 3);
    let _ = server.logged("is not active at its platform yet, which is tried again");
    let _ = server.logged("the channel is active at its platform");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hopeless_is_said_and_can_be_asked_for_again() {
    let platform = Platform::start().await;
    platform.does(|_| Answer::status(401));
    let server = Builder::new()
        .courier(
            &platform,
            "registers: true\npublic_url: https://own.example.com",
        )
        .start();
    let line =
        server.logged("the channel is not active at its platform: the platform does not accept");
    assert!(line.contains("/api/v1/channels/courier/activate"), "{line}");
    // A message comes and is answered all the same.
    platform.takes();
    server.say("m1", "c", "hi").await;
    platform.wait_taken(1).await;

    let (status, answer) = post(&server, "/api/v1/channels/courier/activate").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer, json!({"channel": "courier", "active": true}));
    let (status, answer) = post(&server, "/api/v1/channels/courier/deactivate").await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let posted = platform.wait_taken(3).await;
    let ids: Vec<&str> = posted.iter().map(|part| &part.id[..]).collect();
    assert_eq!(ids[1..], ["register", "unregister"]);
    assert_eq!(
        posted[1].body["url"],
        "https://own.example.com/webhooks/courier/webhook"
    );

    platform.does(|_| Answer::status(403));
    let (status, answer) = post(&server, "/api/v1/channels/courier/deactivate").await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert_eq!(answer["error"]["code"], "platform_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_no_address_of_its_own() {
    let platform = Platform::start().await;
    let server = Builder::new().courier(&platform, "registers: true").start();
    let _ = server.logged("nobody said where the platform is to call");
    assert!(platform.posted().is_empty());
    for (path, status) in [
        ("/api/v1/channels/rest/activate", StatusCode::BAD_REQUEST),
        ("/api/v1/channels/nothing/activate", StatusCode::NOT_FOUND),
        ("/api/v1/channels/courier", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(post(&server, path).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn a_route_for_the_admin_alone() {
    let platform = Platform::start().await;
    let server = Builder::new()
        .courier(&platform, "")
        .argument("--auth-token=a-token")
        .start();
    let get = async |token: &str| {
        let url = server.at(&format!("/webhooks/courier/inside?token={token}"));
        let response = client().get(url).send().await.expect("an answer");
        (response.status(), response.text().await.expect("a text"))
    };
    assert_eq!(get("another").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get("").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get("a-token").await, (StatusCode::OK, "come in".to_owned()));

    let open = Builder::new().courier(&platform, "").start();
    let url = open.at("/webhooks/courier/inside");
    let from_a_proxy = client().get(&url).header("x-forwarded-for", "192.0.2.1");
    let status = from_a_proxy.send().await.expect("an answer").status();
    assert_eq!(status, StatusCode::FORBIDDEN);
    let status = client().get(&url).send().await.expect("an answer").status();
    assert_eq!(status, StatusCode::OK);
}
