//! Where rows are durable: in one file, or in a database that many nodes share.

pub mod postgres;
pub mod sqlite;

mod copy;
mod journal;
mod names;

pub use copy::Copied;
