//! A connector in wasmtime, without the host: a store that holds nothing and limits nothing, and of the imports only
//! those that the callback channel calls, each with the least that it takes to answer. Calls are asynchronous as the
//! host's are, since a connector that waits for the bot must not hold a thread: that is wasmtime's own cost here.

use switchboard::bindings::connector::{Refusal, Request, Response};
use switchboard::bindings::switchboard::channel::bot::AcceptError;
use switchboard::bindings::types::Event;
use switchboard::bindings::{Channel, ChannelPre};
use wasmtime::Store;
use wasmtime::component::{Component, Linker};

/// What the channel's settings come to as JSON.
const SETTINGS: &str = r#"{"token_name":"token","url":"http://localhost:1/"}"#;

/// A linked component.
pub(crate) struct Bare(ChannelPre<()>);

/// An instance of it.
pub(crate) struct Instance {
    store: Store<()>,
    channel: Channel,
}

impl Bare {
    pub(crate) fn link(component: &Component) -> Self {
        let link = || {
            let mut linker = Linker::new(component.engine());
            let mut bot = linker.instance("switchboard:channel/bot@0.1.0")?;
            bot.func_wrap("accept", |_, (_,): (Event,)| {
                Ok((Ok::<(), AcceptError>(()),))
            })?;
            let mut settings = linker.instance("switchboard:channel/settings@0.1.0")?;
            settings.func_wrap("get", |_, ()| Ok((SETTINGS.to_owned(),)))?;
            linker.define_unknown_imports_as_traps(component)?;
            ChannelPre::new(linker.instantiate_pre(component)?)
        };
        let linked: wasmtime::Result<_> = link();
        Self(linked.expect("it links"))
    }

    pub(crate) async fn instantiate(&self) -> Instance {
        let mut store = Store::new(self.0.engine(), ());
        // Never, as far as this is concerned.
        store.set_epoch_deadline(u64::MAX / 2);
        let channel = self.0.instantiate_async(&mut store).await;
        let channel = channel.expect("an instance");
        Instance { store, channel }
    }
}

impl Instance {
    pub(crate) async fn receive(
        &mut self,
        route: &str,
        request: &Request,
    ) -> Result<Response, Refusal> {
        let guest = self.channel.switchboard_channel_connector();
        let answer = guest.call_receive(&mut self.store, route, request).await;
        answer.expect("it does not trap")
    }
}
