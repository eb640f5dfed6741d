//! See `doorbuster::fuzz::bodies`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| doorbuster::fuzz::bodies(data));
