//! What people read before the first message: `check`, and what is wrong with a configuration.

use std::fs;
use std::path::Path;

use serde_json::Value;
use switchboard_tests::{Builder, Switchboard, client, example, hostile};

/// What a command prints, with its exit code. The folder's own name is left out.
fn printed(builder: &Builder, command: &str) -> String {
    let output = builder.output(command);
    let text = format!(
        "exit code {}\n{}{}",
        output.status.code().expect("a code"),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let text = text.replace(&format!("{}/", builder.folder().display()), "");
    // What a component hashes to changes with it.
    let mut shown = String::new();
    for line in text.split_inclusive('\n') {
        match line.split_once("sha256         ") {
            Some((before, digest)) => {
                assert!(digest.trim_end().len() == 64, "{line}");
                shown.push_str(before);
                shown.push_str("sha256         (64 digits)\n");
            }
            None => shown.push_str(line),
        }
    }
    shown
}

#[test]
fn check_shows_what_is_there_and_hides_what_is_sealed() {
    let builder = Builder::new()
        .credentials(
            "rest:\n  token: ${REST_TOKEN}\ncallback:\n  - account: crm\n    url: https://crm.example.com/in\n    \
             headers: {X-Key: hidden}\n    allow_hosts: [\"*.example.org\"]\naddons/my_io.wasm:\n  username: user_name\n",
        )
        .component("addons/my_io.wasm", &example("myio"))
        .variable("REST_TOKEN", "hidden")
        .endpoints("bot:\n  url: http://localhost:5055\n  token: hidden\naction_endpoint:\n  url: http://x\n");
    insta::assert_snapshot!(printed(&builder, "check"));
}

/// The README's own YAML: what people copy has to work.
#[test]
fn the_configuration_of_the_readme() {
    let readme = include_str!("../../../README.md");
    let mut blocks = readme
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next());
    let (credentials, endpoints) = (blocks.next().flatten(), blocks.next().flatten());
    assert!(blocks.next().is_none(), "a block that nothing tries");
    let builder = Builder::new()
        .credentials(credentials.expect("a block"))
        .endpoints(endpoints.expect("a block"))
        .component("addons/my_io.wasm", &example("myio"))
        .variable("REST_TOKEN", "a")
        .variable("CRM_TOKEN", "b")
        .variable("SHOP_SECRET", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3")
        .variable("RASA_TOKEN", "c");
    let output = builder.output("check");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for mount in [
        "/webhooks/rest/webhook",
        "/webhooks/callback/crm/webhook",
        "/shop/webhook",
        "/webhooks/myio/webhook",
    ] {
        assert!(
            printed.contains(&format!("POST {mount}\n")),
            "{mount}: {printed}"
        );
    }
}

/// And that of each connector's README.
#[test]
fn the_configurations_of_the_connectors() {
    let plugins = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins"));
    let mut tried = 0;
    for entry in fs::read_dir(plugins).expect("a folder") {
        let path = entry.expect("an entry").path().join("README.md");
        let Ok(readme) = fs::read_to_string(&path) else {
            continue;
        };
        for block in readme.split("```yaml\n").skip(1) {
            let yaml = block.split("```").next().expect("a block");
            let names = yaml.split("${").skip(1);
            let names = names.filter_map(|rest| rest.split('}').next());
            let builder = names.fold(Builder::new().credentials(yaml), |builder, name| {
                // Some identifiers have a form that is checked: Twilio's, and a tenant of Microsoft's.
                let account = ["AC", &"0".repeat(32)].concat();
                let value = if name.ends_with("ACCOUNT_SID") {
                    &account
                } else if name.ends_with("TENANT_ID") {
                    "contoso.com"
                } else {
                    "123456:a-value"
                };
                builder.variable(name, value)
            });
            let output = builder.output("check");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {errors}", path.display());
            tried += 1;
        }
    }
    assert!(tried > 0);
}

#[test]
fn check_without_a_configuration() {
    insta::assert_snapshot!(printed(&Builder::new(), "check"));
}

#[test]
fn check_looks_at_a_component_by_itself() {
    let builder = Builder::new()
        .component("hostile.wasm", &hostile())
        .argument("hostile.wasm");
    insta::assert_snapshot!(printed(&builder, "check"));
}

#[test]
fn everything_wrong_is_said_at_once() {
    let builder = Builder::new()
        .credentials(
            "rset:\nrest:\n  tokn: x\ncallback:\n  url: not a url\n  signing_secret: '!!'\nmissing.wasm:\nmy_module.MyIO:\n",
        )
        .endpoints("bot:\n  type: rassa\n  url: ${NOT_SET_ANYWHERE}\n");
    insta::assert_snapshot!(printed(&builder, "check"));
}

#[test]
fn settings_are_checked_against_the_connector() {
    let builder = Builder::new().credentials(
        "rest:\n  tokn: x\ncallback:\n  url: not a url\n  signing_secret: '!!'\n  token: [1]\n",
    );
    insta::assert_snapshot!(printed(&builder, "check"));
    // What the connector itself has to say.
    let builder = Builder::new()
        .credentials("callback:\n  url: http://localhost/\n  basic_auth: { username: u }\n");
    insta::assert_snapshot!(printed(&builder, "check"), @r"
    exit code 2
    error: the settings of `callback` do not fit: `basic_auth`: `password` is missing; it takes `username` and `password`
      --> credentials.yml:1:1
    ");
    let builder = Builder::new().credentials("rest:\n  typing: true\n");
    insta::assert_snapshot!(printed(&builder, "check"), @r"
    exit code 2
    error: `typing`: `rest` has no sign for it
      --> credentials.yml:1:1
       hint: leave it out
    ");
}

#[test]
fn two_channels_that_want_one_path() {
    let builder = Builder::new()
        .credentials("rest:\ncallback:\n  url: https://example.com\n  mount: /webhooks/rest\n");
    insta::assert_snapshot!(printed(&builder, "check"));
    let builder = Builder::new()
        .credentials("my_io.wasm:\nother/my_io.wasm:\n")
        .component("my_io.wasm", &example("myio"))
        .component("other/my_io.wasm", &example("myio"));
    insta::assert_snapshot!(printed(&builder, "check"));
}

#[test]
fn what_is_no_component_gets_the_next_step() {
    let builder = Builder::new()
        .credentials("core.wasm:\ntext.wasm:\n")
        .file("core.wasm", b"\0asm\x01\0\0\0")
        .file("text.wasm", b"<html>");
    insta::assert_snapshot!(printed(&builder, "check"));
    // A component that exports nothing.
    let builder = Builder::new()
        .file("empty.wasm", b"\0asm\x0d\0\x01\0")
        .argument("empty.wasm");
    insta::assert_snapshot!(printed(&builder, "check"));
}

#[test]
fn files_that_are_not_there_and_calls_that_are_wrong() {
    let builder = Builder::new().argument("--credentials=nope.yml");
    insta::assert_snapshot!(printed(&builder, "run"));
    let output = Builder::new().argument("--no-such-option").output("run");
    assert_eq!(output.status.code(), Some(2));
    let output = Builder::new()
        .argument("--public-url=bot.example.com")
        .output("run");
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn run_says_what_is_mounted_where_and_who_answers() {
    let server = Builder::new()
        .credentials("callback:\n  url: https://crm.example.com/in\nrest:\n  mount: /talk\n")
        .start();
    let banner = server.banner().replace(&server.url, "http://ADDRESS");
    insta::assert_snapshot!(banner);
    let root = client()
        .get(server.at("/"))
        .send()
        .await
        .expect("an answer");
    let root: Value = serde_json::from_str(&root.text().await.expect("a body")).expect("JSON");
    assert_eq!(root["name"], "switchboard");
    assert!(root["version"].is_string());
}

#[tokio::test]
async fn logs_as_json_and_never_what_was_said() {
    let server = Builder::new()
        .argument("--log-format=json")
        .argument("--log-level=info")
        .start();
    let url = server.at("/webhooks/rest/webhook");
    let body = r#"{"sender": "ann", "message": "my password is hunter2"}"#;
    client()
        .post(&url)
        .body(body)
        .send()
        .await
        .expect("an answer");
    client()
        .post(&url)
        .body("hunter2")
        .send()
        .await
        .expect("an answer");
    server.terminate();
    let line = server.logged("stopping");
    let line: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(line["level"], "INFO");
    assert!(!server.log().contains("hunter2") && !server.log().contains("ann"));
}

#[tokio::test]
async fn an_address_that_is_taken() {
    let server = Switchboard::plain();
    let port = server.url.rsplit(':').next().expect("a port").to_owned();
    let output = Builder::new()
        .argument("--port")
        .argument(&port)
        .output("run");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{error}"
    );
    assert!(
        error.contains("hint: something listens there already"),
        "{error}"
    );
}
