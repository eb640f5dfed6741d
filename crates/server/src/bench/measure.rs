//! What is measured: latencies in histograms, answers by kind, and how far the generator itself
//! fell behind its schedule.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use hdrhistogram::Histogram;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Look,
    Hold,
    Order,
    Cancel,
    Webhook,
}

impl Step {
    pub(super) const ALL: [Self; 5] =
        [Self::Look, Self::Hold, Self::Order, Self::Cancel, Self::Webhook];

    /// Its name in results.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Hold => "hold",
            Self::Order => "order",
            Self::Cancel => "cancel",
            Self::Webhook => "webhook",
        }
    }
}

/// Answers of one kind to one kind of request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AnswerCount {
    pub(super) step: Step,
    /// The status; 0: there was no answer.
    pub(super) status: u16,
    /// What became of it, in a word.
    pub(super) kind: Cow<'static, str>,
    pub(super) count: u64,
}

/// The longest latency that is told apart: one minute, in microseconds.
const LONGEST_US: u64 = 60_000_000;

/// Significant digits of a latency.
const DIGITS: u8 = 3;

/// Everything measured in some stretch of time.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Latencies in microseconds, by step.
    pub(super) steps: [Histogram<u64>; Step::ALL.len()],
    pub(super) answers: Vec<AnswerCount>,
    /// How late the generator itself was for those it sent on their way, in microseconds.
    pub(super) lag: Histogram<u64>,
    /// Visitors who had to wait for a free connection.
    pub(super) waited: u64,
    pub(super) visitors: u64,
    /// When the last answer came, in microseconds since it is measured.
    pub(super) last_us: u64,
}

#[expect(clippy::expect_used, reason = "the bounds are constants, and valid ones")]
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_US, DIGITS).expect("1 to a minute with three digits")
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            steps: std::array::from_fn(|_| histogram()),
            answers: Vec::new(),
            lag: histogram(),
            waited: 0,
            visitors: 0,
            last_us: 0,
        }
    }
}

impl Tally {
    fn answered(&mut self, step: Step, status: u16, kind: &str, count: u64) {
        let known = self
            .answers
            .iter_mut()
            .find(|known| known.step == step && known.status == status && known.kind == kind);
        match known {
            Some(known) => known.count += count,
            None => {
                let kind = Cow::Owned(kind.to_owned());
                self.answers.push(AnswerCount { step, status, kind, count });
            }
        }
    }

    /// Adds what another stretch measured.
    pub(super) fn absorb(&mut self, other: &Self) {
        for (mine, others) in self.steps.iter_mut().zip(&other.steps) {
            add(mine, others);
        }
        add(&mut self.lag, &other.lag);
        for AnswerCount { step, status, kind, count } in &other.answers {
            self.answered(*step, *status, kind, *count);
        }
        self.waited += other.waited;
        self.visitors += other.visitors;
        self.last_us = self.last_us.max(other.last_us);
    }

    /// All latencies together.
    pub(super) fn latency(&self) -> Histogram<u64> {
        let mut all = histogram();
        self.steps.iter().for_each(|step| add(&mut all, step));
        all
    }

    /// Forgets everything, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.steps.iter_mut().filter(|step| !step.is_empty()).for_each(Histogram::reset);
        self.lag.reset();
        self.answers.clear();
        (self.waited, self.visitors, self.last_us) = (0, 0, 0);
    }

    /// How many answers came.
    pub(super) fn requests(&self) -> u64 {
        self.steps.iter().map(Histogram::len).sum()
    }
}

fn add(to: &mut Histogram<u64>, from: &Histogram<u64>) {
    if !from.is_empty() {
        // All histograms have the same bounds, so this cannot fail.
        let _ = to.add(from);
    }
}

/// Where one thread measures. The collector takes what has gathered, a few times a second, so the
/// lock is never waited for.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    tally: Arc<Mutex<Tally>>,
    /// What was due before this, in microseconds after the bell, is not measured.
    from_us: u64,
}

impl Recorder {
    /// Measures what is due from then on.
    pub(super) fn from(from_us: u64) -> Self {
        Self { tally: Arc::default(), from_us }
    }

    fn with(&self, since_us: u64, note: impl FnOnce(&mut Tally)) {
        if since_us >= self.from_us {
            note(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// An answer at `now_us` to a request that could have started at `since_us`; status 0: there
    /// was none.
    pub(super) fn answered(
        &self,
        step: Step,
        (status, kind): (u16, &str),
        since_us: u64,
        now_us: u64,
    ) {
        self.with(since_us, |tally| {
            tally.last_us = tally.last_us.max(now_us.saturating_sub(self.from_us));
            tally.steps[step as usize].saturating_record(now_us.saturating_sub(since_us));
            tally.answered(step, status, kind, 1);
        });
    }

    /// A visitor who was due at `since_us` was sent on their way this much later.
    pub(super) fn lagged(&self, since_us: u64, lag_us: u64) {
        self.with(since_us, |tally| tally.lag.saturating_record(lag_us));
    }

    /// A visitor who was due at `since_us` began.
    pub(super) fn began(&self, since_us: u64, waited: bool) {
        self.with(since_us, |tally| {
            tally.visitors += 1;
            tally.waited += u64::from(waited);
        });
    }

    /// What has gathered, in exchange for an empty one.
    pub(super) fn take(&self, spare: &mut Tally) {
        spare.clear();
        self.with(self.from_us, |tally| std::mem::swap(tally, spare));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_threads_measure_adds_up() {
        let (one, other) = (Recorder::default(), Recorder::default());
        one.answered(Step::Hold, (201, "placed"), 1000, 1100);
        one.answered(Step::Hold, (201, "placed"), 1000, 1300);
        other.answered(Step::Hold, (201, "placed"), 1000, 1200);
        other.answered(Step::Order, (409, "hold_expired"), 1000, 1050);
        other.began(0, true);
        let (mut all, mut spare) = (Tally::default(), Tally::default());
        for recorder in [&one, &other, &one] {
            recorder.take(&mut spare);
            all.absorb(&spare);
        }
        assert_eq!(all.requests(), 4, "the third take found nothing left");
        assert_eq!((all.visitors, all.waited, all.last_us), (1, 1, 1300));
        let placed = all.answers.iter().find(|answer| answer.status == 201).unwrap();
        assert_eq!((placed.step, placed.count), (Step::Hold, 3));
        assert_eq!(all.steps[Step::Hold as usize].max(), 300);
        assert_eq!(all.latency().min(), 50);
    }

    #[test]
    fn what_was_due_before_it_is_measured_does_not_count() {
        let recorder = Recorder::from(1000);
        for since_us in [0, 999, 1000, 1001] {
            recorder.began(since_us, true);
            recorder.lagged(since_us, 5);
            // Late answers do not bring them in.
            recorder.answered(Step::Hold, (201, "placed"), since_us, 1500);
        }
        let mut tally = Tally::default();
        recorder.take(&mut tally);
        let Tally { visitors, waited, last_us, ref lag, .. } = tally;
        assert_eq!((visitors, waited, last_us, lag.len(), tally.requests()), (2, 2, 500, 2, 2));
    }
}
