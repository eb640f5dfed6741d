//! See `doorbuster::fuzz::config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| doorbuster::fuzz::config(data));
