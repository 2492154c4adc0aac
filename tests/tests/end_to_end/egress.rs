//! The way out: to what was granted and nowhere else, whatever the address looks like, and whoever answers there.

use std::io::Write;
use std::process::{Command, Stdio};

use reqwest::StatusCode;
use switchboard_tests::{Builder, Recorder, client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Percent-encoded, to stand in a query.
fn encoded(url: &str) -> String {
    url.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn no_form_of_an_address_leads_inside() {
    let granted = Recorder::start().await;
    let inside = Recorder::start().await;
    let server = Builder::new()
        .hostile(&format!("url: {}", granted.url()))
        .start();
    let port = inside.url().rsplit(':').next().expect("a port");
    let denied = [
        "127.0.0.1",
        "127.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "0.0.0.0",
        "0",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "metadata.google.internal",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "example.com",
    ];
    for host in denied {
        let url = format!("http://{host}:{port}/");
        let (_, told) = server
            .provoke(&format!("fetch?url={}", encoded(&url)))
            .await;
        assert!(told.contains("may not reach"), "{host}: {told}");
    }
    let line = server.logged("was not let out");
    let grant = format!(
        "add to the channel in credentials.yml: allow_hosts: [\"http://127.0.0.1:{port}\"]"
    );
    assert!(line.contains("WARN") && line.contains(&grant), "{line}");

    let host = granted.url().strip_prefix("http://").expect("an address");
    let own_port = host.rsplit(':').next().expect("a port");
    for (url, reason) in [
        (format!("http://user@{host}/"), "user name or password"),
        (
            format!("http://user:password@{host}/"),
            "user name or password",
        ),
        (
            format!("http://{host}@127.0.0.1:{port}/"),
            "user name or password",
        ),
        (format!("ftp://{host}/"), "the scheme `ftp`"),
        (format!("unix://{host}/"), "the scheme `unix`"),
        (format!("ws://{host}/"), "the scheme `ws`"),
        ("file:///etc/passwd".to_owned(), "the scheme `file`"),
        ("data:text/plain,x".to_owned(), "the scheme `data`"),
        (format!("//{host}/"), "the URL"),
        ("http://".to_owned(), "the URL"),
        ("http://[::ffff:127.0.0.1%25lo]/".to_owned(), "the URL"),
        (format!("https://{host}/"), "may not reach"),
        (format!("http://localhost:{own_port}/"), "may not reach"),
        (
            format!("http://[::ffff:127.0.0.1]:{own_port}/"),
            "may not reach",
        ),
        (format!("http://127.0.0.1:{own_port}0/"), "the URL"),
        (format!("http://127.0.0.2:{own_port}/"), "may not reach"),
    ] {
        let (_, told) = server
            .provoke(&format!("fetch?url={}", encoded(&url)))
            .await;
        // A port of one digit more may be one.
        let other_port = url.ends_with("0/") && told.contains("may not reach");
        assert!(told.contains(reason) || other_port, "{url}: {told}");
    }
    assert!(inside.requests().is_empty(), "{:#?}", inside.requests());
    assert!(granted.requests().is_empty(), "{:#?}", granted.requests());

    // What was granted is reached in every form of writing it.
    for same in [
        format!("http://127.1:{own_port}/"),
        format!("HTTP://2130706433:{own_port}/x"),
    ] {
        let (_, told) = server
            .provoke(&format!("fetch?url={}", encoded(&same)))
            .await;
        assert_eq!(told, "status 200", "{same}");
    }
    assert_eq!(granted.requests().len(), 2);
    server.rest_works().await;
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let inside = Recorder::start().await;
    for status in [301, 302, 303, 307, 308] {
        let status = StatusCode::from_u16(status).expect("a status");
        let granted = Recorder::saying(status, &[("location", inside.url())], "").await;
        let server = Builder::new()
            .hostile(&format!("url: {}", granted.url()))
            .start();
        let (_, told) = server.provoke("look").await;
        let expected = format!(
            "status {}, 0 bytes, location \"{}\", encoding \"\"",
            status.as_u16(),
            inside.url()
        );
        assert_eq!(told, expected);
        assert_eq!(granted.requests().len(), 1);
    }
    assert!(inside.requests().is_empty());
}

/// Ten megabytes of nothing, in ten kilobytes.
fn bomb() -> Vec<u8> {
    let mut gzip = Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip is installed");
    let mut input = gzip.stdin.take().expect("piped");
    let writing = std::thread::spawn(move || input.write_all(&vec![0; 10 << 20]));
    let output = gzip.wait_with_output().expect("it ends");
    writing.join().expect("no panic").expect("all is written");
    assert!((1_000..100_000).contains(&output.stdout.len()));
    output.stdout
}

#[tokio::test]
async fn a_compressed_answer_stays_compressed() {
    let bomb = bomb();
    let target = Recorder::saying(
        StatusCode::OK,
        &[("content-encoding", "gzip")],
        bomb.clone(),
    );
    let target = target.await;
    let server = Builder::new()
        .hostile(&format!(
            "url: {}\nlimits: {{ fetch_body: 100 KiB }}",
            target.url()
        ))
        .start();
    let (_, told) = server.provoke("look").await;
    let expected = format!(
        "status 200, {} bytes, location \"\", encoding \"gzip\"",
        bomb.len()
    );
    assert_eq!(told, expected);
    let asked = target.requests().remove(0);
    assert_eq!(asked.header("accept-encoding"), None, "nobody asked for it");
}

/// A host that says one byte at a time, without end.
async fn drip() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                let mut request = [0; 4_096];
                let _ = stream.read(&mut request).await;
                let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
                let _ = stream.write_all(head).await;
                while stream.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn one_who_answers_a_byte_at_a_time_is_not_waited_for() {
    let url = drip().await;
    let server = Builder::new().hostile(&format!("url: {url}")).start();
    let (status, told) = server.provoke("look?timeout_ms=300").await;
    assert_eq!(status, StatusCode::OK);
    assert!(told.contains("timed out"), "{told}");

    // Whatever it asks for, its own time has an end.
    let server = Builder::new()
        .hostile(&format!("url: {url}\nlimits: {{ time: 500ms }}"))
        .start();
    assert_eq!(server.provoke("look").await.0, StatusCode::GATEWAY_TIMEOUT);
    let _ = server.logged("was not done within 500ms; hint: `limits.time`");
    server.rest_works().await;
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_an_error() {
    for answer in [
        &b"hello\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffffff\r\n",
        b"",
    ] {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer).await;
        });
        let server = Builder::new()
            .hostile(&format!("url: http://{address}"))
            .start();
        let (status, told) = server.provoke("look").await;
        let shown = String::from_utf8_lossy(answer);
        assert_eq!(status, StatusCode::OK, "{shown}: {told}");
        assert!(!told.contains("status 200"), "{shown}: {told}");
        server.rest_works().await;
    }
}

#[tokio::test]
async fn a_flood_of_headers_from_the_platform_is_refused() {
    let names: Vec<String> = (0..2_000)
        .map(|number| format!("x-{number}: v\r\n"))
        .collect();
    let answer = format!(
        "HTTP/1.1 200 OK\r\n{}content-length: 0\r\n\r\n",
        names.concat()
    );
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(answer.as_bytes()).await;
    });
    let server = Builder::new()
        .hostile(&format!("url: http://{address}"))
        .start();
    let (_, told) = server.provoke("look").await;
    assert!(!told.contains("status 200"), "{told}");
    // It is the connector that is told, and nobody else who suffers.
    let response = client().get(server.at("/webhooks/hostile")).send().await;
    assert_eq!(response.expect("an answer").status(), StatusCode::OK);
    server.rest_works().await;
}
