//! Loading: until a connector is compiled, linked, and has said who it is.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use switchboard::runtime::{Connector, Runtime, bench};
use switchboard_tests::{Spread, courier, rounded};

/// How often each is done.
const ROUNDS: usize = 51;

/// The built-in connector that is loaded.
const BUILTIN: &str = "callback";

pub(crate) async fn measure() -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = Runtime::new(Some(&folder.path().join("cache"))).expect("an engine");
    let started = Instant::now();
    load_file(&runtime, courier()).await;
    let compiled = milliseconds(started);

    let mut deserialized = Vec::new();
    let mut builtin = Vec::new();
    let mut cached = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let component = bench::deserialize(&runtime, BUILTIN).expect("native code");
        deserialized.push(milliseconds(started));
        drop(component);
        let started = Instant::now();
        let connector = runtime.load_builtin(BUILTIN).await.expect("a connector");
        builtin.push(milliseconds(started));
        drop(connector);
        let started = Instant::now();
        let connector = load_file(&runtime, courier()).await;
        cached.push(milliseconds(started));
        drop(connector);
    }
    let [deserialized, builtin, cached] =
        [deserialized, builtin, cached].map(|times| Spread::of(times.into_iter()).median);
    let size = fs::metadata(courier()).expect("a component").len() / 1024;
    println!("loading, ms: medians of {ROUNDS}");
    println!(
        "built in                       {builtin:>8.2}   (of it wasmtime's part {deserialized:.2})"
    );
    println!("dropped in, from the cache     {cached:>8.2}   ({size} KiB)");
    println!("dropped in, for the first time {compiled:>8.2}");
    println!();
    let each = each(&runtime).await;
    json!({
        "builtins": each,
        "builtin_ms": rounded(builtin),
        "deserialize_ms": rounded(deserialized),
        "cached_ms": rounded(cached),
        "compiled_ms": rounded(compiled),
        "dropped_in_kib": size,
    })
}

/// What each built-in connector takes of the binary, and of the start.
async fn each(runtime: &Runtime) -> Vec<Value> {
    println!("built in          component KiB   native KiB      load ms");
    let mut figures = Vec::new();
    for (name, component, native) in bench::builtins() {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let connector = runtime.load_builtin(name).await.expect("a connector");
            times.push(milliseconds(started));
            drop(connector);
        }
        let load = Spread::of(times.into_iter()).median;
        let [component, native] = [component, native].map(|bytes| bytes / 1024);
        println!("{name:<16} {component:>14} {native:>12} {load:>12.2}");
        figures.push(json!({
            "name": name, "component_kib": component, "native_kib": native, "load_ms": rounded(load),
        }));
    }
    println!();
    figures
}

async fn load_file(runtime: &Runtime, path: &Path) -> Arc<Connector> {
    let connector = runtime.load_file(path, None).await;
    connector.expect("a connector")
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
