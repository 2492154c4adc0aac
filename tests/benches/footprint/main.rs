//! What many channels and many calls at once take of the machine's memory: the real server as a process of its own.
//!
//! `cargo bench --bench footprint` prints two tables, and all figures again as one line of JSON: `idle` is a server with
//! 1,000 channels on which nothing has happened yet, `parked` one with 1,000 calls that wait for the bot at once.
#![expect(
    clippy::disallowed_macros,
    reason = "a benchmark speaks to the person who runs it"
)]

mod idle;
mod parked;

use serde_json::json;
use switchboard_tests::program;
use tokio::runtime::Runtime;

fn main() {
    program();
    let runtime = Runtime::new().expect("a runtime");
    println!(
        "{}",
        json!({"idle": idle::measure(), "parked": parked::measure(&runtime)})
    );
}
