//! A client that is none of ours: Python's standard library, over one connection that stays open.

use std::process::Stdio;

use switchboard_tests::Switchboard;
use tokio::process::Command;

#[tokio::test]
async fn a_thousand_messages_over_keep_alive() {
    let server = Switchboard::plain();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/rest.py");
    let output = Command::new("python3")
        .args([script, &server.url, "1000"])
        .stdin(Stdio::null())
        .output()
        .await
        .expect("python3 is installed");
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{errors}");
    assert_eq!(
        printed.trim(),
        "1000 of 1000 answers are right, over 1 connection"
    );
}
