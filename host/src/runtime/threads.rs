//! Threads for calls that compute for long.
//!
//! A call runs on the threads of the server itself while it gives way quickly, as nearly all do. One that computes for
//! several milliseconds is taken off them, and goes on on a thread of its channel that the operating system prefers all
//! others to. So even where the server has one thread, nobody waits for a connector that computes, and the processor is
//! shared between such connectors by the one who does that best. For a while the next calls of the channel begin here.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::watch::Watch;

/// How long after a call that computed for long the next ones are expected to do the same.
const MEMORY: Duration = Duration::from_secs(10);

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
        }
    }

    /// Does `work`, here or on a thread. `None` where the system gives no thread, or takes it back.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        watch: &Watch,
        mut work: BoxFuture<'static, T>,
    ) -> Option<T> {
        if !self.expects() {
            let here = poll_fn(|context| match work.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if watch.computes_long() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            });
            if let Some(done) = here.await {
                return Some(done);
            }
            self.expect();
        }
        let (mut tell, told) = oneshot::channel();
        self.give(Box::pin(async move {
            tokio::select! {
                biased;
                // Whoever waited has gone: so does the instance.
                () = tell.closed() => {}
                done = &mut work => {
                    let _ = tell.send(done);
                }
            }
        }))?;
        let done = told.await.ok();
        if watch.computes_long() {
            self.expect();
        }
        done
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
    use super::*;

    fn name() -> String {
        thread::current().name().unwrap_or_default().to_owned()
    }

    /// A call that ticks so often, then says which thread it is on.
    async fn call(threads: &Threads, ticks: u32) -> String {
        let watch = Arc::new(Watch::start(Duration::from_secs(1)));
        let seen = watch.clone();
        let work = Box::pin(async move {
            for _ in 0..ticks {
                seen.ticked();
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
        assert_eq!(call(&threads, 1).await, here);
        assert_eq!(call(&threads, 2).await, "wasm slow");
        assert_eq!(call(&threads, 0).await, "wasm slow");
        *threads.until.lock().expect("not poisoned") = Instant::now();
        assert_eq!(call(&threads, 0).await, here);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_ends() {
        let threads = Threads::new("slow".into());
        let watch = Watch::start(Duration::from_secs(1));
        watch.ticked();
        watch.ticked();
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
        let (one, other) = tokio::join!(call(&threads, 1_000), call(&threads, 1_000));
        assert_eq!((one.as_str(), other.as_str()), ("wasm slow", "wasm slow"));
        assert_eq!(threads.started.lock().expect("not poisoned").len(), 1);
    }
}
