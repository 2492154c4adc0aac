//! What happens when the channel starts, and when it is taken away. Rocket.Chat's webhooks are entered by its
//! administrator, so that nothing is registered; but the bot logs in, so that a wrong password is found out before
//! somebody waits for an answer.

use switchboard_sdk::{Host, LifecycleError};

use crate::session::{self, Session};
use crate::settings::{Account, Settings};

/// Logs in, unless there is a login already: each start would leave one more at Rocket.Chat.
pub(crate) fn activate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    let Account::Login(login) = &settings.account else {
        return Ok(());
    };
    if Session::kept(host, settings, login)?.is_none() {
        session::log_in(host, settings, login)?;
    }
    Ok(())
}

/// Logs out, as far as Rocket.Chat can be reached. A personal access token is the operator's.
pub(crate) fn deactivate(host: &dyn Host, settings: &Settings) -> Result<(), LifecycleError> {
    if let Account::Login(login) = &settings.account
        && let Some(session) = Session::kept(host, settings, login)?
    {
        session.log_out(host, settings);
    }
    session::forget(host)?;
    Ok(())
}
