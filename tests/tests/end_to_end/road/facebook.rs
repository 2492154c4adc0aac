//! Messenger.

use serde_json::json;
use switchboard_tests::Answer;

use super::Road;

static FACEBOOK: Road = Road {
    connector: "facebook",
    secret: "app-secret",
    settings: &[
        "verify: a-verify-token",
        "secret: app-secret",
        "page-access-token: EAA-token",
    ],
    base: "",
    delivery: |_, number, text| {
        let delivery = json!({"object": "page", "entry": [{"id": "PAGE1", "time": 1, "messaging": [{
            "sender": {"id": "PSID1"}, "recipient": {"id": "PAGE1"}, "timestamp": 1_700_000_000_000_u64,
            "message": {"mid": format!("m_{number}"), "text": text},
        }]}]});
        ("application/json", delivery.to_string())
    },
    send: "POST /me/messages",
    text: "/message/text",
    authorized: |call| {
        let path = &call.request.path;
        path.contains("access_token=EAA-token") && path.contains("appsecret_proof=")
            || call.request.header("authorization") == Some("Bearer EAA-token")
    },
    too_often: || {
        let error = json!({"error": {"message": "(#613) Calls to this API have exceeded the rate limit.", "code": 613}});
        Answer::status(400).saying(&error)
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn main_road() {
    FACEBOOK.walk().await;
}
