//! A connector as it should be, to a platform that the tests make up: one that says ids, reports statuses, and has an
//! answer for every kind of trouble. It uses everything that a connector may leave to the host to keep.

mod receive;
mod register;
mod send;
mod state;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use switchboard_sdk::{
    Address, Attempt, ChoiceLimit, Connector, Description, Host, LengthUnit, LifecycleError,
    ManagedConnector, Part, Receipt, Refusal, Rendering, Request, Response, Route, Sealed,
    SendError, Setting,
};

/// The connector.
#[derive(Debug)]
pub struct Courier;

/// What `credentials.yml` says about it.
#[derive(Debug, Deserialize)]
pub struct Settings {
    url: String,
    token: Option<Sealed>,
    timeout_ms: u32,
    registers: bool,
}

impl Connector for Courier {
    type Settings = Settings;
    const NAME: &'static str = "courier";

    fn describe() -> Description {
        Description::new(
            env!("CARGO_PKG_VERSION"),
            "Courier, the tests' own platform",
        )
        .setting(
            Setting::url("url")
                .required()
                .doc("The platform's base address."),
        )
        .setting(
            Setting::text("token")
                .sealed()
                .doc("Sent as Authorization: Bearer."),
        )
        .setting(
            Setting::integer("timeout_ms")
                .default_value(60_000)
                .doc("How long the platform may take for a part."),
        )
        .setting(
            Setting::boolean("registers")
                .default_value(false)
                .doc("Whether the platform is told where to call."),
        )
        .host("{url}")
        .renders(
            Rendering::plain()
                .text_limit(200, LengthUnit::Characters)
                .split_blank_lines()
                .buttons(ChoiceLimit::at_most(3))
                .image()
                .custom()
                .typing(),
        )
    }

    fn routes(_settings: &Settings) -> Vec<Route> {
        vec![
            Route::post("webhook"),
            Route::get("state/{key}").id("state"),
            Route::post("swap"),
            Route::post("ask"),
            Route::get("inside").admin_only(),
        ]
    }

    fn receive(
        host: &dyn Host,
        _settings: &Settings,
        route: &str,
        request: Request,
    ) -> Result<Response, Refusal> {
        match route {
            "state" => state::get(host, &request),
            "swap" => state::swap(host, &request),
            "ask" => receive::ask(host, &request),
            "inside" => Ok(Response::text(200, "come in")),
            _ => receive::receive(host, &request),
        }
    }

    fn send(
        host: &dyn Host,
        settings: &Settings,
        to: &Address,
        part: &Part,
        attempt: &Attempt,
    ) -> Result<Receipt, SendError> {
        send::send(host, settings, to, part, attempt)
    }
}

impl ManagedConnector for Courier {
    fn activate(
        host: &dyn Host,
        settings: &Settings,
        url: Option<&str>,
    ) -> Result<(), LifecycleError> {
        register::register(host, settings, url)
    }

    fn deactivate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
        register::unregister(host, settings)
    }
}

switchboard_sdk::export_managed!(Courier);
