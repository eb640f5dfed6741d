//! What fuzzing calls of this module: one function for each target of `fuzz/`, which panics where
//! a property does not hold.

mod bodies;
mod cursors;
mod general_json;
mod idempotency_keys;
mod requests;
mod signatures;

pub use bodies::bodies;
pub use cursors::cursors;
pub use idempotency_keys::idempotency_keys;
pub use requests::requests;
pub use signatures::signatures;
