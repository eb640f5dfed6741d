//! What a run came to: everything that the text, the JSON and the page show.

use hdrhistogram::Histogram;

use super::judge::Judgement;
use super::measure::Tally;
use super::options::{Pace, Settings};
use super::scenario::Scenario;
use super::timeline::Timeline;
use super::told::UNREADABLE;

/// A finished and judged run.
pub(super) struct Outcome {
    pub(super) settings: Settings,
    /// Which server: its address, or that it was the bench's own.
    pub(super) server: String,
    /// When it was, in UTC.
    pub(super) at: String,
    /// From the bell to the last answer.
    pub(super) took_us: u64,
    pub(super) tally: Tally,
    pub(super) timeline: Timeline,
    /// Visitors who came and were never served.
    pub(super) left_out: u64,
    /// Whether the operator ended it early.
    pub(super) interrupted: bool,
    /// Whether the database of `--self` was only in memory.
    pub(super) in_memory: bool,
    pub(super) judgement: Judgement,
}

/// The percentiles that are named in results.
pub(super) const PERCENTILES: [f64; 5] = [50.0, 90.0, 99.0, 99.9, 99.99];

/// How late the generator may be at its 99th percentile: where that is a part of the latencies that
/// can be seen, nobody would see more; past the greatest, visitors no longer come as they were to.
const LATE_ONE_IN: u64 = 4;
const LEAST_LATE_US: u64 = 100;
const MOST_LATE_US: u64 = 5_000;

/// What the generator's lag is called beside the latencies.
pub(super) const LAG: &str = "own lag";

/// And when more than one visitor in so many had to wait for a connection, they were too few.
const WAITED_ONE_IN: u64 = 10;

/// When more than one request in so many has no answer that can be held against the server, the
/// judgement says little.
const UNKNOWN_ONE_IN: u64 = 100;

/// The kind of an answer that says that there are not so many units left.
const SOLD_OUT: &str = "insufficient_stock";

impl Outcome {
    /// Answers a second over the whole run.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub(super) fn per_second(&self) -> f64 {
        self.tally.requests() as f64 * 1e6 / self.took_us.max(1) as f64
    }

    /// Whether there was an answer of the kind that the run is about.
    fn was_anything_acknowledged(&self) -> bool {
        self.tally.answers.iter().any(|answer| match (answer.status, self.settings.scenario) {
            (200..=299, _) => answer.kind != UNREADABLE,
            // That there is nothing left is what a buyer is to be told here.
            (_, Scenario::Soldout) => answer.kind == SOLD_OUT,
            (
                _,
                Scenario::Sellout
                | Scenario::Holds
                | Scenario::Checkout
                | Scenario::Browse
                | Scenario::Mixed,
            ) => false,
        })
    }

    /// What a reader must know before believing the numbers.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.interrupted {
            warnings.push("The run was ended early.".to_owned());
        }
        let asked = self.tally.requests();
        if asked > 0 && !self.was_anything_acknowledged() {
            warnings.push(
                "The server acknowledged nothing at all, so there was nothing to judge: look at \
                 the kinds of its answers."
                    .to_owned(),
            );
        }
        let unknown = self.judgement.unknown;
        if unknown > asked / UNKNOWN_ONE_IN {
            warnings.push(format!(
                "Of {} requests, {} got no answer that says what was done. Either is right for \
                 these, so the judgement is that much weaker.",
                super::figures::grouped(asked),
                super::figures::grouped(unknown),
            ));
        }
        let lag_us = quantile(&self.tally.lag, 99.0);
        let seen_us = quantile(&self.tally.latency(), 99.0) / LATE_ONE_IN;
        if lag_us > seen_us.clamp(LEAST_LATE_US, MOST_LATE_US) {
            warnings.push(format!(
                "The generator fell behind its own schedule (by {} at p99): it had too little of \
                 the processor, so the latencies are partly its own. Ask for less, \
                 give it more --threads, or run it on another machine.",
                super::figures::latency(lag_us),
            ));
        }
        let open = matches!(self.settings.pace, Pace::Open(_));
        let crowd =
            matches!(self.settings.pace, Pace::Open(super::schedule::Schedule::Crowd { .. }));
        let Tally { waited, visitors, .. } = self.tally;
        if open && !crowd && waited > visitors / WAITED_ONE_IN {
            warnings.push(format!(
                "{} of {} visitors waited for one of {} connections: the server is slower than \
                 the schedule, or --connections too few. Their wait is in the latencies.",
                super::figures::grouped(waited),
                super::figures::grouped(visitors),
                self.settings.connections,
            ));
        }
        if self.left_out > 0 && !self.interrupted {
            warnings.push(format!(
                "{} visitors came and were never served, because time was over. They are missing \
                 in the latencies, which are better than the truth.",
                super::figures::grouped(self.left_out),
            ));
        }
        if self.in_memory {
            warnings.push(
                "The server's database was in memory (tmpfs), where a commit costs nothing. Put \
                 it on a drive with --directory."
                    .to_owned(),
            );
        }
        warnings
    }
}

/// The latency that this percentage of `histogram` does not exceed; 0 where it is empty.
pub(super) fn quantile(histogram: &Histogram<u64>, percentile: f64) -> u64 {
    if histogram.is_empty() { 0 } else { histogram.value_at_percentile(percentile) }
}
