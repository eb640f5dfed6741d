//! A store that fails, hesitates and is ahead of the clock as the test says.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorbuster_domain::{Command, Ledger, Timestamp};
use doorbuster_engine::{
    CommitError, LoadError, MemoryReader, MemoryStore, Resolved, Store, StoreError,
};
use tokio::sync::{Semaphore, mpsc};

/// More commits than any test makes.
const MANY: usize = 100_000;

/// How long a load takes where others may join its batch.
const LOAD_TAKES: Duration = Duration::from_millis(10);

/// How long a doubt lasts that lasts for a while.
pub(crate) const DOUBT_LASTS: Duration = Duration::from_secs(5);

/// How a load or a commit goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    LoadFails,
    Conflict,
    NotCommitted,
    /// The commit reports that it is unknown, and turns out to be there.
    UnknownButThere,
    /// The commit reports that it is unknown, and turns out not to be there.
    UnknownAndGone,
    /// The commit reports that it is unknown, and nobody can find out.
    UnknownForGood,
    /// The same, and the store goes on without knowing.
    UnknownButHarmless,
    /// The commit reports that it is unknown, and turns out to be there after a while.
    UnknownForAWhile,
    /// The load meets a conflict.
    LoadConflicts,
    Panics,
}

/// What the test says will happen, and what it learns of what did.
#[derive(Clone)]
pub(crate) struct Script(Arc<Shared>);

struct Shared {
    /// The faults to come, one for each attempt; `None`: all goes well.
    faults: Mutex<VecDeque<Option<Fault>>>,
    /// By how much the store's own clock is ahead in the loads to come.
    ahead: Mutex<VecDeque<Duration>>,
    batches: Mutex<Vec<Vec<Command>>>,
    forgotten: Mutex<Vec<Forget>>,
    /// Whether holds may join a batch that was loaded.
    lets_join: AtomicBool,
    /// One permit for each commit that may go through.
    gate: Semaphore,
    entered: mpsc::Sender<usize>,
}

/// What a store was told to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forget {
    pub(crate) requests_before: Timestamp,
    pub(crate) events_before: Timestamp,
    pub(crate) limit: usize,
    pub(crate) found: (usize, usize),
}

/// Tells when a commit has begun.
pub(crate) struct Commits(mpsc::Receiver<usize>);

impl Commits {
    /// Waits until a commit has begun, and says how many commands its batch has.
    pub(crate) async fn begun(&mut self) -> usize {
        self.0.recv().await.unwrap()
    }
}

impl Script {
    /// Commits go through at once, or wait to be [let through](Self::let_through).
    fn new(gated: bool) -> (Self, Commits) {
        let (entered, begun) = mpsc::channel(MANY);
        let shared = Shared {
            faults: Mutex::default(),
            ahead: Mutex::default(),
            batches: Mutex::default(),
            forgotten: Mutex::default(),
            lets_join: AtomicBool::default(),
            gate: Semaphore::new(if gated { 0 } else { MANY }),
            entered,
        };
        (Self(Arc::new(shared)), Commits(begun))
    }

    /// The next attempts go wrong like this, one after the other.
    pub(crate) fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.0.faults.lock().unwrap().extend(faults.into_iter().map(Some));
    }

    /// The next loads find the store's own clock ahead by so much, one after the other.
    pub(crate) fn ahead(&self, by: impl IntoIterator<Item = Duration>) {
        self.0.ahead.lock().unwrap().extend(by);
    }

    /// From now on loading takes a while, and holds may join a batch that was loaded.
    pub(crate) fn let_join(&self) {
        self.0.lets_join.store(true, Ordering::Relaxed);
    }

    /// Lets the next `commits` commits through.
    pub(crate) fn let_through(&self, commits: usize) {
        self.0.gate.add_permits(commits);
    }

    /// Lets all commits through from now on.
    pub(crate) fn open_gate(&self) {
        self.let_through(MANY);
    }

    /// The batches that were loaded so far, retries included.
    pub(crate) fn batches(&self) -> Vec<Vec<Command>> {
        self.0.batches.lock().unwrap().clone()
    }

    /// How many batches were loaded so far.
    pub(crate) fn attempts(&self) -> usize {
        self.0.batches.lock().unwrap().len()
    }

    /// What the store was told to forget so far.
    pub(crate) fn forgotten(&self) -> Vec<Forget> {
        self.0.forgotten.lock().unwrap().clone()
    }
}

/// A memory store that follows a script.
pub(crate) struct Scripted {
    inner: MemoryStore,
    reader: MemoryReader,
    script: Script,
    fault: Option<Fault>,
    /// How many commands the batch in progress has.
    commands: usize,
}

impl Scripted {
    /// `inner` with commits that go through at once.
    pub(crate) fn free(inner: MemoryStore) -> (Self, Script) {
        let (store, script, _) = Self::new(inner, false);
        (store, script)
    }

    /// `inner` with commits that wait until the test lets them through.
    pub(crate) fn gated(inner: MemoryStore) -> (Self, Script, Commits) {
        Self::new(inner, true)
    }

    fn new(inner: MemoryStore, gated: bool) -> (Self, Script, Commits) {
        let (script, begun) = Script::new(gated);
        let reader = inner.reader();
        (Self { inner, reader, script: script.clone(), fault: None, commands: 0 }, script, begun)
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

impl Store for Scripted {
    const LETS_JOIN: bool = true;

    fn covers(&self, command: &Command) -> bool {
        let places = matches!(command, Command::PlaceHold(_));
        places && self.script.0.lets_join.load(Ordering::Relaxed)
    }

    async fn load(&mut self, now: Timestamp, commands: &[Command]) -> Result<Timestamp, LoadError> {
        let shared = self.script.0.clone();
        shared.batches.lock().unwrap().push(commands.to_vec());
        self.commands = commands.len();
        self.fault = shared.faults.lock().unwrap().pop_front().flatten();
        if self.is(Fault::LoadFails) {
            return Err(LoadError::Unavailable("the test says that this load fails".into()));
        }
        if self.is(Fault::LoadConflicts) {
            return Err(LoadError::Conflict("the test says that this load conflicts".into()));
        }
        if shared.lets_join.load(Ordering::Relaxed) {
            tokio::time::sleep(LOAD_TAKES).await;
        }
        let ahead = shared.ahead.lock().unwrap().pop_front().unwrap_or_default();
        let now = self.inner.load(now, commands).await?;
        let ahead_ms = i64::try_from(ahead.as_millis()).unwrap();
        Ok(Timestamp::from_millis(now.as_millis() + ahead_ms))
    }

    fn ledger(&mut self) -> &mut Ledger {
        self.inner.ledger()
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        let shared = self.script.0.clone();
        let _ = shared.entered.try_send(self.commands); // most tests do not listen
        shared.gate.acquire().await.unwrap().forget();
        let error = || StoreError::from("the test says that this commit fails");
        match self.fault {
            None | Some(Fault::LoadFails | Fault::LoadConflicts) => self.inner.commit().await,
            Some(Fault::Conflict) => {
                self.inner = self.reader.reopen();
                Err(CommitError::Conflict(error()))
            }
            Some(Fault::NotCommitted) => {
                self.inner = self.reader.reopen();
                Err(CommitError::NotCommitted(error()))
            }
            Some(Fault::UnknownButThere | Fault::UnknownForAWhile) => {
                self.inner.commit().await.unwrap();
                Err(CommitError::Unknown(error()))
            }
            Some(Fault::UnknownAndGone | Fault::UnknownForGood | Fault::UnknownButHarmless) => {
                Err(CommitError::Unknown(error()))
            }
            Some(Fault::Panics) => panic!("the test says that the store has a bug"),
        }
    }

    async fn resolve(&mut self) -> Result<Resolved, StoreError> {
        if self.is(Fault::UnknownForAWhile) {
            tokio::time::sleep(DOUBT_LASTS).await;
        }
        if self.is(Fault::UnknownButThere) || self.is(Fault::UnknownForAWhile) {
            return Ok(Resolved::Committed);
        }
        self.inner = self.reader.reopen();
        if self.is(Fault::UnknownAndGone) {
            return Ok(Resolved::NotCommitted);
        }
        if self.is(Fault::UnknownButHarmless) {
            return Ok(Resolved::Undecided);
        }
        Err("the test says that nobody knows".into())
    }

    async fn forget(
        &mut self,
        requests_before: Timestamp,
        events_before: Timestamp,
        limit: usize,
    ) -> Result<(usize, usize), StoreError> {
        let found = self.inner.forget(requests_before, events_before, limit).await?;
        let forget = Forget { requests_before, events_before, limit, found };
        self.script.0.forgotten.lock().unwrap().push(forget);
        Ok(found)
    }
}
