//! The command line: what people type and read.
#![expect(
    clippy::disallowed_macros,
    reason = "this is where the program speaks to people"
)]

mod check;
mod dead;
mod explain;
mod files;
mod record;
mod run;
mod test;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::config::{AllowedOrigin, BaseUrl};
use crate::server::Options;

/// A wrong call or configuration. clap uses the same.
const WRONG_CALL: u8 = 2;
/// Anything else that kept the program from its work.
const FAILURE: u8 = 1;

/// Connects a bot to messaging platforms.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the channels of credentials.yml.
    Run(run::Run),
    /// Load everything and say what is there and what is wrong, without serving.
    Check(check::Check),
    /// Play cases against a connector: what goes in, and what must come out.
    Test(test::Test),
    /// Tell the life of one message, with times: what happened to it, and what it waits for.
    Explain(explain::Explain),
    /// Show, replay or drop dead letters: what could not be done and will not be tried again by itself.
    Dead(dead::Dead),
}

/// What names the configuration.
#[derive(Args, Debug)]
struct Configuration {
    /// The channels; without it ./credentials.yml, or REST and a web chat where there is none.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// The bot; without it ./endpoints.yml, or the echo bot where there is none.
    #[arg(long, value_name = "FILE")]
    endpoints: Option<PathBuf>,
    /// Where the server keeps what outlasts it.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    data_dir: PathBuf,
    /// The server's address as the platforms call it, such as https://bot.example.com.
    #[arg(long, value_name = "URL", value_parser = base_url)]
    public_url: Option<BaseUrl>,
    /// Whose web pages may call channels that have no `cors` of their own: an origin such as https://www.example.com, or *
    /// for everybody's. Several, or several times.
    #[arg(long, value_name = "ORIGIN", num_args = 1..)]
    cors: Vec<AllowedOrigin>,
    #[command(flatten)]
    log: Log,
}

#[derive(Args, Debug)]
struct Log {
    /// How log lines look.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    log_format: LogFormat,
    /// What is logged: error, warn, info, debug or trace, also by module as in `info,switchboard=debug`.
    #[arg(long, value_name = "LEVEL", env = "RUST_LOG", default_value = "info")]
    log_level: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

fn base_url(text: &str) -> Result<BaseUrl, String> {
    BaseUrl::parse(text).map_err(|e| e.to_string())
}

impl Configuration {
    fn options(&self) -> Options {
        Options {
            credentials: self.credentials.clone(),
            endpoints: self.endpoints.clone(),
            data_dir: self.data_dir.clone(),
            public_url: self.public_url.clone(),
            cors: self.cors.clone(),
            auth_token: None,
            body_timeout: None,
        }
    }
}

impl Log {
    /// Logs go to standard error, so that what a command prints can be used.
    fn start(&self) -> Result<(), String> {
        let filter = EnvFilter::try_new(&self.log_level)
            .map_err(|e| format!("--log-level {}: {e}", self.log_level))?;
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal());
        let started = match self.log_format {
            LogFormat::Human => builder.with_target(false).try_init(),
            LogFormat::Json => builder.json().flatten_event(true).try_init(),
        };
        started.map_err(|e| e.to_string())
    }
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the system gives no threads: {error}");
            return ExitCode::from(FAILURE);
        }
    };
    match cli.command {
        Command::Run(command) => runtime.block_on(command.run()),
        Command::Check(command) => runtime.block_on(command.run()),
        Command::Test(command) => runtime.block_on(command.run()),
        Command::Explain(command) => runtime.block_on(command.run()),
        Command::Dead(command) => runtime.block_on(command.run()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_token_shows_nowhere() {
        let parsed = Cli::try_parse_from(["switchboard", "run", "--auth-token", "s3cret"]);
        assert!(!format!("{:?}", parsed.expect("a call")).contains("s3cret"));
        // An empty one would open to everybody.
        let error = Cli::try_parse_from(["switchboard", "run", "--auth-token", ""]);
        assert!(error.expect_err("refused").to_string().contains("is empty"));
    }
}
