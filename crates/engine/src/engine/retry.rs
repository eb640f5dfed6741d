//! How long a batch that met a conflict waits before it is tried again.

use std::time::Duration;

/// The wait before the first retry; it doubles with each, and is shortened by chance by up to half.
const FIRST_RETRY_AFTER: Duration = Duration::from_millis(2);

/// Exponential backoff with jitter: engines that met each other must not meet again.
pub(super) fn retry_after(attempt: u32) -> Duration {
    let longest = FIRST_RETRY_AFTER * 2_u32.saturating_pow(attempt.saturating_sub(1));
    let mut chance = [0];
    let chance = getrandom::fill(&mut chance).map_or(0.0, |()| f64::from(chance[0]) / 255.0);
    longest.mul_f64(1.0 - chance / 2.0)
}
