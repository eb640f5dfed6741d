//! See `doorbuster::fuzz::signatures`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| doorbuster::fuzz::signatures(data));
