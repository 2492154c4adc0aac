//! The real server on loopback, one file a topic.

mod bad_input;
mod bots;
mod callback;
mod client;
mod dropped_in;
mod durable;
mod kept;
mod outbox;
mod recorded;
mod rest;
mod sandbox;
mod start;
mod statuses;
mod stop;
