//! A custom connector, to copy: takes `{"sender", "message", "metadata"}` and answers with the bot's messages.

#[cfg(test)]
mod tests;

use serde::Deserialize;
use switchboard_sdk::{
    Connector, Description, Host, LogLevel, Message, Refusal, Request, Response, Setting, collector,
};

/// The connector.
#[derive(Debug)]
pub struct MyIo;

/// What `credentials.yml` says about it.
#[derive(Debug, Deserialize)]
pub struct Settings {
    username: Option<String>,
    another_parameter: Option<String>,
}

impl Connector for MyIo {
    type Settings = Settings;
    const NAME: &'static str = "myio";

    fn describe() -> Description {
        Description::new(env!("CARGO_PKG_VERSION"), "A custom connector")
            .setting(Setting::text("username").doc("The bot's own account."))
            .setting(Setting::text("another_parameter").doc("Written to the log."))
            .renders(collector::rendering())
    }

    fn receive(
        host: &dyn Host,
        settings: &Settings,
        _route: &str,
        request: Request,
    ) -> Result<Response, Refusal> {
        let body = request.json_object()?;
        let sender = body
            .optional_text("sender")?
            .unwrap_or("default".to_owned());
        if settings.username.as_ref() == Some(&sender) {
            // Many platforms repeat to a bot what it said itself. To answer that would never end.
            return Ok(Response::empty(204));
        }
        let message = Message {
            metadata: body.json("metadata"),
            ..Message::new(sender.as_str(), body.text("message")?)
        };
        if let Some(value) = &settings.another_parameter {
            host.log(
                LogLevel::Debug,
                "asking the bot",
                &[("another_parameter", value)],
            );
        }
        let parts = host.ask(message)?;
        Ok(Response::json(200, &collector::objects(&sender, &parts)))
    }
}

switchboard_sdk::export!(MyIo);
