//! A page to talk to the bot in a browser: one file with all that it needs, so that it works offline and nothing is
//! fetched from anybody. It speaks Socket.IO itself, by WebSocket alone; a chat for a site of one's own is a widget's job.
//!
//! What a test or a style sheet of one's own may rely on: `#status`, whose text is `connected` once there is a session;
//! `#messages`, with `.user` and `.bot` for what was said and `.choice` for each button; `#typing`, hidden while the bot does
//! not write; `#input` and `#send`; `#new`, which begins another conversation. A token for `jwt_key` is given as
//! `#token=…`, which no server gets to see.
//!
//! What users and the bot say is only ever text there. The policy lets nothing run but the page's own script, by a number
//! that is another each time.

use serde_json::json;
use switchboard_sdk::{Refusal, Request, Response, to_json};

use crate::settings::{BOT_TYPING, SESSION_CONFIRM, SESSION_REQUEST};
use crate::{Settings, session};

const PAGE: &str = include_str!("demo/page.html");
const STYLE: &str = include_str!("demo/style.css");
const SCRIPT: &str = include_str!("demo/script.js");

pub(crate) fn page(settings: &Settings, request: &Request) -> Result<Response, Refusal> {
    let Ok(nonce) = session::random() else {
        return Ok(Response::empty(500));
    };
    let known = json!({
        "page": request.path,
        "path": settings.path,
        "namespace": settings.namespace,
        "sessionRequest": SESSION_REQUEST,
        "sessionConfirm": SESSION_CONFIRM,
        "userMessage": settings.user_event,
        "botMessage": settings.bot_event,
        "botTyping": BOT_TYPING,
    });
    // So that nothing in it ends the element that it stands in. The last of all, for a name may look like a place.
    let known = to_json(&known).replace('<', "\\u003c");
    let page = PAGE
        .replace("{{style}}", STYLE)
        .replace("{{script}}", SCRIPT)
        .replace("{{nonce}}", &nonce)
        .replace("{{settings}}", &known);
    let own = ["'nonce-", &nonce, "'"].concat();
    let policy = [
        "default-src 'none'; connect-src 'self'; img-src https: http: data:; media-src https: http:; script-src ",
        &own,
        "; style-src ",
        &own,
        "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ]
    .concat();
    Ok(
        Response::with_body(200, "text/html; charset=utf-8", page.into_bytes())
            .header("content-security-policy", &policy)
            .header("x-content-type-options", "nosniff")
            .header("referrer-policy", "no-referrer")
            .header("cache-control", "no-store"),
    )
}
