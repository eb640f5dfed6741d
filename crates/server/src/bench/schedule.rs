//! When visitors come. The schedule is fixed before the run and does not heed the answers, so a
//! server that stalls is charged with everyone who came meanwhile.

use std::time::Duration;

/// When each visitor of an open loop comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Schedule {
    /// So many a second, after a linear rise from none.
    Rate {
        /// Visitors a second.
        per_second: f64,
        /// How long the rise takes.
        ramp_us: f64,
        /// How many come altogether.
        count: u64,
    },
    /// All at the bell, or evenly within `spread_us` of it.
    Crowd {
        /// How many come altogether.
        count: u64,
        /// How long they take to come.
        spread_us: u64,
    },
}

const SECOND_US: f64 = 1e6;

impl Schedule {
    /// Visitors at `per_second` until `duration`, rising to it within `ramp`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of visitors: never negative, far below 2^53"
    )]
    pub(super) fn rate(per_second: f64, ramp: Duration, duration: Duration) -> Self {
        let ramp = ramp.min(duration).as_secs_f64();
        let full = duration.as_secs_f64() - ramp;
        let count = (per_second * (ramp / 2.0 + full)).round().max(1.0) as u64;
        Self::Rate { per_second, ramp_us: ramp * SECOND_US, count }
    }

    /// How many visitors come.
    pub(super) const fn count(self) -> u64 {
        match self {
            Self::Rate { count, .. } | Self::Crowd { count, .. } => count,
        }
    }

    /// When visitor number `index`, from 0, comes: microseconds after the bell.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "indices and microseconds stay far below 2^53, and are never negative"
    )]
    pub(super) fn at_us(self, index: u64) -> u64 {
        match self {
            Self::Rate { per_second, ramp_us, .. } => {
                let per_us = per_second / SECOND_US;
                let index = index as f64;
                let in_ramp = per_us * ramp_us / 2.0;
                if index < in_ramp {
                    // Within the rise, per_us · t² / (2 · ramp) have come by t.
                    (2.0 * ramp_us * index / per_us).sqrt() as u64
                } else {
                    (ramp_us + (index - in_ramp) / per_us) as u64
                }
            }
            Self::Crowd { count, spread_us } => {
                u64::try_from(u128::from(index) * u128::from(spread_us) / u128::from(count.max(1)))
                    .unwrap_or(u64::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_come_evenly_after_the_rise() {
        let even = Schedule::rate(1000.0, Duration::ZERO, Duration::from_secs(2));
        assert_eq!(even.count(), 2000);
        assert_eq!([0, 1, 1999].map(|index| even.at_us(index)), [0, 1000, 1_999_000]);

        let rising = Schedule::rate(1000.0, Duration::from_secs(2), Duration::from_secs(4));
        assert_eq!(rising.count(), 3000, "half as many within the rise");
        for (index, at_us) in [(0, 0), (250, 1_000_000), (1000, 2_000_000), (3000, 4_000_000)] {
            assert_eq!(rising.at_us(index), at_us, "{index}");
        }
        let times: Vec<u64> = (0..3000).map(|index| rising.at_us(index)).collect();
        assert!(times.is_sorted());
    }

    #[test]
    fn a_crowd_comes_at_the_bell_or_within_its_time() {
        let bell = Schedule::Crowd { count: 10, spread_us: 0 };
        assert_eq!((0..10).map(|index| bell.at_us(index)).max(), Some(0));
        let spread = Schedule::Crowd { count: 10, spread_us: 1000 };
        assert_eq!([0, 5, 9].map(|index| spread.at_us(index)), [0, 500, 900]);
    }
}
