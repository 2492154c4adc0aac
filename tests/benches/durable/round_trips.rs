//! Round trips: from the post of a message through the component to the bot, and with its answer through the component
//! to the client's address. So many users write at once, each in several conversations by turns, and write again when
//! the answer is there; that it is the right one is checked.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use switchboard_tests::{Builder, PATIENCE, Switchboard};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use crate::load::{Client, HEAD, Round, message, row, run};
use crate::{Scale, data_folder, standin};

/// Messages on their way at a time.
const USERS: [usize; 3] = [16, 64, 256];

/// Conversations of each user.
const CONVERSATIONS: usize = 16;

/// A part that came: the number of the message that it answers, and when.
type Arrival = (usize, Instant);

/// Where each user waits for arrivals.
type Mailboxes = Arc<Mutex<Vec<UnboundedSender<Arrival>>>>;

pub(crate) fn measure(runtime: &Runtime, scale: &Scale) -> Value {
    let mailboxes = Mailboxes::default();
    let into = mailboxes.clone();
    let client = standin::client(runtime, move |text| {
        let at = Instant::now();
        let mut numbers = text
            .split(' ')
            .map(|number| number.parse().expect("our text"));
        let (Some(user), Some(number)): (Option<usize>, _) = (numbers.next(), numbers.next())
        else {
            panic!("{text:?} came");
        };
        let mailboxes = into.lock().expect("not poisoned");
        mailboxes[user].send((number, at)).expect("the user waits");
    });
    let bot = standin::parrot(runtime);
    let folder = data_folder();
    let server = Builder::new()
        .credentials(&standin::credentials(&client))
        .endpoints(&standin::endpoints(&bot, 4096))
        .argument("--data-dir")
        .argument(&folder.path().display().to_string())
        .start();
    let mut loads: [Vec<Round>; USERS.len()] = Default::default();
    for _ in 0..scale.rounds {
        for (users, rounds) in USERS.into_iter().zip(&mut loads) {
            rounds.push(runtime.block_on(load(&server, users, &mailboxes, scale.round)));
        }
    }

    println!("round trips, by messages on their way");
    println!("{HEAD}");
    let mut figures = Vec::new();
    for (users, rounds) in USERS.into_iter().zip(&loads) {
        let (line, values) = row("on_their_way", users, rounds);
        println!("{line}");
        figures.push(values);
    }
    println!();
    Value::Array(figures)
}

async fn load(server: &Switchboard, users: usize, to: &Mailboxes, round: Duration) -> Round {
    let (senders, mailboxes): (Vec<_>, Vec<_>) = (0..users).map(|_| unbounded_channel()).unzip();
    *to.lock().expect("not poisoned") = senders;
    let users = mailboxes.into_iter().enumerate().map(|(user, mailbox)| {
        let url = server.url.clone();
        async move { talk(&url, user, mailbox, round).await }
    });
    run(server, users).await
}

async fn talk(
    url: &str,
    user: usize,
    mut mailbox: UnboundedReceiver<Arrival>,
    round: Duration,
) -> Vec<Duration> {
    let mut client = Client::connect(url).await;
    let mut times = Vec::new();
    let started = Instant::now();
    while started.elapsed() < round {
        let number = times.len();
        let conversation = format!("user-{user}-{}", number % CONVERSATIONS);
        let body = message(&conversation, &format!("{user} {number}"));
        let posted = Instant::now();
        client.post(&body).await;
        let arrival = timeout(PATIENCE, mailbox.recv()).await;
        let (answered, at) = arrival.expect("an answer").expect("the mailbox is open");
        assert_eq!(answered, number, "each message has one answer");
        times.push(at - posted);
    }
    times
}
