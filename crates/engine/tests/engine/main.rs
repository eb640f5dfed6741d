//! The engine, and the stores that it is tested with.

#![expect(clippy::unwrap_used, reason = "a test that fails must panic, and says where")]

mod batching;
mod cleaning;
mod clock;
mod expiry;
mod faults;
mod fetching;
mod lanes;
mod library;
mod memory_store;
mod running;
mod scripted;
mod shop;
mod shutdown;
mod snapshot;
