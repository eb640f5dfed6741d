//! Several servers over one PostgreSQL, from outside: the real binary, real HTTP, real faults.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that finds something else than it expects must stop and say so"
)]

#[path = "../http/harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "it is written for more tests than these")]
mod harness;

mod crowd;
mod database;
mod nodes;
mod once;
mod proxy;
mod socket;
mod wire;

mod clocks;
mod copy;
mod crashes;
mod cuts;
mod deadlocks;
mod events;
mod exchanges;
mod expiries;
mod import;
mod keys;
mod outages;
mod races;
mod reading;
mod rush;
mod sockets;
mod standby;
mod starting;
mod stopping;
mod upgrades;
