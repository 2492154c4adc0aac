//! Bytes that no client sends, to the listener: each is answered or dropped, and everybody else is served meanwhile.

use futures_util::future::join_all;
use serde_json::json;
use switchboard_tests::{Builder, Switchboard, Wire, statuses};

/// One that does not wait for long, so that whatever is left open ends soon.
fn impatient() -> Switchboard {
    Builder::new()
        .argument("--header-timeout=5")
        .argument("--body-timeout=5")
        .start()
}

/// A message to REST, its head ended by `more`.
fn message(text: &str, more: &str) -> String {
    let body = json!({ "sender": "u", "message": text }).to_string();
    format!(
        "POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n{more}\r\n{body}",
        body.len()
    )
}

/// A request with these lines after the first ones, and what follows them.
fn post(lines: &str, body: &str) -> Vec<u8> {
    format!("POST /webhooks/rest/webhook HTTP/1.1\r\nhost: x\r\n{lines}\r\n{body}").into_bytes()
}

async fn works(server: &Switchboard) {
    let body = json!({"sender": "u", "message": "hi"}).to_string();
    let response = server.post("/webhooks/rest/webhook", body).await;
    assert_eq!(response.status(), 200);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// What it is, its bytes, and the statuses that may come back: one for each answer.
type Case<'a> = (&'a str, Vec<u8>, &'a [&'a [u16]]);

/// Sends all of these at once, each on its own connection, and looks at the statuses that come back until the server
/// closes.
async fn answers(server: &Switchboard, cases: &[Case<'_>]) {
    let wires = join_all(cases.iter().map(async |(_, bytes, _)| {
        let mut wire = Wire::connect(server).await;
        // The server may answer and close before it has read all.
        wire.write(bytes).await;
        wire
    }));
    let wires = wires.await;
    works(server).await;
    let heard = join_all(wires.into_iter().map(Wire::rest)).await;
    works(server).await;
    let mut wrong = String::new();
    for ((what, _, expected), heard) in cases.iter().zip(heard) {
        assert!(!heard.contains("echo: hidden"), "{what}: {heard}");
        let statuses = statuses(&heard);
        if !expected.contains(&&statuses[..]) {
            wrong.push_str(&format!("{what}: {statuses:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn lengths() {
    let server = impatient();
    let hidden = message("hidden", "");
    let chunked = |first: &str, second: &str| {
        let length = "0\r\n\r\n".len() + hidden.len();
        let lines = format!("{first}\r\n{second}\r\n").replace("LENGTH", &length.to_string());
        post(&lines, &format!("0\r\n\r\n{hidden}"))
    };
    let (length, transfer) = ("content-length: LENGTH", "transfer-encoding: chunked");
    let body = json!({"sender": "u", "message": "hi"}).to_string();
    let body_length = body.len();
    let equal = format!("content-length: {body_length}\r\ncontent-length: {body_length}\r\n");
    let cases: Vec<Case<'_>> = vec![
        ("both lengths", chunked(length, transfer), &[&[400]]),
        ("the other way round", chunked(transfer, length), &[&[400]]),
        ("chunked twice", chunked(transfer, transfer), &[&[400]]),
        (
            "an encoding that is none",
            chunked(length, "transfer-encoding: xchunked"),
            &[&[400]],
        ),
        (
            "chunked, then something",
            chunked(length, "transfer-encoding: chunked, identity"),
            &[&[400]],
        ),
        (
            "something, then chunked",
            chunked(length, "transfer-encoding: identity, chunked"),
            &[&[400]],
        ),
        (
            "a name with white space",
            chunked(length, "transfer-encoding : chunked"),
            &[&[400]],
        ),
        (
            "a vertical tab",
            chunked(length, "transfer-encoding:\x0bchunked"),
            &[&[400]],
        ),
        ("equal lengths", post(&equal, &body), &[&[200]]),
        (
            "differing lengths",
            post("content-length: 0\r\ncontent-length: 5\r\n", "{} {}"),
            &[&[400]],
        ),
        (
            "a list of lengths",
            post("content-length: 2, 2\r\n", "{}"),
            &[&[400]],
        ),
        ("a sign", post("content-length: +2\r\n", "{}"), &[&[400]]),
        (
            "hexadecimal",
            post("content-length: 0x2\r\n", "{}"),
            &[&[400]],
        ),
        (
            "more than 64 bits",
            post("content-length: 99999999999999999999\r\n", "{}"),
            &[&[400]],
        ),
        (
            "all of 64 bits",
            post("content-length: 18446744073709551615\r\n", "{}"),
            &[&[431]],
        ),
        (
            "more than anybody has",
            post("content-length: 9223372036854775807\r\n", "{}"),
            &[&[413]],
        ),
    ];
    answers(&server, &cases).await;

    let old = chunked(length, transfer);
    let old = String::from_utf8(old)
        .expect("text")
        .replacen("HTTP/1.1", "HTTP/1.0", 1);
    answers(
        &server,
        &[("chunked in HTTP/1.0", old.into_bytes(), &[&[400]])],
    )
    .await;
}

#[tokio::test]
async fn heads() {
    let server = impatient();
    let line = |line: &[u8]| {
        let mut bytes = b"GET / HTTP/1.1\r\nhost: x\r\n".to_vec();
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes
    };
    let target = |target: &[u8]| {
        let mut bytes = b"GET ".to_vec();
        bytes.extend_from_slice(target);
        bytes.extend_from_slice(b" HTTP/1.1\r\nhost: x\r\n\r\n");
        bytes
    };
    let many: String = (0..100_000)
        .map(|number| format!("x-{number}: v\r\n"))
        .collect();
    let long = |count: usize| "v".repeat(count);
    let cases: Vec<Case<'_>> = vec![
        (
            "bare line ends",
            b"GET / HTTP/1.1\nhost: x\n\n".to_vec(),
            &[&[200]],
        ),
        ("a bare carriage return", line(b"x-a: b\rx-c: d"), &[&[400]]),
        (
            "carriage returns alone",
            b"GET / HTTP/1.1\rhost: x\r\r".to_vec(),
            &[&[400]],
        ),
        ("NUL in a value", line(b"x-a: b\0c"), &[&[400]]),
        ("NUL in a name", line(b"x-\0: b"), &[&[400]]),
        ("NUL in the path", target(b"/\0"), &[&[400]]),
        ("NUL alone", vec![0; 10_000], &[&[400]]),
        ("a folded line", line(b"x-a: b\r\n c"), &[&[400]]),
        ("a folded first line", line(b" x-a: b"), &[&[400]]),
        ("white space before the colon", line(b"x-a : b"), &[&[400]]),
        ("no name", line(b": b"), &[&[400]]),
        ("no colon", line(b"x-a"), &[&[400]]),
        ("100,000 headers", line(many.as_bytes()), &[&[431], &[]]),
        (
            "a header of 10 MB",
            line(format!("x-a: {}", long(10 << 20)).as_bytes()),
            &[&[431], &[]],
        ),
        (
            "a name of 10 MB",
            line(long(10 << 20).as_bytes()),
            &[&[431], &[400], &[]],
        ),
        (
            "a request line of 10 MB",
            target(long(10 << 20).as_bytes()),
            &[&[414], &[431], &[]],
        ),
        (
            "a method of 10 MB",
            long(10 << 20).into_bytes(),
            &[&[431], &[400], &[]],
        ),
        (
            "a long path",
            target(format!("/{}", long(60_000)).as_bytes()),
            &[&[404]],
        ),
        (
            "a path that is too long",
            target(format!("/{}", long(70_000)).as_bytes()),
            &[&[414]],
        ),
        ("white space in the path", target(b"/a b"), &[&[400]]),
        (
            "escapes that are none",
            target(b"/webhooks/%zz/%/%2"),
            &[&[404]],
        ),
        (
            "escapes that are no UTF-8",
            target(b"/webhooks/%ff%00?%ff=%c3%28"),
            &[&[404]],
        ),
        (
            "a path that is no UTF-8",
            target(b"/webhooks/\xff\xfe"),
            &[&[400]],
        ),
        ("a query that is no UTF-8", target(b"/?\xff\xfe"), &[&[400]]),
        (
            "another host",
            target(b"http://elsewhere.example/webhooks/rest"),
            &[&[200]],
        ),
        (
            "all of the server",
            b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
            &[&[404]],
        ),
        (
            "a tunnel",
            b"CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
            &[&[404]],
        ),
        (
            "HTTP/2",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            &[&[400], &[505], &[]],
        ),
        ("HTTP/0.9", b"GET /\r\n".to_vec(), &[&[400]]),
        (
            "TLS",
            [
                &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
                &[7; 512],
            ]
            .concat(),
            &[&[400], &[]],
        ),
    ];
    answers(&server, &cases).await;
}

#[tokio::test]
async fn chunks() {
    let server = impatient();
    let chunked = |body: &str| post("transfer-encoding: chunked\r\n", body);
    let whole = json!({"sender": "u", "message": "hi"}).to_string();
    let size = whole.len();
    let trailers: String = (0..100_000)
        .map(|number| format!("x-{number}: v\r\n"))
        .collect();
    let extension = "e".repeat(10 << 20);
    let tiny: String = whole.chars().map(|c| format!("1;x=y\r\n{c}\r\n")).collect();
    let cases: Vec<Case<'_>> = vec![
        (
            "a byte a chunk",
            chunked(&format!("{tiny}0\r\n\r\n")),
            &[&[200]],
        ),
        (
            "a trailer",
            chunked(&format!("{size:x}\r\n{whole}\r\n0\r\nx-a: b\r\n\r\n")),
            &[&[200]],
        ),
        (
            "a request behind it",
            chunked(&format!(
                "{size:x}\r\n{whole}\r\n0\r\n\r\n{}",
                message("hidden", "")
            )),
            &[&[200]],
        ),
        (
            "more than 64 bits",
            chunked("fffffffffffffffff\r\n{}"),
            &[&[400]],
        ),
        (
            "all of 64 bits",
            chunked("ffffffffffffffff\r\n{}"),
            &[&[400], &[408]],
        ),
        ("a negative size", chunked("-1\r\n{}"), &[&[400]]),
        ("no size", chunked("\r\n{}"), &[&[400]]),
        (
            "a size that is none",
            chunked("0x2\r\n{}\r\n0\r\n\r\n"),
            &[&[400]],
        ),
        (
            "more than was said",
            chunked("2\r\n{} and more\r\n0\r\n\r\n"),
            &[&[400]],
        ),
        (
            "endless extensions",
            chunked(&format!("2;{extension}\r\n{{}}\r\n0\r\n\r\n")),
            &[&[400], &[]],
        ),
        (
            "many trailers",
            chunked(&format!("{size:x}\r\n{whole}\r\n0\r\n{trailers}\r\n")),
            &[&[400], &[]],
        ),
        ("no end", chunked("2\r\n{}\r\n"), &[&[408]]),
        (
            "shorter than was said",
            post("content-length: 100\r\n", "{}"),
            &[&[408]],
        ),
    ];
    answers(&server, &cases).await;

    for (what, bytes) in [
        ("a body", post("content-length: 100\r\n", "{}")),
        ("a chunk", chunked("a\r\n{}")),
        ("chunks", chunked("2\r\n{}\r\n")),
    ] {
        let mut wire = Wire::connect(&server).await;
        wire.write(&bytes).await;
        wire.end().await;
        let heard = wire.rest().await;
        assert!(
            matches!(statuses(&heard)[..], [] | [400]),
            "{what}: {heard}"
        );
        works(&server).await;
    }
}

#[tokio::test]
async fn what_is_asked_for_beside() {
    let server = impatient();
    let three = ["one", "two", "three"]
        .map(|text| message(text, ""))
        .concat();
    let mut wire = Wire::connect(&server).await;
    wire.write(three.as_bytes()).await;
    let heard = wire.rest().await;
    assert_eq!(statuses(&heard), [200, 200, 200]);
    let places: Vec<_> = ["one", "two", "three"]
        .iter()
        .map(|text| heard.find(&format!("echo: {text}")).expect("an answer"))
        .collect();
    assert!(places.is_sorted(), "{heard}");

    // Who wants to be asked for the body is asked, but not for one that is too large.
    let expect = message("hi", "expect: 100-continue\r\n");
    let (head, body) = expect.split_at(expect.find('{').expect("a body"));
    let mut wire = Wire::connect(&server).await;
    wire.write(head.as_bytes()).await;
    wire.hear("100 Continue").await;
    wire.write(body.as_bytes()).await;
    wire.hear("echo: hi").await;

    let cases: Vec<Case<'_>> = vec![
        (
            "a body that is too large",
            post("expect: 100-continue\r\ncontent-length: 10000000\r\n", ""),
            &[&[413]],
        ),
        (
            "WebSocket",
            message("hi", "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: AAAA\r\n").into_bytes(),
            &[&[200]],
        ),
        (
            "HTTP/2 in the clear",
            message("hi", "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n").into_bytes(),
            &[&[200]],
        ),
        ("line ends first", [&b"\r\n\r\n"[..], message("hi", "").as_bytes()].concat(), &[&[200]]),
    ];
    answers(&server, &cases).await;
}
