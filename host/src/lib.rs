//! Switchboard connects a bot to messaging platforms.
//!
//! Each platform is a *connector*, a WebAssembly component that runs in a sandbox; a *channel* is a connector with the
//! settings of one entry of `credentials.yml`. The arrows between modules point one way: `cli` → `server` → `gateway`,
//! `delivery` → `bot`, `content`, `runtime` → `bindings`, and `config` is known to all above `bindings`; `cli` and `gateway`
//! tell people through `explain` what `store` has on record. ARCHITECTURE.md follows one message through them.

pub mod bindings;
pub mod bot;
mod bucket;
pub mod cases;
pub mod cli;
pub mod config;
pub mod content;
pub mod delivery;
mod error;
pub mod explain;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
pub mod gateway;
mod json;
pub mod runtime;
pub mod server;
pub mod store;
mod tls;
