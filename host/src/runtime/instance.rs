//! One instance of a connector, and how it is called.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use wasmtime::{PoolConcurrencyLimitError, Store};

use super::context::Context;
use super::failure::{CallError, explain};
use super::places::Place;
use super::state::{Call, State};
use crate::bindings::connector::Guest;
use crate::bindings::{Channel, ChannelPre};

/// A connector at work. It serves one call at a time, always of the same channel.
pub(crate) struct Instance {
    store: Store<State>,
    bindings: Channel,
    pub(crate) calls_left: u32,
    _place: Place,
}

impl Instance {
    /// Makes an instance, with `call` as the first that it serves.
    pub(crate) async fn start(
        pre: &ChannelPre<State>,
        context: Arc<Context>,
        call: Call,
        calls: u32,
        place: Place,
    ) -> Result<Self, CallError> {
        let limits = context.limits;
        let mut store = Store::new(pre.engine(), State::new(context, call));
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(limits.host_call);
        store.set_max_component_handles(limits.handles);
        store.epoch_deadline_callback(|mut context| Ok(context.data_mut().tick()));
        store.set_epoch_deadline(1);
        match pre.instantiate_async(&mut store).await {
            Ok(bindings) => Ok(Self {
                store,
                bindings,
                calls_left: calls,
                _place: place,
            }),
            // Composed components take several places of the pool each.
            Err(error) if error.is::<PoolConcurrencyLimitError>() => Err(CallError::Overloaded),
            Err(error) => Err(explain(&error, store.data())),
        }
    }

    /// Makes ready for another call.
    pub(crate) fn begin(&mut self, call: Call) {
        self.store.data_mut().call = call;
        self.store.set_epoch_deadline(1);
    }

    /// Calls the connector, within the processor time of the call; its time by the clock on the wall is for the caller to
    /// watch. After an error the instance must not be used again.
    pub(crate) async fn call<R>(
        &mut self,
        run: impl for<'a> FnOnce(&'a Guest, &'a mut Store<State>) -> BoxFuture<'a, wasmtime::Result<R>>,
    ) -> Result<R, CallError> {
        let outcome = run(
            self.bindings.switchboard_channel_connector(),
            &mut self.store,
        )
        .await;
        let state = self.store.data();
        state.report_dropped_lines();
        match outcome {
            Ok(done) => {
                state.report_output();
                Ok(done)
            }
            Err(error) => Err(explain(&error, state)),
        }
    }

    pub(crate) fn state(&mut self) -> &mut State {
        self.store.data_mut()
    }
}
