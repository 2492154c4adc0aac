//! A connector that does what the path says: `POST do/{what}`. What it sees of the host is its answer.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;
use switchboard_sdk::{
    Connector, Description, Host, HttpRequest, LogLevel, Message, Refusal, Request, Response,
    Route, Sealed, Setting,
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
    url: Option<String>,
    refuse: Option<String>,
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

    fn receive(
        host: &dyn Host,
        settings: &Settings,
        _route: &str,
        request: Request,
    ) -> Result<Response, Refusal> {
        let answer = match request.param("what").unwrap_or_default() {
            "count" => (CALLS.fetch_add(1, Ordering::Relaxed) + 1).to_string(),
            "panic" => panic!("as you wish"),
            "loop" => loop {
                std::hint::black_box(());
            },
            "memory" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(vec![1_u8; 1 << 20]);
                    std::hint::black_box(&hoard);
                }
            }
            "status" => return Ok(Response::empty(999)),
            "split" => return Ok(Response::empty(200).header("a", "b\r\nc: d")),
            "refused" => {
                host.accept(Message::new("u", "this was never said").into())?;
                return Err(Refusal::Forbidden("the text for the operator".into()));
            }
            "seen" => format!(
                "{:?} {}",
                settings.secret.as_ref().map(ToString::to_string),
                request.url
            ),
            "state" => match host.state_get("key") {
                Ok(value) => format!("{value:?}"),
                Err(error) => error.to_string(),
            },
            "fetch" => {
                let url = match request.query_param("url") {
                    Some(url) => url.to_owned(),
                    None => settings.url.clone().unwrap_or_default(),
                };
                let secret = settings
                    .secret
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let fetch = HttpRequest::post(&url)
                    .header("x-secret", &secret)
                    .json(&secret);
                match host.fetch(fetch) {
                    Ok(response) => format!("status {}", response.status),
                    Err(error) => error.to_string(),
                }
            }
            "repeat" => {
                let secret = settings.secret.as_ref().map(ToString::to_string);
                let fetch = HttpRequest::post(&settings.url.clone().unwrap_or_default())
                    .header("x-secret", &secret.unwrap_or_default());
                match host.fetch(fetch) {
                    Ok(response) => {
                        let said = String::from_utf8_lossy(&response.body).into_owned();
                        host.log(LogLevel::Warn, &said, &[("said", &said)]);
                        return Err(Refusal::BadRequest(said));
                    }
                    Err(error) => error.to_string(),
                }
            }
            "fetches" => {
                let url = settings.url.clone().unwrap_or_default();
                let mut done = 0;
                loop {
                    match host.fetch(HttpRequest::post(&url)) {
                        Ok(_) => done += 1,
                        Err(error) => break format!("{done} {error}"),
                    }
                }
            }
            "events" => {
                let mut done = 0;
                loop {
                    match host.accept(Message::new("u", "flood").into()) {
                        Ok(()) => done += 1,
                        Err(error) => {
                            return Err(Refusal::BadRequest(format!("{done} {error:?}")));
                        }
                    }
                }
            }
            "host_call" => {
                host.log(LogLevel::Info, &"x".repeat(20 << 20), &[]);
                "logged".to_owned()
            }
            "response" => return Ok(Response::text(200, "x".repeat(9 << 20))),
            "log" => {
                for number in 0..1_000 {
                    host.log(LogLevel::Info, &format!("line {number}\nfake line"), &[]);
                }
                "logged".to_owned()
            }
            "environment" => environment(),
            other => {
                return Err(Refusal::NotFound(format!(
                    "`{other}` is nothing that it does"
                )));
            }
        };
        Ok(Response::text(200, answer))
    }
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
