//! Where rows are durable.

pub mod sqlite;
