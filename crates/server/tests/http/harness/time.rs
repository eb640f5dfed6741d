//! Time in tests: the only place that waits, and it waits for a condition.

use std::time::{Duration, Instant};

/// How long between two looks at a condition.
const POLL: Duration = Duration::from_millis(2);

/// Measures how long something took.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "a duration is measured")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Looks again and again until `look` finds something, and panics when it has not within `limit`.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a pause between two looks at a condition")]
pub(crate) fn eventually<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let waiting = Stopwatch::start();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(waiting.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(POLL);
    }
}

/// The wall clock, in milliseconds since 1970: the server under test reads the same one.
#[expect(clippy::disallowed_methods, reason = "signatures and deadlines are checked against it")]
pub(crate) fn now_millis() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
