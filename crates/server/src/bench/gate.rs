//! Lets visitors in: by the schedule, whatever the answers do, or each after the one before.
//!
//! A visitor who is due takes the next free connection of the thread. Who finds none free waits,
//! and is still counted from when they came.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::alarm::Alarm;
use super::measure::Recorder;
use super::options::Pace;
use super::time::Bell;

/// The gate of one thread.
pub(super) struct Gate {
    pub(super) bell: Bell,
    pace: Pace,
    /// When visitors are no longer let in, microseconds after the bell.
    closes_us: u64,
    /// This thread's number and how many there are: it lets in every so manyth visitor.
    thread: (u64, u64),
    /// How many of this thread's visitors have come, and how many have been let in.
    due: Cell<u64>,
    entered: Cell<u64>,
    /// Deliveries to repeat on whichever connection is free first.
    repeats: RefCell<VecDeque<Repeat>>,
    free: Notify,
    stop: watch::Receiver<bool>,
}

/// A delivery to repeat.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeat {
    pub(super) event: u64,
    pub(super) order_id: Uuid,
    pub(super) paid: bool,
    /// When it was handed over.
    pub(super) since_us: u64,
}

/// What a connection is to do next.
pub(super) enum Work {
    /// Serve visitor number `index`, who came at `since_us`.
    Visitor {
        index: u64,
        since_us: u64,
    },
    Repeat(Repeat),
}

/// Repeats that may wait; past that the connection that has one sends it itself.
const MAX_REPEATS: usize = 1024;

/// A start within this of its time did not wait for a connection.
const AT_ONCE_US: u64 = 1_000;

impl Gate {
    pub(super) fn new(
        pace: Pace,
        thread: (u64, u64),
        bell: Bell,
        closes_us: u64,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            bell,
            pace,
            closes_us,
            thread,
            due: Cell::new(0),
            entered: Cell::new(0),
            repeats: RefCell::default(),
            free: Notify::new(),
            stop,
        }
    }

    /// How many visitors this thread has.
    fn count(&self) -> u64 {
        let all = match self.pace {
            Pace::Open(schedule) => schedule.count(),
            Pace::Closed(count) => count,
        };
        let (number, threads) = self.thread;
        all.saturating_sub(number).div_ceil(threads)
    }

    fn index(&self, nth: u64) -> u64 {
        let (number, threads) = self.thread;
        nth.saturating_mul(threads).saturating_add(number)
    }

    fn is_closed(&self) -> bool {
        *self.stop.borrow() || self.bell.elapsed_us() >= self.closes_us
    }

    /// The next thing to do; `None` when there is nothing more.
    pub(super) async fn next(&self, recorder: &Recorder) -> Option<Work> {
        loop {
            if let Some(repeat) = self.repeats.borrow_mut().pop_front() {
                return Some(Work::Repeat(repeat));
            }
            let nth = self.entered.get();
            if self.is_closed() || nth >= self.count() {
                self.free.notify_waiters();
                return None;
            }
            let index = self.index(nth);
            match self.pace {
                Pace::Closed(_) => {
                    self.entered.set(nth + 1);
                    recorder.began(false);
                    return Some(Work::Visitor { index, since_us: self.bell.elapsed_us() });
                }
                Pace::Open(schedule) if nth < self.due.get() => {
                    self.entered.set(nth + 1);
                    let since_us = schedule.at_us(index);
                    let waited = self.bell.elapsed_us().saturating_sub(since_us) > AT_ONCE_US;
                    recorder.began(waited);
                    return Some(Work::Visitor { index, since_us });
                }
                Pace::Open(_) => self.free.notified().await,
            }
        }
    }

    /// Hands a delivery over to another connection; `false` when too many wait already.
    pub(super) fn repeat(&self, repeat: Repeat) -> bool {
        let mut repeats = self.repeats.borrow_mut();
        let taken = repeats.len() < MAX_REPEATS;
        if taken {
            repeats.push_back(repeat);
            self.free.notify_one();
        }
        taken
    }

    /// Lets visitors in when their time comes, until all have come or the gate closes.
    pub(super) async fn open(&self, recorder: &Recorder) -> std::io::Result<()> {
        let mut stop = self.stop.clone();
        let mut alarm = Alarm::new()?;
        if let Pace::Open(schedule) = self.pace {
            while self.due.get() < self.count() && !self.is_closed() {
                let now_us = self.bell.elapsed_us();
                let next_us = schedule.at_us(self.index(self.due.get()));
                if next_us <= now_us {
                    recorder.lagged(now_us - next_us);
                    self.due.set(self.due.get() + 1);
                    self.free.notify_one();
                } else {
                    tokio::select! {
                        rung = alarm.after(self.bell.until(next_us)) => rung?,
                        _ = stop.wait_for(|stop| *stop) => break,
                    }
                }
            }
        }
        // Whoever waits for a visitor finds that none will come.
        self.free.notify_waiters();
        Ok(())
    }

    /// How many came, or were to come, and were never let in.
    pub(super) fn left_out(&self) -> u64 {
        match self.pace {
            Pace::Open(_) => self.count() - self.entered.get(),
            Pace::Closed(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::bench::schedule::Schedule;

    fn gate(pace: Pace, thread: (u64, u64), stop: &watch::Sender<bool>) -> Gate {
        const NEVER_US: u64 = u64::MAX;
        Gate::new(pace, thread, Bell::rings_in(Duration::ZERO), NEVER_US, stop.subscribe())
    }

    fn crowd(count: u64) -> Pace {
        Pace::Open(Schedule::Crowd { count, spread_us: 0 })
    }

    async fn visitors(gate: &Gate) -> Vec<u64> {
        let recorder = Recorder::default();
        gate.open(&recorder).await.unwrap();
        let mut visitors = Vec::new();
        while let Some(work) = gate.next(&recorder).await {
            match work {
                Work::Visitor { index, .. } => visitors.push(index),
                Work::Repeat(repeat) => panic!("{repeat:?}"),
            }
        }
        visitors
    }

    #[tokio::test]
    async fn each_visitor_is_let_in_once_whatever_the_threads() {
        let stop = watch::Sender::new(false);
        for pace in [crowd(10), Pace::Closed(10)] {
            for threads in [1, 3, 16] {
                let mut all = Vec::new();
                for thread in 0..threads {
                    let gate = gate(pace, (thread, threads), &stop);
                    all.extend(visitors(&gate).await);
                    assert_eq!(gate.left_out(), 0);
                }
                let once: BTreeSet<u64> = all.iter().copied().collect();
                assert_eq!((all.len(), once), (10, (0..10).collect()), "{threads} threads");
            }
        }
    }

    #[tokio::test]
    async fn who_was_not_let_in_when_it_ended_is_counted() {
        let stop = watch::Sender::new(false);
        let gate = gate(crowd(10), (0, 1), &stop);
        let recorder = Recorder::default();
        gate.open(&recorder).await.unwrap();
        assert!(gate.next(&recorder).await.is_some());
        stop.send_replace(true);
        assert!(gate.next(&recorder).await.is_none());
        assert_eq!(gate.left_out(), 9);
    }

    #[tokio::test]
    async fn repeats_go_first_and_are_delivered_even_at_the_end() {
        let stop = watch::Sender::new(true);
        let gate = gate(crowd(10), (0, 1), &stop);
        let repeat = Repeat { event: 7, order_id: Uuid::nil(), paid: true, since_us: 0 };
        assert!(gate.repeat(repeat));
        let work = gate.next(&Recorder::default()).await;
        assert!(matches!(work, Some(Work::Repeat(Repeat { event: 7, .. }))));
        for _ in 0..MAX_REPEATS {
            assert!(gate.repeat(repeat));
        }
        assert!(!gate.repeat(repeat), "a bound that does not bind");
    }
}
