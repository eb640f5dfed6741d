//! The server from outside: the real binary on a real file, over real HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that finds something else than it expects must stop and say so"
)]

mod harness;

mod audits;
mod authorization;
mod bad_input;
mod bench;
mod browsers;
mod clocks;
mod command_line;
mod connections;
mod contract;
mod crashes;
mod database;
mod dawdlers;
mod demo;
mod disclosure;
mod disk;
mod events;
mod expiry;
mod files;
mod holds;
mod idempotency;
mod import;
mod keys;
mod lifecycle;
mod lists;
mod openapi;
mod operations;
mod orders;
mod overload;
mod pages;
mod payments;
mod products;
mod races;
mod rate_limits;
mod requests;
mod signatures;
mod signers;
mod source_systems;
mod story;
mod stripe;
mod tls;
