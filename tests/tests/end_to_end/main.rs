//! The real server on loopback, one file a topic.

mod access;
mod admin;
mod bad_input;
mod bots;
mod callback;
mod client;
mod crash;
mod crowd;
mod disk;
mod dropped_in;
mod durable;
mod kept;
mod listener;
mod metrics;
mod outbox;
mod recorded;
mod responses;
mod rest;
mod sandbox;
mod start;
mod statuses;
mod stop;
