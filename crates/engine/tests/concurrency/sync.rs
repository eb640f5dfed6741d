//! What threads share things by, as shuttle can follow it: it may let another thread go on before
//! each of these calls.

pub(crate) use std::sync::PoisonError;

pub(crate) use shuttle::sync::atomic::AtomicI64;
pub(crate) use shuttle::sync::{Arc, RwLock};

use shuttle::sync::Mutex;

/// An `arc_swap::ArcSwap` of which each call is one step.
#[derive(Debug)]
pub(crate) struct ArcSwap<T>(Mutex<Arc<T>>);

impl<T> ArcSwap<T> {
    pub(crate) fn new(value: Arc<T>) -> Self {
        Self(Mutex::new(value))
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn store(&self, value: Arc<T>) {
        *self.0.lock().unwrap() = value;
    }

    /// Read, copy, update: again where somebody else was faster.
    pub(crate) fn rcu<R: Into<Arc<T>>>(&self, mut update: impl FnMut(&Arc<T>) -> R) {
        loop {
            let seen = self.load_full();
            let updated = update(&seen).into();
            let mut value = self.0.lock().unwrap();
            if Arc::ptr_eq(&value, &seen) {
                *value = updated;
                return;
            }
        }
    }
}
