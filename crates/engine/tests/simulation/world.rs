//! Everything that the parts of one run share.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, TryLockError};
use std::time::Duration;

use doorbuster_domain::Timestamp;
use doorbuster_engine::{Clock, Handle};

use crate::counts::Counts;
use crate::crowd::Known;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::history::History;
use crate::plan::{Fault, Plan};
use crate::replay::Replay;

/// How many broken rules one run reports.
const REPORTED: usize = 5;

/// How much it says of each: all rows of a table are too many to be read.
const REPORTED_CHARS: usize = 3_000;

/// One run's world. Cheap to clone; clones share it.
#[derive(Clone)]
pub(crate) struct World(Arc<Mutex<State>>);

pub(crate) struct State {
    pub(crate) plan: Plan,
    pub(crate) dice: Dice,
    pub(crate) disk: Disk,
    pub(crate) replay: Replay,
    pub(crate) history: History,
    pub(crate) known: Known,
    pub(crate) counts: Counts,
    /// The engine that clients reach; one that has ended refuses them.
    pub(crate) handle: Option<Handle>,
    pub(crate) clock: Clock,
    /// Nothing goes wrong any more.
    pub(crate) calm: bool,
    /// How many more commands clients may send before they only finish what they began.
    pub(crate) commands_left: u64,
    /// Takes batches for whole that are not.
    pub(crate) trusts_torn_batches: bool,
    /// What happened, where somebody wants to read it.
    trace: Option<String>,
    pub(crate) broken: Vec<String>,
}

impl World {
    pub(crate) fn new(seed: u64, start: Timestamp, commands: u64, traced: bool) -> Self {
        let mut dice = Dice::new(seed);
        let plan = Plan::new(&mut dice);
        let state = State {
            dice: dice.fork(1),
            plan,
            disk: Disk::default(),
            replay: Replay::default(),
            history: History::default(),
            known: Known::default(),
            counts: Counts::default(),
            handle: None,
            clock: Clock::manual(start),
            calm: false,
            commands_left: commands,
            trusts_torn_batches: false,
            trace: traced.then(String::new),
            broken: Vec::new(),
        };
        let world = Self(Arc::new(Mutex::new(state)));
        world.with(|it| {
            let plan = format!("{:?}", it.plan);
            it.tell(|| plan);
        });
        world
    }

    /// Everything runs on one thread, so nobody ever waits here.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        match self.0.try_lock() {
            Ok(mut state) => f(&mut state),
            // Something panicked, which is reported; what comes after it does not matter.
            Err(TryLockError::Poisoned(poisoned)) => f(&mut poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => panic!("the world is asked from within itself"),
        }
    }

    /// Whether the fault strikes now.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        self.with(|it| it.strikes(fault))
    }

    /// Lets up to `most_ms` pass.
    pub(crate) async fn pause(&self, most_ms: u64) {
        if most_ms > 0 {
            let ms = self.with(|it| it.dice.between(0, most_ms));
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }
}

impl State {
    /// Whether the fault strikes now.
    pub(crate) fn strikes(&mut self, fault: Fault) -> bool {
        let rate = self.plan.rate(fault);
        let strikes = !self.calm && self.dice.rarely(rate);
        if strikes {
            self.counts.fault(fault);
            self.tell(|| format!("fault: {fault:?}"));
        }
        strikes
    }

    /// Takes note of what happened.
    pub(crate) fn tell(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let ms = self.clock.now().as_millis();
            writeln!(trace, "{ms} {}", what()).unwrap();
        }
    }

    /// Takes note of a broken rule.
    pub(crate) fn breaks(&mut self, what: impl FnOnce() -> String) {
        let what = what().chars().take(REPORTED_CHARS).collect::<String>();
        self.tell(|| format!("BROKEN: {what}"));
        if self.broken.len() < REPORTED {
            self.broken.push(what);
        }
    }

    /// Takes note of a broken rule, if one is.
    pub(crate) fn check(&mut self, result: Result<(), String>) {
        if let Err(broken) = result {
            self.breaks(|| broken);
        }
    }

    pub(crate) fn take_trace(&mut self) -> String {
        self.trace.take().unwrap_or_default()
    }

    /// Has the model decide what has become durable since the last time.
    pub(crate) fn catch_up(&mut self) {
        self.replay.catch_up(self.disk.durable(), &mut self.history);
        for contradiction in std::mem::take(&mut self.disk.contradictions) {
            self.breaks(|| contradiction);
        }
    }
}
