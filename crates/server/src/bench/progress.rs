//! Progress: one line that changes on a terminal, plain lines elsewhere. On standard error, because
//! the result goes to standard output.

use std::io::{IsTerminal as _, Write as _, stderr};

use super::figures::{grouped, latency, rate, seconds};
use super::measure::Tally;
use super::timeline::Stock;

/// How often a line is printed where it stays.
const PLAIN_EVERY_US: u64 = 1_000_000;

/// How often the line of a terminal changes.
const TERMINAL_EVERY_US: u64 = 200_000;

/// Answer kinds in one line.
const MOST_KINDS: usize = 4;

/// Says how a run goes.
pub(super) struct Progress {
    terminal: bool,
    /// What was measured since the last line, and when that was.
    since: Tally,
    since_us: u64,
    line_open: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        let terminal = stderr().is_terminal();
        Self { terminal, since: Tally::default(), since_us: 0, line_open: false }
    }

    /// Takes note of what was measured, and says so when it is time.
    pub(super) fn measured(
        &mut self,
        now_us: u64,
        tally: &Tally,
        all: &Tally,
        stock: Option<Stock>,
    ) {
        self.since.absorb(tally);
        let every_us = if self.terminal { TERMINAL_EVERY_US } else { PLAIN_EVERY_US };
        if now_us.saturating_sub(self.since_us) >= every_us {
            let line = line(now_us, self.since_us, &self.since, all, stock);
            self.say(&line);
            self.since.clear();
            self.since_us = now_us;
        }
    }

    /// Says what is being done now.
    pub(super) fn say(&mut self, line: &str) {
        let mut out = stderr().lock();
        // Nobody may be looking.
        let _ = if self.terminal {
            write!(out, "\r\x1b[2K{line}").and_then(|()| out.flush())
        } else {
            writeln!(out, "{line}")
        };
        self.line_open = self.terminal;
    }

    /// Leaves the line, so that what follows begins on one of its own.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.line_open) {
            let _ = write!(stderr().lock(), "\r\x1b[2K"); // nobody may be looking
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn line(now_us: u64, since_us: u64, since: &Tally, all: &Tally, stock: Option<Stock>) -> String {
    let per_second = since.requests() as f64 * 1e6 / (now_us - since_us).max(1) as f64;
    let latencies = since.latency();
    let mut line = format!("{:>7}  {:>9}/s", seconds(now_us), rate(per_second));
    if !latencies.is_empty() {
        let [p50, p99] = [0.5, 0.99].map(|share| latency(latencies.value_at_quantile(share)));
        line += &format!("  p50 {p50}  p99 {p99}");
    }
    let mut answers: Vec<_> = all.answers.iter().collect();
    answers.sort_by_key(|answer| std::cmp::Reverse(answer.count));
    for answer in answers.iter().take(MOST_KINDS) {
        line += &format!("  {} {}", answer.kind, grouped(answer.count));
    }
    if let Some(Stock { available, held, sold }) = stock {
        let [available, held, sold] = [available, held, sold].map(grouped);
        line += &format!("  stock {available}, held {held}, sold {sold}");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::measure::{Recorder, Step};

    #[test]
    fn a_line_has_rate_latencies_answers_and_stock() {
        let recorder = Recorder::default();
        for latency_us in [1_000, 2_000] {
            recorder.answered(Step::Hold, (201, "placed"), 0, latency_us);
        }
        let mut tally = Tally::default();
        recorder.take(&mut tally);
        let stock = Some(Stock { available: 98, held: 2, sold: 0 });
        let line = line(2_000_000, 1_000_000, &tally, &tally, stock);
        for part in ["2.0 s", "2/s", "p50 1.00 ms", "p99 2.00 ms", "placed 2", "stock 98, held 2"] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }
}
