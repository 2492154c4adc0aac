//! With keys that exist for tests alone.

use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::fake::FakeHost;
use crate::{
    BotError, Connector, Description, Host as _, HttpError, HttpResponse, NoSettings, Refusal,
    Request, Response,
};

const JWK: &str = r#"{"kty":"RSA","use":"sig","kid":"test-kid-1","n":"obcS2T3yU_yMmTbX3KFC9paGP1Rg9sVnw9eBbSA6AOfCJqT6oglSfbnOiQzK0qIZaUoEDlBitPPqpy2vVQfzMNVlIIV2cKAOKNRs8nrIdldLcWA2ECLHAIDA-b6ZuLUcSKxMf57heW_6LgJSyNgPkAYm_pZjX_LHh4OuGEMotF5H3sXs_sRjmboxXzLbX3BmzFt_o9X5j_hRqhQgQGKC6-aFFbtptpTv06zh_7UH8Mz6Xkp_ncGewHR6poNDT2_j2yhJz8Y9bcLFM8bYphPbEW6okVOdJ8YgKWignmrMQsXlSnSI_uPuOtFo1p1idI5vexJ6STFORnjdcLf4Wn7fgw","e":"AQAB","endorsements":["msteams","webchat","directline"]}"#;
const GENUINE: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InRlc3Qta2lkLTEiLCJ4NXQiOiJ0ZXN0LWtpZC0xIiwidHlwIjoiSldUIn0.eyJzZXJ2aWNldXJsIjoiaHR0cHM6Ly9zbWJhLmV4YW1wbGUubmV0L3RlYW1zLyIsIm5iZiI6MTcxNDU1NzMwMCwiZXhwIjoxNzE0NTYwOTAwLCJpc3MiOiJodHRwczovL2FwaS5ib3RmcmFtZXdvcmsuY29tIiwiYXVkIjoiMTExMTExMTEtMjIyMi0zMzMzLTQ0NDQtNTU1NTU1NTU1NTU1In0.hb47C3-cV38eXHp78oQTI89FvLerSMo1lDsGVFSi7pichLDHrfPwq2aA6Gu2B-RTG0LCyHZ-lj0kMI0ZmwbNkbG8X00OA7LVAtsCfBF1VA66o3U_AsUZCIVax3l2S0vc87cPB6bfd5MXbwFa74VIF1xq000oozvqwcrLC-g1cGQEIok9RW37XLtiq4y2XlLmvnBbBS1QUr64c0cflzL8YP4EdS5mxKh8_EdsC6YOWfFY6ZYXTA1rOcunwm_oF755mwm6p5BDhD6dRlkvXIipUtEp6a3XQycYbnYhXoC30AB0OJqYH4OYzIQV0P_vGA3CPyGmdDCaHU2-TJQ9lX7LPg";
const ALTERED: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6InRlc3Qta2lkLTEiLCJ4NXQiOiJ0ZXN0LWtpZC0xIiwidHlwIjoiSldUIn0.eyJzZXJ2aWNldXJsIjoiaHR0cHM6Ly9zbWJhLmV4YW1wbGUubmV0L3RlYW1zLyIsIm5iZiI6MTcxNDU1NzMwMCwiZXhwIjoxNzE0NTYwOTAwLCJpc3MiOiJodHRwczovL2FwaS5ib3RmcmFtZXdvcmsuY29tIiwiYXVkIjoiMTExMTExMTEtMjIyMi0zMzMzLTQ0NDQtNTU1NTU1NTU1NTU1In0.Ab47C3-cV38eXHp78oQTI89FvLerSMo1lDsGVFSi7pichLDHrfPwq2aA6Gu2B-RTG0LCyHZ-lj0kMI0ZmwbNkbG8X00OA7LVAtsCfBF1VA66o3U_AsUZCIVax3l2S0vc87cPB6bfd5MXbwFa74VIF1xq000oozvqwcrLC-g1cGQEIok9RW37XLtiq4y2XlLmvnBbBS1QUr64c0cflzL8YP4EdS5mxKh8_EdsC6YOWfFY6ZYXTA1rOcunwm_oF755mwm6p5BDhD6dRlkvXIipUtEp6a3XQycYbnYhXoC30AB0OJqYH4OYzIQV0P_vGA3CPyGmdDCaHU2-TJQ9lX7LPg";
const WITHOUT_ALGORITHM: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzZXJ2aWNldXJsIjoiaHR0cHM6Ly9zbWJhLmV4YW1wbGUubmV0L3RlYW1zLyIsIm5iZiI6MTcxNDU1NzMwMCwiZXhwIjoxNzE0NTYwOTAwLCJpc3MiOiJodHRwczovL2FwaS5ib3RmcmFtZXdvcmsuY29tIiwiYXVkIjoiMTExMTExMTEtMjIyMi0zMzMzLTQ0NDQtNTU1NTU1NTU1NTU1In0.";
const WITH_HMAC: &str = "eyJhbGciOiJIUzI1NiIsImtpZCI6InRlc3Qta2lkLTEiLCJ0eXAiOiJKV1QifQ.eyJzZXJ2aWNldXJsIjoiaHR0cHM6Ly9zbWJhLmV4YW1wbGUubmV0L3RlYW1zLyIsIm5iZiI6MTcxNDU1NzMwMCwiZXhwIjoxNzE0NTYwOTAwLCJpc3MiOiJodHRwczovL2FwaS5ib3RmcmFtZXdvcmsuY29tIiwiYXVkIjoiMTExMTExMTEtMjIyMi0zMzMzLTQ0NDQtNTU1NTU1NTU1NTU1In0.WPmj334Sqf2KFR0Pbuz4yn-iSa0XdLtuSPQrP-GpWxo";
const NOW: u64 = 1_714_558_000;
const URL: &str = "https://login.example.com/keys";

fn key(json: &str) -> Option<Key> {
    Key::of(&JsonObject::parse(json.as_bytes()).expect("an object"))
}

fn genuine() -> Token<'static> {
    Token::parse(GENUINE).expect("a token")
}

#[test]
fn a_signature_is_the_key_owners_or_not() {
    let key = key(JWK).expect("a key");
    assert_eq!(
        (key.kid.as_str(), genuine().kid()),
        ("test-kid-1", "test-kid-1")
    );
    assert!(genuine().is_signed_with(&key));
    let altered = Token::parse(ALTERED).expect("a token");
    assert!(!altered.is_signed_with(&key));
    let named_otherwise = Key {
        kid: "test-kid-2".to_owned(),
        ..key
    };
    assert!(!genuine().is_signed_with(&named_otherwise));
}

#[test]
fn nobody_chooses_the_algorithm() {
    assert!(Token::parse(WITHOUT_ALGORITHM).is_none());
    assert!(Token::parse(WITH_HMAC).is_none());
}

#[test]
fn what_is_no_token() {
    let header = |json: &str| [&URL_SAFE_NO_PAD.encode(json), ".e30.AA"].concat();
    assert!(Token::parse(&header(r#"{"alg":"RS256","kid":"a"}"#)).is_some());
    let long = [
        &header(r#"{"alg":"RS256","kid":"a"}"#),
        &*"A".repeat(MAX_TOKEN),
    ]
    .concat();
    for text in [
        "",
        "..",
        "a.b.c",
        "e30.e30.AA",
        "e30.e30",
        &[GENUINE, ".AA"].concat(),
        &[GENUINE, "="].concat(),
        &header(r#"{"alg":"RS256"}"#),
        &header(r#"{"alg":"RS256","kid":""}"#),
        &header(r#"{"alg":"RS256","kid":7}"#),
        &header(r#"{"alg":["RS256"],"kid":"a"}"#),
        &header(r#"{"alg":"RS512","kid":"a"}"#),
        &header(r#"{"alg":"RS256","kid":"a","crit":["b64"],"b64":false}"#),
        &header("[]"),
        &long,
    ] {
        assert!(Token::parse(text).is_none(), "{text}");
    }
}

fn claims(json: &str) -> Token<'static> {
    let claims = JsonObject::parse(json.as_bytes()).expect("an object");
    Token {
        claims,
        ..genuine()
    }
}

#[test]
fn a_token_holds_for_a_time() {
    let skew = Duration::from_secs(300);
    let at = |seconds, token: &Token<'_>| token.is_current(Duration::from_secs(seconds), skew);
    for (seconds, holds) in [
        (1_714_556_999, false),
        (1_714_557_000, true),
        (1_714_561_199, true),
        (1_714_561_200, false),
    ] {
        assert_eq!(at(seconds, &genuine()), holds, "{seconds}");
    }
    assert!(at(NOW, &claims(r#"{"exp":1714558000.5}"#)));
    for without in [
        "{}",
        r#"{"nbf":0}"#,
        r#"{"exp":"1714560900"}"#,
        r#"{"exp":null}"#,
        r#"{"exp":1714560900,"nbf":"0"}"#,
    ] {
        assert!(!at(NOW, &claims(without)), "{without}");
    }
}

#[test]
fn a_token_is_for_someone() {
    for (json, is_for) in [
        (r#"{"aud":"a"}"#, true),
        (r#"{"aud":["b","a"]}"#, true),
        (r#"{"aud":["b"]}"#, false),
        (r#"{"aud":"A"}"#, false),
        (r#"{"aud":""}"#, false),
        ("{}", false),
    ] {
        assert_eq!(claims(json).is_for("a"), is_for, "{json}");
    }
}

#[test]
fn what_is_no_key() {
    for (from, to) in [
        (r#""RSA""#, r#""EC""#),
        (r#""sig""#, r#""enc""#),
        (r#""kid""#, r#""kit""#),
        (r#""use""#, r#""alg":"RS512","use""#),
        (r#""AQAB""#, r#""*""#),
        (r#""n":"obcS2T3y"#, r#""n":"*"#),
    ] {
        assert!(JWK.contains(from), "{from}");
        assert_eq!(key(&JWK.replacen(from, to, 1)), None, "{to}");
    }
    let short = r#"{"kty":"RSA","kid":"a","n":"obcS2T3yU_yMmTbX3KFC9w","e":"AQAB"}"#;
    assert_eq!(key(short), None);
}

struct Channel;

impl Connector for Channel {
    type Settings = NoSettings;
    const NAME: &'static str = "channel";

    fn describe() -> Description {
        Description::new("1.0.0", "A channel").host("login.example.com")
    }

    fn receive(
        _: &dyn crate::Host,
        _: &NoSettings,
        _: &str,
        _: Request,
    ) -> Result<Response, Refusal> {
        Ok(Response::empty(200))
    }
}

fn host() -> FakeHost<Channel> {
    let host = FakeHost::new("{}");
    host.set_now(UNIX_EPOCH + Duration::from_secs(NOW));
    host
}

fn answers(host: &FakeHost<Channel>, keys: &[&str]) {
    let body = ["{\"keys\":[", &keys.join(","), "]}"].concat();
    host.http_answers(HttpResponse::with_status(200).with_body(body));
}

fn later(host: &FakeHost<Channel>, seconds: u64) {
    host.set_now(host.now() + Duration::from_secs(seconds));
}

fn finds(host: &FakeHost<Channel>, kid: &str) -> Result<bool, Refusal> {
    let found = KeySource::keys("channel", URL).find(host, kid)?;
    Ok(found.is_some_and(|key| key.kid == kid))
}

/// The same key by another name.
fn second() -> String {
    JWK.replace("test-kid-1", "test-kid-2")
}

#[test]
fn keys_are_kept_for_a_day() {
    let host = host();
    answers(&host, &["7", r#"{"kty":"EC"}"#, JWK]);
    assert_eq!(finds(&host, "test-kid-1"), Ok(true));
    later(&host, 24 * 60 * 60 - 1);
    assert_eq!(finds(&host, "test-kid-1"), Ok(true));
    assert_eq!(host.fetched().len(), 1);
    later(&host, 1);
    answers(&host, &[&second()]);
    assert_eq!(finds(&host, "test-kid-1"), Ok(false), "withdrawn");
    assert_eq!(finds(&host, "test-kid-2"), Ok(true));
    assert_eq!(host.fetched().len(), 2);
}

#[test]
fn an_unknown_name_is_worth_a_look_once_an_hour() {
    let host = host();
    answers(&host, &[JWK]);
    assert_eq!(finds(&host, "test-kid-2"), Ok(false));
    later(&host, 60 * 60 - 1);
    assert_eq!(finds(&host, "test-kid-2"), Ok(false));
    assert_eq!(host.fetched().len(), 1);
    later(&host, 1);
    host.http_fails(HttpError::Unreachable("down".to_owned()));
    assert_eq!(finds(&host, "test-kid-2"), Ok(false));
    assert_eq!(
        finds(&host, "test-kid-1"),
        Ok(true),
        "what is known stays known"
    );
    assert_eq!(finds(&host, "test-kid-2"), Ok(false));
    assert_eq!(host.fetched().len(), 2, "a look that failed was one");
    later(&host, 60 * 60);
    answers(&host, &[JWK, &second()]);
    assert_eq!(finds(&host, "test-kid-2"), Ok(true));
    assert_eq!(host.fetched().len(), 3);
}

#[test]
fn without_keys_nobody_is_believed_and_nobody_turned_away() {
    let host = host();
    host.http_answers(HttpResponse::with_status(500));
    let unavailable = |outcome: Result<bool, Refusal>| {
        matches!(outcome, Err(Refusal::BotFailed(BotError::Overloaded(_))))
    };
    assert!(unavailable(finds(&host, "test-kid-1")));
    assert_eq!(host.logged().len(), 1);
    assert!(
        unavailable(finds(&host, "test-kid-1")),
        "not asked again at once"
    );
    assert_eq!(host.fetched().len(), 1);
    later(&host, 10);
    host.http_answers(HttpResponse::with_status(200).with_body(r#"{"keys":[]}"#));
    assert!(unavailable(finds(&host, "test-kid-1")));
    later(&host, 10);
    answers(&host, &[JWK]);
    assert_eq!(finds(&host, "test-kid-1"), Ok(true));
}

#[test]
fn metadata_says_where_the_keys_are() {
    let host = host();
    let metadata = r#"{"jwks_uri":"https://login.example.com/more"}"#;
    host.http_answers(HttpResponse::with_status(200).with_body(metadata));
    answers(&host, &[JWK]);
    let found = KeySource::metadata("channel", URL).find(&host, "test-kid-1");
    assert_eq!(
        found.expect("keys").map(|key| key.endorsements.len()),
        Some(3)
    );
    let urls: Vec<_> = host.fetched().into_iter().map(|call| call.url).collect();
    assert_eq!(urls, [URL, "https://login.example.com/more"]);
}

#[test]
fn keys_of_another_address_are_none() {
    let host = host();
    answers(&host, &[JWK]);
    assert_eq!(finds(&host, "test-kid-1"), Ok(true));
    answers(&host, &[&second()]);
    let other = KeySource::keys("channel", "https://login.example.com/other");
    assert_eq!(other.find(&host, "test-kid-1"), Ok(None));
    assert_eq!(host.fetched().len(), 2);
}
