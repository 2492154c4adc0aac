//! A queue that the bot does not work off: what it costs in memory, how long a start takes after kill -9, and how fast it
//! is worked off when the bot answers again.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use switchboard_tests::{Builder, PATIENCE, Switchboard, resident_memory, rounded};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use crate::load::{Client, usual_message};
use crate::{Scale, data_folder, standin};

/// Connections that fill the queue.
const CONNECTIONS: usize = 64;

pub(crate) fn measure(runtime: &Runtime, scale: &Scale) -> Value {
    let (bot, mut asked) = standin::silent_bot(runtime);
    let silent = standin::endpoints(&bot, 1);
    let nobody = standin::credentials("http://localhost:1");
    let folder = data_folder();
    println!("a queue, and a start after kill -9");
    let started = Instant::now();
    let server = start(folder.path(), &nobody, &silent);
    let empty = started.elapsed();
    println!("start with an empty store: listens after {empty:.1?}");
    let mut memory = vec![resident(&server, 0, "idle")];
    let [few, many, most] = scale.queued;
    runtime.block_on(fill(&server, 0..few));
    memory.push(resident(&server, few, "queued"));
    runtime.block_on(fill(&server, few..many));
    memory.push(resident(&server, many, "queued"));
    runtime.block_on(next(&mut asked));
    // That is kill -9.
    drop(server);

    let started = Instant::now();
    let server = start(folder.path(), &nobody, &silent);
    let listens = started.elapsed();
    let first = runtime.block_on(next(&mut asked)) - started;
    println!(
        "start with {many} queued: listens after {listens:.1?}, the bot has its first message after {first:.1?}"
    );
    memory.push(resident(&server, many, "queued, just started"));
    runtime.block_on(fill(&server, many..most));
    memory.push(resident(&server, most, "queued"));
    drop(server);

    let arrived = Arc::new(AtomicUsize::new(0));
    let count = arrived.clone();
    let client = standin::client(runtime, move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let parrot = standin::endpoints(&standin::parrot(runtime), 4096);
    let server = start(folder.path(), &standin::credentials(&client), &parrot);
    let started = Instant::now();
    let before = arrived.load(Ordering::Relaxed);
    runtime.block_on(async { tokio::time::sleep(scale.round * 3).await });
    let worked_off = (arrived.load(Ordering::Relaxed) - before) as f64;
    let rate = worked_off / started.elapsed().as_secs_f64();
    println!("with a bot that answers {rate:.0} a second are worked off");
    memory.push(resident(&server, most, "queued, being worked off"));
    println!();
    json!({
        "memory": memory,
        "empty_listens_ms": rounded(empty.as_secs_f64() * 1e3),
        "listens_ms": rounded(listens.as_secs_f64() * 1e3),
        "first_turn_ms": rounded(first.as_secs_f64() * 1e3),
        "worked_off_per_second": rounded(rate),
    })
}

fn start(folder: &Path, credentials: &str, endpoints: &str) -> Switchboard {
    Builder::new()
        .credentials(credentials)
        .endpoints(endpoints)
        .argument("--data-dir")
        .argument(&folder.display().to_string())
        .start()
}

/// Says how much memory the server has in use.
fn resident(server: &Switchboard, queued: usize, state: &str) -> Value {
    let mib = resident_memory(server.pid());
    println!("{queued:>8} {state:<25} {mib:>6.1} MiB");
    json!({"queued": queued, "state": state, "mib": rounded(mib)})
}

/// Every message from somebody new.
async fn fill(server: &Switchboard, numbers: std::ops::Range<usize>) {
    let users = (0..CONNECTIONS).map(|user| {
        let (url, numbers) = (server.url.clone(), numbers.clone());
        tokio::spawn(async move {
            let mut client = Client::connect(&url).await;
            for number in numbers.skip(user).step_by(CONNECTIONS) {
                client.post(&usual_message(&format!("user-{number}"))).await;
            }
        })
    });
    for user in users.collect::<Vec<_>>() {
        user.await.expect("no panic");
    }
}

async fn next(asked: &mut UnboundedReceiver<Instant>) -> Instant {
    let next = timeout(PATIENCE, asked.recv()).await;
    next.expect("the bot is asked").expect("the bot is there")
}
