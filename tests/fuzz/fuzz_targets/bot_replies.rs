//! What bots answer.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| switchboard::fuzzing::bot_replies(input));
