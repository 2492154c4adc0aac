//! Sockets that talk: each has a session of its own and says something, from `user_uttered` to `bot_uttered`, which
//! must be the right answer.
//!
//! There are two ways. All at once, each again as soon as it has its answer, shows how many messages a server answers;
//! how long they wait is then the queue and little else. Once a second each, spread over that second, is a load that
//! both bear, and shows how long somebody waits who does not meet a queue.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use switchboard_tests::{Dial, Socket, processor_time};
use tokio::runtime::Runtime;
use tokio::time::sleep_until;

use crate::Scale;
use crate::sides::{HEAD, SIDES, Side, row};

/// Sockets that are being opened at a time.
const OPENING: usize = 64;

/// What a user writes, give or take.
const TEXT: &str =
    "I ordered the blue one last Tuesday, and today a green one came. What can I do?";

/// How often each speaks.
#[derive(Clone, Copy)]
enum Pace {
    /// As soon as it has its answer.
    AtOnce,
    /// Once in this time, counted from when it was due, so that a server that is late does not get fewer to answer.
    Each(Duration),
}

const PACES: [(&str, Pace); 2] = [
    ("all at once", Pace::AtOnce),
    (
        "one message a second each",
        Pace::Each(Duration::from_secs(1)),
    ),
];

/// One measurement.
struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

/// A column of a round.
type Pick = fn(&Round) -> f64;

const COLUMNS: [(&str, Pick); 4] = [
    ("messages/s", |round| round.rate),
    ("p50 ms", |round| round.p50),
    ("p99 ms", |round| round.p99),
    ("CPU µs/message", |round| round.cpu),
];

pub(crate) fn measure(runtime: &Runtime, scale: &Scale) -> Value {
    let sides = SIDES.map(|start| start(scale.talking));
    let mut rounds: [Vec<[Round; 2]>; PACES.len()] = Default::default();
    for number in 0..scale.rounds {
        for ((_, pace), rounds) in PACES.into_iter().zip(&mut rounds) {
            let round = sides
                .each_ref()
                .map(|side| runtime.block_on(talk(side, pace, number, scale)));
            rounds.push(round);
        }
    }

    let mut figures = Map::new();
    for ((name, _), rounds) in PACES.into_iter().zip(&rounds) {
        println!("{} sockets, {name}", scale.talking);
        println!("{HEAD}");
        let mut of_pace = Map::new();
        for (name, pick) in COLUMNS {
            let values: Vec<_> = rounds
                .iter()
                .map(|round| round.each_ref().map(pick))
                .collect();
            let (line, values) = row(name, &values);
            println!("{line}");
            of_pace.insert(name.to_owned(), values);
        }
        println!();
        figures.insert(name.to_owned(), json!(of_pace));
    }
    json!(figures)
}

async fn talk(side: &Side, pace: Pace, number: usize, scale: &Scale) -> Round {
    let sockets = open(side, scale.talking, &format!("talk-{number}")).await;
    let count = u32::try_from(sockets.len()).expect("not that many");
    let before = processor_time(side.pid);
    let started = Instant::now();
    let end = started + scale.round;
    let speakers: Vec<_> = (0..)
        .zip(sockets)
        .map(|(index, socket)| {
            let first = match pace {
                Pace::AtOnce => started,
                Pace::Each(time) => started + time * index / count,
            };
            tokio::spawn(speak(socket, pace, first, end))
        })
        .collect();
    let mut times = Vec::new();
    let mut sockets = Vec::new();
    for speaker in speakers {
        let (socket, took) = speaker.await.expect("no panic");
        sockets.push(socket);
        times.extend(took);
    }
    let elapsed = started.elapsed().as_secs_f64();
    let used = processor_time(side.pid).saturating_sub(before);
    for (socket, _) in sockets {
        socket.close().await;
    }
    times.sort_unstable();
    let count = times.len() as f64;
    let at = |share: f64| times[(count * share) as usize].as_secs_f64() * 1e3;
    Round {
        rate: count / elapsed,
        p50: at(0.5),
        p99: at(0.99),
        cpu: used.as_secs_f64() * 1e6 / count,
    }
}

/// A socket and its session.
pub(crate) type InSession = (Socket, String);

/// Opens so many sockets, each with a session that the server has confirmed.
pub(crate) async fn open(side: &Side, count: usize, prefix: &str) -> Vec<InSession> {
    let openers: Vec<_> = (0..OPENING)
        .map(|opener| {
            let (dial, prefix) = (Dial::to(&side.url), prefix.to_owned());
            tokio::spawn(async move {
                let mut opened = Vec::new();
                for number in (opener..count).step_by(OPENING) {
                    let mut socket = dial.open().await;
                    let session = socket.session(Some(&format!("{prefix}-{number}"))).await;
                    opened.push((socket, session));
                }
                opened
            })
        })
        .collect();
    let mut opened = Vec::new();
    for opener in openers {
        opened.extend(opener.await.expect("no panic"));
    }
    opened
}

/// Says one thing after the other, and checks each answer; how long each took.
async fn speak(
    (mut socket, session): InSession,
    pace: Pace,
    first: Instant,
    end: Instant,
) -> (InSession, Vec<Duration>) {
    let mut times = Vec::new();
    let mut due = first;
    while due < end {
        let is_late = Instant::now() > due;
        sleep_until(due.into()).await;
        // The clock of the runtime wakes within a millisecond, which is none of the server's.
        let said = if is_late { due } else { Instant::now() };
        let text = format!("{} {TEXT}", times.len());
        socket.utter(&session, &text).await;
        let answer = socket.event("bot_uttered").await;
        assert_eq!(answer["text"], format!("echo: {text}"));
        times.push(said.elapsed());
        due = match pace {
            Pace::AtOnce => Instant::now(),
            Pace::Each(time) => due + time,
        };
    }
    ((socket, session), times)
}
