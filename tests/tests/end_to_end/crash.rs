//! Killed at any moment, again and again, with a slow bot and a platform in bad shape: nothing that was acknowledged is
//! lost, nothing is said twice but what the record says may have been, and every conversation keeps its order.
//!
//! The seed stands in every failure's text. It gives the same faults at the same places again, though not the same moments:
//! `SWITCHBOARD_CRASH_SEED` sets it, `SWITCHBOARD_CRASH_ROUNDS` how often the server is killed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use switchboard_tests::{
    Answer, Builder, Heard, Platform, Posted, Reply, ScriptedBot, Switchboard, client, message,
};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How often the server is killed.
const ROUNDS: u32 = 8;

/// Conversations at a time, each with a sender of its own.
const CONVERSATIONS: usize = 40;

/// The longest that a sender waits between two messages, the server is left alone before it is killed, and bot and
/// platform think. Milliseconds.
const PAUSE: u64 = 400;
const LIFE: u64 = 500;
const THOUGHT: u64 = 50;

/// One throw of the dice.
#[derive(Clone)]
struct Dice(Arc<Mutex<StdRng>>);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    fn up_to(&self, most: u64) -> u64 {
        self.0.lock().expect("not poisoned").random_range(0..=most)
    }

    fn millis(&self, most: u64) -> Duration {
        Duration::from_millis(self.up_to(most))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever looks for a fault wants to say how long, and what happened last time"
)]
fn variable<T: FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().ok().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_sends_again_what_may_not_have_arrived() {
    let mut story = Story::live("resend").await;
    // What may have arrived three times over is not sent a fourth time, until somebody says so.
    let set_aside = story.what_was_set_aside().await;
    if !set_aside.is_empty() {
        story.replay().await;
    }
    story.everything_was_answered_once_and_in_order(&set_aside);
    assert_eq!(story.missing(), HashSet::new(), "seed {}", story.seed);
    story.what_arrived_twice_is_explained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_sets_aside_what_may_have_arrived() {
    let story = Story::live("park").await;
    let seed = story.seed;
    let set_aside = story.what_was_set_aside().await;
    assert!(
        !set_aside.is_empty(),
        "seed {seed}: the faults came to nothing"
    );
    story.everything_was_answered_once_and_in_order(&set_aside);
    let missing = story.missing();
    let lost: Vec<_> = missing.difference(&set_aside).collect();
    assert!(lost.is_empty(), "seed {seed}: {lost:?}");
    for (id, times) in story.arrivals() {
        assert_eq!(times, 1, "seed {seed}: {id}");
    }
}

/// What happened, and the server that is left of it.
struct Story {
    seed: u64,
    server: Switchboard,
    platform: Platform,
    /// Which texts are to come, conversation by conversation, in order.
    expected: BTreeMap<String, Vec<String>>,
    /// The ids under which the bot heard each text.
    heard: HashMap<String, HashSet<String>>,
}

impl Story {
    async fn live(on_unknown: &str) -> Self {
        let seed = variable("SWITCHBOARD_CRASH_SEED").unwrap_or_else(rand::random);
        let rounds = variable("SWITCHBOARD_CRASH_ROUNDS").unwrap_or(ROUNDS);
        let dice = Dice::new(seed);
        let (bot, platform) = (ScriptedBot::start().await, Platform::start().await);
        bot.does(slow_bot(dice.clone()));
        platform.does(platform_in_bad_shape(dice.clone()));
        let more = format!("on_unknown: {on_unknown}");
        let mut server = Builder::new()
            .courier(&platform, &more)
            .endpoints(&bot.webhook(""))
            .start();

        let (address, _) = watch::channel(server.url.clone());
        let done = Arc::new(AtomicBool::new(false));
        let mut senders = JoinSet::new();
        for number in 0..CONVERSATIONS {
            let sender = Sender {
                conversation: format!("c{number}"),
                client: client(),
                address: address.subscribe(),
                done: done.clone(),
                dice: dice.clone(),
            };
            senders.spawn(sender.send());
        }
        for _ in 0..rounds {
            sleep(dice.millis(LIFE)).await;
            server.kill();
            server.restart();
            address.send_replace(server.url.clone());
        }
        done.store(true, Ordering::Relaxed);
        let mut expected = BTreeMap::new();
        for (conversation, count) in senders.join_all().await {
            let ids = (0..count).map(|number| format!("{conversation}-{number}"));
            let texts = ids.flat_map(|id| answer(&id)).collect();
            expected.insert(conversation, texts);
        }
        // From here on all goes well.
        platform.takes();
        server.quiet().await;
        let mut heard = HashMap::<String, HashSet<String>>::new();
        for turn in bot.heard() {
            heard.entry(turn.text).or_default().insert(turn.id);
        }
        Self {
            seed,
            server,
            platform,
            expected,
            heard,
        }
    }

    /// Each event had one turn, which made each of its parts once, and the parts of a conversation first came to the
    /// platform in the order of the events. Of what was set aside nobody knows when it came.
    fn everything_was_answered_once_and_in_order(&self, set_aside: &HashSet<String>) {
        let seed = self.seed;
        let taken = self.platform.taken();
        let missing = self.missing();
        for (conversation, expected) in &self.expected {
            let mut first = Vec::new();
            let mut ids = HashMap::new();
            for part in taken.iter().filter(|part| part.to == *conversation) {
                match ids.insert(part.text(), &part.id) {
                    None => first.push(part.text()),
                    Some(id) => assert_eq!(*id, part.id, "seed {seed}: made twice: {part:?}"),
                }
            }
            let counts = |text: &str| !set_aside.contains(text) && !missing.contains(text);
            first.retain(|text| counts(text));
            let due: Vec<&str> = expected
                .iter()
                .map(|text| &text[..])
                .filter(|text| counts(text))
                .collect();
            assert_eq!(first, due, "seed {seed}: {conversation}");
        }
        let all = self.all();
        let strange = taken.iter().find(|part| !all.contains(part.text()));
        assert!(strange.is_none(), "seed {seed}: nobody asked: {strange:?}");
        assert!(
            self.heard.len() > CONVERSATIONS,
            "seed {seed}: there was no load"
        );
        for (text, ids) in &self.heard {
            assert_eq!(ids.len(), 1, "seed {seed}: turns of {text}: {ids:?}");
        }
    }

    fn all(&self) -> HashSet<String> {
        self.expected.values().flatten().cloned().collect()
    }

    /// What should be at the platform and is not.
    fn missing(&self) -> HashSet<String> {
        let mut missing = self.all();
        for part in self.platform.taken() {
            missing.remove(part.text());
        }
        missing
    }

    /// How often each part came.
    fn arrivals(&self) -> HashMap<String, usize> {
        let mut arrivals = HashMap::new();
        for part in self.platform.taken() {
            *arrivals.entry(part.id).or_default() += 1;
        }
        arrivals
    }

    /// What came more than once is on record as what may have: as often, at the least.
    async fn what_arrived_twice_is_explained(&self) {
        let seed = self.seed;
        let mut arrivals = self.arrivals();
        arrivals.retain(|_, times| *times > 1);
        assert!(
            !arrivals.is_empty(),
            "seed {seed}: the faults came to nothing"
        );
        for (id, times) in arrivals {
            let life = self.server.life(&id).await;
            let notes = life["notes"].as_array().expect("a list");
            let own = notes.iter().filter(|note| note["id"] == json!(id));
            let resent = own.filter(|note| says_why_it_is_sent_again(note)).count();
            assert!(resent + 1 >= times, "seed {seed}: {times} times: {life:#}");
        }
    }

    /// The texts of what is among the dead letters, all of it for one reason.
    async fn what_was_set_aside(&self) -> HashSet<String> {
        let seed = self.seed;
        let mut texts = HashSet::new();
        for letter in self.server.dead_letters().await {
            assert_eq!(letter["kind"], "part", "seed {seed}: {letter:#}");
            assert_eq!(letter["state"], "unknown", "seed {seed}: {letter:#}");
            let text = letter["payload"]["text"].as_str().expect("a text");
            texts.insert(text.to_owned());
        }
        texts
    }

    async fn replay(&mut self) {
        let replayed = self.server.call(&["dead", "replay", "--all"]);
        assert!(replayed.status.success(), "{replayed:?}");
        self.server.wait_dead(0).await;
        self.server.quiet().await;
    }
}

fn says_why_it_is_sent_again(note: &Value) -> bool {
    let text = note["text"].as_str().expect("a text");
    ["may or may not have gone out", "replayed"]
        .iter()
        .any(|why| text.contains(why))
}

/// What the bot says to a text: one part, or two.
fn answer(text: &str) -> Vec<String> {
    let parts = if text.ends_with(['0', '2', '4', '6', '8']) {
        &["one", "two"][..]
    } else {
        &["one"]
    };
    parts.iter().map(|part| format!("{text} {part}")).collect()
}

fn slow_bot(dice: Dice) -> impl Fn(&Heard) -> Reply {
    move |heard| {
        if dice.up_to(99) == 0 {
            return Reply::Status(500);
        }
        let said = answer(&heard.text).into_iter();
        let said = said.map(|text| json!({ "text": text })).collect();
        Reply::SayIn(dice.millis(THOUGHT), said)
    }
}

fn platform_in_bad_shape(dice: Dice) -> impl Fn(&Posted) -> Answer {
    move |_| match dice.up_to(99) {
        0 | 1 => Answer::status(503),
        2 => Answer::status(429).with("x-scope", "conversation"),
        3 => Answer::Cut,
        4 => Answer::TakeAndCut,
        5..40 => Answer::TakeIn(dice.millis(THOUGHT)),
        _ => Answer::Take,
    }
}

/// The platform's way in for one conversation: a message after the other, each until it is acknowledged.
struct Sender {
    conversation: String,
    client: Client,
    address: watch::Receiver<String>,
    done: Arc<AtomicBool>,
    dice: Dice,
}

impl Sender {
    /// Sends until the end, and says how many.
    async fn send(mut self) -> (String, usize) {
        let mut count = 0;
        while !self.done.load(Ordering::Relaxed) {
            self.until_acknowledged(&format!("{}-{count}", self.conversation))
                .await;
            count += 1;
            sleep(self.dice.millis(PAUSE)).await;
        }
        (self.conversation, count)
    }

    async fn until_acknowledged(&mut self, id: &str) {
        let body = json!({ "events": [message(id, &self.conversation, id)] }).to_string();
        loop {
            let url = format!(
                "{}/webhooks/courier/webhook",
                *self.address.borrow_and_update()
            );
            let request = self.client.post(url).body(body.clone());
            match request.send().await.map(|response| response.status()) {
                Ok(StatusCode::OK) => return,
                Ok(StatusCode::SERVICE_UNAVAILABLE) | Err(_) => {}
                Ok(status) => panic!("{id}: {status}"),
            }
            // It is gone, or not there yet.
            let _ = timeout(Duration::from_millis(50), self.address.changed()).await;
        }
    }
}
