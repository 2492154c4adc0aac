//! What a connector can call: one file for each interface of the contract.
//!
//! Every function answers within its bounds and turns what went wrong into the contract's own error. A trap is for
//! what the contract calls a bug of the connector.

mod bot;
mod http;
mod log;
mod response;
mod secrets;
mod settings;
mod sockets;
mod state;

use wasmtime::component::{HasSelf, Linker};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::{cli, filesystem, random};
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiView, p2};

use super::state::State;
use crate::bindings::Channel;

/// Links the contract, and of WASI 0.2 what guests of any language need to start: the context is empty, so files and
/// the environment are there and hold nothing. No sockets, and no HTTP but the contract's own.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    Channel::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    // wall and monotonic clock, random, standard streams and io
    p2::add_to_linker_proxy_interfaces_async(linker)?;
    random::insecure::add_to_linker::<State, WasiRandom>(linker, |s| s.ctx().ctx.random())?;
    random::insecure_seed::add_to_linker::<State, WasiRandom>(linker, |s| s.ctx().ctx.random())?;
    cli::exit::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::environment::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_input::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_output::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_stdin::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_stdout::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_stderr::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    filesystem::preopens::add_to_linker::<State, WasiFilesystem>(linker, State::filesystem)?;
    filesystem::types::add_to_linker::<State, WasiFilesystem>(linker, State::filesystem)?;
    Ok(())
}

impl crate::bindings::types::Host for State {}
