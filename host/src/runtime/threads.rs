//! Threads for calls that compute for long.
//!
//! A call runs on the threads of the server itself while it gives way quickly, as nearly all do. One that computes for
//! several milliseconds is taken off them, and goes on on a thread of its channel that the operating system prefers all
//! others to. So even where the server has one thread, nobody waits for a connector that computes, and the processor is
//! shared between such connectors by the one who does that best. For a while the next calls of the channel begin here.
//!
//! The same goes for a channel whose calls are not long but many, and cost much: together they would take the threads as well.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::meter::Timing;
use super::watch::Watch;

/// How long after a call that computed for long the next ones are expected to do the same.
const MEMORY: Duration = Duration::from_secs(10);

/// A call that computes for so long is worth counting: to go to another thread costs a tenth of it.
const COSTLY: Duration = Duration::from_micros(200);

/// What such calls of one channel may take of the server's threads: one part of so many.
const SHARE: u32 = 10;

/// By how much they may exceed that at a time.
const OVERDRAFT: Duration = Duration::from_millis(50);

/// How nice the threads are to others, from 0 to 19 as in `setpriority(2)`: at 10 they get a tenth of a processor that is
/// wanted elsewhere.
const NICENESS: i32 = 10;

/// A call on its way to a thread.
type Job = BoxFuture<'static, ()>;

/// The threads of one channel, started when they are first needed.
pub(crate) struct Threads {
    label: Arc<str>,
    most: usize,
    started: Mutex<Vec<Thread>>,
    /// Whether `until` is to be looked at: the time is not asked for calls of channels that never compute.
    expecting: AtomicBool,
    until: Mutex<Instant>,
    /// The server's own threads.
    workers: u32,
    load: Mutex<Load>,
}

/// What costly calls have taken of the server's threads beyond their share.
struct Load {
    at: Instant,
    spent: Duration,
}

struct Thread {
    jobs: mpsc::UnboundedSender<Job>,
    busy: Arc<AtomicUsize>,
}

impl Threads {
    /// Half of the processors can be kept busy by one channel.
    pub(crate) fn new(label: Arc<str>) -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            label,
            most: (processors / 2).max(1),
            started: Mutex::default(),
            expecting: AtomicBool::new(false),
            until: Mutex::new(Instant::now()),
            workers: workers(),
            load: Mutex::new(Load {
                at: Instant::now(),
                spent: Duration::ZERO,
            }),
        }
    }

    /// Does `work`, here or on a thread. `None` where the system gives no thread, or takes it back.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        watch: &Arc<Watch>,
        mut work: BoxFuture<'static, T>,
    ) -> Option<T> {
        if !self.expects() {
            let here = poll_fn(
                |context| match poll(watch, Timing::Wall, &mut work, context) {
                    Poll::Ready(done) => Poll::Ready(Some(done)),
                    Poll::Pending if watch.meter.is_long() => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                },
            );
            if let Some(done) = here.await {
                self.count(watch.meter.total());
                return Some(done);
            }
            self.expect();
        }
        let (mut tell, told) = oneshot::channel();
        let watched = watch.clone();
        self.give(Box::pin(async move {
            let done = poll_fn(|context| poll(&watched, Timing::Processor, &mut work, context));
            tokio::select! {
                biased;
                // Whoever waited has gone: so does the instance.
                () = tell.closed() => {}
                done = done => {
                    let _ = tell.send(done);
                }
            }
        }))?;
        let done = told.await.ok();
        if watch.meter.was_long() {
            self.expect();
        } else {
            self.count(watch.meter.total());
        }
        done
    }

    /// Counts what a call computed, where that is worth it.
    fn count(&self, spent: Duration) {
        if spent < COSTLY {
            return;
        }
        let now = Instant::now();
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = now.saturating_duration_since(load.at) * self.workers / SHARE;
        load.spent = load.spent.saturating_sub(forgotten) + spent;
        load.at = now;
        let is_over = load.spent > OVERDRAFT;
        // What is done on the channel's threads later must not outlive this for long.
        load.spent = load.spent.min(OVERDRAFT * 2);
        drop(load);
        if is_over {
            self.expect();
        }
    }

    fn expects(&self) -> bool {
        if !self.expecting.load(Ordering::Relaxed) {
            return false;
        }
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let expects = Instant::now() < until;
        if !expects {
            self.expecting.store(false, Ordering::Relaxed);
        }
        expects
    }

    fn expect(&self) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + MEMORY;
        if !self.expecting.swap(true, Ordering::Relaxed) {
            tracing::debug!(
                channel = &*self.label,
                "the connector computes for long: its calls run on threads of their own"
            );
        }
    }

    /// To the thread that has least to do, or to a new one.
    fn give(&self, job: Job) -> Option<()> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        started.retain(|thread| !thread.jobs.is_closed());
        let busy = |thread: &&Thread| thread.busy.load(Ordering::Relaxed);
        let least = started.iter().min_by_key(busy);
        let is_free = least.is_some_and(|thread| busy(&thread) == 0);
        if !is_free && started.len() < self.most {
            match Thread::start(&self.label) {
                Ok(thread) => started.push(thread),
                Err(error) => tracing::warn!(
                    channel = &*self.label,
                    "the system gives no thread for a connector that computes: {error}"
                ),
            }
        }
        let thread = started.iter().min_by_key(busy)?;
        thread.busy.fetch_add(1, Ordering::Relaxed);
        thread.jobs.send(job).ok()
    }
}

fn workers() -> u32 {
    let workers = Handle::try_current().map(|handle| handle.metrics().num_workers());
    workers
        .ok()
        .and_then(|count| count.try_into().ok())
        .unwrap_or(1)
}

fn poll<T>(
    watch: &Watch,
    timing: Timing,
    work: &mut BoxFuture<'static, T>,
    context: &mut Context<'_>,
) -> Poll<T> {
    watch.meter.resume(timing);
    let polled = work.as_mut().poll(context);
    watch.meter.pause();
    polled
}

impl Thread {
    fn start(label: &str) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let busy = Arc::new(AtomicUsize::new(0));
        let handle = Handle::current();
        let counted = busy.clone();
        thread::Builder::new()
            .name(format!("wasm {label}"))
            .spawn(move || {
                // Of the calling thread alone, on Linux. Where it is not allowed, all the same.
                let _ = rustix::process::setpriority_process(None, NICENESS);
                // Timers and connections stay with the server's own threads.
                handle.block_on(work_off(waiting, &counted));
            })?;
        Ok(Self { jobs, busy })
    }
}

/// Until the channel is gone.
async fn work_off(mut waiting: mpsc::UnboundedReceiver<Job>, busy: &AtomicUsize) {
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            job = waiting.recv() => match job {
                Some(job) => running.push(job),
                None => return,
            },
            Some(()) = running.next() => {
                busy.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::engine::TICK;
    use super::*;

    fn name() -> String {
        thread::current().name().unwrap_or_default().to_owned()
    }

    /// A call that computes for so many ticks, then says which thread it is on.
    async fn call(threads: &Threads, ticks: u32) -> String {
        let watch = Arc::new(Watch::start(Duration::from_secs(1)));
        let seen = watch.clone();
        let work = Box::pin(async move {
            for _ in 0..ticks {
                let start = Instant::now();
                while start.elapsed() < TICK {
                    std::hint::spin_loop();
                }
                seen.meter.gives_way();
                tokio::task::yield_now().await;
            }
            // A timer works on either side.
            tokio::time::sleep(Duration::from_millis(1)).await;
            name()
        });
        threads.run(&watch, work).await.expect("a thread")
    }

    #[tokio::test]
    async fn what_computes_for_long_moves_and_the_next_calls_begin_there() {
        let here = name();
        let threads = Threads::new("slow".into());
        assert_eq!(call(&threads, 0).await, here);
        assert_eq!(call(&threads, 2).await, "wasm slow");
        assert_eq!(call(&threads, 0).await, "wasm slow");
        *threads.until.lock().expect("not poisoned") = Instant::now();
        assert_eq!(call(&threads, 0).await, here);
    }

    #[tokio::test]
    async fn many_costly_calls_are_like_a_long_one() {
        let threads = Threads::new("busy".into());
        for _ in 0..100_000 {
            threads.count(COSTLY / 2);
        }
        assert!(!threads.expects(), "they are cheap");
        // Faster than a tenth of the time allows, however slow the machine is: no time passes between them.
        for _ in 0..OVERDRAFT.as_millis() {
            assert!(!threads.expects());
            threads.count(Duration::from_millis(1));
        }
        for _ in 0..10 {
            threads.count(Duration::from_millis(100));
        }
        assert!(threads.expects());
        assert_eq!(call(&threads, 0).await, "wasm busy");
    }

    #[tokio::test]
    async fn what_nobody_waits_for_ends() {
        let threads = Threads::new("slow".into());
        let watch = Arc::new(Watch::start(Duration::from_secs(1)));
        threads.expect();
        let (held, gone) = oneshot::channel::<()>();
        let work = Box::pin(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        let waiting = tokio::time::timeout(Duration::from_millis(1), threads.run(&watch, work));
        assert!(waiting.await.is_err());
        assert!(gone.await.is_err(), "its work was dropped");
        assert_eq!(call(&threads, 2).await, "wasm slow", "others go on");
    }

    #[tokio::test]
    async fn two_that_compute_share_a_thread() {
        let mut threads = Threads::new("slow".into());
        threads.most = 1;
        let (one, other) = tokio::join!(call(&threads, 20), call(&threads, 20));
        assert_eq!((one.as_str(), other.as_str()), ("wasm slow", "wasm slow"));
        assert_eq!(threads.started.lock().expect("not poisoned").len(), 1);
    }
}
