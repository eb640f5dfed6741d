//! The shared store on a real PostgreSQL: the conformance suite, and what only a database with
//! several writers can get wrong.
//!
//! `scripts/test` starts the server and says in `TEST_POSTGRES` where it is. By hand:
//! `export TEST_POSTGRES=$(scripts/postgres start /tmp/postgres fsync=off)`.

#![expect(clippy::unwrap_used, reason = "a test that fails must panic")]

mod conformance;
mod constraints;
mod schema;
mod tls;
mod upgrade;
mod upkeep;
