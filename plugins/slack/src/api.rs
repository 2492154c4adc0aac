//! Slack's Web API, and what its refusals mean for a part: it says `ok: false` with a word, and status 200 as a rule.

use std::time::Duration;

use serde_json::Value;
use switchboard_sdk::{Host, HttpRequest, HttpResponse, PermanentFailure, RateScope, SendError};

use crate::settings::Settings;

/// For a request that is one of four within a `send`, which has 30 seconds as a whole; the last one has the usual 10.
pub(crate) const SHORT: Duration = Duration::from_secs(6);

/// What `api_url` stands in for.
const API: &str = "https://slack.com/api";

/// Calls a method with a JSON object.
pub(crate) fn call(
    host: &dyn Host,
    settings: &Settings,
    method: &str,
    arguments: &Value,
) -> Result<Value, SendError> {
    let request = with_json(request(settings, method), arguments);
    finish(host, settings, request)
}

/// Calls a method that takes a form alone, and is not the last of several.
pub(crate) fn call_with_form(
    host: &dyn Host,
    settings: &Settings,
    method: &str,
    arguments: &[(&str, &str)],
) -> Result<Value, SendError> {
    let request = request(settings, method)
        .form(arguments.iter().copied())
        .timeout(SHORT);
    finish(host, settings, request)
}

fn request(settings: &Settings, method: &str) -> HttpRequest {
    let base = settings.api_url.as_deref().unwrap_or(API);
    HttpRequest::post(&[base.trim_end_matches('/'), method].join("/"))
}

/// Slack warns where the character set is not named.
fn with_json(request: HttpRequest, body: &Value) -> HttpRequest {
    request
        .json(body)
        .header("content-type", "application/json; charset=utf-8")
}

fn finish(host: &dyn Host, settings: &Settings, request: HttpRequest) -> Result<Value, SendError> {
    let answer = host.fetch(signed_on(settings, request)?)?.success()?;
    let Ok(body) = answer.json::<Value>() else {
        let text = "what Slack answered cannot be read";
        return Err(SendError::UnknownOutcome(text.to_owned()));
    };
    if body["ok"] == true {
        Ok(body)
    } else {
        Err(refusal(&body, &answer))
    }
}

/// The request with the bot's token.
pub(crate) fn signed_on(
    settings: &Settings,
    request: HttpRequest,
) -> Result<HttpRequest, SendError> {
    let Some(token) = &settings.slack_token else {
        let text = "`slack_token` is not set";
        return Err(SendError::Unauthorized(text.to_owned()));
    };
    Ok(request.bearer_auth(token.placeholder()))
}

fn refusal(body: &Value, answer: &HttpResponse) -> SendError {
    let code = body["error"].as_str().unwrap_or("no_error");
    let detail = |more: &str| ["Slack answers `", code, "`", more].concat();
    let after_ms = answer.retry_after_ms();
    match code {
        // Of the method in the workspace.
        "ratelimited" | "rate_limited" => {
            SendError::rate_limited(after_ms, RateScope::Channel, detail(""))
        }
        "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            SendError::retry(after_ms, detail(""))
        }
        "internal_error" | "fatal_error" => SendError::UnknownOutcome(detail("")),
        "missing_scope" => {
            let scope = body["needed"].as_str().unwrap_or("another scope");
            SendError::Unauthorized(detail(
                &["; give the app ", scope, " and install it anew"].concat(),
            ))
        }
        "invalid_auth"
        | "not_authed"
        | "account_inactive"
        | "token_revoked"
        | "token_expired"
        | "no_permission"
        | "not_allowed_token_type"
        | "org_login_required" => SendError::Unauthorized(detail("")),
        _ => SendError::permanent(
            code,
            detail(match code {
                "not_in_channel" => "; invite the app to the channel",
                "channel_not_found" => "; there is none, or it is private and the app not in it",
                "messages_tab_disabled" => "; switch on the messages tab in the app's home",
                _ => "",
            }),
        ),
    }
}

/// Answers at the address that came with a command or a press, which needs no token.
pub(crate) fn respond(host: &dyn Host, url: &str, message: &Value) -> Result<(), SendError> {
    let request = with_json(HttpRequest::post(url), message);
    let answer = host.fetch(request)?.success().and_then(|answer| {
        // Where all is well it says `ok`, which is no JSON.
        match answer.json::<Value>() {
            Ok(body) if body["ok"] == false => Err(refusal(&body, &answer)),
            _ => Ok(()),
        }
    });
    answer.map_err(|error| match error {
        SendError::Permanent(failure) => SendError::Permanent(PermanentFailure {
            detail: failure.detail + "; Slack takes answers to it for 30 minutes, and five of them",
            ..failure
        }),
        other => other,
    })
}
