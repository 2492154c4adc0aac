//! The real server on loopback, one file a topic.

mod access;
mod admin;
mod bad_input;
mod bots;
mod callback;
mod client;
mod crash;
mod disk;
mod dropped_in;
mod durable;
mod egress;
mod hostile_answers;
mod hostile_code;
mod hostile_start;
mod hostile_stop;
mod kept;
mod metrics;
mod outbox;
mod recorded;
mod responses;
mod rest;
mod sandbox;
mod sealed;
mod start;
mod statuses;
mod stop;
