//! What the host adds to a call of a connector, and what a connector costs to load, in this process and without HTTP.
//!
//! `cargo bench --bench calls` prints two tables, and all figures again as one line of JSON. `calls` has one request to
//! the built-in callback channel, which reads JSON, hands a message to the host and answers at once: through the host;
//! through wasmtime alone, with the same component in the same engine and imports that do nothing; and as the
//! connector's own Rust code compiled for this machine. `loading` has the time until a connector can be called.
//! What HTTP makes of it is `cargo bench --bench rest`.
#![expect(
    clippy::disallowed_macros,
    reason = "a benchmark speaks to the person who runs it"
)]

mod bare;
mod calls;
mod loading;

use serde_json::json;
use tokio::runtime::Builder;

fn main() {
    // One thread: a call is measured, and not what the machine does beside it.
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let figures = runtime.block_on(async {
        let calls = calls::measure().await;
        json!({"calls": calls, "loading": loading::measure().await})
    });
    println!("{figures}");
}
