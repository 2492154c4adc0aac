//! What fuzzers call: the places that take apart bytes from outside, each as a function of bytes that panics where
//! something does not hold.
//!
//! Compiled for `tests/fuzz` and for the test that replays its seeds, and so no part of what others may build on. The
//! inputs are text where that can be, so that a seed can be read, written by hand, and mutated into something sensible.

mod bot_replies;
mod config;
mod lowering;
mod receive;
mod signed;
mod sockets;
#[cfg(test)]
mod tests;

use std::cell::LazyCell;

use tokio::runtime::{Builder, Runtime};

pub use bot_replies::bot_replies;
pub use config::config;
pub use lowering::lowering;
pub use receive::Host;
pub use sockets::Clients;

thread_local! {
    /// One thread does it all, so that a failure comes the same way again.
    static RUNTIME: LazyCell<Runtime> = LazyCell::new(|| {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime")
    });
}

/// Runs to the end.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(future))
}
