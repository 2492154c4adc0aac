//! The operator's files and the environment.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| switchboard::fuzzing::config(input));
