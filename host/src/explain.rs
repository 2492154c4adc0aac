//! What became of a message, for people: the life of one in plain words, and the same as JSON.
//!
//! An operator with an angry user asks one thing: where is my message, and what do I do now? So each thing that happened
//! stands on a line with its time, and at the end of the message and of each part stands how it is now and, for a dead
//! letter, the command that helps. Nothing is asked here: all is in the [`Life`] that the store gives.

mod content;
#[cfg(test)]
mod tests;
mod time;
mod view;

use std::fmt::Write as _;

pub(crate) use self::content::{quoted, reason};
use self::time::span;
pub(crate) use self::time::{full, now};
pub(crate) use self::view::{LetterView, LifeView};
use crate::store::{
    DeadLetter, EventBody, EventRecord, EventState, Life, Millis, PartRecord, PartState, Uuid,
};

/// The life of one message in plain words, as it looks at `now`. Times are UTC; what users and platforms said is
/// shortened, and nothing in it can move a terminal.
#[must_use]
pub fn explain(life: &Life, now: Millis) -> String {
    let begin = match (&life.event, life.parts.first()) {
        (Some(event), _) => event.received_at,
        (None, Some(part)) => part.created_at,
        (None, None) => now,
    };
    let mut account = Account {
        life,
        begin,
        now,
        text: String::new(),
    };
    if let Some(event) = &life.event {
        account.event(event);
    }
    for (index, part) in life.parts.iter().enumerate() {
        account.part(index, part);
    }
    account.text
}

/// What the dead letter would say or do, as `text "hello"`.
pub(crate) fn subject(letter: &DeadLetter) -> String {
    match letter.kind {
        "event" => match serde_json::from_value::<EventBody>(letter.payload.clone()) {
            Ok(body) => content::event(&body),
            Err(_) => "unreadable".to_owned(),
        },
        _ => content::part(&letter.payload),
    }
}

/// An account in the making.
struct Account<'a> {
    life: &'a Life,
    /// From when times are counted.
    begin: Millis,
    now: Millis,
    text: String,
}

impl Account<'_> {
    fn event(&mut self, event: &EventRecord) {
        let kind = match event.body {
            EventBody::Message(_) => "message",
            EventBody::Other(_) => "event",
        };
        self.line(format_args!("{kind} {}", event.id));
        self.place(&event.channel, &event.conversation);
        if let Some(id) = &event.platform_id {
            self.field("platform's id", &quoted(id));
        }
        self.field("says", &content::event(&event.body));
        self.field("accepted", &full(event.received_at));

        let mut moments = Vec::new();
        if let Some(at) = event.started_at {
            let unanswered = event.attempts;
            let tries = match event.state {
                EventState::Done => unanswered + 1,
                _ => unanswered,
            };
            let asked = if tries > 1 {
                format!("the bot was asked again, the last of {tries} tries")
            } else {
                let waited = span(at - event.received_at);
                format!("the bot was asked, after a wait of {waited}")
            };
            moments.push((at, asked));
        }
        if let (EventState::Done, Some(at)) = (event.state, event.closed_at) {
            let took = span(at - event.started_at.unwrap_or(at));
            let answer = match self.life.parts.len() {
                0 => "nothing to send".to_owned(),
                count => counted(count as u64, "part"),
            };
            moments.push((at, format!("the bot answered within {took}: {answer}")));
        }
        self.moments(event.id, moments);
        let standing = self.event_standing(event);
        self.field("now", &standing);
        if event.state == EventState::Dead {
            self.hint(event.id, "has the bot asked again");
        }
    }

    fn event_standing(&self, event: &EventRecord) -> String {
        match event.state {
            EventState::Done => "answered".to_owned(),
            EventState::Dead => format!("a dead letter: {}", unanswered(event.attempts)),
            EventState::Dropped => "dropped: somebody gave it up".to_owned(),
            EventState::Queued if event.ahead > 0 => {
                format!(
                    "waits behind {} of its conversation{}",
                    counted(event.ahead, "message"),
                    self.first_due(event.due_at)
                )
            }
            EventState::Queued => match event.due_at {
                None => "it has its turn: the bot is being asked".to_owned(),
                Some(at) if at <= self.now => {
                    "its turn has come: a running server asks the bot as soon as it has a place free"
                        .to_owned()
                }
                Some(at) if event.attempts == 0 => format!("the bot is asked {}", self.ahead(at)),
                Some(at) => {
                    let so_far = unanswered(event.attempts);
                    format!("{so_far}; it is asked again {}", self.ahead(at))
                }
            },
        }
    }

    fn part(&mut self, index: usize, part: &PartRecord) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        match (&self.life.event, part.event) {
            (Some(_), _) => self.line(format_args!(
                "part {} of {}, {}",
                index + 1,
                self.life.parts.len(),
                part.id
            )),
            (None, Some(_)) => self.line(format_args!(
                "part {}, of an answer to a message that is no longer on record",
                part.id
            )),
            (None, None) => self.line(format_args!("part {}, which answers no message", part.id)),
        }
        if self.life.event.is_none() {
            self.place(&part.channel, &part.conversation);
        }
        self.field("shows", &content::part(&part.content));
        if let Some(receipt) = &part.receipt {
            self.field("platform's id", &quoted(receipt));
        }
        if self.life.event.is_none() {
            self.field("accepted", &full(part.created_at));
        }

        let mut moments = Vec::new();
        if part.attempts > 0 {
            if let Some(at) = part.first_tried_at {
                let waited = span(at - part.created_at);
                moments.push((at, format!("tried, after a wait of {waited}")));
            }
            if let Some(at) = part
                .tried_at
                .filter(|_| part.tried_at != part.first_tried_at)
            {
                moments.push((
                    at,
                    format!("tried again, the last of {} tries", part.attempts),
                ));
            }
        }
        if let (PartState::Sent, Some(at)) = (part.state, part.closed_at) {
            moments.push((at, "the platform took it".to_owned()));
        }
        self.moments(part.id, moments);
        let standing = self.part_standing(part);
        self.field("now", &standing);
        match part.state {
            PartState::Failed => self.hint(part.id, "sends it again"),
            PartState::Unknown => self.hint(part.id, "sends it again, and it may arrive twice"),
            _ => {}
        }
    }

    fn part_standing(&self, part: &PartRecord) -> String {
        match part.state {
            PartState::Sent => match part.status {
                None | Some("sent") => "sent".to_owned(),
                Some(status) => format!("sent; the platform says: {status}"),
            },
            PartState::Failed if part.receipt.is_some() => {
                "a dead letter: the platform took it and could not deliver it".to_owned()
            }
            PartState::Failed => {
                format!("a dead letter: it was tried {} and did not go out", times(part.attempts))
            }
            PartState::Unknown => {
                "a dead letter: it may have gone out or not, nobody knows; look at the platform".to_owned()
            }
            PartState::Dropped => "dropped: somebody gave it up".to_owned(),
            PartState::Sending => {
                "on its way; if the server was killed, its next start decides by the channel's `on_unknown`".to_owned()
            }
            PartState::Queued if part.ahead > 0 => {
                format!(
                    "waits behind {} of its conversation{}",
                    counted(part.ahead, "part"),
                    self.first_due(part.due_at)
                )
            }
            PartState::Queued => match part.due_at {
                None => "it has its turn: it is about to be sent".to_owned(),
                Some(at) if at <= self.now => {
                    "its turn has come: a running server sends it as soon as its channel lets it".to_owned()
                }
                Some(at) if part.attempts == 0 => format!("is sent {}", self.ahead(at)),
                Some(at) => {
                    format!("was tried {}; is tried again {}", times(part.attempts), self.ahead(at))
                }
            },
        }
    }

    /// What happened, in order: `moments`, and the notes on `id`.
    fn moments(&mut self, id: Uuid, mut moments: Vec<(Millis, String)>) {
        let notes = self.life.notes.iter().filter(|note| note.id == id);
        moments.extend(notes.map(|note| (note.at, reason(&note.text))));
        moments.sort_by_key(|(at, _)| *at);
        for (at, text) in moments {
            let at = time::since(at, self.begin);
            self.line(format_args!("  {at:<24} {text}"));
        }
    }

    /// `at 22:13:24.000 (+4.0 s), in 2.0 s`
    fn ahead(&self, at: Millis) -> String {
        let left = span(at - self.now);
        format!("at {}, in {left}", time::since(at, self.begin))
    }

    fn first_due(&self, due_at: Option<Millis>) -> String {
        due_at
            .filter(|at| *at > self.now)
            .map(|at| format!(", the first of which is due {}", self.ahead(at)))
            .unwrap_or_default()
    }

    fn place(&mut self, channel: &str, conversation: &str) {
        self.field("channel", channel);
        self.field("conversation", &quoted(conversation));
    }

    fn hint(&mut self, id: Uuid, effect: &str) {
        self.field("hint", &format!("`switchboard dead replay {id}` {effect}"));
        self.field("", &format!("`switchboard dead drop {id}` gives it up"));
    }

    fn field(&mut self, name: &str, value: &str) {
        self.line(format_args!("  {name:<14} {value}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn unanswered(attempts: u32) -> String {
    match attempts {
        0 => "the bot was not asked".to_owned(),
        _ => format!(
            "the bot was asked {} and gave no answer to use",
            times(attempts)
        ),
    }
}

fn times(count: u32) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}
