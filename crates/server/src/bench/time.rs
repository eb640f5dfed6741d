//! Time in a run: microseconds since the bell that starts it.

use std::time::{Duration, Instant};

use doorbuster_engine::Clock;

/// The instant that a run starts at. Everything in a run is counted from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bell(Instant);

impl Bell {
    /// A bell that rings in `wait`.
    #[expect(clippy::disallowed_methods, reason = "durations are measured from it")]
    pub(super) fn rings_in(wait: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(wait).unwrap_or(now))
    }

    /// Microseconds since it rang; 0 before.
    pub(super) fn elapsed_us(self) -> u64 {
        micros(self.0.elapsed())
    }

    /// How long until `at_us` after the bell; zero when that is past.
    pub(super) fn until(self, at_us: u64) -> Duration {
        let at = self.0.checked_add(Duration::from_micros(at_us)).unwrap_or(self.0);
        at.saturating_duration_since(Self::rings_in(Duration::ZERO).0)
    }
}

/// A length of time in microseconds.
pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Whole seconds since 1970, as a webhook carries them.
pub(super) fn unix_seconds(clock: &Clock) -> i64 {
    clock.now().as_millis().div_euclid(1000)
}
