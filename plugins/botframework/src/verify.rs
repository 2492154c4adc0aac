//! Whether a request is Microsoft's: the token in its `Authorization` header, and whether the token vouches for what the
//! activity says of itself.
//!
//! What costs nothing is looked at first, so that nobody who does not even know the bot's id has keys fetched.

use std::time::Duration;

use switchboard_sdk::jwt::{Key, KeySource, Token};
use switchboard_sdk::{Host, JsonObject, Refusal, Request};

use crate::Settings;

/// How far the clocks may be apart, as Microsoft's own libraries have it.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// The tenants that issue the emulator's tokens, as Microsoft's own libraries know them: of the public cloud, of
/// Microsoft itself, of the government's cloud.
const EMULATOR_TENANTS: [&str; 4] = [
    "d6d49420-f39b-4df7-a1dc-d59a935871db",
    "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
    "72f988bf-86f1-41af-91ab-2d7cd011db47",
    "cab8a31a-1906-4287-a0d8-4eef66b95f6e",
];

/// By what names they issue them.
const LOGINS: [&str; 3] = [
    "https://sts.windows.net/",
    "https://login.microsoftonline.com/",
    "https://login.microsoftonline.us/",
];

/// Who called, as a valid token says.
pub(crate) enum Caller {
    /// The service of a channel.
    Channel {
        service_url: String,
        /// Which channels the key signs for; empty if it does not say.
        endorsements: Vec<String>,
    },
    /// The emulator, or another bot: it has the app's password, and so could have the bot's token without us.
    Emulator,
}

/// Refuses what has no valid token for this bot.
pub(crate) fn caller(
    host: &dyn Host,
    settings: &Settings,
    request: &Request,
) -> Result<Caller, Refusal> {
    let Some(token) = request.bearer_token() else {
        return Err(unauthorized("the request has no bearer token"));
    };
    let Some(token) = Token::parse(token) else {
        return Err(unauthorized(
            "the token is none, or not signed with RS256 and a named key",
        ));
    };
    if !token.is_for(&settings.app_id) {
        return Err(unauthorized(
            "the token is for another bot; is `app_id` right?",
        ));
    }
    if !token.is_current(host.unix_time(), SKEW) {
        let text = "the token does not hold now; is the clock right?";
        return Err(unauthorized(text));
    }
    let issuer = token.claims().filled("iss").unwrap_or_default();
    if issuer == settings.issuer {
        let Some(service_url) = service_url(token.claims()) else {
            return Err(unauthorized("the token names no service URL"));
        };
        let source = KeySource::metadata("channel", &settings.openid_metadata_url);
        Ok(Caller::Channel {
            service_url,
            endorsements: signed(host, source, &token)?.endorsements,
        })
    } else if settings.emulator && is_emulator(settings, &issuer) {
        if app(token.claims()).as_ref() != Some(&settings.app_id) {
            return Err(unauthorized("the token was issued to another app"));
        }
        let source = KeySource::metadata("emulator", &settings.emulator_metadata_url);
        signed(host, source, &token)?;
        Ok(Caller::Emulator)
    } else {
        let text = "the token is of another issuer; is it the emulator's, or another `cloud`'s?";
        Err(unauthorized(text))
    }
}

impl Caller {
    /// Refuses an activity that the token does not vouch for.
    pub(crate) fn may_say(&self, activity: &JsonObject) -> Result<(), Refusal> {
        let Self::Channel {
            service_url,
            endorsements,
        } = self
        else {
            return Ok(());
        };
        if activity.filled("serviceUrl").as_ref() != Some(service_url) {
            let text = "the token does not vouch for the activity's `serviceUrl`";
            return Err(Refusal::Forbidden(text.to_owned()));
        }
        let channel = activity.filled("channelId").unwrap_or_default();
        if !endorsements.is_empty() && !endorsements.contains(&channel) {
            let text = "the token's key does not vouch for the activity's `channelId`";
            return Err(Refusal::Forbidden(text.to_owned()));
        }
        Ok(())
    }
}

fn signed(host: &dyn Host, source: KeySource<'_>, token: &Token<'_>) -> Result<Key, Refusal> {
    match source.find(host, token.kid())? {
        Some(key) if token.is_signed_with(&key) => Ok(key),
        Some(_) => Err(unauthorized("the token's signature is wrong")),
        None => Err(unauthorized("the token's key is unknown")),
    }
}

/// Microsoft writes it in lower case, and documents it otherwise.
fn service_url(claims: &JsonObject) -> Option<String> {
    let claim = claims.filled("serviceurl");
    claim.or_else(|| claims.filled("serviceUrl"))
}

fn is_emulator(settings: &Settings, issuer: &str) -> bool {
    let tenant = tenant(issuer);
    let ours = settings.tenant_id.as_deref();
    tenant.is_some_and(|tenant| EMULATOR_TENANTS.contains(&tenant) || Some(tenant) == ours)
}

/// The tenant within a login's name, behind which may stand of which version the token is.
fn tenant(issuer: &str) -> Option<&str> {
    LOGINS.iter().find_map(|login| {
        let rest = issuer.strip_prefix(login)?;
        rest.strip_suffix("/v2.0")
            .or_else(|| rest.strip_suffix('/'))
    })
}

/// The app that the token was issued to.
fn app(claims: &JsonObject) -> Option<String> {
    match claims.filled("ver").as_deref() {
        None | Some("1.0") => claims.filled("appid"),
        Some("2.0") => claims.filled("azp"),
        Some(_) => None,
    }
}

fn unauthorized(text: &str) -> Refusal {
    Refusal::Unauthorized(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::tenant;

    #[test]
    fn logins_name_their_tenant() {
        for issuer in [
            "https://sts.windows.net/t/",
            "https://login.microsoftonline.com/t/v2.0",
            "https://login.microsoftonline.us/t/v2.0",
            "https://login.microsoftonline.us/t/",
        ] {
            assert_eq!(tenant(issuer), Some("t"), "{issuer}");
        }
        for issuer in [
            "",
            "https://sts.windows.net/t",
            "https://login.microsoftonline.com/t/v1.0",
            "http://login.microsoftonline.com/t/v2.0",
            "https://login.microsoftonline.com.example.com/t/v2.0",
        ] {
            assert_ne!(tenant(issuer), Some("t"), "{issuer}");
        }
    }
}
