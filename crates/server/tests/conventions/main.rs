//! The conventions of this code base, checked. A failure says which file, and why the rule exists.
#![allow(
    clippy::unwrap_used,
    reason = "a test that finds something else than it expects must stop and say so"
)]

mod banned;
mod dependencies;
mod documents;
mod layers;
mod sizes;
mod tree;
