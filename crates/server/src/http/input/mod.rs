//! Requests as clients write them, read so that every mistake is told at once and by name.

pub(super) mod cursor;
pub(super) mod fields;
pub(super) mod idempotency;
pub(super) mod json;
pub(super) mod list;
pub(super) mod value;

pub(super) use fields::Fields;
