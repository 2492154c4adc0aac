//! `switchboard run`.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, value_parser};
use tokio::signal::unix::{SignalKind, signal};

use super::{Configuration, FAILURE, WRONG_CALL, files};
use crate::bindings::connector::Transport;
use crate::gateway::{AuthToken, Bounds, Listener, serve};
use crate::server::{Options, Ready, Server};
use crate::store::Sqlite;

#[derive(Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    configuration: Configuration,
    /// The address to listen on.
    #[arg(
        short = 'i',
        long,
        visible_alias = "interface",
        default_value = "127.0.0.1"
    )]
    host: String,
    /// The port to listen on; 0 lets the system pick.
    #[arg(short, long, default_value_t = 5005)]
    port: u16,
    /// Seconds that a stop waits for what is in flight.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    shutdown_timeout: u64,
    /// Connections at a time, 1 to 1,000,000. When all are taken, the one that has kept the server waiting for longest
    /// goes for the next.
    #[arg(long, value_name = "COUNT", default_value_t = 4_096, value_parser = value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// Seconds until the head of a request is complete, and between requests of a connection, 1 to 3,600.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = value_parser!(u64).range(1..=3_600))]
    header_timeout: u64,
    /// Seconds for the body of a request to arrive, 1 to 3,600.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = value_parser!(u64).range(1..=3_600))]
    body_timeout: u64,
    /// What callers of the admin API must show; without it only this machine may call. The variable is the better place:
    /// other users of the machine can see a command's arguments.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "SWITCHBOARD_AUTH_TOKEN",
        hide_env_values = true,
        value_parser = AuthToken::parse
    )]
    auth_token: Option<AuthToken>,
}

impl Run {
    pub(super) async fn run(self) -> ExitCode {
        if let Err(text) = self.configuration.log.start() {
            eprintln!("error: {text}");
            return ExitCode::from(WRONG_CALL);
        }
        let options = Options {
            auth_token: self.auth_token,
            body_timeout: Some(Duration::from_secs(self.body_timeout)),
            ..self.configuration.options()
        };
        let is_open = options.auth_token.is_none();
        let server = match Server::prepare(&options).await {
            Ok(server) => server,
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::from(WRONG_CALL);
            }
        };
        let store = match Sqlite::open(&self.configuration.data_dir) {
            Ok(store) => Arc::new(store),
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::from(WRONG_CALL);
            }
        };
        for notice in &server.notices {
            eprintln!("{notice}");
        }
        let listening = async {
            let listener = Listener::bind(&self.host, self.port).await?;
            let address = listener.address().map_err(|e| e.to_string())?;
            let stop = stop_signal().map_err(|e| format!("cannot listen for signals: {e}"))?;
            Ok::<_, String>((listener, address, stop))
        };
        let (listener, address, stop) = match listening.await {
            Ok(listening) => listening,
            Err(text) => {
                eprintln!("error: {text}");
                return ExitCode::from(FAILURE);
            }
        };
        server.delivery.start(store).await;
        print!("{}", banner(&server, address, is_open));
        let registering = tokio::spawn(server.gateway.clone().register_webhooks());

        let bounds = Bounds {
            connections: files::connections(self.max_connections),
            header_timeout: Duration::from_secs(self.header_timeout),
        };
        let grace = Duration::from_secs(self.shutdown_timeout);
        let left = serve(listener, server.gateway.clone(), bounds, stop, grace).await;
        registering.abort();
        let drained = server.delivery.drain(left.unwrap_or_default()).await;
        tracing::info!("stopped");
        if left.is_some() && drained {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILURE)
        }
    }
}

/// Resolves at the first SIGTERM or SIGINT. A second one ends the process at once.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: what is in flight is finished first; once more stops at once");
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::warn!("stopped at once");
            std::process::exit(FAILURE.into());
        });
    })
}

/// What a person sees when the server stands.
fn banner(server: &Server, address: SocketAddr, is_open: bool) -> String {
    let base = format!("http://{}", reachable(address));
    let mut text = format!(
        "switchboard {} listens on http://{address}\n",
        env!("CARGO_PKG_VERSION")
    );
    // Writing to a String cannot fail.
    let _ = writeln!(text, "bot: {}", server.delivery.bot());
    match &server.credentials {
        Some(path) => {
            let _ = writeln!(text, "channels of {}:", path.display());
        }
        None => {
            text.push_str("no credentials.yml here, so REST and a web chat to try the bot in:\n");
        }
    }
    for ready in &server.channels {
        let _ = writeln!(text, "  {} at {}", ready.channel.label(), ready.prefix);
        for route in routes(ready) {
            let _ = writeln!(text, "    {route}");
        }
    }
    text.push_str(if is_open {
        "admin API: only from this machine, as there is no --auth-token\n"
    } else {
        "admin API: behind the token\n"
    });
    match trial(&server.channels, &base) {
        Some(command) => {
            let _ = writeln!(text, "try it:\n  {command}");
            if let Some(page) = chat_page(&server.channels) {
                let _ = writeln!(text, "or in a browser:\n  {base}{page}");
            }
        }
        None => text.push_str("there is no channel, so nothing but / answers\n"),
    }
    text
}

/// A wildcard address is no place to call.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// `POST /webhooks/rest/webhook`
pub(super) fn routes(ready: &Ready) -> Vec<String> {
    let routes = ready.channel.routes().iter();
    routes
        .map(|route| {
            let path = match route.path.strip_prefix('/') {
                Some(_) => route.path.clone(),
                None => format!("{}/{}", ready.prefix.trim_end_matches('/'), route.path),
            };
            if let Transport::Socketio(namespace) = &route.transport {
                return format!("Socket.IO {path}, namespace {namespace}");
            }
            let whom = if route.admin_only {
                " (admin API only)"
            } else {
                ""
            };
            format!("{} {path}{whom}", route.methods.join(", "))
        })
        .collect()
}

/// Where a browser finds a page to talk to the bot.
fn chat_page(channels: &[Ready]) -> Option<String> {
    channels
        .iter()
        .filter(|ready| ready.channel.connector().name == "socketio")
        .find(|ready| {
            ready
                .channel
                .routes()
                .iter()
                .any(|route| route.path == "chat")
        })
        .map(|ready| format!("{}/chat", ready.prefix))
}

/// A command that works as it stands: a message to REST where it is open, else some channel's health.
fn trial(channels: &[Ready], base: &str) -> Option<String> {
    let open = channels.iter().find(|ready| {
        ready.channel.connector().name == "rest" && ready.channel.settings().get("token").is_none()
    });
    if let Some(rest) = open {
        return Some(format!(
            "curl {base}{}/webhook -H 'content-type: application/json' -d '{{\"sender\": \"me\", \"message\": \"hello\"}}'",
            rest.prefix
        ));
    }
    let first = channels.first()?;
    Some(format!("curl {base}{}", first.prefix))
}
