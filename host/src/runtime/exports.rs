//! What the host calls of a component: what every connector exports, and what only some do.
//!
//! A world of the contract has nothing optional, so there is one for each. Which of them a component has is known when it
//! is loaded, and where in it they are is looked up then, once for all of its instances.

use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store};

use super::state::State;
use crate::bindings::exports::switchboard::channel::connector::Guest;
use crate::bindings::socket_events::exports::switchboard::channel::socket_events;
use crate::bindings::socket_events::{Sockets, SocketsIndices};
use crate::bindings::{Channel, ChannelIndices};

/// What the interface of Socket.IO's events is called, up to its version.
const SOCKET_EVENTS: &str = "switchboard:channel/socket-events@";

/// A linked component, and where its exports are.
pub(crate) struct Linked {
    pub(crate) pre: InstancePre<State>,
    connector: ChannelIndices,
    sockets: Option<SocketsIndices>,
}

/// The functions of one instance.
pub(crate) struct Exports {
    connector: Channel,
    sockets: Option<Sockets>,
}

impl Linked {
    pub(crate) fn new(pre: InstancePre<State>) -> wasmtime::Result<Self> {
        let connector = ChannelIndices::new(&pre)?;
        let component = pre.component();
        let exports_sockets = component
            .component_type()
            .exports(component.engine())
            .any(|(name, _)| name.starts_with(SOCKET_EVENTS));
        let sockets = if exports_sockets {
            Some(SocketsIndices::new(&pre)?)
        } else {
            None
        };
        Ok(Self {
            pre,
            connector,
            sockets,
        })
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.pre.component().engine()
    }

    /// It exports `socket-events`.
    pub(crate) fn has_sockets(&self) -> bool {
        self.sockets.is_some()
    }

    pub(crate) async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Exports> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        let sockets = self.sockets.as_ref();
        Ok(Exports {
            connector: self.connector.load(&mut *store, &instance)?,
            sockets: sockets
                .map(|sockets| sockets.load(&mut *store, &instance))
                .transpose()?,
        })
    }
}

impl Exports {
    /// What every connector exports.
    pub(crate) fn connector(&self) -> &Guest {
        self.connector.switchboard_channel_connector()
    }

    /// What those export whose clients speak Socket.IO.
    pub(crate) fn sockets(&self) -> Option<&socket_events::Guest> {
        let sockets = self.sockets.as_ref()?;
        Some(sockets.switchboard_channel_socket_events())
    }
}
