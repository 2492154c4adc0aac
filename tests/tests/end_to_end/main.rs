//! The real server on loopback, one file a topic.

mod bad_input;
mod callback;
mod client;
mod dropped_in;
mod recorded;
mod rest;
mod sandbox;
mod start;
mod stop;
