//! A connector as it should be, to a platform that the tests make up: one that says ids, reports statuses, and has an
//! answer for every kind of trouble. It uses everything that a connector may leave to the host to keep.

mod receive;
mod send;
mod state;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use switchboard_sdk::{
    Address, Attempt, ChoiceLimit, Connector, Description, Host, LengthUnit, Part, Receipt,
    Refusal, Rendering, Request, Response, Route, Sealed, SendError, Setting,
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
                .default_value(10_000)
                .doc("How long the platform may take for a part."),
        )
        .host("{url}")
        .renders(
            Rendering::plain()
                .text_limit(200, LengthUnit::Characters)
                .split_blank_lines()
                .buttons(ChoiceLimit::at_most(3))
                .image()
                .custom(),
        )
    }

    fn routes(_settings: &Settings) -> Vec<Route> {
        vec![
            Route::post("webhook"),
            Route::get("state/{key}").id("state"),
            Route::post("swap"),
            Route::post("ask"),
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

switchboard_sdk::export!(Courier);
