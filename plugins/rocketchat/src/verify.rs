//! Whether a request is Rocket.Chat's. An outgoing webhook bears its token in the body, live chat a secret in a header.
//!
//! Both come to one address, and what a request is it says itself: so where one of the two secrets is set, requests of
//! the other kind are refused, or a forger would say that it is of the kind that nobody checks.

use switchboard_sdk::{Host, JsonObject, Refusal, Request};

use crate::Settings;
use crate::receive::Kind;

/// Refuses what does not bear the secret of its kind. Without any secret, nothing can be told.
pub(crate) fn verify(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
    body: &JsonObject,
    kind: Kind,
) -> Result<(), Refusal> {
    let (setting, is_set, given) = match kind {
        Kind::Webhook => (
            "webhook_token",
            settings.verifies_webhooks,
            body.filled("token"),
        ),
        Kind::Livechat => {
            let header = request.header("x-rocketchat-livechat-token");
            let header = header.filter(|secret| !secret.is_empty());
            (
                "livechat_secret",
                settings.verifies_livechat,
                header.map(str::to_owned),
            )
        }
    };
    if !is_set {
        return if settings.verifies_webhooks || settings.verifies_livechat {
            Err(Refusal::Forbidden(
                [
                    "a request that `",
                    setting,
                    "` would prove, which is not set",
                ]
                .concat(),
            ))
        } else {
            Ok(())
        };
    }
    let Some(given) = given else {
        return Err(Refusal::Unauthorized(
            ["the request bears no token, but `", setting, "` is set"].concat(),
        ));
    };
    if host.secret_equals(setting, given.as_bytes())? {
        Ok(())
    } else {
        Err(Refusal::Unauthorized(
            ["the request bears another token than `", setting, "`"].concat(),
        ))
    }
}
