//! The one wasmtime engine of the process, and the thread that moves its clock.

use std::thread;
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::profile;

/// Instances that may live at once, over all channels. A call that waits for the bot holds one, so this also bounds
/// the calls in flight; the calls beyond wait for a place, see `limits.concurrency`. 1,280 need some 5 TiB of *virtual*
/// addresses and no memory until they are used.
pub(crate) const MAX_INSTANCES: u32 = 1_280;

/// The length of one tick of the engine's clock. A connector that computes gives way to others this often.
pub(crate) const TICK: Duration = Duration::from_millis(5);

/// The most linear memory that `limits.memory` can grant, bytes.
pub(crate) const MAX_MEMORY: usize = 1 << 30;

/// Makes the engine, and starts its clock on a thread of its own. Not a task of the runtime: on a machine with one
/// core, a connector that computes without end would starve the very clock that is to stop it.
///
/// # Errors
///
/// When the machine is not supported by wasmtime, or the thread cannot be started.
pub(crate) fn engine() -> wasmtime::Result<Engine> {
    let engine = match Engine::new(&pooling(profile::compiler())) {
        Ok(engine) if pool_can_be_reserved(&engine) => engine,
        Ok(_) => on_demand("the address space for the instance pool cannot be reserved")?,
        Err(error) => on_demand(&format!("{error:#}"))?,
    };
    let clock = engine.weak();
    thread::Builder::new()
        .name("wasm-clock".into())
        .spawn(move || {
            loop {
                thread::park_timeout(TICK);
                match clock.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })?;
    Ok(engine)
}

/// The pool maps its memory when the first store is made in some configurations and when the engine is made in others;
/// one store is proof.
fn pool_can_be_reserved(engine: &Engine) -> bool {
    wasmtime::Store::try_new(engine, ()).is_ok()
}

fn on_demand(why: &str) -> wasmtime::Result<Engine> {
    tracing::warn!(
        reason = why,
        "instances are allocated one by one: each call costs some 30 µs more (a limit on virtual memory is the usual \
         cause; see `ulimit -v`)"
    );
    Engine::new(&profile::compiler())
}

/// Slots that are reused with their pages kept and cleared, which is what makes a fresh instance per call affordable.
fn pooling(mut config: Config) -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(MAX_INSTANCES)
        // Adapters make several core instances of one component: 3 for Rust and C, 9 for QuickJS, 14 for Python.
        .total_core_instances(MAX_INSTANCES * 8)
        .total_memories(MAX_INSTANCES * 2)
        .total_tables(MAX_INSTANCES * 4)
        .total_stacks(MAX_INSTANCES)
        .max_core_instances_per_component(64)
        .max_memories_per_component(8)
        .max_tables_per_component(16)
        .table_elements(100_000)
        .max_memory_size(MAX_MEMORY)
        .linear_memory_keep_resident(2 << 20)
        .table_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}
