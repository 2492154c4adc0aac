//! Sealed settings: the connector works with them and never has them, and nobody outside can have them brought out.

use std::collections::HashMap;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use switchboard_tests::{Builder, Recorder, Switchboard};
use tokio::net::TcpListener;

const SECRET: &str = "t0p/Secret+value=of the operator";

fn start(target: &str, more: &str) -> Switchboard {
    Builder::new()
        .hostile(&format!(
            "secret: \"{SECRET}\"\nbody_secret: \"{SECRET}\"\nurl: {target}\n{more}"
        ))
        .start()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A platform that repeats all that it was told, as debugging endpoints do: in its body, and in headers.
async fn parrot() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let repeat = |uri: axum::http::Uri, headers: HeaderMap, body: String| async move {
        let mut repeated = HeaderMap::new();
        for name in ["x-secret", "authorization"] {
            if let Some(value) = headers.get(name) {
                repeated.insert(name, value.clone());
            }
        }
        let shown = headers
            .get("x-secret")
            .map(|value| value.to_str().expect("text"));
        let shown = shown.unwrap_or_default();
        let forms = [
            percent_encoded(shown),
            STANDARD.encode(shown),
            URL_SAFE_NO_PAD.encode(shown),
            STANDARD.encode(format!("x{shown}y")),
            STANDARD.encode(format!("xy{shown}")),
        ];
        (repeated, format!("{uri} {headers:?} {forms:?} {body}"))
    };
    let router = axum::Router::new().fallback(repeat);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// The heart of what base64 makes of a text that stands after so many other bytes.
fn base64_within(text: &str, before: usize) -> String {
    let encoded = STANDARD.encode([&vec![0; before], text.as_bytes()].concat());
    let whole = (before + text.len()) / 3 * 4;
    encoded[(before * 4).div_ceil(3)..whole].to_owned()
}

#[tokio::test]
async fn the_whole_memory_of_a_connector_holds_no_secret() {
    let target = parrot().await;
    for isolation in ["fresh", "reuse"] {
        let server = start(&target, &format!("isolation: {isolation}"));
        let needles = [
            // It finds what is there: the address, from the settings.
            ("there", target.clone()),
            ("plain", SECRET.to_owned()),
            ("a piece", SECRET[..12].to_owned()),
            ("percent", percent_encoded(SECRET)),
            (
                "percent, as of query",
                "t0p%2FSecret%2Bvalue%3Dof".to_owned(),
            ),
            ("form", "t0p%2FSecret%2Bvalue%3Dof+the".to_owned()),
            ("base64", base64_within(SECRET, 0)),
            ("base64 after a byte", base64_within(SECRET, 1)),
            ("base64 after two", base64_within(SECRET, 2)),
        ];
        let backwards: Vec<String> = needles
            .iter()
            .map(|(_, needle)| needle.chars().rev().collect())
            .collect();
        let body = backwards.join("\n");
        let (status, told) = server.provoke_at("hostile", "dump", &body).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let found: HashMap<&str, usize> = told
            .lines()
            .map(|line| line.rsplit_once(' ').expect("a count"))
            .map(|(needle, count)| (needle, count.parse().expect("a number")))
            .collect();
        for ((what, _), backwards) in needles.iter().zip(&backwards) {
            let count = found[&backwards[..]];
            assert_eq!(
                count > 0,
                *what == "there",
                "{isolation}: {what}: {count} times"
            );
        }
        let log = server.log();
        assert!(!log.contains(&SECRET[..12]), "{log}");
    }
}

/// The placeholder that the connector has at this time.
async fn placeholder(server: &Switchboard) -> String {
    let (_, seen) = server.provoke("seen").await;
    let start = seen.find("sealed-").expect("a placeholder");
    let rest = &seen[start..];
    let end = rest.find('"').expect("its end");
    rest[..end].to_owned()
}

#[tokio::test]
async fn what_users_write_stays_what_it_is() {
    let target = Recorder::start().await;
    for isolation in ["fresh", "reuse"] {
        let server = start(target.url(), &format!("isolation: {isolation}"));
        let token = placeholder(&server).await;
        for text in [
            &token[..],
            &token.to_uppercase(),
            "secret",
            "{secret}",
            "${secret}",
            "{{settings.secret}}",
            "sealed-00000000000000000000000000000000",
            "[sealed]",
        ] {
            let before = target.requests().len();
            let (_, told) = server.provoke_at("hostile", "forward", text).await;
            assert_eq!(told, "status 200", "{text}");
            let got = target.requests().remove(before);
            assert_eq!(got.header("x-text"), Some(text), "{isolation}");
            assert_eq!(String::from_utf8_lossy(&got.body), text, "{isolation}");
            let query: String = reqwest::Url::parse(&format!("http://x{}", got.path))
                .expect("an address")
                .query_pairs()
                .map(|(_, value)| value.into_owned())
                .collect();
            assert_eq!(query, text, "{isolation}");
        }
    }
}

/// An instance that serves many calls is not told from outside what it has in hand: once that got out, by whatever way, it
/// serves no more.
#[tokio::test]
async fn a_placeholder_that_got_out_is_worth_nothing() {
    let target = Recorder::start().await;
    let server = start(target.url(), "isolation: reuse");
    for number in ["1", "2", "3"] {
        assert_eq!(server.provoke("count").await.1, number);
    }
    for way in [
        "seen",
        "begin_seen",
        "refuse_seen",
        "accept_seen",
        "ask_seen",
        "log_seen",
        "fetch",
    ] {
        let (status, told) = server.provoke(way).await;
        assert_ne!(status, StatusCode::NOT_FOUND, "{told}");
        assert_eq!(server.provoke("count").await.1, "1", "{way}");
        assert_eq!(server.provoke("count").await.1, "2", "{way}");
    }
    // To use it is no reason: the platform gets the value.
    for way in ["placeholders", "repeat"] {
        server.provoke(way).await;
        assert_eq!(server.provoke("count").await.1, "3", "{way}");
        server.provoke("seen").await;
        for number in ["1", "2"] {
            assert_eq!(server.provoke("count").await.1, number);
        }
    }
}

/// Each is found and replaced in one go, and what that may come to is limited.
#[tokio::test]
async fn a_body_full_of_placeholders() {
    const COUNT: usize = 200_000;
    let target = Recorder::start().await;
    let server = start(target.url(), "limits: { memory: 128 MiB }");
    let many = format!("placeholders?count={COUNT}");
    let ((_, told), ()) = tokio::join!(server.provoke(&many), server.rest_works());
    assert_eq!(told, "status 200");
    let body = target.requests().remove(0).body;
    assert_eq!(body.len(), COUNT * SECRET.len());
    assert!(
        body.chunks(SECRET.len())
            .all(|piece| piece == SECRET.as_bytes())
    );

    // A secret that is longer than what stands for it makes more of a body than may leave.
    let long = "s".repeat(1_000);
    let server = Builder::new()
        .hostile(&format!(
            "body_secret: {long}\nurl: {}\nlimits: {{ memory: 128 MiB }}",
            target.url()
        ))
        .start();
    let ((_, told), ()) = tokio::join!(server.provoke(&many), server.rest_works());
    assert!(
        told.contains(
            "the body is over 8388608 bytes; `limits.fetch_body` of the channel raises it"
        ),
        "{told}"
    );
    assert_eq!(target.requests().len(), 1);
}

#[tokio::test]
async fn a_secret_goes_where_it_is_meant_to_go() {
    let target = Recorder::start().await;
    let other = Recorder::start().await;
    let server = start(target.url(), &format!("allow_hosts: [\"{}\"]", other.url()));
    assert_eq!(server.provoke("placeholders").await.1, "status 200");
    let body = target.requests().remove(0).body;
    assert_eq!(String::from_utf8_lossy(&body), SECRET);
    // The operator lets it go there, and says nothing of the secret.
    for what in ["placeholders", "fetch"] {
        let what = format!("{what}?url={}", other.url());
        assert_eq!(server.provoke(&what).await.1, "status 200");
    }
    for got in other.requests() {
        let all = format!("{got:?}");
        assert!(all.contains("sealed-") && !all.contains("t0p"), "{all}");
    }
    assert!(!server.log().contains("t0p"), "{}", server.log());
}

/// Whoever asks what is wrong is not told the secret by the way.
#[tokio::test]
async fn no_error_names_a_secret() {
    let target = parrot().await;
    let server = start(&target, "");
    let (status, told) = server.provoke("repeat").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{told}");
    let line = server.logged("connector:");
    for text in [&told, &line, &server.log()] {
        for before in 0..3 {
            let form = base64_within(SECRET, before);
            assert!(!text.contains(&form), "base64 after {before}: {text}");
        }
        for form in [SECRET, &percent_encoded(SECRET)] {
            assert!(!text.contains(form), "{form}: {text}");
        }
    }
    let (_, letters) = server.get("/api/v1/dead-letters").await;
    assert!(!letters.to_string().contains("t0p"));
    let (_, dead) = server.provoke("panic_seen").await;
    assert!(
        !dead.contains("t0p") && !server.log().contains("t0p/S"),
        "{dead}"
    );
}
