//! Where rows are durable: in one file, or in a database that many nodes share.

pub mod postgres;
pub mod sqlite;

mod admin_key;
mod copy;
mod journal;
mod names;

pub use admin_key::{KeyScope, StoredKey};
pub use copy::Copied;
