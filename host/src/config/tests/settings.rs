//! A channel's settings against what its connector declares.

use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use super::super::{SettingKind, SettingSpec, SettingValue, Settings, check};
use super::channels;

fn spec(name: &str, kind: SettingKind) -> SettingSpec {
    SettingSpec {
        name: name.to_owned(),
        kind,
        required: false,
        sealed: false,
        in_body: false,
        hosts: Vec::new(),
        default: None,
        doc: String::new(),
    }
}

fn sealed(name: &str, kind: SettingKind) -> SettingSpec {
    SettingSpec {
        sealed: true,
        ..spec(name, kind)
    }
}

fn required(name: &str, doc: &str) -> SettingSpec {
    SettingSpec {
        required: true,
        doc: doc.to_owned(),
        ..sealed(name, SettingKind::Text)
    }
}

/// Checks settings in flow notation against declarations.
fn checked(settings: &str, declared: &[SettingSpec]) -> Result<Settings, String> {
    let channels = channels(&format!("rest: {settings}\n"));
    check(&channels[0], declared).map_err(|errors| errors.to_string())
}

/// The JSON that one setting of a kind becomes.
fn value(written: &str, kind: SettingKind) -> Result<Json, String> {
    let settings = checked(&format!("\n  k: {written}"), &[spec("k", kind)])?;
    match settings.get("k") {
        Some(SettingValue::Open(value)) => Ok(value.clone()),
        Some(SettingValue::Sealed(_)) => panic!("not declared as sealed"),
        None => Ok(Json::Null),
    }
}

#[test]
fn values_fit_their_kind() {
    use SettingKind as K;
    let table = [
        ("hello", K::Text, json!("hello")),
        ("0123", K::Text, json!("0123")),
        ("123456789:ABC", K::Text, json!("123456789:ABC")),
        ("1.50", K::Text, json!("1.50")),
        ("true", K::Text, json!("true")),
        ("''", K::Text, json!("")),
        ("~", K::Text, json!(null)),
        ("${PORT}", K::Text, json!("5005")),
        ("5", K::Integer, json!(5)),
        ("0x10", K::Integer, json!(16)),
        ("18446744073709551615", K::Integer, json!(u64::MAX)),
        ("${PORT}", K::Integer, json!(5005)),
        ("'${PORT}'", K::Integer, json!(5005)),
        ("1.5", K::Number, json!(1.5)),
        ("2", K::Number, json!(2)),
        ("\"${PORT}\"", K::Number, json!(5005)),
        ("true", K::Boolean, json!(true)),
        ("'${FLAG}'", K::Boolean, json!(true)),
        (
            "http://localhost:8080/x?y",
            K::Url,
            json!("http://localhost:8080/x?y"),
        ),
        ("[a, 1, true]", K::TextList, json!(["a", "1", "true"])),
        ("{a: 1, b: x}", K::TextMap, json!({"a": "1", "b": "x"})),
        (
            "{a: [1, ~, 'x', 1.5, false]}",
            K::Any,
            json!({"a": [1, null, "x", 1.5, false]}),
        ),
        ("aGk=", K::Base64Key, json!("aGk=")),
        ("6869", K::HexKey, json!("6869")),
        ("whsec_aGk", K::WebhookKey, json!("whsec_aGk")),
    ];
    for (written, kind, json) in table {
        assert_eq!(value(written, kind), Ok(json), "{written} as {kind:?}");
    }
}

#[test]
fn other_values_are_refused() {
    use SettingKind as K;
    let table = [
        ("[a]", K::Text, "must be text: found a list"),
        ("'5'", K::Integer, "must be an integer: found text"),
        ("1.5", K::Integer, "must be an integer: found a number"),
        ("18446744073709551616", K::Integer, "at most 64 bits"),
        ("'${TOKEN}'", K::Integer, "must be an integer: found text"),
        ("five", K::Number, "must be a number: found text"),
        (".nan", K::Number, "must be a finite number"),
        ("'true'", K::Boolean, "without quotes: found text"),
        ("yes", K::Boolean, "without quotes: found text"),
        ("1", K::Boolean, "without quotes: found an integer"),
        ("example.com", K::Url, "must be an http or https address"),
        ("http://user:pass@h", K::Url, "must not hold a user name"),
        ("one", K::TextList, "must be a list of texts"),
        (
            "[a, ~]",
            K::TextList,
            "each item of k` must be text: found nothing",
        ),
        ("[a]", K::TextMap, "must be a mapping"),
        ("{a: {}}", K::TextMap, "`k.a` must be text: found a mapping"),
        ("[.inf]", K::Any, "must be a finite number"),
        ("a~b", K::Base64Key, "must be a key in base64"),
        ("''", K::Base64Key, "must not be an empty key"),
        ("123", K::HexKey, "must be a key in hexadecimal"),
        ("68é9", K::HexKey, "must be a key in hexadecimal"),
        ("whsec_?", K::WebhookKey, "with or without `whsec_`"),
        ("whsec_", K::WebhookKey, "must not be an empty key"),
    ];
    for (written, kind, message) in table {
        let said = value(written, kind).expect_err(written);
        assert!(said.contains(message), "{written} as {kind:?}: {said}");
    }
}

#[test]
fn keys_are_decoded() {
    use SettingKind as K;
    let table = [
        ("aGk=", K::Base64Key, b"hi".as_slice()),
        ("aGk", K::Base64Key, b"hi"),
        ("_-8", K::Base64Key, b"\xFF\xEF"),
        ("/+8=", K::Base64Key, b"\xFF\xEF"),
        ("'6869'", K::HexKey, b"hi"),
        ("6869", K::HexKey, b"hi"),
        ("FFef", K::HexKey, b"\xFF\xEF"),
        ("whsec_aGk=", K::WebhookKey, b"hi"),
        ("aGk=", K::WebhookKey, b"hi"),
        ("aGk=", K::Text, b"aGk="),
    ];
    for (written, kind, bytes) in table {
        let settings = checked(&format!("\n  k: {written}"), &[sealed("k", kind)]).expect(written);
        let Some(SettingValue::Sealed(value)) = settings.get("k") else {
            panic!("not sealed")
        };
        assert_eq!(value.key(), Some(bytes), "{written} as {kind:?}");
    }
}

#[test]
fn defaults_come_in_the_order_of_the_declarations() {
    let declared = [
        SettingSpec {
            default: Some(json!(5)),
            ..spec("a", SettingKind::Integer)
        },
        spec("b", SettingKind::Text),
        SettingSpec {
            default: Some(json!("x")),
            required: true,
            ..spec("c", SettingKind::Text)
        },
        spec("d", SettingKind::Text),
    ];
    let settings = checked("{d: y, c: ~}", &declared).expect("right");
    let names: Vec<_> = settings.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "c", "d"]);
    let wrong = [SettingSpec {
        default: Some(json!("five")),
        ..spec("a", SettingKind::Integer)
    }];
    assert_snapshot!(checked("{}", &wrong).expect_err("the default is text"), @r"
    error: the connector's own default for `a` of `rest` is invalid
      --> credentials.yml:1:1
       |
     1 | rest: …
       | ^^^^
       = hint: give `a` a value, and tell the connector's author
    ");
}

#[test]
fn what_is_unknown_or_missing_is_explained() {
    let declared = [
        required("slack_token", "The bot's token, `xoxb-…`."),
        required("slack_signing_secret", ""),
        spec("use_threads", SettingKind::Boolean),
    ];
    let settings = "
  slack_tokn: hunter2
  use_threads: 'hunter2'
  allow_host: [hunter2]
  slack_signing_secret: ''
  hunter: 2";
    assert_snapshot!(checked(settings, &declared).expect_err("much is wrong"), @r"
    error: `rest` lacks the required setting `slack_token`
      --> credentials.yml:1:1
       |
     1 | rest:
       | ^^^^
       = slack_token: The bot's token, `xoxb-…`.
       = hint: add `slack_token: ${SLACK_TOKEN}` and export SLACK_TOKEN

    error: `rest` lacks the required setting `slack_signing_secret`
      --> credentials.yml:1:1
       |
     1 | rest:
       | ^^^^
       = hint: add `slack_signing_secret: ${SLACK_SIGNING_SECRET}` and export SLACK_SIGNING_SECRET

    error: `rest` has no setting `slack_tokn`
      --> credentials.yml:2:3
       |
     2 |   slack_tokn: …
       |   ^^^^^^^^^^
       = settings of `rest`: `slack_token`, `slack_signing_secret`, `use_threads`
       = settings of every channel: `account`, `mount`, `enabled`, `allow_hosts`, `allow_private_hosts`, `api_url`, `public_url`, `cors`, `proxy`, `sha256`, `isolation`, `on_unknown`, `typing`, `limits`
       = hint: did you mean `slack_token`?

    error: `use_threads` must be `true` or `false`, without quotes: found text
      --> credentials.yml:3:16
       |
     3 |   use_threads: …
       |                ^

    error: `rest` has no setting `allow_host`
      --> credentials.yml:4:3
       |
     4 |   allow_host: …
       |   ^^^^^^^^^^
       = settings of `rest`: `slack_token`, `slack_signing_secret`, `use_threads`
       = settings of every channel: `account`, `mount`, `enabled`, `allow_hosts`, `allow_private_hosts`, `api_url`, `public_url`, `cors`, `proxy`, `sha256`, `isolation`, `on_unknown`, `typing`, `limits`
       = hint: did you mean `allow_hosts`?

    error: `rest` has no setting `hunter`
      --> credentials.yml:6:3
       |
     6 |   hunter: …
       |   ^^^^^^
       = settings of `rest`: `slack_token`, `slack_signing_secret`, `use_threads`
       = settings of every channel: `account`, `mount`, `enabled`, `allow_hosts`, `allow_private_hosts`, `api_url`, `public_url`, `cors`, `proxy`, `sha256`, `isolation`, `on_unknown`, `typing`, `limits`
       = hint: remove the setting
    ");
    assert_snapshot!(checked("{a: 1}", &[]).expect_err("no settings"), @r"
    error: `rest` has no setting `a`
      --> credentials.yml:1:8
       |
     1 | … a: …
       |   ^
       = `rest` has no settings of its own
       = settings of every channel: `account`, `mount`, `enabled`, `allow_hosts`, `allow_private_hosts`, `api_url`, `public_url`, `cors`, `proxy`, `sha256`, `isolation`, `on_unknown`, `typing`, `limits`
       = hint: remove the setting
    ");
}

/// A variable that is set to nothing must not open a channel to everybody.
#[test]
fn a_secret_that_holds_nothing_is_not_one_that_was_left_out() {
    let declared = [sealed("token", SettingKind::Text)];
    let parsed = |value: &str| {
        let settings = checked(&format!("\n  token: {value}"), &declared);
        settings.map(|settings| settings.iter().count())
    };
    for left_out in ["~", "null"] {
        assert_eq!(
            parsed(left_out).expect("it may be left out"),
            0,
            "{left_out}"
        );
    }
    for blank in ["${EMPTY}", "\"${EMPTY}\"", "''", "'  '"] {
        let error = parsed(blank).expect_err(blank);
        assert!(error.contains("`token` is empty"), "{blank}: {error}");
    }
    assert_eq!(parsed("x${EMPTY}").expect("something"), 1);
}

#[test]
fn an_account_lacks_its_setting_where_the_account_is() {
    let text = "slack:\n  - account: acme\n    slack_token: a\n  - account: globex\n";
    let channels = channels(text);
    let declared = [required("slack_token", "")];
    assert!(check(&channels[0], &declared).is_ok());
    assert_snapshot!(check(&channels[1], &declared).expect_err("no token"), @r"
    error: `slack` lacks the required setting `slack_token`
      --> credentials.yml:4:5
       |
     4 |   - account: …
       |     ^^^^^^^
       = hint: add `slack_token: ${SLACK_TOKEN}` and export SLACK_TOKEN
    ");
}
