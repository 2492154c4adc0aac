//! Lanes: the order within each conversation.
//!
//! Whoever wants to put a message to the bot enters the conversation's lane and gets a ticket at once, which fixes its
//! place; the ticket's turn comes when all before it are gone. A lane exists while it has tickets.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Messages that may wait in one conversation.
const MAX_WAITING: usize = 1_000;

/// Channel and conversation.
type Key = (Arc<str>, Arc<str>);

/// All lanes.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes(Arc<Mutex<HashMap<Key, Lane>>>);

/// Those who wait behind the one whose turn it is.
#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<(u64, oneshot::Sender<()>)>,
    next_number: u64,
}

/// A place in a lane. Dropping it lets the next one go.
#[derive(Debug)]
pub(super) struct Ticket {
    lanes: Lanes,
    key: Key,
    number: u64,
    turn: Option<oneshot::Receiver<()>>,
}

impl Lanes {
    /// Enters the lane of a conversation, to wait for the answer.
    ///
    /// # Errors
    ///
    /// When the lane is full; the number that wait in it.
    pub(super) fn enter(&self, channel: &Arc<str>, conversation: &str) -> Result<Ticket, usize> {
        self.enter_within(MAX_WAITING, channel, conversation)
    }

    /// Enters the lane of a conversation for its events, of which one at a time does.
    pub(super) fn enter_always(&self, channel: &Arc<str>, conversation: &str) -> Ticket {
        loop {
            if let Ok(ticket) = self.enter_within(usize::MAX, channel, conversation) {
                return ticket;
            }
        }
    }

    fn enter_within(
        &self,
        most: usize,
        channel: &Arc<str>,
        conversation: &str,
    ) -> Result<Ticket, usize> {
        let key = (channel.clone(), conversation.into());
        let mut lanes = self.lock();
        let (number, turn) = match lanes.get_mut(&key) {
            None => {
                let lane = Lane {
                    waiting: VecDeque::new(),
                    next_number: 1,
                };
                lanes.insert(key.clone(), lane);
                (0, None)
            }
            Some(lane) if lane.waiting.len() >= most => return Err(lane.waiting.len()),
            Some(lane) => {
                let (sender, turn) = oneshot::channel();
                let number = lane.next_number;
                lane.next_number += 1;
                lane.waiting.push_back((number, sender));
                (number, Some(turn))
            }
        };
        drop(lanes);
        Ok(Ticket {
            lanes: self.clone(),
            key,
            number,
            turn,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Lane>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Waits for this ticket's turn.
    pub(super) async fn wait(&mut self) {
        if let Some(turn) = &mut self.turn {
            // The sender goes only by sending: whoever leaves lets the next one go.
            let _ = turn.await;
            self.turn = None;
        }
    }

    /// Whether it is this ticket's turn, waited for or not.
    fn has_turn(&mut self) -> bool {
        self.turn
            .as_mut()
            .is_none_or(|turn| turn.try_recv().is_ok())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let lanes = self.lanes.clone();
        let mut lanes = lanes.lock();
        let Some(lane) = lanes.get_mut(&self.key) else {
            return;
        };
        if !self.has_turn() {
            lane.waiting.retain(|(number, _)| *number != self.number);
            return;
        }
        while let Some((_, sender)) = lane.waiting.pop_front() {
            if sender.send(()).is_ok() {
                return;
            }
        }
        lanes.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn rest() -> Arc<str> {
        "rest".into()
    }

    fn goes(ticket: &mut Ticket) -> bool {
        ticket.wait().now_or_never().is_some()
    }

    #[test]
    fn one_at_a_time_in_order() {
        let lanes = Lanes::default();
        let mut tickets: Vec<Ticket> = (0..4)
            .map(|_| lanes.enter(&rest(), "u").expect("room"))
            .collect();
        let mut other = lanes.enter(&rest(), "v").expect("room");
        assert!(goes(&mut other), "another conversation does not wait");
        assert!(goes(&mut tickets[0]));
        assert!(!goes(&mut tickets[1]));
        // One that gives up leaves the order of the rest as it is.
        drop(tickets.remove(2));
        drop(tickets.remove(0));
        assert!(goes(&mut tickets[0]));
        assert!(!goes(&mut tickets[1]));
        drop(tickets.remove(0));
        assert!(goes(&mut tickets[0]));
        drop(tickets);
        drop(other);
        assert!(lanes.lock().is_empty(), "an empty lane is gone");
    }

    #[test]
    fn a_turn_that_came_and_was_not_taken_passes_on() {
        let lanes = Lanes::default();
        let first = lanes.enter(&rest(), "u").expect("room");
        let second = lanes.enter(&rest(), "u").expect("room");
        let mut third = lanes.enter(&rest(), "u").expect("room");
        drop(first);
        drop(second);
        assert!(goes(&mut third));
    }

    #[test]
    fn a_lane_is_bounded() {
        let lanes = Lanes::default();
        let tickets: Vec<_> = (0..=MAX_WAITING)
            .map(|_| lanes.enter(&rest(), "u").expect("room"))
            .collect();
        assert_eq!(lanes.enter(&rest(), "u").err(), Some(MAX_WAITING));
        assert!(lanes.enter(&rest(), "v").is_ok());
        drop(tickets);
        assert!(lanes.enter(&rest(), "u").is_ok());
    }
}
