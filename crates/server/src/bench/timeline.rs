//! How a run went over time: points, each a stretch with its throughput, latencies and stock.

use std::time::Duration;

use super::measure::Tally;

/// A stretch of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    /// Microseconds after the bell.
    pub(super) from_us: u64,
    pub(super) to_us: u64,
    /// Answers that came in it.
    pub(super) requests: u64,
    /// Their latencies in microseconds; 0 where there were none.
    pub(super) p50_us: u64,
    pub(super) p99_us: u64,
    pub(super) max_us: u64,
    /// The stock at its end, where it was looked at.
    pub(super) stock: Option<Stock>,
}

/// The units of all products together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stock {
    pub(super) available: u64,
    pub(super) held: u64,
    pub(super) sold: u64,
}

/// How many points a run of known length gets.
const POINTS: u32 = 120;

/// The shortest stretch and the longest.
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(10);

/// A run whose length nobody knows, such as a sellout, begins finely: until each of these times the
/// stretches are so long.
const FINE: [(Duration, Duration); 3] = [
    (Duration::from_secs(2), SHORTEST),
    (Duration::from_secs(20), Duration::from_millis(100)),
    (Duration::from_secs(200), Duration::from_secs(1)),
];

/// The points of a run so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    pub(super) points: Vec<Point>,
    /// The stock before the bell.
    pub(super) stock_before: Option<Stock>,
    /// How long the run will take, where that is known.
    planned: Option<Duration>,
}

impl Timeline {
    /// Of a run that will take so long, where that is known.
    pub(super) const fn new(planned: Option<Duration>, stock_before: Option<Stock>) -> Self {
        Self { points: Vec::new(), stock_before, planned }
    }

    /// How long the next stretch is to be.
    pub(super) fn stretch(&self) -> Duration {
        if let Some(planned) = self.planned {
            return (planned / POINTS).clamp(SHORTEST, LONGEST);
        }
        let now = Duration::from_micros(self.points.last().map_or(0, |last| last.to_us));
        let fine = FINE.iter().find(|(until, _)| now < *until);
        fine.map_or(LONGEST, |(_, stretch)| *stretch)
    }

    /// Adds what was measured since the last point.
    pub(super) fn add(&mut self, to_us: u64, tally: &Tally, stock: Option<Stock>) {
        let from_us = self.points.last().map_or(0, |last| last.to_us);
        let latency = tally.latency();
        let quantile =
            |share| if latency.is_empty() { 0 } else { latency.value_at_quantile(share) };
        self.points.push(Point {
            from_us,
            to_us: to_us.max(from_us + 1),
            requests: tally.requests(),
            p50_us: quantile(0.5),
            p99_us: quantile(0.99),
            max_us: latency.max(),
            stock,
        });
    }
}

impl Point {
    /// Answers a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub(super) fn per_second(&self) -> f64 {
        self.requests as f64 * 1e6 / (self.to_us - self.from_us).max(1) as f64
    }
}
