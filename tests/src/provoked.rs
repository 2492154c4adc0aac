//! `hostile` at work: a server that has it as a channel beside REST, and what it is asked to do.

use reqwest::StatusCode;

use crate::{Builder, Switchboard, client, hostile};

/// What the caller of a connector that died gets to see.
pub const FAILED: &str = r#"{"error":{"code":"connector_failed","message":"the connector failed; the operator's log says why"}}"#;

/// What the caller of a connector that was late gets to see.
pub const LATE: &str =
    r#"{"error":{"code":"connector_timed_out","message":"the connector did not answer in time"}}"#;

impl Builder {
    /// Writes `credentials.yml` with REST and the connector `hostile`, and puts the component there. `more` are further lines of
    /// the channel.
    #[must_use]
    pub fn hostile(self, more: &str) -> Self {
        let more: String = more.lines().map(|line| format!("  {line}\n")).collect();
        self.compiled()
            .credentials(&format!("rest:\nhostile.wasm:\n{more}"))
            .component("hostile.wasm", &hostile())
    }
}

impl Switchboard {
    /// Has `hostile` do something, with parameters of a query if need be.
    ///
    /// # Panics
    ///
    /// When no answer comes.
    pub async fn provoke(&self, what: &str) -> (StatusCode, String) {
        self.provoke_at("hostile", what, "").await
    }

    /// Has the `hostile` at this mount, such as `hostile/account`, do something with a body.
    ///
    /// # Panics
    ///
    /// When no answer comes.
    pub async fn provoke_at(&self, mount: &str, what: &str, body: &str) -> (StatusCode, String) {
        let url = self.at(&format!("/webhooks/{mount}/do/{what}"));
        let request = client().post(url).body(body.to_owned());
        let response = request.send().await.expect("an answer");
        (response.status(), response.text().await.expect("a body"))
    }

    /// Asks REST, which must answer.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn rest_works(&self) {
        let asked = r#"{"sender": "u", "message": "hi"}"#;
        let response = self.post("/webhooks/rest/webhook", asked).await;
        assert_eq!(response.status(), StatusCode::OK);
        let answer = response.text().await.expect("a body");
        assert!(answer.contains(r#""recipient_id":"u""#), "{answer}");
    }
}
