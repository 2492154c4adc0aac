//! Calls of the Graph API, and what its errors mean.
//!
//! The token goes into the query, where Meta's documents put it; so does the proof that belongs to it. An error is known
//! by its code and subcode: the status is 400 for nearly all of them. Its words are left where they are, for they may
//! repeat what the bot said.

use std::time::Duration;

use serde_json::Value;
use switchboard_sdk::{
    Digest, Host, HttpRequest, HttpResponse, JsonObject, RateScope, Sealed, SecretError, SendError,
    signature,
};

use crate::Settings;
use crate::settings::Proof;

/// A call that waits for Meta's own work alone.
pub(crate) const SHORT: Duration = Duration::from_secs(10);

/// A call that makes Meta fetch a file first: as long as there is room within the 30 s of a call by the host.
pub(crate) const LONG: Duration = Duration::from_secs(25);

/// The Graph API, as one Page gets to use it.
pub(crate) struct Graph<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) settings: &'a Settings,
    pub(crate) token: &'a Sealed,
}

impl Graph<'_> {
    /// Calls one edge of the Page, and says what Meta answered, if that was an object.
    pub(crate) fn call(
        &self,
        method: &str,
        edge: &str,
        body: &Value,
        timeout: Duration,
    ) -> Result<Option<JsonObject>, SendError> {
        let address = format!("{}/me/{edge}", self.settings.graph);
        let request = self.authorized(HttpRequest::new(method, &address))?;
        let answer = self.host.fetch(request.json(body).timeout(timeout))?;
        let object = answer.json_object().ok();
        match object.as_ref().and_then(GraphError::of) {
            Some(error) => Err(error.meaning(&answer)),
            None => answer.success().map(|_| object),
        }
    }

    fn authorized(&self, request: HttpRequest) -> Result<HttpRequest, SecretError> {
        let token = self.token.placeholder();
        let request = request.query("access_token", token);
        Ok(match self.settings.proof {
            Proof::Timed => {
                let seconds = self.host.unix_time().as_secs().to_string();
                let proof = self.signed(&format!("{token}|{seconds}"))?;
                request
                    .query("appsecret_proof", &proof)
                    .query("appsecret_time", &seconds)
            }
            Proof::Plain => request.query("appsecret_proof", &self.signed(token)?),
            Proof::None => request,
        })
    }

    /// What the app's secret makes of a text; the host puts a token in the place of its placeholder first.
    pub(crate) fn signed(&self, text: &str) -> Result<String, SecretError> {
        signature::hex(self.host, "secret", Digest::Sha256, text.as_bytes())
    }
}

/// `{"error": {"code": …, "error_subcode": …}}`
struct GraphError {
    code: i64,
    /// 0 if there is none.
    subcode: i64,
    is_transient: bool,
    is_of_proof: bool,
    /// What Meta's support asks for.
    trace: String,
}

impl GraphError {
    fn of(answer: &JsonObject) -> Option<Self> {
        let error = answer.object("error")?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-/=_".contains(c);
        let trace = error
            .filled("fbtrace_id")
            .filter(|id| id.len() <= 64 && id.chars().all(is_plain));
        Some(Self {
            code: error.value("code")?,
            subcode: error.value("error_subcode").unwrap_or_default(),
            is_transient: error.is_true("is_transient"),
            is_of_proof: error
                .filled("message")
                .is_some_and(|text| text.contains("appsecret_proof")),
            trace: trace.unwrap_or_default(),
        })
    }

    fn meaning(&self, answer: &HttpResponse) -> SendError {
        let after_ms = answer.retry_after_ms();
        let detail = |text: &str| self.detail(text);
        let retry = |text: &str| SendError::retry(after_ms, detail(text));
        let limited =
            |text: &str| SendError::rate_limited(after_ms, RateScope::Channel, detail(text));
        match (self.code, self.subcode) {
            (190, _) | (102, _) => SendError::Unauthorized(detail(
                "the token has expired or was withdrawn; make a new one for `page-access-token`",
            )),
            (100, _) if self.is_of_proof => SendError::Unauthorized(detail(
                "the proof is not accepted; is `secret` that of the app which made the token, and the clock right? \
                 `appsecret_proof` can leave it out",
            )),
            (10, 2_018_278 | 2_018_065) => SendError::WindowClosed(detail(
                "the user wrote more than 24 hours ago, or 7 days with `HUMAN_AGENT`",
            )),
            (551, _) | (_, 1_545_041) | (10, 2_018_108) => {
                SendError::BlockedByUser(detail("the user takes no messages from this Page"))
            }
            (10, 1_893_063) => limited("the Page may not send for a time"),
            (4 | 17 | 32 | 613, _) => limited("too many calls"),
            (10, _) | (200..=299, _) => SendError::Unauthorized(detail(
                "the app or the token lacks a permission; `pages_messaging` is needed",
            )),
            (1, 1_357_046) => SendError::UnknownOutcome(detail(
                "an error that Meta gives for messages which were sent, too",
            )),
            (1 | 2 | 1_200, _) => retry("Meta has trouble"),
            (100, 2_018_001) => self.permanent("there is no such user for this Page"),
            _ if self.is_transient || answer.status >= 500 => retry("Meta has trouble"),
            _ if answer.status == 429 => limited("too many calls"),
            _ => self.permanent("the call was refused"),
        }
    }

    fn permanent(&self, text: &str) -> SendError {
        SendError::permanent(self.name(), self.detail(text))
    }

    fn name(&self) -> String {
        match self.subcode {
            0 => self.code.to_string(),
            subcode => format!("{}/{subcode}", self.code),
        }
    }

    fn detail(&self, text: &str) -> String {
        let mut detail = format!("{text} (error {}", self.name());
        if !self.trace.is_empty() {
            detail.push_str(", trace ");
            detail.push_str(&self.trace);
        }
        detail.push(')');
        detail
    }
}
