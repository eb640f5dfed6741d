//! The log budget: a rush must not turn into a rush of log lines.
//!
//! Every event of the engine has a log line, but in a second with sixty thousand holds nobody reads
//! sixty thousand lines, and writing them would cost more than the holds. So each kind of event has
//! a number of lines per second; what was left out is reported in one line when the second is over.
//! Metrics count everything, always.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Telemetry;

/// How many lines each kind of event may have in one second.
pub const LINES_PER_SECOND: u32 = 50;

/// After how long the budgets are full again.
const SECOND: Duration = Duration::from_secs(1);

macro_rules! events {
    ($($event:ident $text:literal;)*) => {
        /// A kind of event with a line in the log.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Event { $($event),* }

        impl Event {
            pub(super) const ALL: &[Self] = &[$(Self::$event),*];

            /// The message of its lines.
            pub(super) const fn text(self) -> &'static str {
                match self { $(Self::$event => $text),* }
            }
        }
    };
}

events! {
    HoldPlaced "hold placed";
    HoldReleased "hold released";
    HoldExpired "hold expired";
    HoldExtended "hold extended";
    OrderCreated "order created";
    OrderCancelled "order cancelled";
    OrderExpired "order expired";
    OrderRefunded "order refunded";
    PaymentApplied "payment applied";
    DuplicateIgnored "duplicate payment event ignored";
    FinalIgnored "payment event ignored, the order needed no change";
    EarlyStored "early payment event stored";
    AmountMismatch "payment event with a wrong amount or currency recorded";
    LateRetaken "late payment, units retaken";
    RefundDue "late payment, refund due";
    TransactionRetried "transaction retried";
    Overloaded "overloaded";
    RequestRefused "request refused";
}

/// What each kind of event has spent in the current second.
#[derive(Debug)]
pub(super) struct LogBudget {
    spent: [AtomicU32; Event::ALL.len()],
}

impl LogBudget {
    pub(super) const fn new() -> Self {
        Self { spent: [const { AtomicU32::new(0) }; Event::ALL.len()] }
    }

    /// Whether one more line of this kind may be written in this second.
    pub(super) fn allows(&self, event: Event) -> bool {
        self.spent[event as usize].fetch_add(1, Ordering::Relaxed) < LINES_PER_SECOND
    }

    /// Begins a new second, and tells how many lines of each kind the last one left out.
    pub(super) fn renew(&self) -> impl Iterator<Item = (Event, u32)> {
        Event::ALL.iter().zip(&self.spent).filter_map(|(event, spent)| {
            let left_out = spent.swap(0, Ordering::Relaxed).saturating_sub(LINES_PER_SECOND);
            (left_out > 0).then_some((*event, left_out))
        })
    }
}

/// Renews the budget every second until dropped.
#[derive(Debug)]
pub struct BudgetTimer {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl BudgetTimer {
    /// Starts it.
    ///
    /// # Errors
    /// When the operating system has no thread to give.
    pub fn start(telemetry: &Telemetry) -> std::io::Result<Self> {
        let telemetry = Arc::clone(&telemetry.0);
        let (stop, stopped) = sync_channel::<()>(0);
        let thread = std::thread::Builder::new().name("log-budget".into()).spawn(move || {
            loop {
                let wait = stopped.recv_timeout(SECOND);
                for (event, left_out) in telemetry.budget.renew() {
                    telemetry.handles.log_lines_left_out.inc_by(left_out.into());
                    tracing::info!(event = event.text(), more = left_out, "log lines left out");
                }
                match wait {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for BudgetTimer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // it has nothing to report but its end
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_budget_and_what_was_left_out_is_told_once() {
        let budget = LogBudget::new();
        let written = (0..60_000).filter(|_| budget.allows(Event::HoldPlaced)).count();
        assert_eq!(written, 50);
        assert!(budget.allows(Event::OrderCreated));
        assert_eq!(budget.renew().collect::<Vec<_>>(), [(Event::HoldPlaced, 59_950)]);
        assert_eq!(budget.renew().count(), 0);
        assert!(budget.allows(Event::HoldPlaced));
    }

    #[test]
    fn a_kind_that_stays_within_its_budget_is_not_reported() {
        let budget = LogBudget::new();
        assert!((0..LINES_PER_SECOND).all(|_| budget.allows(Event::EarlyStored)));
        assert_eq!(budget.renew().count(), 0);
    }

    #[test]
    fn every_kind_has_its_place_and_its_text() {
        let texts: std::collections::BTreeSet<_> = Event::ALL.iter().map(|e| e.text()).collect();
        assert_eq!(texts.len(), Event::ALL.len());
        assert!(Event::ALL.iter().enumerate().all(|(place, event)| *event as usize == place));
    }
}
