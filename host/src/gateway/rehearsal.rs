//! One request to a channel by itself, without a listener and without delivery, from somebody who may call every route.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;

use super::answer::{self, ApiError};
use super::inbound::{self, BodyBounds};
use super::mounts::{Endpoint, Found, Mounts};
use crate::bindings::types::Event;
use crate::store::StateWrite;

/// Who calls, as the connector sees it: an address of documentation (RFC 5737).
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 40_000);

/// What came of a request.
pub(crate) struct Rehearsed {
    /// What the platform hears, if all that was accepted is taken over.
    pub(crate) response: Response<Bytes>,
    pub(crate) events: Vec<Event>,
    pub(crate) state: Vec<StateWrite>,
}

/// Puts a request to the channel at its path.
pub(crate) async fn rehearse(mounts: &Mounts, request: Request<Body>) -> Rehearsed {
    let (response, events, state) = match receive(mounts, request).await {
        Ok(received) => received,
        Err(error) => (error.into_response(), Vec::new(), Vec::new()),
    };
    let (head, body) = response.into_parts();
    // What breaks off shows by what is missing.
    let body = body.collect().await.map(|body| body.to_bytes());
    Rehearsed {
        response: Response::from_parts(head, body.unwrap_or_default()),
        events,
        state,
    }
}

async fn receive(
    mounts: &Mounts,
    request: Request<Body>,
) -> Result<(Response<Body>, Vec<Event>, Vec<StateWrite>), ApiError> {
    inbound::check_head(request.headers())?;
    let path = request.uri().path().to_owned();
    let Found { endpoint, params } = mounts
        .find(&path)
        .ok_or_else(|| ApiError::no_route(&path))?;
    let picked = endpoint.pick(request.method());
    let (mount, id) = match picked.map_err(|allow| ApiError::method_not_allowed(&allow))? {
        Endpoint::Route { mount, id, .. } => (mount, id),
        Endpoint::Health(_) | Endpoint::Root | Endpoint::Sockets(_) => {
            return Err(ApiError::no_route(&path));
        }
    };
    let bounds = BodyBounds {
        bytes: mount.body_limit,
        timeout: Duration::MAX,
    };
    let public_url = mount.public_url.as_deref();
    let request = inbound::read(request, params, bounds, public_url, PEER).await?;
    let (streamed, head) = oneshot::channel();
    let call = mount.channel.receive(id.clone(), request, streamed);
    // Read while it is written: the connector waits for a reader.
    let reading = async {
        let streamed = answer::streamed(head.await.ok()?);
        let (head, body) = streamed.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some(Response::from_parts(head, Body::from(body)))
    };
    let (received, streamed) = tokio::join!(call, reading);
    let received = received.map_err(|error| {
        error.log(&mount.channel, "receive");
        ApiError::of_call(&error)
    })?;
    let answered = received.answer;
    let response = answered.map_err(|refusal| ApiError::of_refusal(&mount.channel, refusal))?;
    let response = streamed.unwrap_or_else(|| answer::of_connector(response));
    Ok((response, received.events, received.state))
}
