//! Parts, as channels show them.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| switchboard::fuzzing::lowering(input));
