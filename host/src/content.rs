//! What bots say, as parts, and parts as what a channel can show.
//!
//! Bots speak Rasa's shape of a reply. [`responses`] puts in what a reply only names, and [`reply`] takes it apart in
//! Rasa's fixed order. Platforms differ in what they render; [`lowering`] turns a part into those that a channel does, in
//! one tested place, so that a connector can be short and still behave. None of them knows where a part comes from or
//! goes to. [`answer`] does all three, within bounds.

pub mod answer;
pub mod lowering;
pub mod reply;
pub mod responses;
