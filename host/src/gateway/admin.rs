//! The admin API: what people and bots ask of the server itself, beside the platforms.
//!
//! Sending without being asked, the life of a message, dead letters, metrics. Each call is checked for who makes it
//! (`access`), read (`resource`, `requests`), handed to delivery, and its outcome is told as JSON. What is asked here is
//! the same that `switchboard explain` and `switchboard dead` ask of the store.

mod access;
mod requests;
mod resource;

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::json;

pub use self::access::AuthToken;
pub(super) use self::access::check;
use self::requests::{Messages, Query};
use self::resource::Resource;
pub(super) use self::resource::{PREFIXES, is_reserved};
use super::answer::json as json_answer;
use super::inbound::{self, BodyBounds};
use super::{ApiError, Gateway};
use crate::delivery::{AdminError, Delivery, Posted, Triggered};
use crate::explain::{LetterView, LifeView};
use crate::store::{Letters, StoreError, Uuid};

/// The largest body, bytes.
const MAX_BODY: usize = 1 << 20;

/// Dead letters of one answer where the caller says nothing, and at most.
const LETTERS: usize = 100;
const MAX_LETTERS: usize = 1_000;

/// As the encoder of the metrics writes them. <https://prometheus.io/docs/specs/om/open_metrics_spec/>
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers one request to the API.
pub(super) async fn handle(
    gateway: &Gateway,
    token: Option<&AuthToken>,
    request: Request<Body>,
    body_timeout: Duration,
    peer: SocketAddr,
) -> Result<Response<Body>, ApiError> {
    check(token, peer, request.uri(), request.headers())?;
    let delivery = &gateway.delivery;
    let resource = Resource::of(request.uri().path())?;
    resource.check(request.method())?;
    let (head, body) = request.into_parts();
    let query = head.uri.query();
    let is_delete = head.method == Method::DELETE;
    match resource {
        Resource::Messages { conversation } => {
            let query = Query::strict(query, &["channel"])?;
            let body = read(body, body_timeout).await?;
            let Messages { channel, replies } = requests::messages(&body, &query)?;
            let posted = delivery.post(&channel, &conversation, replies).await;
            let Posted { channel, ids } = posted.map_err(ApiError::of_admin)?;
            answer(
                StatusCode::ACCEPTED,
                &json!({ "channel": channel, "ids": ids }),
            )
        }
        Resource::Trigger { conversation } => {
            let query = Query::lenient(query);
            let channel = query.get("output_channel").ok_or_else(no_channel)?;
            let text = requests::trigger(&read(body, body_timeout).await?)?;
            let triggered = delivery.trigger(channel, &conversation, text).await;
            let Triggered { channel, id } = triggered.map_err(ApiError::of_admin)?;
            // The answers go out on the channel; what Rasa's callers look for is there all the same.
            let told = json!({
                "tracker": { "sender_id": conversation }, "messages": [], "id": id, "channel": channel,
            });
            answer(StatusCode::OK, &told)
        }
        Resource::Message { id } => {
            Query::strict(query, &[])?;
            let store = delivery.store().ok_or_else(ApiError::unavailable)?;
            let life = store.life(&id).await.map_err(ApiError::of_store)?;
            let life = life.ok_or_else(|| ApiError::no_message(&id))?;
            answer(StatusCode::OK, &LifeView::from(life))
        }
        Resource::Letters if is_delete => {
            let query = Query::strict(query, &["channel", "all"])?;
            if query.get("all") != Some("true") {
                return Err(ApiError::new(
                    StatusCode::BAD_REQUEST,
                    "bad_request",
                    "this drops all dead letters, of the `channel` where one is named: say so with `all=true`",
                ));
            }
            drop_letters(delivery, of_channel(&query)).await
        }
        Resource::Letters => {
            list(
                delivery,
                &Query::strict(query, &["channel", "limit", "after"])?,
            )
            .await
        }
        Resource::Letter { id } => {
            Query::strict(query, &[])?;
            drop_letters(delivery, one(id)).await
        }
        Resource::ReplayAll => {
            let query = Query::strict(query, &["channel"])?;
            replay(delivery, of_channel(&query)).await
        }
        Resource::Replay { id } => {
            Query::strict(query, &[])?;
            replay(delivery, one(id)).await
        }
        Resource::Activate { channel } => {
            Query::strict(query, &[])?;
            let mount = gateway.mounts.of_channel(&channel)?;
            gateway
                .register(mount)
                .await
                .map_err(ApiError::of_lifecycle)?;
            answer(
                StatusCode::OK,
                &json!({ "channel": channel, "active": true }),
            )
        }
        Resource::Deactivate { channel } => {
            Query::strict(query, &[])?;
            let mount = gateway.mounts.of_channel(&channel)?;
            mount
                .channel
                .deactivate()
                .await
                .map_err(ApiError::of_lifecycle)?;
            answer(
                StatusCode::OK,
                &json!({ "channel": channel, "active": false }),
            )
        }
        Resource::Metrics => {
            let mut response = Response::new(delivery.metrics(gateway.sockets()).await.into());
            let kind = HeaderValue::from_static(OPENMETRICS);
            response.headers_mut().insert(CONTENT_TYPE, kind);
            Ok(response)
        }
    }
}

async fn list(delivery: &Delivery, query: &Query) -> Result<Response<Body>, ApiError> {
    let limit = query.number("limit", LETTERS, MAX_LETTERS)?;
    let mut letters = of_channel(query);
    if let Some(after) = query.get("after") {
        let after = Uuid::try_parse(after).map_err(|_| {
            let text = "`after` must be the `next` of an answer before";
            ApiError::new(StatusCode::BAD_REQUEST, "bad_request", text)
        })?;
        letters.after = Some(after);
    }
    let store = delivery.store().ok_or_else(ApiError::unavailable)?;
    // One more than asked for says whether there are more.
    let found = store.dead_letters(letters.clone(), limit + 1).await;
    let mut found = found.map_err(ApiError::of_store)?;
    if found.is_empty() {
        known(delivery, &letters).await?;
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|letter| letter.id);
    let found: Vec<LetterView> = found.into_iter().map(Into::into).collect();
    answer(
        StatusCode::OK,
        &json!({ "dead_letters": found, "next": next }),
    )
}

async fn replay(delivery: &Delivery, letters: Letters) -> Result<Response<Body>, ApiError> {
    let replayed = delivery.replay(letters.clone()).await;
    counted(delivery, &letters, "replayed", replayed).await
}

async fn drop_letters(delivery: &Delivery, letters: Letters) -> Result<Response<Body>, ApiError> {
    let dropped = delivery.drop_letters(letters.clone()).await;
    counted(delivery, &letters, "dropped", dropped).await
}

async fn counted(
    delivery: &Delivery,
    letters: &Letters,
    what: &str,
    count: Result<u64, AdminError>,
) -> Result<Response<Body>, ApiError> {
    let count = count.map_err(ApiError::of_admin)?;
    if count == 0 {
        known(delivery, letters).await?;
    }
    answer(StatusCode::OK, &json!({ what: count }))
}

/// Where nothing was found: whether what was named is there at all.
async fn known(delivery: &Delivery, letters: &Letters) -> Result<(), ApiError> {
    if let Some(id) = letters.id {
        return Err(ApiError::no_letter(&id.to_string()));
    }
    let (Some(wanted), Some(store)) = (&letters.channel, delivery.store()) else {
        return Ok(());
    };
    let depths = store.depths().await.map_err(ApiError::of_store)?;
    let known: Vec<String> = depths.into_iter().map(|depth| depth.channel).collect();
    if known.contains(wanted) {
        return Ok(());
    }
    let wanted = wanted.clone();
    Err(ApiError::of_admin(AdminError::UnknownChannel {
        wanted,
        known,
    }))
}

fn of_channel(query: &Query) -> Letters {
    Letters {
        channel: query.get("channel").map(str::to_owned),
        ..Letters::default()
    }
}

fn one(id: Uuid) -> Letters {
    Letters {
        id: Some(id),
        ..Letters::default()
    }
}

fn no_channel() -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "bad_request",
        "no channel is named; hint: `?output_channel=NAME`, or `?output_channel=latest` for that of the conversation's \
         latest message",
    )
}

async fn read(body: Body, timeout: Duration) -> Result<Vec<u8>, ApiError> {
    let bounds = BodyBounds {
        bytes: MAX_BODY,
        timeout,
    };
    inbound::body(body, bounds, "").await
}

fn answer(status: StatusCode, body: &impl Serialize) -> Result<Response<Body>, ApiError> {
    let body = serde_json::to_string(body).map_err(|error| {
        tracing::error!("an answer of the admin API cannot be written: {error}");
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the answer cannot be written; the operator's log says why",
        )
    })?;
    Ok(json_answer(status, body))
}

impl ApiError {
    fn of_admin(error: AdminError) -> Self {
        let (status, code) = match error {
            AdminError::UnknownChannel { .. } => (StatusCode::NOT_FOUND, "unknown_channel"),
            AdminError::AmbiguousChannel { .. } => (StatusCode::BAD_REQUEST, "ambiguous_channel"),
            AdminError::UnknownConversation(_) => (StatusCode::NOT_FOUND, "unknown_conversation"),
            AdminError::Invalid(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            AdminError::Overloaded => return Self::overloaded(),
            AdminError::Store(error) => return Self::of_store(error),
        };
        Self::new(status, code, error.to_string())
    }

    fn of_store(error: StoreError) -> Self {
        tracing::warn!("a call of the admin API was turned away: {error}");
        Self::unavailable()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(error: AdminError) -> (u16, Option<String>) {
        let response = ApiError::of_admin(error).into_response();
        let header = response.headers().get("retry-after");
        let header = header.map(|value| value.to_str().expect("text").to_owned());
        (response.status().as_u16(), header)
    }

    #[test]
    fn what_delivery_says() {
        let again = Some("5".to_owned());
        let gone = || StoreError::Unavailable("disk full".into());
        assert_eq!(status(AdminError::Store(gone())), (503, again.clone()));
        assert_eq!(
            status(AdminError::Store(StoreError::Lost)),
            (503, again.clone())
        );
        assert_eq!(status(AdminError::Overloaded), (503, again));
        assert_eq!(
            status(AdminError::UnknownConversation("u".into())),
            (404, None)
        );
        assert_eq!(status(AdminError::Invalid("x".into())), (400, None));
        let unknown = AdminError::UnknownChannel {
            wanted: "slak".into(),
            known: vec!["rest".into(), "slack".into()],
        };
        let shown = format!("{:?}", ApiError::of_admin(unknown));
        assert!(
            shown.contains("there is no channel `slak`; there are: rest, slack"),
            "{shown}"
        );
        let ambiguous = AdminError::AmbiguousChannel {
            wanted: "fb".into(),
            labels: vec!["fb/a".into(), "fb/b".into()],
        };
        assert_eq!(status(ambiguous), (400, None));
    }
}
