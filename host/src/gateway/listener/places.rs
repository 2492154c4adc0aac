//! Places for connections, and who gives one up when all are taken.
//!
//! A connection costs its peer next to nothing to hold: who opens as many as there are and sends a byte now and then would
//! lock everybody else out. So when somebody comes and finds no place, the connection goes whose peer has kept the
//! server waiting for longest: by sending no request, or half of one, or by not reading the answer. One that the server
//! itself is busy with stays. The most that connections to be kept alive lose is that they are made again.
//!
//! A bound for each address would be no help: behind a reverse proxy all requests come from one, and an attacker may have
//! many.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// How long a peer may keep the server waiting in any case: as long as it takes to send a request over a slow line.
const GRACE: Duration = Duration::from_secs(1);

/// The server does not wait for the peer.
const WORKING: u64 = u64::MAX;

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    taken: Mutex<Taken>,
    start: Instant,
}

#[derive(Debug, Default)]
struct Taken {
    by_number: HashMap<u64, Arc<Peer>>,
    next: u64,
}

/// One connection's place, given back when this goes.
#[derive(Debug)]
pub(super) struct Place {
    peer: Arc<Peer>,
    number: u64,
    places: Arc<Places>,
    _permit: OwnedSemaphorePermit,
}

/// The other end of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    start: Instant,
    /// Since when the server waits for it: milliseconds after `start`.
    since: AtomicU64,
    /// The connection is a WebSocket by now, which keeps its place: pings tell when its peer is gone.
    is_socket: AtomicBool,
    leave: CancellationToken,
}

impl Places {
    /// So many places.
    pub(super) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self {
            free: Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))),
            taken: Mutex::default(),
            start: Instant::now(),
        })
    }

    /// A place for somebody who has come, made free if need be. Waits where the server is busy with all who have one.
    pub(super) async fn enter(self: &Arc<Self>) -> Place {
        loop {
            if let Ok(permit) = self.free.clone().try_acquire_owned() {
                return self.take(permit);
            }
            let again = self.make_room();
            let free = self.free.clone().acquire_owned();
            if let Ok(Ok(permit)) = tokio::time::timeout(again, free).await {
                return self.take(permit);
            }
        }
    }

    /// Lets the one go that has kept the server waiting for longest, unless that is not long yet. When to look again.
    pub(super) fn make_room(&self) -> Duration {
        let now = self.start.elapsed();
        let mut taken = self.lock();
        let longest = taken
            .by_number
            .iter()
            .map(|(number, peer)| (peer.since.load(Ordering::Relaxed), *number))
            .filter(|(since, _)| *since != WORKING)
            .min();
        let Some((since, number)) = longest else {
            return GRACE;
        };
        let left = (Duration::from_millis(since) + GRACE).saturating_sub(now);
        if !left.is_zero() {
            return left;
        }
        if let Some(peer) = taken.by_number.remove(&number) {
            peer.leave.cancel();
        }
        GRACE
    }

    fn take(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Place {
        let peer = Arc::new(Peer {
            start: self.start,
            since: AtomicU64::new(WORKING),
            is_socket: AtomicBool::new(false),
            leave: CancellationToken::new(),
        });
        peer.awaited();
        let mut taken = self.lock();
        let number = taken.next;
        taken.next += 1;
        taken.by_number.insert(number, peer.clone());
        drop(taken);
        Place {
            peer,
            number,
            places: self.clone(),
            _permit: permit,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Whose it is.
    pub(super) fn peer(&self) -> &Arc<Peer> {
        &self.peer
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().by_number.remove(&self.number);
    }
}

impl Peer {
    /// Resolves when its place is needed for somebody else.
    pub(super) async fn needed(&self) {
        self.leave.cancelled().await;
    }

    /// From now on nobody waits for anybody.
    pub(super) fn becomes_socket(&self) {
        self.is_socket.store(true, Ordering::Relaxed);
        self.served();
    }

    /// Whether the connection is a WebSocket by now.
    pub(super) fn is_socket(&self) -> bool {
        self.is_socket.load(Ordering::Relaxed)
    }

    /// From now on the server waits for the peer.
    pub(super) fn awaited(&self) {
        if self.is_socket() {
            return;
        }
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(WORKING - 1);
        self.since.store(now, Ordering::Relaxed);
    }

    /// From now on the peer waits for the server.
    pub(super) fn served(&self) {
        self.since.store(WORKING, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As if the server had been waiting for it for so long already.
    fn keeps_waiting(place: &Place, seconds: u64) {
        let since = place.peer.since.load(Ordering::Relaxed);
        let since = since.saturating_sub(seconds * 1_000);
        place.peer.since.store(since, Ordering::Relaxed);
    }

    fn is_needed(place: &Place) -> bool {
        place.peer.leave.is_cancelled()
    }

    /// Places that have been there for a minute.
    fn places(count: usize) -> Arc<Places> {
        let mut places = Places::new(count);
        let start = Instant::now().checked_sub(Duration::from_secs(60));
        Arc::get_mut(&mut places).expect("nobody else has it").start =
            start.expect("a minute ago there was time already");
        places
    }

    #[tokio::test]
    async fn whoever_kept_the_server_waiting_for_longest_goes() {
        let places = places(3);
        let short = places.enter().await;
        let long = places.enter().await;
        let busy = places.enter().await;
        keeps_waiting(&short, 5);
        keeps_waiting(&long, 10);
        keeps_waiting(&busy, 20);
        busy.peer().served();

        let newcomer = tokio::spawn({
            let places = places.clone();
            async move { places.enter().await }
        });
        long.peer().needed().await;
        assert!(!is_needed(&short) && !is_needed(&busy));
        drop(long);
        let newcomer = newcomer.await.expect("a place");
        assert!(!is_needed(&newcomer));

        // What was busy has had its answer, and now it is its turn to say something.
        busy.peer().awaited();
        keeps_waiting(&busy, 7);
        places.make_room();
        assert!(is_needed(&busy) && !is_needed(&short));
    }

    #[tokio::test]
    async fn nobody_goes_who_has_just_come_or_is_served() {
        let places = places(2);
        let fresh = places.enter().await;
        let busy = places.enter().await;
        keeps_waiting(&busy, 20);
        busy.peer().served();
        let left = places.make_room();
        assert!(left <= GRACE && !left.is_zero());
        assert!(!is_needed(&fresh) && !is_needed(&busy));
        drop(busy);
        // No need to wait where there is room.
        let _place = places.enter().await;
        assert!(!is_needed(&fresh));
    }
}
