//! What clients of Socket.IO say of themselves, and what they emit.
#![no_main]

use std::cell::LazyCell;

use switchboard::fuzzing::Clients;
use tempfile::TempDir;

thread_local! {
    static CLIENTS: LazyCell<(Clients, TempDir)> = LazyCell::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        (Clients::start(folder.path()), folder)
    });
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| CLIENTS.with(|clients| clients.0.speak(input)));
