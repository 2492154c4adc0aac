//! HTTP: finds the channel and route of a platform's request, and answers for them; beside them stands the admin API.
//!
//! Whatever comes in is bounded and checked here, so that a connector sees well-formed requests only, and an error looks
//! the same on every channel. The gateway calls the channel, hands what it accepted to delivery, and only then answers.

mod admin;
mod answer;
mod cors;
mod inbound;
mod listener;
mod mounts;
mod registration;
mod rehearsal;
mod sockets;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use tokio::sync::oneshot;

pub use self::admin::AuthToken;
pub use self::answer::ApiError;
use self::inbound::BodyBounds;
pub use self::listener::{Bounds, Listener, serve};
use self::mounts::{Endpoint, Found, PathEndpoints};
pub use self::mounts::{Mount, Mounts};
pub(crate) use self::rehearsal::rehearse;
#[cfg(any(test, fuzzing))]
pub(crate) use self::sockets::Emitted;
use self::sockets::Transport;
use crate::delivery::{Delivery, NotTaken};
use crate::runtime::{CallError, Channel, Received};

/// Everything that a request meets.
#[derive(Debug)]
pub struct Gateway {
    mounts: Mounts,
    delivery: Arc<Delivery>,
    public_url: Option<String>,
    auth_token: Option<AuthToken>,
    body_timeout: Duration,
    /// In the order of the mounts' socket routes.
    transports: Vec<Arc<Transport>>,
}

impl Gateway {
    /// A gateway to `mounts`. `public_url` is the server's address as platforms call it, without a slash at the end;
    /// `auth_token` opens the admin API, which without one answers to this machine alone; `body_timeout` is how long a
    /// request's body may take to arrive.
    #[must_use]
    pub fn new(
        mounts: Mounts,
        delivery: Arc<Delivery>,
        public_url: Option<String>,
        auth_token: Option<AuthToken>,
        body_timeout: Duration,
    ) -> Self {
        let routes = mounts.socket_routes().iter().cloned();
        let transports = routes
            .map(|(channel, route)| Transport::new(channel, delivery.clone(), route))
            .collect();
        Self {
            transports,
            mounts,
            delivery,
            public_url,
            auth_token,
            body_timeout,
        }
    }

    /// How many clients of Socket.IO each channel has that takes any.
    fn sockets(&self) -> impl Iterator<Item = (&str, usize)> {
        self.transports
            .iter()
            .map(|transport| transport.connected())
    }

    /// Lets all clients of Socket.IO go, once what they emitted is handed on.
    async fn close_sockets(&self) {
        let closing = self.transports.iter().map(|transport| transport.close());
        futures_util::future::join_all(closing).await;
    }

    /// Answers one request.
    pub async fn handle(
        self: &Arc<Self>,
        request: Request<Body>,
        peer: SocketAddr,
    ) -> Response<Body> {
        match self.route(request, peer).await {
            Ok(response) => response,
            Err(error) => error.into_response(),
        }
    }

    async fn route(
        self: &Arc<Self>,
        request: Request<Body>,
        peer: SocketAddr,
    ) -> Result<Response<Body>, ApiError> {
        inbound::check_head(request.headers())?;
        let path = request.uri().path();
        if admin::is_reserved(path) {
            let token = self.auth_token.as_ref();
            // Boxed, so that what is rare does not make the future of every request larger.
            let timeout = self.body_timeout;
            return Box::pin(admin::handle(self, token, request, timeout, peer)).await;
        }
        let Found { endpoint, params } = self
            .mounts
            .find(path)
            .ok_or_else(|| ApiError::no_route(path))?;
        let allowed = endpoint.cors();
        if cors::is_foreign_socket(allowed, request.headers()) {
            return Err(ApiError::foreign_page());
        }
        let Some(granted) = cors::grant(allowed, request.headers()) else {
            return self.answer(endpoint, params, request, peer).await;
        };
        if let Some(response) = granted.preflight(&request, &endpoint.methods()) {
            return Ok(response);
        }
        let answered = self.answer(endpoint, params, request, peer).await;
        // A page is to see what is wrong, too.
        Ok(granted.mark(answered.unwrap_or_else(ApiError::into_response)))
    }

    async fn answer(
        self: &Arc<Self>,
        endpoint: &PathEndpoints,
        params: Vec<(String, String)>,
        request: Request<Body>,
        peer: SocketAddr,
    ) -> Result<Response<Body>, ApiError> {
        match endpoint.pick(request.method()) {
            Ok(Endpoint::Root) => Ok(answer::json(
                StatusCode::OK,
                concat!(
                    r#"{"name":"switchboard","version":""#,
                    env!("CARGO_PKG_VERSION"),
                    "\"}"
                ),
            )),
            Ok(Endpoint::Health(mount)) => Ok(answer::health(&mount.channel)),
            Ok(Endpoint::Route {
                mount,
                id,
                admin_only,
            }) => {
                if *admin_only {
                    let token = self.auth_token.as_ref();
                    admin::check(token, peer, request.uri(), request.headers())?;
                }
                self.receive(mount, id, params, request, peer).await
            }
            Ok(Endpoint::Sockets(index)) => {
                let transport = self
                    .transports
                    .get(*index)
                    .ok_or_else(ApiError::overloaded)?;
                transport.serve(request, self.body_timeout, peer).await
            }
            Err(allow) => Err(ApiError::method_not_allowed(&allow)),
        }
    }

    async fn receive(
        self: &Arc<Self>,
        mount: &Arc<Mount>,
        route: &Arc<str>,
        params: Vec<(String, String)>,
        request: Request<Body>,
        peer: SocketAddr,
    ) -> Result<Response<Body>, ApiError> {
        let head_only = request.method() == Method::HEAD;
        let public_url = mount.public_url.as_deref().or(self.public_url.as_deref());
        let bounds = BodyBounds {
            bytes: mount.body_limit,
            timeout: self.body_timeout,
        };
        let request = inbound::read(request, params, bounds, public_url, peer).await?;
        let (streamed, mut head) = oneshot::channel();
        let call = {
            let (gateway, mount, route) = (self.clone(), mount.clone(), route.clone());
            async move {
                let received = mount.channel.receive(route, request, streamed).await;
                gateway.conclude(&mount, received).await
            }
        };
        let mut call = Box::pin(call);
        let response = tokio::select! {
            biased;
            response = &mut call => match head.try_recv() {
                // Written in full before anybody looked.
                Ok(streamed) => { response?; answer::streamed(streamed) },
                Err(_) => response?,
            },
            Ok(streamed) = &mut head => {
                // The rest of the call goes on while the body leaves; the answer it returns was given already.
                tokio::spawn(call);
                answer::streamed(streamed)
            }
        };
        Ok(if head_only {
            response.map(|_| Body::empty())
        } else {
            response
        })
    }

    /// What the platform hears, once what was accepted is on record.
    async fn conclude(
        &self,
        mount: &Mount,
        received: Result<Received, CallError>,
    ) -> Result<Response<Body>, ApiError> {
        let channel = &mount.channel;
        let Received {
            answer,
            events,
            state,
        } = received.map_err(|error| {
            error.log(channel, "receive");
            ApiError::of_call(&error)
        })?;
        let response = answer.map_err(|refusal| ApiError::of_refusal(channel, refusal))?;
        let taken = self.delivery.accept(channel, events, state).await;
        taken.map_err(|error| {
            tell_not_taken(channel, &error);
            match error {
                NotTaken::Full => ApiError::overloaded(),
                NotTaken::Unavailable(_) => ApiError::unavailable(),
            }
        })?;
        Ok(answer::of_connector(response))
    }
}

/// To the operator, that events were not taken.
fn tell_not_taken(channel: &Channel, error: &NotTaken) {
    let channel = &**channel.label();
    match error {
        NotTaken::Full => {
            tracing::warn!(
                channel,
                "turned away: too many messages wait for the bot; hint: `limits.queue` of the channel"
            );
        }
        NotTaken::Unavailable(text) => tracing::error!(channel, "turned away: {text}"),
    }
}
