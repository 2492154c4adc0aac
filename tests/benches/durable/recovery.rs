//! A queue that the bot does not work off: what it costs in memory, and how long a start takes after kill -9.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use switchboard_tests::{Builder, PATIENCE, Switchboard, resident_memory};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use crate::load::{Client, rounded, usual_message};
use crate::{Scale, data_folder, standin};

/// Connections that fill the queue.
const CONNECTIONS: usize = 64;

pub(crate) fn measure(runtime: &Runtime, scale: &Scale) -> Value {
    let (bot, mut asked) = standin::silent_bot(runtime);
    let folder = data_folder();
    let started = Instant::now();
    let server = start(folder.path(), &bot);
    let empty = started.elapsed();
    let idle = resident_memory(server.pid());
    println!("a queue, and a start after kill -9");
    println!("resident memory: idle {idle:.1} MiB");
    let mut memory = vec![json!({"queued": 0, "mib": rounded(idle)})];
    let mut queued = 0;
    for wanted in scale.queued {
        runtime.block_on(fill(&server, queued..wanted));
        queued = wanted;
        let resident = resident_memory(server.pid());
        println!("                 with {queued} queued {resident:.1} MiB");
        memory.push(json!({"queued": queued, "mib": rounded(resident)}));
    }
    runtime.block_on(next(&mut asked));
    // That is kill -9.
    drop(server);

    let started = Instant::now();
    let server = start(folder.path(), &bot);
    let listens = started.elapsed();
    let first = runtime.block_on(next(&mut asked)) - started;
    let resident = resident_memory(server.pid());
    println!("                 after the start {resident:.1} MiB");
    println!("start with an empty store: listens after {empty:.1?}");
    println!(
        "start with {queued} queued: listens after {listens:.1?}, the bot has its first message after {first:.1?}\n"
    );
    json!({
        "memory": memory,
        "after_start_mib": rounded(resident),
        "empty_listens_ms": rounded(empty.as_secs_f64() * 1e3),
        "listens_ms": rounded(listens.as_secs_f64() * 1e3),
        "first_turn_ms": rounded(first.as_secs_f64() * 1e3),
    })
}

fn start(folder: &Path, bot: &str) -> Switchboard {
    Builder::new()
        .credentials(&standin::credentials("http://localhost:1"))
        .endpoints(&standin::endpoints(bot, 1))
        .argument("--data-dir")
        .argument(&folder.display().to_string())
        .start()
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
