//! Doorbuster: a flash-sale checkout server. It never oversells, never loses an answer it gave, and
//! stays fast when everybody wants the same product.
//!
//! | module | what |
//! |---|---|
//! | [`cli`], [`config`] | what the operator says |
//! | `serve`, `demo`, `audit`, `copy`, `import`, `keys`, `bench` | the commands |
//! | [`http`] | requests become commands and readings, outcomes become JSON |
//! | [`signature`], [`admin_key`] | who is believed |
//! | [`telemetry`] | logs and metrics |
//!
//! The rules are in `doorbuster-domain`, batching and expiry in `doorbuster-engine`, rows in
//! `doorbuster-stores`.

pub mod admin_key;
mod audit;
mod bench;
pub mod cli;
pub mod config;
mod copy;
mod demo;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod help;
pub mod http;
mod import;
mod keys;
mod serve;
pub mod signature;
pub mod telemetry;
