//! What the fuzzers began with and what they found, replayed by every run of the tests.

use std::fs;
use std::path::Path;

use super::{Clients, Host, bot_replies, config, lowering};

/// Gives a target each of the inputs in `tests/fuzz/seeds/TARGET`.
#[expect(
    clippy::disallowed_macros,
    reason = "the output of a test that fails says at which seed"
)]
fn replay(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/seeds");
    let seeds = fs::read_dir(folder.join(target)).expect("seeds");
    let mut count = 0;
    for seed in seeds {
        let path = seed.expect("a seed").path();
        let input = fs::read(&path).expect("a seed");
        eprintln!("{}", path.display());
        run(&input);
        count += 1;
    }
    assert!(count >= 10, "{count} seeds of {target}");
}

#[test]
fn configurations() {
    replay("config", config);
}

#[test]
fn requests() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = Host::start(folder.path(), None);
    replay("receive", |input| host.receive(input));
}

#[test]
fn events_of_clients() {
    let folder = tempfile::tempdir().expect("a folder");
    let clients = Clients::start(folder.path());
    replay("sockets", |input| clients.speak(input));
}

#[test]
fn answers_of_bots() {
    replay("bot_replies", bot_replies);
}

#[test]
fn parts_and_channels() {
    replay("lowering", lowering);
}
