//! What the replay must know of a platform.

use serde_json::{Map, Value, json};
use switchboard_tests::Api;

/// A platform.
#[derive(Debug)]
pub(crate) struct Platform {
    /// The connector's name.
    pub(crate) name: &'static str,
    /// What requests are signed with.
    pub(crate) secret: &'static str,
    /// Whether Rasa looks whether a request is signed.
    pub(crate) rasa_verifies: bool,
    /// Whether the connector registers its webhook when it starts, which is no matter of a row.
    pub(crate) registers: bool,
    /// Settings besides those of the recording.
    pub(crate) settings: fn(&Api) -> Value,
    /// Gives the recorded ids in a line another form for each number. Rasa's rows are many times the same message, which is
    /// one message to us.
    pub(crate) renumbered: fn(&str, usize) -> String,
    /// Where the conversation stands in what is sent.
    pub(crate) conversation: &'static str,
    /// Whether Rasa sends forms: then numbers are texts, and objects may be.
    pub(crate) sends_forms: bool,
}

pub(crate) const SLACK: Platform = Platform {
    name: "slack",
    secret: "slack-signing-secret",
    rasa_verifies: true,
    registers: false,
    settings: |api| json!({"api_url": format!("{}/api", api.url())}),
    renumbered: |line, number| {
        line.replace("1700000000.000", &format!("1700000{number:03}.000"))
            .replace("1700000001.000", &format!("1700001{number:03}.000"))
            .replace("1.2.abc", &format!("1.2.{number}"))
            .replace("Ev1", &format!("Ev1{number:03}"))
    },
    conversation: "/body/channel",
    sends_forms: false,
};

pub(crate) const FACEBOOK: Platform = Platform {
    name: "facebook",
    secret: "fb-app-secret",
    rasa_verifies: true,
    registers: true,
    // Rasa looks at the old signature alone, so that most of its forged requests have no other.
    settings: |api| json!({"api_url": api.url(), "allow_sha1": true}),
    renumbered: |line, number| {
        let line = line.replace("m_1", &format!("m_{number}"));
        // Two messages of one batch have one id, which no two have.
        let mut pieces = line.split(r#"\"mid\": \"m\""#);
        let mut whole = pieces.next().unwrap_or_default().to_owned();
        for (index, piece) in pieces.enumerate() {
            whole += &format!(r#"\"mid\": \"m_{number}_{index}\"{piece}"#);
        }
        whole.replace("1700000000000", &format!("1700000{number:03}000"))
    },
    conversation: "/body/recipient/id",
    sends_forms: false,
};

pub(crate) const TELEGRAM: Platform = Platform {
    name: "telegram",
    secret: "telegram-secret-token",
    rasa_verifies: false,
    registers: true,
    settings: |api| json!({"api_url": api.url(), "secret_token": TELEGRAM.secret}),
    renumbered: |line, number| {
        line.replace(
            r#"\"update_id\": 1"#,
            &format!(r#"\"update_id\": 9{number:03}"#),
        )
    },
    conversation: "/body/chat_id",
    sends_forms: true,
};

pub(crate) const TWILIO: Platform = Platform {
    name: "twilio",
    secret: "twilio-auth",
    rasa_verifies: false,
    registers: false,
    settings: |api| json!({"api_url": api.url()}),
    renumbered: |line, number| line.replace("SM1", &format!("SM{number:032}")),
    conversation: "/body/To",
    sends_forms: true,
};

pub(crate) const WEBEXTEAMS: Platform = Platform {
    name: "webexteams",
    secret: "webex-webhook-secret",
    rasa_verifies: false,
    registers: true,
    settings: |api| json!({"api_url": format!("{}/v1", api.url()), "secret": WEBEXTEAMS.secret}),
    renumbered: |line, number| line.replace("user-", &format!("user-{number}-")),
    conversation: "/body/roomId",
    sends_forms: false,
};

pub(crate) const MATTERMOST: Platform = Platform {
    name: "mattermost",
    secret: "mm-outgoing-token",
    rasa_verifies: false,
    registers: true,
    settings: |api| json!({"api_url": api.url(), "hook_token": MATTERMOST.secret}),
    renumbered: |line, number| line.replace("post1", &format!("post{number}")),
    conversation: "/body/channel_id",
    sends_forms: false,
};

pub(crate) const ROCKETCHAT: Platform = Platform {
    name: "rocketchat",
    secret: "rc-token",
    rasa_verifies: false,
    registers: true,
    settings: |api| {
        let token = ROCKETCHAT.secret;
        json!({"api_url": api.url(), "webhook_token": token, "livechat_secret": token})
    },
    renumbered: |line, number| {
        line.replace("msg1", &format!("msg{number}"))
            .replace(r#"\"m1\""#, &format!(r#"\"m{number}\""#))
    },
    conversation: "/body/roomId",
    sends_forms: false,
};

pub(crate) const BOTFRAMEWORK: Platform = Platform {
    name: "botframework",
    secret: "11111111-2222-3333-4444-555555555555",
    // As recorded: the stand-in publishes the key.
    rasa_verifies: true,
    registers: false,
    settings: |api| {
        let url = api.url();
        json!({
            "api_url": format!("{url}/emea"),
            "openid_metadata_url": format!("{url}/openidconfiguration"),
            "token_url": format!("{url}/oauth2/v2.0/token"),
        })
    },
    renumbered: |line, number| line.replace("act1", &format!("act{number}")),
    conversation: "/body/conversation/id",
    sends_forms: false,
};

pub(crate) const HANGOUTS: Platform = Platform {
    name: "hangouts",
    secret: "123456789012",
    rasa_verifies: true,
    registers: false,
    settings: |api| json!({"use_display_name": true, "keys_url": format!("{}/keys", api.url())}),
    renumbered: |line, number| {
        let (old, new) = (
            "spaces/S1/messages/M1",
            format!("spaces/S1/messages/M{number}"),
        );
        line.replace(old, &new)
    },
    conversation: "/body",
    sends_forms: false,
};

/// Where a platform says who may call whom.
const LOGINS: [&str; 3] = ["/openidconfiguration", "/keys", "/oauth2/v2.0/token"];

impl Platform {
    /// Whether a call is about who may call whom, which is no matter of a row.
    pub(crate) fn is_login(path: &str) -> bool {
        LOGINS.iter().any(|login| path.ends_with(login))
    }

    /// A call in the form that is compared: method, path, query and body.
    pub(crate) fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let body = match body {
            Value::Object(fields) if self.sends_forms => {
                let fields = fields.into_iter().map(|(name, value)| (name, plain(value)));
                fields.collect::<Map<_, _>>().into()
            }
            other => other,
        };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query: Map<_, _> = form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::from(value)))
            .collect();
        json!({"method": method, "path": path, "query": query, "body": body})
    }

    /// Puts calls in the order of conversations: between these none is promised.
    pub(crate) fn sort(&self, calls: &mut [Value]) {
        calls.sort_by_key(|call| call.pointer(self.conversation).map(ToString::to_string));
    }
}

/// What a field says, be it written as text or not.
fn plain(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        Value::Number(_) | Value::Bool(_) => value.to_string().into(),
        other => other,
    }
}
