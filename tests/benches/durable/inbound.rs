//! Messages taken over: from the post to its acknowledgement, when they are on disk. The bot never answers and may be
//! asked one thing at a time, so that nothing but the inbox works. Beside it, in turns and on the same disk, a loop that
//! appends the same bytes to a file and waits for the disk after each message.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use switchboard_tests::{Builder, Spread, Switchboard, rounded};
use tokio::runtime::Runtime;

use crate::load::{Client, HEAD, Round, row, run, usual_message};
use crate::{Scale, data_folder, standin};

/// Connections at a time. With one, every message has a commit to itself.
const CONNECTIONS: [usize; 4] = [1, 16, 64, 128];

pub(crate) fn measure(runtime: &Runtime, scale: &Scale) -> Value {
    let (bot, _asked) = standin::silent_bot(runtime);
    let folder = data_folder();
    let server = Builder::new()
        .credentials(&standin::credentials("http://localhost:1"))
        .endpoints(&standin::endpoints(&bot, 1))
        .argument("--data-dir")
        .argument(&folder.path().display().to_string())
        .start();
    let mut loads: [Vec<Round>; CONNECTIONS.len()] = Default::default();
    let mut alone = Vec::new();
    for number in 0..scale.rounds {
        alone.push(one_by_one(folder.path(), scale));
        for (connections, rounds) in CONNECTIONS.into_iter().zip(&mut loads) {
            let prefix = format!("{number}-{connections}");
            rounds.push(runtime.block_on(load(&server, connections, &prefix, scale)));
        }
    }

    println!("messages taken over, by connections");
    println!("{HEAD}   to one fsync each");
    let mut figures = Vec::new();
    for (connections, rounds) in CONNECTIONS.into_iter().zip(&loads) {
        let ratios = rounds
            .iter()
            .zip(&alone)
            .map(|(round, one)| round.rate / one);
        let ratio = Spread::of(ratios).median;
        let (line, mut values) = row("connections", connections, rounds);
        println!("{line} {ratio:>19.2}");
        values["to_one_fsync_each"] = json!(rounded(ratio));
        figures.push(values);
    }
    let alone = Spread::of(alone.into_iter());
    println!(
        "one fsync each: {:.0} a second ({:.0} to {:.0})\n",
        alone.median, alone.least, alone.most
    );
    json!({"loads": figures, "one_fsync_each_per_second": rounded(alone.median)})
}

/// Every message from somebody new.
async fn load(server: &Switchboard, connections: usize, prefix: &str, scale: &Scale) -> Round {
    let round = scale.round;
    let users = (0..connections).map(|user| {
        let (url, prefix) = (server.url.clone(), prefix.to_owned());
        async move {
            let mut client = Client::connect(&url).await;
            let mut times = Vec::new();
            let started = Instant::now();
            while started.elapsed() < round {
                let body = usual_message(&format!("{prefix}-{user}-{}", times.len()));
                let posted = Instant::now();
                client.post(&body).await;
                times.push(posted.elapsed());
            }
            times
        }
    });
    run(server, users).await
}

/// Messages a second with one fsync each.
fn one_by_one(folder: &Path, scale: &Scale) -> f64 {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("one-by-one"))
        .expect("a file");
    let mut count = 0;
    let started = Instant::now();
    while started.elapsed() < scale.round {
        let body = usual_message(&format!("one-by-one-{count}"));
        file.write_all(body.as_bytes()).expect("written");
        file.sync_data().expect("on disk");
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}
