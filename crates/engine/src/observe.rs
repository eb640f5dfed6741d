//! Watching the engine: what logs and metrics are made of.

use std::sync::Arc;
use std::time::Duration;

use doorbuster_domain::{Command, JournalEntry, Outcome};

/// Whose request a command belongs to, for the log. Opaque to the engine.
#[derive(Clone, Debug, Default)]
pub struct Trace(Option<Arc<str>>);

impl Trace {
    /// The request with this id.
    #[must_use]
    pub const fn request(id: Arc<str>) -> Self {
        Self(Some(id))
    }

    /// Nobody's request: the engine's own work, or a caller who keeps no ids.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// The request's id.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// One committed batch.
#[derive(Debug)]
pub struct BatchReport<'a> {
    /// How many commands it had.
    pub commands: usize,
    /// How long its commit took.
    pub commit_time: Duration,
    /// Every stock change in it, expiries included.
    pub journal: &'a [JournalEntry],
}

/// Watches the engine. It is called on the engine's own thread, after the commit and before the
/// answers, so whatever it does must be short and must not block.
pub trait Observer: Send + 'static {
    /// A batch was committed.
    fn committed(&mut self, _batch: &BatchReport<'_>) {}

    /// A command of that batch is about to be answered with `outcome`.
    fn answered(&mut self, _trace: &Trace, _command: &Command, _outcome: &Outcome) {}

    /// A batch was not committed and is tried again, for the `attempt`th time.
    fn retried(&mut self, _attempt: u32, _error: &(dyn std::error::Error + 'static)) {}

    /// A batch failed for good; its commands are answered as unavailable or unknown.
    fn failed(&mut self, _commands: usize, _error: &(dyn std::error::Error + 'static)) {}

    /// Old idempotency keys and payment events were removed.
    fn cleaned(&mut self, _requests: usize, _events: usize) {}
}

/// Watches nothing.
#[derive(Debug, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}
