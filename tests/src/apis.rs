//! What each platform says to a call when all is well, as far as a connector looks at it.

use serde_json::{Value, json};

use crate::api::{Call, Manners};
use crate::token;

pub(crate) fn of(connector: &str) -> Manners {
    match connector {
        "slack" => slack,
        "facebook" => graph,
        "telegram" => telegram,
        "twilio" => twilio,
        "webexteams" => webex,
        "mattermost" => mattermost,
        "rocketchat" => rocketchat,
        "botframework" => bot_framework,
        "hangouts" => google,
        other => panic!("no stand-in for the platform of {other}"),
    }
}

fn slack(call: &Call) -> (u16, Value) {
    let body = call.body();
    let said = match call.path().rsplit('/').next() {
        Some("chat.postMessage") => {
            let ts = format!("1800000000.{:06}", call.number);
            json!({"ok": true, "channel": body["channel"], "ts": ts})
        }
        Some("auth.test") => {
            json!({"ok": true, "user_id": "U0BOT", "bot_id": "B0BOT", "team_id": "T0TEAM"})
        }
        _ => json!({ "ok": true }),
    };
    (200, said)
}

fn graph(call: &Call) -> (u16, Value) {
    let body = call.body();
    let recipient = &body["recipient"]["id"];
    let said = if !call.is("POST /messages") {
        json!({"result": "success", "success": true})
    } else if body["sender_action"].is_string() {
        json!({ "recipient_id": recipient })
    } else {
        json!({"recipient_id": recipient, "message_id": format!("m_out_{}", call.number)})
    };
    (200, said)
}

fn telegram(call: &Call) -> (u16, Value) {
    let method = call.path().rsplit('/').next().unwrap_or_default();
    let result = match method {
        "getMe" => json!({
            "id": 123_456_789, "is_bot": true, "first_name": "Echo", "username": "echo_bot",
            "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false,
        }),
        "getWebhookInfo" => {
            json!({"url": "", "has_custom_certificate": false, "pending_update_count": 0})
        }
        "sendChatAction" => json!(true),
        _ if method.starts_with("send") => {
            let chat = call.body()["chat_id"].clone();
            let id = chat
                .as_str()
                .and_then(|id| id.parse().ok())
                .map_or(chat, |id: i64| json!(id));
            json!({
                "message_id": 5000 + call.number, "date": 1_800_000_000, "chat": {"id": id, "type": "private"},
            })
        }
        _ => json!(true),
    };
    (200, json!({"ok": true, "result": result}))
}

fn twilio(call: &Call) -> (u16, Value) {
    let body = call.body();
    let said = json!({
        "sid": format!("SM{:032x}", call.number), "status": "queued", "error_code": null, "error_message": null,
        "body": body["Body"], "to": body["To"], "from": body["From"],
    });
    (201, said)
}

fn webex(call: &Call) -> (u16, Value) {
    match call.request.method.as_str() {
        "DELETE" => (204, Value::Null),
        "GET" if call.path().ends_with("/people/me") => {
            let me = json!({"id": "PERSON_BOT", "emails": ["echo@webex.bot"], "displayName": "Echo", "type": "bot"});
            (200, me)
        }
        "GET" if call.path().ends_with("/webhooks") => (200, json!({ "items": [] })),
        "GET" => (
            404,
            json!({"message": "The requested resource could not be found.", "trackingId": "T"}),
        ),
        _ => {
            let mut said = call.body();
            if said.is_object() {
                said["id"] = format!("OUT_{}", call.number).into();
            }
            (200, said)
        }
    }
}

fn mattermost(call: &Call) -> (u16, Value) {
    let path = call.path().strip_prefix("/api/v4").unwrap_or_default();
    match (call.request.method.as_str(), path) {
        ("GET", "/users/me") => (
            200,
            json!({"id": "bot1", "username": "echo", "is_bot": true}),
        ),
        ("POST", "/users/me/typing") => (200, json!({"status": "OK"})),
        ("POST", "/users/logout") => (200, json!({"status": "OK"})),
        ("POST", "/files") => (
            201,
            json!({"file_infos": [{"id": format!("file{}", call.number)}]}),
        ),
        ("POST", "/channels/direct") => (201, json!({"id": "direct1", "type": "D"})),
        ("POST", "/posts/ephemeral") => {
            let mut post = call.body()["post"].clone();
            post["id"] = format!("out{}", call.number).into();
            (201, post)
        }
        ("POST", "/posts") => {
            let mut post = call.body();
            post["id"] = format!("out{}", call.number).into();
            post["user_id"] = "bot1".into();
            post["create_at"] = 1_800_000_000_000_u64.into();
            (201, post)
        }
        _ => {
            let id = "api.context.404.app_error";
            (
                404,
                json!({"id": id, "message": "Sorry, we could not find the page.", "status_code": 404}),
            )
        }
    }
}

fn rocketchat(call: &Call) -> (u16, Value) {
    let body = call.body();
    match (call.request.method.as_str(), call.path()) {
        ("POST", "/api/v1/login") => {
            let me = json!({"_id": "BOT1", "username": body["user"]});
            let data = json!({"userId": "BOT1", "authToken": format!("session-{}", call.number), "me": me});
            (200, json!({"status": "success", "data": data}))
        }
        ("POST", "/api/v1/chat.postMessage") => {
            let id = format!("OUT{}", call.number);
            let message = json!({"_id": id, "rid": body["roomId"], "msg": body["text"]});
            (
                200,
                json!({"ts": 1_800_000_000_000_u64, "message": message, "success": true}),
            )
        }
        ("POST", "/api/v1/logout") => {
            let data = json!({"message": "You've been logged out!"});
            (200, json!({"status": "success", "data": data}))
        }
        // There is a page for whatever is no address of the API.
        _ => (
            200,
            json!("<!DOCTYPE html><html><head></head><body></body></html>"),
        ),
    }
}

/// The service of a channel, and Microsoft's login, which says by which keys the services sign.
fn bot_framework(call: &Call) -> (u16, Value) {
    let path = call.path();
    let said = if path.ends_with("/openidconfiguration") {
        let host = call.request.header("host").unwrap_or_default();
        json!({
            "issuer": "https://api.botframework.com", "jwks_uri": format!("http://{host}/keys"),
            "authorization_endpoint": "https://invalid.botframework.com",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        })
    } else if path.ends_with("/keys") {
        token::keys("botframework")
    } else if path.ends_with("/token") {
        json!({
            "token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599,
            "access_token": format!("token-of-{}", call.body()["client_id"].as_str().unwrap_or_default()),
        })
    } else {
        json!({ "id": format!("OUT_{}", call.number) })
    };
    (200, said)
}

/// Google Chat is called for its keys alone.
fn google(call: &Call) -> (u16, Value) {
    if call.path().ends_with("/keys") {
        (200, token::keys("hangouts"))
    } else {
        (404, Value::Null)
    }
}
