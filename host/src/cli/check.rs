//! `switchboard check`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::run::routes;
use super::{Configuration, WRONG_CALL};
use crate::bindings::connector::{Description, Rendering, Setting};
use crate::config::{SettingValue, Settings};
use crate::runtime::{Connector, Runtime};
use crate::server::{Ready, Server};

#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    configuration: Configuration,
    /// A component to look at by itself, instead of the configuration.
    #[arg(value_name = "FILE.wasm")]
    component: Option<PathBuf>,
}

impl Check {
    pub(super) async fn run(self) -> ExitCode {
        if let Err(text) = self.configuration.log.start() {
            eprintln!("error: {text}");
            return ExitCode::from(WRONG_CALL);
        }
        let report = match &self.component {
            Some(path) => self.component(path).await,
            None => self.configuration().await,
        };
        match report {
            Ok(report) => {
                print!("{report}");
                ExitCode::SUCCESS
            }
            Err(report) => {
                eprintln!("{report}");
                ExitCode::from(WRONG_CALL)
            }
        }
    }

    async fn configuration(&self) -> Result<String, String> {
        let server = Server::prepare(&self.configuration.options())
            .await
            .map_err(|e| e.to_string())?;
        Ok(report(&server))
    }

    async fn component(&self, path: &std::path::Path) -> Result<String, String> {
        let cache = self.configuration.data_dir.join("cache/components");
        let loaded = async { Runtime::new(Some(&cache))?.load_file(path, None).await };
        let connector = loaded.await.map_err(|text| format!("error: {text}"))?;
        Ok(component_report(&connector))
    }
}

fn report(server: &Server) -> String {
    let mut text = String::new();
    for notice in &server.notices {
        let _ = writeln!(text, "{notice}");
    }
    let source = match &server.credentials {
        Some(path) => path.display().to_string(),
        None => "no credentials.yml here: REST and a web chat to try the bot in".to_owned(),
    };
    let _ = writeln!(text, "{source}\nbot: {}", server.delivery.bot());
    for ready in &server.channels {
        let _ = write!(text, "\n{}", channel_report(ready));
    }
    text
}

fn channel_report(ready: &Ready) -> String {
    let channel = &ready.channel;
    let connector = channel.connector();
    let mut text = format!("{}\n", channel.label());
    line(&mut text, "connector", &[headline(connector)]);
    line(&mut text, "mounted at", std::slice::from_ref(&ready.prefix));
    line(&mut text, "routes", &routes(ready));
    line(&mut text, "may reach", &channel.hosts());
    line(&mut text, "settings", &values(channel.settings()));
    text
}

fn component_report(connector: &Connector) -> String {
    let Description {
        settings,
        hosts,
        renders,
        ..
    } = &connector.description;
    let mut text = format!("{}\n", connector.name);
    line(&mut text, "connector", &[headline(connector)]);
    line(
        &mut text,
        "mounted at",
        &[format!(
            "/webhooks/{} unless the channel says otherwise",
            connector.name
        )],
    );
    let digest = connector.sha256.map(|digest| digest.to_string());
    line(&mut text, "sha256", digest.as_slice());
    line(&mut text, "wants to reach", hosts);
    line(&mut text, "renders", &[rendered(renders)]);
    line(
        &mut text,
        "settings",
        &settings.iter().map(declared).collect::<Vec<_>>(),
    );
    text.push_str("it fits this server; name its path in credentials.yml to use it\n");
    text
}

fn headline(connector: &Connector) -> String {
    let Description {
        version, summary, ..
    } = &connector.description;
    format!("{} {version}: {summary}", connector.origin)
}

/// One label, its values below each other.
fn line(text: &mut String, label: &str, values: &[String]) {
    let none = ["none".to_owned()];
    let values = if values.is_empty() { &none[..] } else { values };
    for (index, value) in values.iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        let _ = writeln!(text, "  {label:<15}{value}");
    }
}

fn values(settings: &Settings) -> Vec<String> {
    settings
        .iter()
        .map(|(name, value)| match value {
            SettingValue::Open(value) => format!("{name}: {value}"),
            SettingValue::Sealed(_) => format!("{name}: (sealed)"),
        })
        .collect()
}

fn declared(setting: &Setting) -> String {
    let mut text = format!("{} ({}", setting.name, kind(setting));
    if setting.required {
        text.push_str(", required");
    }
    if setting.sealed {
        text.push_str(", sealed");
    }
    if let Some(default) = &setting.default {
        let _ = write!(text, ", default {default}");
    }
    let _ = write!(text, "): {}", setting.doc);
    text
}

fn kind(setting: &Setting) -> &'static str {
    use crate::bindings::connector::SettingKind as Kind;
    match setting.kind {
        Kind::Text => "text",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Url => "URL",
        Kind::TextList => "list of texts",
        Kind::TextMap => "mapping of texts",
        Kind::Base64Key => "key in base64",
        Kind::HexKey => "key in hexadecimal",
        Kind::WebhookKey => "Standard Webhooks key",
        Kind::Any => "any value",
    }
}

fn rendered(renders: &Rendering) -> String {
    let kinds = [
        ("buttons", renders.buttons.is_some()),
        ("quick replies", renders.quick_replies.is_some()),
        ("images", renders.image),
        ("files", renders.file),
        ("audio", renders.audio),
        ("video", renders.video),
        ("cards", renders.cards.is_some()),
        ("locations", renders.location),
        ("custom JSON", renders.custom),
        ("typing", renders.typing),
    ];
    let shown = kinds
        .iter()
        .filter(|(_, shown)| *shown)
        .map(|(name, _)| *name);
    std::iter::once("text")
        .chain(shown)
        .collect::<Vec<_>>()
        .join(", ")
}
