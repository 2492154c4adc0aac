//! One instance of a connector, and how it is called.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use wasmtime::{PoolConcurrencyLimitError, Store};

use super::context::Context;
use super::exports::{Exports, Linked};
use super::failure::{CallError, explain};
use super::places::Place;
use super::state::{Call, State};
use crate::bindings::managed::Managed;

/// A connector at work, by some of its exports. It serves one call at a time, always of the same channel.
pub(crate) struct Instance<E = Exports> {
    store: Store<State>,
    exports: E,
    pub(crate) calls_left: u32,
    _place: Place,
}

impl Instance {
    /// Makes an instance, with `call` as the first that it serves.
    pub(crate) async fn start(
        linked: &Linked,
        context: Arc<Context>,
        call: Call,
        calls: u32,
        place: Place,
    ) -> Result<Self, CallError> {
        let mut store = store(linked, context, call);
        match linked.instantiate(&mut store).await {
            Ok(exports) => Ok(Self {
                store,
                exports,
                calls_left: calls,
                _place: place,
            }),
            Err(error) => Err(why_not(&error, &store)),
        }
    }
}

impl Instance<Managed> {
    /// Makes an instance whose lifecycle is to be called, once.
    pub(crate) async fn start_managed(
        linked: &Linked,
        context: Arc<Context>,
        call: Call,
        place: Place,
    ) -> Result<Self, CallError> {
        let mut store = store(linked, context, call);
        let started = async {
            let instance = linked.pre.instantiate_async(&mut store).await?;
            Managed::new(&mut store, &instance)
        };
        match started.await {
            Ok(exports) => Ok(Self {
                store,
                exports,
                calls_left: 1,
                _place: place,
            }),
            Err(error) => Err(why_not(&error, &store)),
        }
    }
}

fn store(linked: &Linked, context: Arc<Context>, call: Call) -> Store<State> {
    let limits = context.limits;
    let mut store = Store::new(linked.engine(), State::new(context, call));
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(limits.host_call);
    store.set_max_component_handles(limits.handles);
    store.epoch_deadline_callback(|mut context| Ok(context.data_mut().tick()));
    store.set_epoch_deadline(1);
    store
}

/// Why there is no instance.
fn why_not(error: &wasmtime::Error, store: &Store<State>) -> CallError {
    if error.is::<PoolConcurrencyLimitError>() {
        // Composed components take several places of the pool each.
        return CallError::Overloaded;
    }
    explain(error, store.data())
}

impl<E> Instance<E> {
    /// Makes ready for another call.
    pub(crate) fn begin(&mut self, call: Call) {
        self.store.data_mut().call = call;
        self.store.set_epoch_deadline(1);
    }

    /// Calls the connector, within the processor time of the call; its time by the clock on the wall is for the caller to
    /// watch. After an error the instance must not be used again.
    pub(crate) async fn call<R>(
        &mut self,
        run: impl for<'a> FnOnce(&'a E, &'a mut Store<State>) -> BoxFuture<'a, wasmtime::Result<R>>,
    ) -> Result<R, CallError> {
        let outcome = run(&self.exports, &mut self.store).await;
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
