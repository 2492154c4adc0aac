//! The two servers, each with nothing but the echo behind it, and how they are told side by side.

use std::any::Any;

use serde_json::{Value, json};
use switchboard_tests::{Builder, PythonServer, Spread, rounded};

/// A server that is measured.
pub(crate) struct Side {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    /// Its process id.
    pub(crate) pid: u32,
    /// What ends when this goes.
    _runs: Box<dyn Any>,
}

/// Starts a server that is to hold so many sockets.
pub(crate) type Start = fn(usize) -> Side;

/// Both, in the order in which each round goes through them: ours first.
pub(crate) const SIDES: [Start; 2] = [switchboard, python];

fn switchboard(sockets: usize) -> Side {
    // On the disk that this was built on: the system's own temporary folder may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    // Some to spare: what was closed gives its place back a moment later.
    let places = sockets + sockets / 10;
    let server = Builder::new()
        .credentials(&format!(
            "socketio:\n  session_persistence: true\n  limits:\n    sockets: {places}\n"
        ))
        .data(folder.path())
        .argument(&format!("--max-connections={places}"))
        .start();
    Side {
        url: server.url.clone(),
        pid: server.pid(),
        _runs: Box::new((server, folder)),
    }
}

fn python(_sockets: usize) -> Side {
    let server = PythonServer::socketio_echo();
    Side {
        url: server.url().to_owned(),
        pid: server.pid(),
        _runs: Box::new(server),
    }
}

/// The head of a table of [`row`].
pub(crate) const HEAD: &str = "                            switchboard    (least to most)   python-socketio    (least to most)   ratio";

/// A line of a table, and its figures: the medians of both, and of the ratios within a round.
pub(crate) fn row(name: &str, rounds: &[[f64; 2]]) -> (String, Value) {
    let side = |side: usize| Spread::of(rounds.iter().map(|round| round[side]));
    let (ours, theirs) = (side(0), side(1));
    let ratio = Spread::of(rounds.iter().map(|[ours, theirs]| ours / theirs)).median;
    let range = |side: Spread| format!("({:.1} to {:.1})", side.least, side.most);
    let line = format!(
        "{name:<26} {:>12.1} {:>18} {:>17.1} {:>18} {ratio:>7.2}",
        ours.median,
        range(ours),
        theirs.median,
        range(theirs),
    );
    let figures = json!({
        "switchboard": rounded(ours.median),
        "python_socketio": rounded(theirs.median),
        "ratio": rounded(ratio),
    });
    (line, figures)
}
