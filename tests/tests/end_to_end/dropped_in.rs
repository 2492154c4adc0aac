//! A connector that somebody wrote with the SDK, beside `credentials.yml`.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use switchboard_tests::{Bot, Builder, client, example, hostile};

#[tokio::test]
async fn a_component_is_named_and_works() {
    let bot = Bot::start().await;
    let builder = Builder::new()
        .credentials("addons/my_io.wasm:\n  username: user_name\n  another_parameter: some value\n")
        .component("addons/my_io.wasm", &example("myio"))
        .endpoints(&bot.endpoints());
    let server = builder.start();
    let body = json!({"sender": "u", "message": "image_text", "metadata": {"page": 3}});
    let response = server
        .post("/webhooks/myio/webhook", body.to_string())
        .await;
    let answer: Value =
        serde_json::from_str(&response.text().await.expect("a body")).expect("JSON");
    assert_eq!(
        answer,
        json!([{"recipient_id": "u", "text": "A cat:"},
            {"recipient_id": "u", "image": "https://example.com/cat.png"}])
    );
    assert_eq!(
        bot.heard(),
        [
            json!({"sender": "u", "message": "image_text", "input_channel": "myio", "metadata": {"page": 3}})
        ]
    );

    let health = client()
        .get(server.at("/webhooks/myio/"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(health.text().await.expect("a body"), r#"{"status":"ok"}"#);
}

#[test]
fn it_is_compiled_once_and_kept_for_the_owner_alone() {
    let builder = Builder::new()
        .credentials("my_io.wasm:\n")
        .component("my_io.wasm", &example("myio"));
    let cache = builder.folder().join("data/cache/components");
    assert!(builder.output("check").status.success());
    assert_eq!(
        std::fs::metadata(&cache)
            .expect("a folder")
            .permissions()
            .mode()
            & 0o777,
        0o700
    );
    let files = || {
        let entries = std::fs::read_dir(&cache).expect("a folder");
        entries
            .map(|entry| entry.expect("an entry"))
            .collect::<Vec<_>>()
    };
    assert_eq!(files().len(), 1);
    let metadata = files()[0].metadata().expect("metadata");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert!(builder.output("check").status.success());
    assert_eq!(files().len(), 1);
    let again = files()[0].metadata().expect("metadata");
    assert_eq!(
        again.modified().expect("a time"),
        metadata.modified().expect("a time")
    );

    // What others could have written is not loaded.
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o777)).expect("chmod");
    let output = builder.output("check");
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("open to others (mode 777)") && error.contains("remove it"),
        "{error}"
    );
}

#[test]
fn a_read_only_folder_costs_the_cache_only() {
    let builder = Builder::new()
        .credentials("my_io.wasm:\n")
        .component("my_io.wasm", &example("myio"))
        .file("no-folder", b"")
        .argument("--data-dir=no-folder");
    let output = builder.output("check");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(log.contains("compiled components are not kept"), "{log}");
}

#[test]
fn a_connector_refuses_settings_with_its_own_words() {
    let builder = Builder::new()
        .credentials("\nhostile.wasm:\n  refuse: I would rather not\n")
        .component("hostile.wasm", &hostile());
    let output = builder.output("check");
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("the connector refuses to start"), "{error}");
    assert!(error.contains("credentials.yml:2:1"), "{error}");
    assert!(error.contains("I would rather not"), "{error}");
    assert!(
        error.contains("hostile"),
        "the author's own function is named: {error}"
    );
}

#[test]
fn another_component_than_the_pinned_one_is_not_started() {
    let builder = Builder::new()
        .component("my_io.wasm", &example("myio"))
        .argument("my_io.wasm");
    let output = builder.output("check");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let digest = shown
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("sha256"))
        .expect("a digest")
        .trim();

    let check = |component: &std::path::Path, digest: &str| {
        let builder = Builder::new()
            .credentials(&format!(
                "my_io.wasm:\n  - account: free\n  - account: pinned\n    sha256: {digest}\n"
            ))
            .component("my_io.wasm", component);
        let output = builder.output("check");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), error)
    };
    assert_eq!(check(&example("myio"), digest), (Some(0), String::new()));
    assert_eq!(check(&example("myio"), &digest.to_uppercase()).0, Some(0));
    let (code, error) = check(&hostile(), digest);
    assert_eq!(code, Some(2));
    assert!(
        error.contains("is not the component that `sha256` pins")
            && error.contains("credentials.yml:3:5")
            && error.contains("its own: "),
        "{error}"
    );
    let (code, error) = check(&example("myio"), "12ab");
    assert_eq!(code, Some(2));
    assert!(error.contains("64 hexadecimal digits"), "{error}");

    let builder = Builder::new().credentials(&format!("rest:\n  sha256: {digest}\n"));
    let output = builder.output("check");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("`rest` is built in"), "{error}");
}
