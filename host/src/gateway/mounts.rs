//! Which path leads where.
//!
//! Every channel is mounted at a prefix, with its health there and its connector's routes below, or where the connector
//! says with a leading slash. Two that want one path are an error when the server starts, never a surprise later.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;

use super::sockets::SocketRoute;
use super::{ApiError, admin};
use crate::bindings::connector::Transport;
use crate::config::AllowedOrigin;
use crate::runtime::Channel;

/// A channel in its place.
#[derive(Debug)]
pub struct Mount {
    /// The channel.
    pub channel: Arc<Channel>,
    /// Where the channel stands in the configuration, for messages: `rest (credentials.yml:3)`.
    pub origin: String,
    /// `/webhooks/NAME`, without a slash at the end.
    pub prefix: String,
    /// The largest body, bytes.
    pub body_limit: usize,
    /// The server's address as this channel's platform calls it.
    pub public_url: Option<String>,
    /// Whose pages may call it from a browser.
    pub cors: Vec<AllowedOrigin>,
    /// The largest message of a client of Socket.IO, bytes.
    pub packet_limit: usize,
    /// Clients of Socket.IO at a time.
    pub sockets: usize,
    /// Between two pings of such a client.
    pub ping: Duration,
}

/// What stands at a path, for some methods.
#[derive(Debug)]
pub(super) enum Endpoint {
    /// `GET /`: name and version.
    Root,
    /// The channel's health.
    Health(Arc<Mount>),
    /// A route of a connector.
    Route {
        mount: Arc<Mount>,
        id: Arc<str>,
        /// For those who may use the admin API.
        admin_only: bool,
    },
    /// Clients of Socket.IO, by the number of their route.
    Sockets(usize),
}

/// All endpoints of one path.
#[derive(Debug, Default)]
pub(super) struct PathEndpoints {
    /// Names of the captured segments, in order.
    params: Vec<String>,
    /// Who wants the path, for messages.
    owner: String,
    by_method: Vec<(Method, Endpoint)>,
    /// Whose it is, where it is a channel's.
    mount: Option<Arc<Mount>>,
}

/// The table of all paths.
pub struct Mounts {
    table: matchit::Router<PathEndpoints>,
    mounts: Vec<Arc<Mount>>,
    socket_routes: Vec<(Arc<Channel>, SocketRoute)>,
}

impl fmt::Debug for Mounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mounts")
            .field("mounts", &self.mounts)
            .finish_non_exhaustive()
    }
}

/// An endpoint and what its path captured.
pub(super) struct Found<'a> {
    pub(super) endpoint: &'a PathEndpoints,
    pub(super) params: Vec<(String, String)>,
}

impl Mounts {
    /// Lays out the paths of all channels.
    ///
    /// # Errors
    ///
    /// Every path that two channels want, and every path that is malformed.
    pub fn new(mounts: Vec<Mount>) -> Result<Self, Vec<String>> {
        let mounts: Vec<_> = mounts.into_iter().map(Arc::new).collect();
        let mut paths: HashMap<String, PathEndpoints> = HashMap::new();
        let mut errors = Vec::new();
        let mut socket_routes = Vec::new();
        let root = (
            "the server itself",
            None,
            "/".to_owned(),
            Method::GET,
            Endpoint::Root,
        );
        let mut wanted = vec![root];
        for mount in &mounts {
            let label = mount.origin.as_str();
            wanted.push((
                label,
                Some(mount),
                mount.prefix.clone(),
                Method::GET,
                Endpoint::Health(mount.clone()),
            ));
            for route in mount.channel.routes() {
                let path = if route.path.starts_with('/') {
                    route.path.clone()
                } else {
                    format!("{}/{}", mount.prefix.trim_end_matches('/'), route.path)
                };
                let id: Arc<str> = route.id.as_str().into();
                if let Transport::Socketio(namespace) = &route.transport {
                    let number = socket_routes.len();
                    let path = path.trim_end_matches('/').to_owned();
                    for method in [Method::GET, Method::POST] {
                        let endpoint = Endpoint::Sockets(number);
                        wanted.push((label, Some(mount), path.clone(), method, endpoint));
                    }
                    let route = SocketRoute {
                        id,
                        path,
                        namespace: namespace.clone(),
                        packet_limit: mount.packet_limit,
                        sockets: mount.sockets,
                        ping: mount.ping,
                    };
                    socket_routes.push((mount.channel.clone(), route));
                    continue;
                }
                for method in &route.methods {
                    // Checked when the channel started.
                    let Ok(method) = Method::from_bytes(method.as_bytes()) else {
                        continue;
                    };
                    let endpoint = Endpoint::Route {
                        mount: mount.clone(),
                        id: id.clone(),
                        admin_only: route.admin_only,
                    };
                    wanted.push((label, Some(mount), path.clone(), method, endpoint));
                }
            }
        }
        for (owner, mount, path, method, endpoint) in wanted {
            if admin::is_reserved(&path) {
                errors.push(reserved(owner, &path));
                continue;
            }
            let (pattern, params) = match pattern(&path) {
                Ok(parsed) => parsed,
                Err(text) => {
                    errors.push(format!("channel {owner}: the path {path} {text}"));
                    continue;
                }
            };
            let entry = paths.entry(pattern).or_insert_with(|| PathEndpoints {
                params,
                owner: owner.to_owned(),
                by_method: Vec::new(),
                mount: mount.cloned(),
            });
            let taken = entry.by_method.iter().any(|(other, _)| *other == method);
            if entry.owner != owner {
                errors.push(format!(
                    "{} and {owner} both want the path {path}; hint: `mount: /some/other/path` on one of them",
                    entry.owner
                ));
            } else if taken {
                errors.push(format!(
                    "channel {owner}: two of its routes want {method} {path}"
                ));
            } else {
                entry.by_method.push((method, endpoint));
            }
        }
        let mut table = matchit::Router::new();
        for (pattern, endpoints) in paths {
            let owner = endpoints.owner.clone();
            if let Err(error) = table.insert(&pattern, endpoints) {
                errors.push(format!("channel {owner}: the path {pattern}: {error}"));
            }
        }
        if errors.is_empty() {
            Ok(Self {
                table,
                mounts,
                socket_routes,
            })
        } else {
            errors.sort();
            errors.dedup();
            Err(errors)
        }
    }

    /// The channels in the order of `credentials.yml`.
    #[must_use]
    pub fn all(&self) -> &[Arc<Mount>] {
        &self.mounts
    }

    /// Where clients of Socket.IO come in.
    pub(super) fn socket_routes(&self) -> &[(Arc<Channel>, SocketRoute)] {
        &self.socket_routes
    }

    /// The channel that `run` prints as `label`.
    pub(super) fn of_channel(&self, label: &str) -> Result<&Arc<Mount>, ApiError> {
        let mut all = self.mounts.iter();
        all.find(|mount| &**mount.channel.label() == label)
            .ok_or_else(|| ApiError::no_channel(label))
    }

    /// What stands at a path as called; a slash at the end makes no difference.
    pub(super) fn find(&self, path: &str) -> Option<Found<'_>> {
        let trimmed = match path.strip_suffix('/') {
            Some("") | None => path,
            Some(trimmed) => trimmed,
        };
        let found = self.table.at(trimmed).ok()?;
        let names = found.value.params.iter();
        let values = found.params.iter().map(|(_, value)| decode(value));
        Some(Found {
            endpoint: found.value,
            params: names.cloned().zip(values).collect(),
        })
    }
}

impl PathEndpoints {
    /// The endpoint for a method, or what the `allow` header lists.
    pub(super) fn pick(&self, method: &Method) -> Result<&Endpoint, String> {
        let find = |wanted: &Method| {
            self.by_method
                .iter()
                .find(|(m, _)| m == wanted)
                .map(|(_, e)| e)
        };
        let found = find(method).or_else(|| {
            if *method == Method::HEAD {
                find(&Method::GET)
            } else {
                None
            }
        });
        found.ok_or_else(|| self.methods())
    }

    /// The methods that are served, as headers list them.
    pub(super) fn methods(&self) -> String {
        let mut allowed: Vec<&str> = self.by_method.iter().map(|(m, _)| m.as_str()).collect();
        if allowed.contains(&"GET") && !allowed.contains(&"HEAD") {
            allowed.push("HEAD");
        }
        allowed.sort_unstable();
        allowed.join(", ")
    }

    /// Whose pages may call it from a browser.
    pub(super) fn cors(&self) -> &[AllowedOrigin] {
        self.mount.as_ref().map_or(&[], |mount| &mount.cors)
    }
}

fn reserved(owner: &str, path: &str) -> String {
    let prefixes = admin::PREFIXES.join(", ");
    format!(
        "channel {owner}: the path {path} belongs to the server itself, as all under {prefixes}; hint: another `mount`, or a connector that does not ask for it"
    )
}

/// The path in the table's syntax, where captured segments have no names, so that two that differ in names alone are
/// seen as one; and the names.
fn pattern(path: &str) -> Result<(String, Vec<String>), &'static str> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err("does not begin with a slash");
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let mut pattern = String::new();
    let mut params: Vec<String> = Vec::new();
    for segment in rest.split('/') {
        pattern.push('/');
        if let Some(name) = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if name.is_empty() || !name.chars().all(word) {
                return Err("has a `{…}` that is no name");
            }
            pattern.push_str(&format!("{{p{}}}", params.len()));
            params.push(name.to_owned());
        } else if segment.contains(['{', '}', '*', '?', '#', ' ']) || !segment.is_ascii() {
            return Err(
                "has a segment with one of `{ } * ? #`, a space, or a character beyond ASCII",
            );
        } else if segment.is_empty() && !rest.is_empty() {
            return Err("has an empty segment");
        } else if matches!(segment, "." | "..") {
            return Err("has a dot segment");
        } else {
            pattern.push_str(segment);
        }
    }
    Ok((pattern, params))
}

fn decode(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let ok = |path: &str| pattern(path).expect(path);
        assert_eq!(ok("/"), ("/".into(), vec![]));
        assert_eq!(ok("/webhooks/rest/"), ("/webhooks/rest".into(), vec![]));
        assert_eq!(
            ok("/a/{id}/b/{key}"),
            ("/a/{p0}/b/{p1}".into(), vec!["id".into(), "key".into()])
        );
        for wrong in [
            "a", "/a//b", "/a/{}", "/a/{x", "/a/*", "/a/../b", "/ä", "/{a b}",
        ] {
            assert!(pattern(wrong).is_err(), "{wrong}");
        }
    }
}
