//! A connector that does what the path says: `POST do/{what}`. What it sees of the host is its answer.

mod answer;
mod code;
mod flood;
#[cfg(target_family = "wasm")]
mod handles;
mod memory;
mod reach;
mod sealed;

use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use switchboard_sdk::{
    Connector, Description, Host, Message, Refusal, Request, Response, Route, Sealed, Setting,
};

/// What no connector should rely on: calls that this instance has counted.
static CALLS: AtomicU32 = AtomicU32::new(0);

/// The connector.
#[derive(Debug)]
pub struct Hostile;

/// What `credentials.yml` says about it.
#[derive(Debug, Deserialize)]
pub struct Settings {
    secret: Option<Sealed>,
    body_secret: Option<Sealed>,
    url: Option<String>,
    refuse: Option<String>,
}

/// What came of a request.
type Outcome = Result<Response, Refusal>;

/// One request, and everything that there is to answer it with.
struct Call<'call> {
    host: &'call dyn Host,
    settings: &'call Settings,
    request: Request,
}

impl Call<'_> {
    /// A parameter of the request's query.
    fn parameter(&self, name: &str) -> Option<&str> {
        self.request.query_param(name)
    }

    /// A parameter that is a number.
    fn number(&self, name: &str) -> Option<usize> {
        self.parameter(name)?.parse().ok()
    }

    /// The address of the request, or else of the settings.
    fn url(&self) -> String {
        let url = self.parameter("url").or(self.settings.url.as_deref());
        url.unwrap_or_default().to_owned()
    }

    /// The sealed setting as the connector has it.
    fn secret(&self) -> String {
        let secret = self.settings.secret.as_ref().map(ToString::to_string);
        secret.unwrap_or_default()
    }
}

/// An answer that is a text.
fn said(text: impl Into<String>) -> Option<Outcome> {
    Some(Ok(Response::text(200, text)))
}

impl Connector for Hostile {
    type Settings = Settings;
    const NAME: &'static str = "hostile";

    fn describe() -> Description {
        Description::new("6.6.6", "Misbehaves on request")
            .setting(
                Setting::text("secret")
                    .sealed()
                    .doc("To be given away, if it could."),
            )
            .setting(
                Setting::text("body_secret")
                    .sealed()
                    .in_body()
                    .doc("The same, where it may stand in bodies."),
            )
            .setting(Setting::url("url").doc("Where to bring it."))
            .setting(Setting::text("refuse").doc("Why it does not start."))
            .host("{url}")
    }

    fn routes(settings: &Settings) -> Vec<Route> {
        if let Some(why) = &settings.refuse {
            panic!("{why}");
        }
        vec![Route::post("do/{what}")]
    }

    fn receive(host: &dyn Host, settings: &Settings, _route: &str, request: Request) -> Outcome {
        let what = request.param("what").unwrap_or_default().to_owned();
        let call = Call {
            host,
            settings,
            request,
        };
        let themes = [
            kept,
            code::act,
            answer::act,
            flood::act,
            reach::act,
            sealed::act,
        ];
        let acted = themes.iter().find_map(|act| act(&what, &call));
        acted.unwrap_or_else(|| {
            Err(Refusal::NotFound(format!(
                "`{what}` is nothing that it does"
            )))
        })
    }
}

/// What is there at the start, and what stays.
fn kept(what: &str, call: &Call<'_>) -> Option<Outcome> {
    match what {
        "count" => said((CALLS.fetch_add(1, Ordering::Relaxed) + 1).to_string()),
        "refused" => Some(refused(call)),
        "state" => match call.host.state_get("key") {
            Ok(value) => said(format!("{value:?}")),
            Err(error) => said(error.to_string()),
        },
        "environment" => said(environment()),
        _ => None,
    }
}

fn refused(call: &Call<'_>) -> Outcome {
    let message = Message::new("u", "this was never said");
    call.host.accept(message.into())?;
    Err(Refusal::Forbidden("the text for the operator".into()))
}

/// What there is of variables and files.
#[expect(
    clippy::disallowed_methods,
    reason = "that there is nothing is the point"
)]
fn environment() -> String {
    let variables: Vec<_> = std::env::vars().collect();
    let files = std::fs::read_dir("/").map(|folder| folder.count());
    format!("{variables:?} {:?}", files.map_err(|error| error.kind()))
}

switchboard_sdk::export!(Hostile);
