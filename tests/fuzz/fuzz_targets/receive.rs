//! Requests of whoever can reach the server, to built-in connectors and to one that is dropped in.
#![no_main]

use std::cell::LazyCell;

use switchboard::fuzzing::Host;
use tempfile::TempDir;

thread_local! {
    static HOST: LazyCell<(Host, TempDir)> = LazyCell::new(|| {
        let folder = tempfile::tempdir().expect("a folder");
        (Host::start(folder.path(), Some(switchboard_tests::courier())), folder)
    });
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| HOST.with(|host| host.0.receive(input)));
