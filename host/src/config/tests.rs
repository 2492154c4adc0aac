//! What people read when a configuration is wrong, as snapshots; what they get when it is right;
//! and that no value is ever shown.

mod connectors;
mod credentials;
mod endpoints;
mod response_files;
mod responses;
mod secrecy;
mod settings;
mod slips;
mod store;
mod yaml;

use std::path::Path;

use super::{ChannelEntry, Credentials, Diagnostics, Endpoints};

const BUILTINS: [&str; 4] = ["callback", "facebook", "rest", "slack"];

/// An environment with a few variables, among them one that is empty and one that looks like a
/// reference.
fn environment(name: &str) -> Option<String> {
    let value = match name {
        "TOKEN" => "hunter2",
        "PORT" => "5005",
        "FLAG" => "true",
        "KEY" => "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
        "EMPTY" => "",
        "NESTED" => "${TOKEN}: x",
        _ => return None,
    };
    Some(value.to_owned())
}

fn parse(text: &str) -> Result<Credentials, Diagnostics> {
    Credentials::parse(
        "credentials.yml",
        text,
        Path::new("here"),
        &BUILTINS,
        &environment,
    )
}

/// The channels of a text that is right.
fn channels(text: &str) -> Vec<ChannelEntry> {
    parse(text)
        .unwrap_or_else(|errors| panic!("{errors}"))
        .channels
}

/// What is said about a text that is wrong.
fn errors(text: &str) -> String {
    parse(text).expect_err("the text is wrong").to_string()
}

fn endpoints(text: &str) -> Result<Endpoints, Diagnostics> {
    Endpoints::parse("endpoints.yml", text, Path::new("here"), &environment)
}

/// What is said about `endpoints.yml` when it is wrong.
fn endpoints_errors(text: &str) -> String {
    endpoints(text)
        .err()
        .expect("the text is wrong")
        .to_string()
}
