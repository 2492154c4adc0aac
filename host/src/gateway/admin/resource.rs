//! What a path of the admin API names.
//!
//! By hand, as a conversation's id may hold slashes, encoded or not: whatever stands between what is fixed is the id.

use axum::http::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::gateway::ApiError;
use crate::store::Uuid;

/// Where the API stands. Nothing of a channel may.
pub(in crate::gateway) const PREFIXES: [&str; 3] = ["/api/v1", "/conversations", "/metrics"];

/// The longest id, bytes; conversations have the same bound in the contract.
const MAX_ID: usize = 4_096;

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// What is sent to a conversation.
    Messages { conversation: String },
    /// What the bot is made to react to.
    Trigger { conversation: String },
    /// The life of a message, by whatever id it is known.
    Message { id: String },
    /// All dead letters.
    Letters,
    /// One of them.
    Letter { id: Uuid },
    /// Another try of all of them.
    ReplayAll,
    /// Another try of one.
    Replay { id: Uuid },
    /// A channel's webhook, to be registered at its platform.
    Activate { channel: String },
    /// The same, to be removed there.
    Deactivate { channel: String },
    /// Numbers for Prometheus.
    Metrics,
}

/// Whether the path is the API's, known to it or not.
pub(in crate::gateway) fn is_reserved(path: &str) -> bool {
    PREFIXES.iter().any(|prefix| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

impl Resource {
    /// What `path`, still percent-encoded, names.
    pub(super) fn of(path: &str) -> Result<Self, ApiError> {
        let trimmed = path.strip_suffix('/').unwrap_or(path);
        let unknown = || ApiError::no_endpoint(path);
        if trimmed == "/metrics" {
            return Ok(Self::Metrics);
        }
        if let Some(rest) = trimmed.strip_prefix("/conversations/") {
            let id = rest.strip_suffix("/trigger_intent").ok_or_else(unknown)?;
            return Ok(Self::Trigger {
                conversation: decoded(id)?,
            });
        }
        let rest = trimmed.strip_prefix("/api/v1/").ok_or_else(unknown)?;
        if let Some(rest) = rest.strip_prefix("conversations/") {
            let id = rest.strip_suffix("/messages").ok_or_else(unknown)?;
            return Ok(Self::Messages {
                conversation: decoded(id)?,
            });
        }
        if let Some(id) = rest.strip_prefix("messages/") {
            return Ok(Self::Message { id: decoded(id)? });
        }
        if let Some(rest) = rest.strip_prefix("channels/") {
            // With several accounts a channel's name has a slash.
            if let Some(channel) = rest.strip_suffix("/activate") {
                let channel = decoded(channel)?;
                return Ok(Self::Activate { channel });
            }
            let channel = rest.strip_suffix("/deactivate").ok_or_else(unknown)?;
            return Ok(Self::Deactivate {
                channel: decoded(channel)?,
            });
        }
        match rest.strip_prefix("dead-letters").ok_or_else(unknown)? {
            "" => Ok(Self::Letters),
            "/replay" => Ok(Self::ReplayAll),
            one => {
                let one = one.strip_prefix('/').ok_or_else(unknown)?;
                match one.strip_suffix("/replay") {
                    Some(id) => Ok(Self::Replay { id: letter(id)? }),
                    None => Ok(Self::Letter { id: letter(one)? }),
                }
            }
        }
    }

    /// Whether it takes the method.
    pub(super) fn check(&self, method: &Method) -> Result<(), ApiError> {
        let allowed: &[Method] = match self {
            Self::Messages { .. }
            | Self::Trigger { .. }
            | Self::Activate { .. }
            | Self::Deactivate { .. }
            | Self::ReplayAll
            | Self::Replay { .. } => &[Method::POST],
            Self::Letter { .. } => &[Method::DELETE],
            Self::Letters => &[Method::DELETE, Method::GET, Method::HEAD],
            Self::Message { .. } | Self::Metrics => &[Method::GET, Method::HEAD],
        };
        if allowed.contains(method) {
            return Ok(());
        }
        let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        Err(ApiError::method_not_allowed(&allowed.join(", ")))
    }
}

/// Decoded once: what is encoded twice is meant to stay encoded.
fn decoded(id: &str) -> Result<String, ApiError> {
    let bad = |text: String| ApiError::new(StatusCode::BAD_REQUEST, "bad_request", text);
    let id = percent_decode_str(id)
        .decode_utf8()
        .map_err(|_| bad("the id in the path is no UTF-8".to_owned()))?;
    match id.len() {
        0 => Err(bad("the id in the path is empty".to_owned())),
        1..=MAX_ID => Ok(id.into_owned()),
        bytes => Err(bad(format!(
            "the id in the path has {bytes} bytes; at most {MAX_ID}"
        ))),
    }
}

/// What is no id of ours is no dead letter's either.
fn letter(id: &str) -> Result<Uuid, ApiError> {
    let id = decoded(id)?;
    Uuid::try_parse(&id).map_err(|_| ApiError::no_letter(&id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(path: &str) -> u16 {
        let error = Resource::of(path).expect_err(path);
        error.into_response().status().as_u16()
    }

    #[test]
    fn ids_with_slashes() {
        let messages = |path: &str| match Resource::of(path) {
            Ok(Resource::Messages { conversation }) => conversation,
            other => panic!("{path}: {other:?}"),
        };
        assert_eq!(messages("/api/v1/conversations/u1/messages"), "u1");
        assert_eq!(messages("/api/v1/conversations/u1/messages/"), "u1");
        assert_eq!(
            messages("/api/v1/conversations/a/b%2Fc%252F/messages"),
            "a/b/c%2F"
        );
        assert_eq!(
            messages("/api/v1/conversations//messages/messages"),
            "/messages"
        );
        assert_eq!(messages("/api/v1/conversations/%C3%A4+1/messages"), "ä+1");
        let trigger = Resource::of("/conversations/a/b/trigger_intent").expect("a resource");
        let conversation = "a/b".to_owned();
        assert_eq!(trigger, Resource::Trigger { conversation });
        let message = Resource::of("/api/v1/messages/wamid.a%2Fb/c").expect("a resource");
        let id = "wamid.a/b/c".to_owned();
        assert_eq!(message, Resource::Message { id });
    }

    #[test]
    fn letters() {
        let id = Uuid::from_u128(7);
        let of = |path: String| Resource::of(&path).expect("a resource");
        assert_eq!(of("/api/v1/dead-letters".into()), Resource::Letters);
        assert_eq!(
            of("/api/v1/dead-letters/replay/".into()),
            Resource::ReplayAll
        );
        assert_eq!(
            of(format!("/api/v1/dead-letters/{id}")),
            Resource::Letter { id }
        );
        assert_eq!(
            of(format!("/api/v1/dead-letters/{id}/replay")),
            Resource::Replay { id }
        );
    }

    #[test]
    fn what_there_is_not() {
        for path in [
            "/api/v1",
            "/api/v1/",
            "/api/v1/x",
            "/api/v1/conversations/u1",
            "/conversations/u1",
            "/conversations",
            "/metrics/x",
            "/api/v1/dead-lettersx",
            "/api/v1/dead-letters/x",
            "/api/v1/dead-letters/x/replay",
        ] {
            assert_eq!(status(path), 404, "{path}");
        }
        assert_eq!(status("/api/v1/conversations//messages"), 400);
        assert_eq!(status("/conversations/%ff/trigger_intent"), 400);
        let long = |bytes: usize| format!("/api/v1/messages/{}", "x".repeat(bytes));
        assert!(Resource::of(&long(4_096)).is_ok());
        assert_eq!(status(&long(4_097)), 400);
    }

    #[test]
    fn reserved_paths() {
        for path in ["/api/v1", "/api/v1/x", "/conversations/", "/metrics"] {
            assert!(is_reserved(path), "{path}");
        }
        for path in [
            "/",
            "/api",
            "/api/v10",
            "/api/v2/x",
            "/metricsx",
            "/webhooks/metrics",
        ] {
            assert!(!is_reserved(path), "{path}");
        }
    }

    #[test]
    fn methods() {
        let letters = Resource::Letters;
        assert!(letters.check(&Method::HEAD).is_ok());
        let refused = letters
            .check(&Method::POST)
            .expect_err("refused")
            .into_response();
        assert_eq!(refused.status().as_u16(), 405);
        assert_eq!(refused.headers()["allow"], "DELETE, GET, HEAD");
    }
}
