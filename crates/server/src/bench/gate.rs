//! Lets visitors in: by the schedule, whatever the answers do, or each after the one before.
//!
//! A visitor who is due takes the next free connection of the thread. Who finds none free waits,
//! and is still counted from when they came.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;

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
    /// How many visitors this thread has.
    count: u64,
    /// How many of them have come, and how many have been let in.
    due: Cell<u64>,
    entered: Cell<u64>,
    /// Deliveries to repeat on whichever connection is free first.
    repeats: RefCell<VecDeque<Repeat>>,
    /// Connections that wait for work and have not been called since.
    idle: Cell<usize>,
    /// Connections that were called and have not started yet.
    called: Cell<usize>,
    call: Notify,
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
pub(super) struct Work {
    pub(super) task: Task,
    /// The present.
    pub(super) now_us: u64,
}

pub(super) enum Task {
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

/// How often it is looked whether the run is to end, where visitors come more rarely.
const LOOK_UP: Duration = Duration::from_millis(50);

impl Gate {
    pub(super) fn new(
        pace: Pace,
        (number, threads): (u64, u64),
        bell: Bell,
        closes_us: u64,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let all = match pace {
            Pace::Open(schedule) => schedule.count(),
            Pace::Closed(count) => count,
        };
        Self {
            bell,
            pace,
            closes_us,
            thread: (number, threads),
            count: all.saturating_sub(number).div_ceil(threads),
            due: Cell::new(0),
            entered: Cell::new(0),
            repeats: RefCell::default(),
            idle: Cell::new(0),
            called: Cell::new(0),
            call: Notify::new(),
            stop,
        }
    }

    fn index(&self, nth: u64) -> u64 {
        let (number, threads) = self.thread;
        nth.saturating_mul(threads).saturating_add(number)
    }

    fn is_closed(&self, now_us: u64) -> bool {
        now_us >= self.closes_us || *self.stop.borrow()
    }

    /// The next thing to do; `None` when there is nothing more.
    pub(super) async fn next(&self, recorder: &Recorder) -> Option<Work> {
        let mut was_idle = false;
        loop {
            let now_us = self.bell.elapsed_us();
            if let Some(repeat) = self.repeats.borrow_mut().pop_front() {
                return Some(Work { task: Task::Repeat(repeat), now_us });
            }
            let nth = self.entered.get();
            if nth >= self.count || self.is_closed(now_us) {
                self.call_all();
                return None;
            }
            let index = self.index(nth);
            match self.pace {
                Pace::Closed(_) => {
                    self.entered.set(nth + 1);
                    recorder.began(now_us, false);
                    return Some(Work { task: Task::Visitor { index, since_us: now_us }, now_us });
                }
                Pace::Open(schedule) if nth < self.due.get() => {
                    self.entered.set(nth + 1);
                    let since_us = schedule.at_us(index);
                    let late_us = now_us.saturating_sub(since_us);
                    // Who is late though a connection was free was kept by the generator, also when
                    // another has finished before the one that was called could start.
                    let was_free = was_idle || self.called.get() > 0;
                    if was_free {
                        recorder.lagged(since_us, late_us);
                    }
                    recorder.began(since_us, !was_free && late_us > AT_ONCE_US);
                    return Some(Work { task: Task::Visitor { index, since_us }, now_us });
                }
                Pace::Open(_) => {
                    was_idle = true;
                    self.idle.set(self.idle.get() + 1);
                    self.call.notified().await;
                    self.called.set(self.called.get().saturating_sub(1)); // all at once at the end
                }
            }
        }
    }

    /// Calls a connection that waits for work; `false` when there is none. One that has work looks
    /// for more by itself.
    fn call(&self) -> bool {
        let idle = self.idle.get();
        if idle > 0 {
            self.idle.set(idle - 1);
            self.called.set(self.called.get() + 1);
            self.call.notify_one();
        }
        idle > 0
    }

    fn call_all(&self) {
        self.idle.set(0);
        self.call.notify_waiters();
    }

    /// Hands a delivery over to another connection; `false` when too many wait already.
    pub(super) fn repeat(&self, repeat: Repeat) -> bool {
        let mut repeats = self.repeats.borrow_mut();
        let taken = repeats.len() < MAX_REPEATS;
        if taken {
            repeats.push_back(repeat);
            self.call();
        }
        taken
    }

    /// Lets visitors in when their time comes, until all have come or the gate closes.
    pub(super) async fn open(&self, recorder: &Recorder) -> std::io::Result<()> {
        let mut alarm = Alarm::new()?;
        if let Pace::Open(schedule) = self.pace {
            while self.due.get() < self.count {
                let now_us = self.bell.elapsed_us();
                if self.is_closed(now_us) {
                    break;
                }
                let next_us = schedule.at_us(self.index(self.due.get()));
                if next_us > now_us {
                    alarm.after(Duration::from_micros(next_us - now_us).min(LOOK_UP)).await?;
                    continue;
                }
                self.due.set(self.due.get() + 1);
                // When the connection starts, it notes how late that was. Without one, this is all
                // that the generator has to do with it.
                if !self.call() {
                    recorder.lagged(next_us, now_us - next_us);
                }
            }
        }
        // Whoever waits for a visitor finds that none will come.
        self.call_all();
        Ok(())
    }

    /// How many came, or were to come, and were never let in.
    pub(super) fn left_out(&self) -> u64 {
        match self.pace {
            Pace::Open(_) => self.count - self.entered.get(),
            Pace::Closed(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::bench::measure::Tally;
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
            match work.task {
                Task::Visitor { index, .. } => visitors.push(index),
                Task::Repeat(repeat) => panic!("{repeat:?}"),
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
    async fn each_visitor_shows_the_generators_lag_once() {
        let stop = watch::Sender::new(false);
        for are_idle in [true, false] {
            let gate = gate(crowd(1), (0, 1), &stop);
            let recorder = Recorder::default();
            let (let_in, opened) = if are_idle {
                // Polled first, it waits for work when the visitor comes.
                tokio::join!(gate.next(&recorder), gate.open(&recorder))
            } else {
                let opened = gate.open(&recorder).await;
                (gate.next(&recorder).await, opened)
            };
            opened.unwrap();
            assert!(let_in.is_some());
            let mut tally = Tally::default();
            recorder.take(&mut tally);
            assert_eq!((tally.lag.len(), tally.visitors), (1, 1), "idle before: {are_idle}");
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
        let work = gate.next(&Recorder::default()).await.unwrap();
        assert!(matches!(work.task, Task::Repeat(Repeat { event: 7, .. })));
        for _ in 0..MAX_REPEATS {
            assert!(gate.repeat(repeat));
        }
        assert!(!gate.repeat(repeat), "a bound that does not bind");
    }
}
