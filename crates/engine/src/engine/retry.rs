//! How long a batch that met a conflict waits before it is tried again.

use std::time::Duration;

use super::Engine;

/// The wait before the first retry; it doubles with each, and is shortened by chance by up to half.
const FIRST_RETRY_AFTER: Duration = Duration::from_millis(2);

/// Where the chance in these waits comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Chance {
    /// The operating system.
    System,
    /// A seed, by which a run can be repeated.
    Seeded(u64),
}

impl<S, O> Engine<S, O> {
    /// The same engine with waits between retries that only `seed` decides, so that a simulation
    /// can repeat what it did.
    #[must_use]
    pub fn with_chance(mut self, seed: u64) -> Self {
        self.chance = Chance::Seeded(seed);
        self
    }
}

/// Exponential backoff with jitter: engines that met each other must not meet again.
pub(super) fn retry_after(attempt: u32, chance: Chance) -> Duration {
    let longest = FIRST_RETRY_AFTER * 2_u32.saturating_pow(attempt.saturating_sub(1));
    let shortened = match chance {
        Chance::System => {
            let mut byte = [0];
            getrandom::fill(&mut byte).map_or(0, |()| byte[0])
        }
        Chance::Seeded(seed) => seed.rotate_left(8 * attempt).to_le_bytes()[0],
    };
    longest.mul_f64(1.0 - f64::from(shortened) / 255.0 / 2.0)
}
