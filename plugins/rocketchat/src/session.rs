//! The bot's login: made once, kept, and made anew when Rocket.Chat no longer knows it. By it the bot also knows
//! itself.

use serde::{Deserialize, Serialize};
use serde_json::json;
use switchboard_sdk::{Host, HttpError, HttpRequest, LogLevel, SendError, StateError};

use crate::api;
use crate::settings::{Account, Login, Settings};

/// Under this it is kept, for good: there is one, and Rocket.Chat says when it has expired.
const KEY: &str = "session";

/// What a login gives, and whose it is. Without `Debug`, for the token is as good as the password.
#[derive(Serialize, Deserialize)]
pub(crate) struct Session {
    server: String,
    user: String,
    pub(crate) user_id: String,
    pub(crate) token: String,
    /// The user name, where the login was by e-mail address.
    name: Option<String>,
}

impl Session {
    /// The login that was kept; none of another user or server, which the settings named before.
    pub(crate) fn kept(
        host: &dyn Host,
        settings: &Settings,
        login: &Login,
    ) -> Result<Option<Self>, StateError> {
        let kept = host.state_get(KEY)?;
        let session: Option<Self> = kept.and_then(|kept| serde_json::from_slice(&kept).ok());
        Ok(session.filter(|it| it.server == settings.server && it.user == login.user))
    }

    /// Ends it, as far as Rocket.Chat can be reached.
    pub(crate) fn log_out(&self, host: &dyn Host, settings: &Settings) {
        let request = HttpRequest::post(&api::url(settings, "logout"))
            .header("x-auth-token", &self.token)
            .header("x-user-id", &self.user_id);
        // One that is not known any more is as good as ended.
        let is_ended = host
            .fetch(request)
            .is_ok_and(|answer| [200, 401].contains(&answer.status));
        if !is_ended {
            let text = "the login could not be ended; Rocket.Chat forgets it after a while";
            host.log(LogLevel::Warn, text, &[]);
        }
    }
}

/// Forgets what was kept.
pub(crate) fn forget(host: &dyn Host) -> Result<(), StateError> {
    host.state_delete(KEY)
}

/// The login that was kept, else a new one.
pub(crate) fn session(
    host: &dyn Host,
    settings: &Settings,
    login: &Login,
) -> Result<Session, SendError> {
    // While the store is away, to log in each time would only bring Rocket.Chat's limit down on the bot.
    let kept = Session::kept(host, settings, login)
        .map_err(|error| SendError::retry(None, state_text(error)))?;
    match kept {
        Some(session) => Ok(session),
        None => log_in(host, settings, login),
    }
}

/// Logs in, and keeps what comes of it.
pub(crate) fn log_in(
    host: &dyn Host,
    settings: &Settings,
    login: &Login,
) -> Result<Session, SendError> {
    let name = if login.is_by_email() {
        "email"
    } else {
        "username"
    };
    let request = HttpRequest::post(&api::url(settings, "login"))
        .json(&json!({ name: login.user, "password": login.password.placeholder() }));
    let answer = host.fetch(request).map_err(nothing_sent)?;
    let answer = api::checked(host, answer).map_err(api::Failure::of_login)?;
    let data = answer.object("data").unwrap_or_default();
    let (Some(user_id), Some(token)) = (data.filled("userId"), data.filled("authToken")) else {
        let text = "the answer to the login bears no token; is `server_url` Rocket.Chat's?";
        return Err(SendError::permanent("login", text));
    };
    let session = Session {
        server: settings.server.clone(),
        user: login.user.clone(),
        user_id,
        token,
        name: data.object("me").and_then(|me| me.filled("username")),
    };
    if let Ok(json) = serde_json::to_vec(&session)
        && let Err(error) = host.state_set(KEY, &json, None)
    {
        let fields = [("reason", &*state_text(error))];
        host.log(
            LogLevel::Warn,
            "the login could not be kept; the next message needs another",
            &fields,
        );
    }
    Ok(session)
}

/// No message left with a login that failed, whatever became of the login.
fn nothing_sent(error: HttpError) -> SendError {
    match error {
        HttpError::TimedOut(text) | HttpError::Interrupted(text) | HttpError::TooLarge(text) => {
            SendError::retry(None, text)
        }
        other => other.into(),
    }
}

/// Whether the bot itself wrote a message. By an e-mail address nobody is known in a room: there the login tells.
pub(crate) fn is_own(
    host: &dyn Host,
    settings: &Settings,
    id: Option<&str>,
    name: Option<&str>,
) -> Result<bool, StateError> {
    // Rocket.Chat has no two user names that differ in case alone, and logs in by either.
    let is_name = |own: &str| name.is_some_and(|name| name.eq_ignore_ascii_case(own));
    if settings.user.as_deref().is_some_and(is_name) {
        return Ok(true);
    }
    match &settings.account {
        Account::Token { user_id, .. } => Ok(id == Some(user_id)),
        Account::Login(login) if login.is_by_email() => {
            let session = Session::kept(host, settings, login)?;
            Ok(session.is_some_and(|it| {
                id == Some(&it.user_id) || it.name.as_deref().is_some_and(is_name)
            }))
        }
        Account::Login(_) => Ok(false),
    }
}

fn state_text(error: StateError) -> String {
    match error {
        StateError::OverLimit(text)
        | StateError::Unavailable(text)
        | StateError::NotAvailable(text) => text,
    }
}
