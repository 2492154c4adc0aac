//! What a running server says when it is asked: the webhook of `courier`, the admin API, the metrics.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{Switchboard, client, eventually, message};

impl Switchboard {
    /// Gets a path's JSON, or null where it is none, and the status.
    ///
    /// # Panics
    ///
    /// When no answer comes.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = client().get(self.at(path)).send().await;
        read(response.expect("an answer")).await
    }

    /// Posts a delivery to `courier`, as its platform does, and gives what it answers.
    ///
    /// # Panics
    ///
    /// When no answer comes.
    pub async fn deliver(&self, delivery: &Value) -> (StatusCode, Value) {
        let body = delivery.to_string();
        read(self.post("/webhooks/courier/webhook", body).await).await
    }

    /// Says something on `courier`, which must be taken.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub async fn say(&self, id: &str, conversation: &str, text: &str) {
        let events = json!({ "events": [message(id, conversation, text)] });
        let (status, body) = self.deliver(&events).await;
        assert!(status.is_success(), "{status}: {body}");
    }

    /// The life of a message, as the API tells it.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub async fn life(&self, id: &str) -> Value {
        let (status, life) = self.get(&format!("/api/v1/messages/{id}")).await;
        assert!(status.is_success(), "{id}: {status}: {life}");
        life
    }

    /// The dead letters, as the API lists them.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn dead_letters(&self) -> Vec<Value> {
        let (status, list) = self.get("/api/v1/dead-letters?limit=1000").await;
        assert!(status.is_success(), "{status}: {list}");
        list["dead_letters"].as_array().expect("a list").clone()
    }

    /// Waits until there are so many dead letters.
    pub async fn wait_dead(&self, count: usize) -> Vec<Value> {
        let what = format!("{count} dead letters");
        eventually(&what, async || {
            let letters = self.dead_letters().await;
            (letters.len() == count).then_some(letters)
        })
        .await
    }

    /// The sum of a metric over all series that have these labels, such as `channel="courier"`.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    pub async fn metric(&self, name: &str, labels: &[&str]) -> f64 {
        let response = client().get(self.at("/metrics")).send().await;
        let response = response.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "GET /metrics");
        let text = response.text().await.expect("a text");
        let series = text.lines().filter_map(|line| line.strip_prefix(name));
        series
            .filter(|rest| rest.starts_with(['{', ' ']) && labels.iter().all(|l| rest.contains(l)))
            .map(|rest| {
                let value = rest.rsplit(' ').next().expect("a value");
                value.parse::<f64>().expect("a number")
            })
            .sum()
    }

    /// Waits until nothing waits for the bot or to be sent.
    pub async fn quiet(&self) {
        eventually("nothing waits", async || {
            let turns = self.metric("switchboard_turns_waiting", &[]).await;
            let parts = self.metric("switchboard_parts_waiting", &[]).await;
            (turns + parts == 0.0).then_some(())
        })
        .await;
    }
}

/// What came, as JSON where it is some.
async fn read(response: reqwest::Response) -> (StatusCode, Value) {
    let status = response.status();
    let body = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}
