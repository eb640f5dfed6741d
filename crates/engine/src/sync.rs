//! What threads share things by. `tests/concurrency` puts in its place what shows it every order in
//! which threads can come to them.

pub(crate) use std::sync::atomic::AtomicI64;
pub(crate) use std::sync::{Arc, PoisonError, RwLock};

pub(crate) use arc_swap::ArcSwap;
