//! From names to the addresses that a connection may be made to.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::Grant;
use super::address::is_public;
use crate::config::AllowedHost;

/// Whoever knows the addresses of names.
pub(super) trait Names: Send + Sync {
    fn look_up(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
}

/// Lookups of one channel at a time. The system's resolver holds a thread for each, and the process has 512 for all; a
/// name whose servers do not answer holds one for half a minute, whoever has given up by then.
const LOOKUPS: usize = 8;

/// The system's own resolver.
pub(super) struct SystemNames(Arc<Semaphore>);

impl Default for SystemNames {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOOKUPS)))
    }
}

impl Names for SystemNames {
    fn look_up(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let places = self.0.clone();
        async move {
            let place = places.acquire_owned().await;
            let looking = tokio::task::spawn_blocking(move || {
                let _place = place;
                (name.as_str(), 0).to_socket_addrs().map(Iterator::collect)
            });
            looking.await?
        }
        .boxed()
    }
}

/// A name has private addresses alone, and should not.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` resolves to a private address; if it should, write the host into `allow_private_hosts`"
)]
pub(super) struct LeadsInside(String);

/// Resolves names, and leaves out the addresses that the name must not lead to. The connection is made to what this
/// gives, and the name is not asked for again.
pub(super) struct CheckedResolver {
    pub(super) hosts: Arc<[Grant]>,
    /// The operator's proxy may be a private address too.
    pub(super) proxy: Option<AllowedHost>,
    pub(super) names: Arc<dyn Names>,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let mut trusted = self
            .hosts
            .iter()
            .filter(|grant| grant.may_be_private)
            .map(|grant| &grant.host);
        let may_be_private = trusted.any(|host| host.allows_name(name.as_str()))
            || self
                .proxy
                .as_ref()
                .is_some_and(|host| host.allows_name(name.as_str()));
        let found = self.names.look_up(name.as_str().to_owned());
        Box::pin(async move {
            let (allowed, refused): (Vec<SocketAddr>, Vec<SocketAddr>) = found
                .await?
                .into_iter()
                .partition(|address| may_be_private || is_public(address.ip()));
            if allowed.is_empty() && !refused.is_empty() {
                return Err(LeadsInside(name.as_str().to_owned()).into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::net::{IpAddr, TcpListener};
    use std::sync::Mutex;
    use std::time::Duration;

    use super::super::{Answer, Egress, EgressError};
    use super::*;
    use crate::config::ChannelLimits;
    use crate::runtime::context::Limits;

    /// Names that lead elsewhere each time that they are looked up.
    struct Rebinding(Mutex<VecDeque<Vec<IpAddr>>>);

    impl Rebinding {
        fn new(answers: &[&[&str]]) -> Arc<Self> {
            let addresses = |answer: &&[&str]| {
                let addresses = answer.iter();
                addresses
                    .map(|ip| ip.parse().expect("an address"))
                    .collect()
            };
            Arc::new(Self(Mutex::new(answers.iter().map(addresses).collect())))
        }

        fn left(&self) -> usize {
            self.0.lock().expect("not poisoned").len()
        }
    }

    impl Names for Rebinding {
        fn look_up(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
            let next = self.0.lock().expect("not poisoned").pop_front();
            let addresses = next.unwrap_or_default().into_iter();
            let addresses = addresses.map(|ip| SocketAddr::new(ip, 0)).collect();
            std::future::ready(Ok(addresses)).boxed()
        }
    }

    /// Fetches from a name that the connector's description lists, or the operator wrote down.
    async fn reach(
        names: &Arc<Rebinding>,
        may_be_private: bool,
        port: u16,
    ) -> Result<Answer, EgressError> {
        let grant = Grant {
            host: format!("http://name.example:{port}")
                .parse()
                .expect("a host"),
            may_be_private,
        };
        let limits = Limits::from(&ChannelLimits::default());
        let egress = Egress::with_names(vec![grant], None, limits, names.clone());
        let egress = egress.expect("a client");
        let url = egress.check(&format!("http://name.example:{port}/"))?;
        let timeout = Duration::from_millis(200);
        let (method, headers) = (reqwest::Method::GET, Default::default());
        egress
            .fetch(method, url, headers, None, vec![], timeout)
            .await
    }

    /// Somebody inside, who is never to be reached.
    fn inside() -> (TcpListener, u16) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        (listener, port)
    }

    fn was_reached(listener: &TcpListener) -> bool {
        listener.accept().is_ok()
    }

    /// Routed by nobody since RFC 7526, and in no registry of what is private.
    const NOWHERE: &str = "192.88.99.99";

    #[tokio::test]
    async fn the_address_that_was_checked_is_the_one_that_is_called() {
        let (listener, port) = inside();
        let names = Rebinding::new(&[&[NOWHERE], &["127.0.0.1"], &["127.0.0.1"]]);
        assert!(reach(&names, false, port).await.is_err());
        assert_eq!(names.left(), 2, "it is looked up once");
        assert!(!was_reached(&listener));
        // The next request looks again, and checks again.
        let Err(EgressError::LeadsInside { host, text }) = reach(&names, false, port).await else {
            panic!("it was reached")
        };
        assert_eq!(host, format!("http://name.example:{port}"));
        assert!(text.contains("private address"), "{text}");
        assert!(!was_reached(&listener));
        // What is not reached above is there.
        let _ = reach(&names, true, port).await;
        assert!(was_reached(&listener));
    }

    #[tokio::test]
    async fn of_several_addresses_the_private_ones_are_left_out() {
        let (listener, port) = inside();
        let names = Rebinding::new(&[&["127.0.0.1", NOWHERE, "::1", "::ffff:127.0.0.1"]]);
        assert!(reach(&names, false, port).await.is_err());
        assert!(!was_reached(&listener));
    }
}
