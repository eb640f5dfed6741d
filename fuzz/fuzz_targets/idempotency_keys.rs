//! See `doorbuster::fuzz::idempotency_keys`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| doorbuster::fuzz::idempotency_keys(data));
