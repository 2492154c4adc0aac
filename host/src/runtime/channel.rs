//! A channel: a connector with the settings of one entry of `credentials.yml`.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;
use wasmtime::Store;

use super::Runtime;
use super::connector::Connector;
use super::context::{Context, Keep, Limits, Turns};
use super::egress::Egress;
use super::exports::Exports;
use super::failure::CallError;
use super::grants::{OperatorHosts, grants};
use super::instance::Instance;
use super::log_budget::LogBudget;
use super::pool::Pool;
use super::redact::Redactor;
use super::response::check_head;
use super::sealed::Template;
use super::stage::Stage;
use super::state::{Call, State, StreamedResponse, Streaming};
use super::threads::Threads;
use super::tripwire::Tripwire;
use super::words;
use crate::bindings::connector::{
    Address, Attempt, Receipt, Refusal, Request, Response, Route, SendError, Transport,
};
use crate::bindings::types::{Event, Part};
use crate::config::{BaseUrl, ProxyUrl, Settings};
use crate::store::{StateLimits, StateWrite};

/// What makes a channel of a connector.
pub struct ChannelSpec {
    /// Its label in logs: the connector's name, and the account where there are several.
    pub label: Arc<str>,
    /// Checked settings.
    pub settings: Settings,
    /// The operator's word on hosts.
    pub hosts: OperatorHosts,
    /// `proxy`.
    pub proxy: Option<ProxyUrl>,
    /// `limits`.
    pub limits: Limits,
    /// `isolation`: whether instances are reused; `None` leaves it to the connector's origin.
    pub reuse: Option<bool>,
    /// The way to the bot.
    pub turns: Arc<dyn Turns>,
    /// Where the connector keeps what it wants to remember.
    pub keep: Arc<dyn Keep>,
    /// How much of that.
    pub state_limits: StateLimits,
    /// What stands in the place of the world.
    pub stage: Stage,
}

/// What came of a `receive`.
pub struct Received {
    /// The answer for the platform. Already sent where the connector streamed it.
    pub answer: Result<Response, Refusal>,
    /// What was accepted; empty for a refusal.
    pub events: Vec<Event>,
    /// What the connector wants to keep; empty for a refusal.
    pub state: Vec<StateWrite>,
}

/// What came of a `send`.
#[derive(Debug)]
pub struct Sent {
    /// What the connector said, or why it could not.
    pub outcome: Result<Result<Receipt, SendError>, CallError>,
    /// Whether it had asked anything of the platform by then.
    pub reached_out: bool,
}

/// A channel at work.
pub struct Channel {
    pub(super) connector: Arc<Connector>,
    pub(super) context: Arc<Context>,
    pub(super) pool: Arc<Pool>,
    routes: Vec<Route>,
    tripwire: Tripwire,
    threads: Threads,
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel")
            .field("label", &self.context.label)
            .finish_non_exhaustive()
    }
}

impl Channel {
    /// Starts a channel and asks the connector for its routes.
    ///
    /// # Errors
    ///
    /// When a host is not granted, the connector refuses the settings, or a route is malformed.
    pub async fn start(
        runtime: &Runtime,
        connector: Arc<Connector>,
        spec: ChannelSpec,
    ) -> Result<Arc<Self>, String> {
        let (grants, seals) = grants(&connector, &spec.settings, &spec.hosts)?;
        let redactor = Redactor::new(&spec.settings);
        let api_url = spec.hosts.api_url.as_ref().map(BaseUrl::as_str);
        let template = Template::new(&spec.settings, api_url);
        let reuse = spec.reuse.unwrap_or(connector.reuse_by_default());
        let context = Arc::new(Context {
            label: spec.label,
            settings: spec.settings,
            sealed_names: sealed_names(&connector),
            template: Arc::new(template),
            seals,
            limits: spec.limits,
            egress: Egress::new(
                grants,
                spec.proxy.as_ref().map(ProxyUrl::expose),
                spec.limits,
                spec.stage.network,
            )?,
            redactor,
            log_budget: LogBudget::new(spec.limits.log_rate),
            turns: spec.turns,
            keep: spec.keep,
            state_limits: spec.state_limits,
            rooms: OnceLock::new(),
            time: spec.stage.time,
        });
        let pool = Pool::new(runtime.places(), spec.limits.concurrency, reuse);
        let threads = Threads::new(context.label.clone());
        let mut channel = Self {
            connector,
            context,
            pool,
            routes: Vec::new(),
            tripwire: Tripwire::default(),
            threads,
        };
        let routes = channel
            .call(Streaming::Unavailable, |exports, store| {
                exports.connector().call_routes(store).boxed()
            })
            .await
            .outcome
            .map_err(|e| {
                let origin = &channel.connector.origin;
                let why = e.at_start();
                format!("the connector refuses to start: {origin}: `routes` failed: {why}")
            })?;
        let routes = routes.map_err(|why| {
            let why = channel.context.redactor.text(&why).into_owned();
            let channel = &channel.context.label;
            format!("the settings of `{channel}` do not fit: {why}")
        })?;
        check_routes(&routes, channel.connector.linked.has_sockets())?;
        channel.routes = routes;
        // Most of many channels have nothing to do most of the time, and an instance that waits takes 100 KiB.
        channel.pool.drop_idle();
        Ok(Arc::new(channel))
    }

    /// The channel's label: `rest`, `facebook/acme`.
    #[must_use]
    pub fn label(&self) -> &Arc<str> {
        &self.context.label
    }

    /// What it is a channel of.
    #[must_use]
    pub fn connector(&self) -> &Arc<Connector> {
        &self.connector
    }

    /// Where it listens.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Its settings, sealed ones included.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.context.settings
    }

    /// The hosts that it may reach.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        self.context.egress.granted()
    }

    /// One inbound request. `streamed` hears of a response that is written while it is made.
    ///
    /// # Errors
    ///
    /// When the connector cannot be called, traps, is not done in time, or answers against the contract.
    pub(crate) async fn receive(
        &self,
        route: Arc<str>,
        request: Request,
        streamed: oneshot::Sender<StreamedResponse>,
    ) -> Result<Received, CallError> {
        let largest = self.context.limits.response;
        let ended = self
            .call(Streaming::NotBegun(streamed), move |exports, store| {
                async move {
                    let guest = exports.connector();
                    let answer = guest.call_receive(&mut *store, &route, &request).await?;
                    match &answer {
                        Ok(response) => {
                            store.data().note_exposed(&response.body);
                            for (_, value) in &response.headers {
                                store.data().note_exposed(value);
                            }
                        }
                        Err(refusal) => store.data().note_exposed_in(refusal),
                    }
                    // Here, where it may take its time: to throw a hundred thousand headers away takes milliseconds.
                    Ok(answer.map(|response| check(response, largest)))
                }
                .boxed()
            })
            .await;
        let refusal = match ended.outcome? {
            Ok(checked) => {
                return Ok(Received {
                    answer: Ok(checked.map_err(CallError::BadAnswer)?),
                    events: ended.events,
                    state: ended.state,
                });
            }
            Err(refusal) => refusal,
        };
        // What a refused request accepted and kept never happened.
        Ok(Received {
            answer: Err(words::of_refusal(refusal, &self.context.redactor)),
            events: Vec::new(),
            state: Vec::new(),
        })
    }

    /// One part out.
    pub async fn send(&self, to: Address, part: Part, attempt: Attempt) -> Sent {
        let ended = self
            .call(Streaming::Unavailable, |exports, store| {
                async move {
                    let guest = exports.connector();
                    let said = guest.call_send(&mut *store, &to, &part, &attempt).await?;
                    store.data().note_exposed_in(&said);
                    Ok(said)
                }
                .boxed()
            })
            .await;
        let redactor = &self.context.redactor;
        Sent {
            outcome: ended
                .outcome
                .map(|said| said.map_err(|error| words::of_send_error(error, redactor))),
            reached_out: ended.requests > 0,
        }
    }

    /// Why calls are turned away at the moment, if they are.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.tripwire.why()
    }

    /// Whether the server may say something about its connector now.
    pub(crate) fn may_log(&self) -> bool {
        self.context.may_log()
    }

    /// Calls one of the functions that every connector has.
    pub(super) async fn call<R: Send + 'static>(
        &self,
        streaming: Streaming,
        run: impl Run<Exports, R>,
    ) -> Ended<R> {
        let (pool, connector, context) = (
            self.pool.clone(),
            self.connector.clone(),
            self.context.clone(),
        );
        let begin = move |call, place| {
            async move {
                let _place = place;
                let instance = match pool.take(&connector.linked, &context, call).await {
                    Ok(instance) => instance,
                    Err(error) => return Ended::failed(error),
                };
                let (ended, instance) = serve(instance, run).await;
                if ended.outcome.is_ok() {
                    pool.give_back(instance);
                }
                ended
            }
            .boxed()
        };
        self.guarded(streaming, begin).await
    }

    /// Makes one call, where the connector does not fail all the time.
    pub(super) async fn guarded<R: Send + 'static>(
        &self,
        streaming: Streaming,
        begin: impl Begin<R>,
    ) -> Ended<R> {
        let pass = match self.tripwire.admit(Instant::now()) {
            Ok(pass) => pass,
            Err((retry_after, why)) => {
                return Ended::failed(CallError::Failing { retry_after, why });
            }
        };
        let ended = self.call_once(streaming, begin).await;
        let channel = &*self.context.label;
        match &ended.outcome {
            Ok(_) => {
                if pass.succeeded() {
                    tracing::info!(channel, "the connector works again");
                }
            }
            Err(error @ (CallError::Trapped(_) | CallError::TimedOut(_))) => {
                let why = error.to_string();
                if let Some(pause) = pass.failed(&why, Instant::now()) {
                    tracing::error!(
                        channel,
                        "the connector fails all the time and is left alone for {pause:?}; the last time: {why}"
                    );
                }
            }
            // The connector is not to blame.
            Err(_) => drop(pass),
        }
        ended
    }

    async fn call_once<R: Send + 'static>(
        &self,
        streaming: Streaming,
        begin: impl Begin<R>,
    ) -> Ended<R> {
        let place = match self.pool.enter().await {
            Ok(place) => place,
            Err(error) => return Ended::failed(error),
        };
        let Limits { time, cpu, .. } = self.context.limits;
        let call = Call::new(time, cpu, streaming);
        let watch = call.watch.clone();
        let running = self.threads.run(&watch, begin(call, place));
        tokio::pin!(running);
        loop {
            // The call first: most are done at once, and then no timer is ever set.
            tokio::select! {
                biased;
                ended = &mut running => {
                    return ended.unwrap_or_else(|| Ended::failed(CallError::Overloaded));
                }
                () = tokio::time::sleep_until(watch.clock.deadline()) => if watch.clock.is_over() {
                    break;
                },
            }
        }
        Ended {
            requests: watch.requests(),
            ..Ended::failed(CallError::TimedOut(time))
        }
    }

    /// The longest that one call may take, without the bot.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        self.context.limits.time
    }
}

/// The response, if it can be sent.
fn check(response: Response, largest: usize) -> Result<Response, String> {
    let size = response.body.len();
    if size > largest {
        return Err(format!(
            "a body of {size} bytes, over {largest}; hint: `limits.response` of the channel raises it"
        ));
    }
    check_head(response.status, &response.headers)?;
    Ok(response)
}

/// One function of a connector, with its arguments.
pub(super) trait Run<Exports, R>:
    for<'a> FnOnce(&'a Exports, &'a mut Store<State>) -> BoxFuture<'a, wasmtime::Result<R>>
    + Send
    + 'static
{
}

impl<Exports, R, F> Run<Exports, R> for F where
    F: for<'a> FnOnce(&'a Exports, &'a mut Store<State>) -> BoxFuture<'a, wasmtime::Result<R>>
        + Send
        + 'static
{
}

/// A call from its instance on. It keeps its right to be made until it is over.
pub(super) trait Begin<R>:
    FnOnce(Call, OwnedSemaphorePermit) -> BoxFuture<'static, Ended<R>> + Send + 'static
{
}

impl<R, F: FnOnce(Call, OwnedSemaphorePermit) -> BoxFuture<'static, Ended<R>> + Send + 'static>
    Begin<R> for F
{
}

/// Calls an instance, and takes from it what the call left.
pub(super) async fn serve<Exports, R>(
    mut instance: Instance<Exports>,
    run: impl for<'a> FnOnce(&'a Exports, &'a mut Store<State>) -> BoxFuture<'a, wasmtime::Result<R>>,
) -> (Ended<R>, Instance<Exports>) {
    let outcome = instance.call(run).await;
    let call = &mut instance.state().call;
    let ended = Ended {
        outcome,
        events: std::mem::take(&mut call.events),
        state: call.state.take().unwrap_or_default(),
        requests: call.watch.requests(),
    };
    call.streaming.end(ended.outcome.is_ok());
    (ended, instance)
}

/// A call that is over, and what it left.
pub(super) struct Ended<R> {
    pub(super) outcome: Result<R, CallError>,
    pub(super) events: Vec<Event>,
    pub(super) state: Vec<StateWrite>,
    requests: u32,
}

impl<R> Ended<R> {
    pub(super) fn failed(error: CallError) -> Self {
        Self {
            outcome: Err(error),
            events: Vec::new(),
            state: Vec::new(),
            requests: 0,
        }
    }
}

fn sealed_names(connector: &Connector) -> Vec<String> {
    let declared = connector.description.settings.iter();
    declared
        .filter(|setting| setting.sealed)
        .map(|setting| setting.name.clone())
        .collect()
}

fn check_sockets(route: &Route, namespace: &str, has_sockets: bool) -> Result<(), String> {
    if !has_sockets {
        return Err(
            "its transport is Socket.IO, and the connector does not export `socket-events`"
                .to_owned(),
        );
    }
    if !namespace.starts_with('/') || namespace.contains([',', '?', '#']) {
        return Err(format!(
            "the namespace {namespace:?} does not begin with a slash, or has `,`, `?` or `#` in it"
        ));
    }
    if route.path.contains(['{', '}']) {
        return Err("a path for Socket.IO has no `{…}` segments".to_owned());
    }
    if route.admin_only {
        return Err("clients of Socket.IO do not use the admin API".to_owned());
    }
    Ok(())
}

fn check_routes(routes: &[Route], has_sockets: bool) -> Result<(), String> {
    let mut ids = HashSet::new();
    for route in routes {
        let named = |text: &str| format!("its route `{}`: {text}", route.id);
        if !ids.insert(&route.id) {
            return Err(named("there are two of that id"));
        }
        if let Transport::Socketio(namespace) = &route.transport {
            check_sockets(route, namespace, has_sockets).map_err(|text| named(&text))?;
        }
        if route.methods.is_empty() {
            return Err(named("it takes no method"));
        }
        for method in &route.methods {
            let known = http::Method::from_bytes(method.as_bytes()).is_ok();
            if !known || *method != method.to_ascii_uppercase() {
                return Err(named(&format!("`{method}` is not a method in upper case")));
            }
        }
    }
    Ok(())
}
