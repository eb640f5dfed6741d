//! The engine: collect, load, decide, commit, answer.

mod doubt;
mod retry;
mod upkeep;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use doorbuster_domain::{Command, Outcome, Timestamp, decide};
use tokio::sync::{mpsc, oneshot};

use crate::clock::plus;
use crate::handle::{Envelope, Handle, Lane};
use crate::lanes::{Lanes, NotLanes};
use crate::store::{CommitError, LoadError, Resolved};
use crate::{BatchReport, Clock, Observer, Snapshot, Store, SubmitError, Trace};

/// How many overdue holds and orders one batch expires on the timer's behalf, so that a rush of
/// expiries does not keep buyers waiting. Whoever needs the units of one sooner expires it.
pub(crate) const EXPIRIES_PER_BATCH: usize = 1_024;

/// How often a batch that met a conflict is tried again.
const MAX_RETRIES: u32 = 5;

/// How soon what is overdue is tried again after a batch failed, when nobody asks for it before.
const EXPIRE_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// How an engine runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many commands may wait; one more is refused as overloaded.
    pub mailbox: usize,
    /// How many commands one batch takes at most.
    pub batch: usize,
    /// How long an idempotency key is kept at least.
    pub request_retention: Duration,
    /// How long a finished payment event is kept at least.
    pub event_retention: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mailbox: 16_384,
            batch: 2_048,
            request_retention: Duration::from_secs(24 * 60 * 60),
            event_retention: Duration::from_secs(31 * 24 * 60 * 60),
        }
    }
}

/// The engine stopped because it could no longer trust its store.
#[derive(Debug, thiserror::Error)]
#[error("the engine stopped: {context}")]
pub struct EngineError {
    context: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// What everyone may know about a running engine.
#[derive(Debug, Default)]
pub(crate) struct Status {
    ready: AtomicBool,
}

impl Status {
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }
}

/// Decides commands over a store.
pub struct Engine<S, O> {
    store: S,
    observer: O,
    options: Options,
    clock: Clock,
    mailbox: mpsc::Receiver<Envelope>,
    snapshot: Arc<Snapshot>,
    status: Arc<Status>,
    /// The time of the last batch. The next one is not before it, whatever any clock says.
    last: Timestamp,
    /// The timer alone starts no batch before this, or a store that is down would be asked without
    /// pause.
    expire_from: Timestamp,
    chance: retry::Chance,
    batch: Batch,
}

type Reply = oneshot::Sender<Result<Outcome, SubmitError>>;

/// The commands decided and committed together, and who waits for them. Its buffers are reused.
#[derive(Default)]
struct Batch {
    commands: Vec<Command>,
    /// One for each command, in the same order; `None` where nobody waits.
    waiting: Vec<Option<(Trace, Reply)>>,
    outcomes: Vec<Outcome>,
}

/// How an attempt at a batch ended.
enum Attempt {
    Committed,
    /// Nothing of it is durable; it may be tried again.
    Conflict(Box<dyn std::error::Error + Send + Sync>),
    /// It ended otherwise, and its commands are to be answered so.
    Failed(SubmitError, Box<dyn std::error::Error + Send + Sync>),
}

impl<S: Store, O: Observer> Engine<S, O> {
    /// An engine over `store`, and the handle to talk to it. Nothing runs yet.
    pub fn new(store: S, observer: O, clock: Clock, options: Options) -> (Self, Handle) {
        let snapshot = Arc::<Snapshot>::default();
        let (engine, lane) = Self::lane(store, observer, clock.clone(), options, snapshot.clone());
        (engine, Handle { lanes: Arc::new([lane]), snapshot, clock })
    }

    /// One engine for each of `stores` over the same rows, each with the commands of some of the
    /// products, and one handle to talk to all. Nothing runs yet.
    ///
    /// # Errors
    /// When that is not a number of lanes: see [`Lanes`].
    pub fn in_lanes(
        stores: impl IntoIterator<Item = (S, O)>,
        clock: &Clock,
        options: &Options,
    ) -> Result<(Vec<Self>, Handle), NotLanes> {
        let snapshot = Arc::<Snapshot>::default();
        let lane = |(store, observer)| {
            Self::lane(store, observer, clock.clone(), options.clone(), snapshot.clone())
        };
        let (engines, lanes): (Vec<_>, Vec<_>) = stores.into_iter().map(lane).unzip();
        Lanes::new(lanes.len())?;
        let clock = clock.clone();
        Ok((engines, Handle { lanes: lanes.into(), snapshot, clock }))
    }

    fn lane(
        store: S,
        observer: O,
        clock: Clock,
        mut options: Options,
        snapshot: Arc<Snapshot>,
    ) -> (Self, Lane) {
        options.batch = options.batch.max(1);
        let (sender, mailbox) = mpsc::channel(options.mailbox.max(1));
        let status = Arc::<Status>::default();
        let never = Timestamp::from_millis(i64::MIN); // no clock was asked yet but this node's own
        let lane = Lane { mailbox: sender, status: status.clone() };
        let engine = Self {
            store,
            observer,
            options,
            clock,
            mailbox,
            snapshot,
            status,
            last: never,
            expire_from: never,
            chance: retry::Chance::System,
            batch: Batch::default(),
        };
        (engine, lane)
    }

    /// Runs until `shutdown` completes: then no further command is taken, those taken before are
    /// committed and answered, and it returns.
    ///
    /// # Errors
    /// When the store fails in a way that leaves its contents unknown. Everyone waiting has then
    /// been answered; the process should exit, and start again from what is durable.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<(), EngineError> {
        let mut shutdown = pin!(shutdown);
        let mut collected = Vec::with_capacity(self.options.batch);
        let mut open = true;
        let mut clean_at = plus(self.clock.now(), upkeep::CLEAN_EVERY);
        self.publish_all();
        self.status.set_ready(true);
        let result = loop {
            let clock = self.clock.clone();
            let deadline = self.store.next_deadline().map(|at| at.max(self.expire_from));
            tokio::select! {
                // What comes seldom is asked for first, or a full mailbox would keep it waiting.
                biased;
                () = &mut shutdown, if open => {
                    open = false;
                    self.mailbox.close();
                    self.status.set_ready(false);
                    continue;
                }
                () = clock.sleep_until(clean_at) => {
                    clean_at = plus(clock.now(), self.clean().await);
                    continue;
                }
                // Somebody was taken from the mailbox whom the last batch could not let join.
                () = std::future::ready(()), if !collected.is_empty() => {
                    let room = self.options.batch.saturating_sub(collected.len());
                    let waiting = || self.mailbox.try_recv().ok();
                    collected.extend(std::iter::from_fn(waiting).take(room));
                }
                // It takes what is there and never waits for more: that is the batch.
                taken = self.mailbox.recv_many(&mut collected, self.options.batch) => {
                    if taken == 0 {
                        break Ok(()); // closed and drained, or nobody has a handle any more
                    }
                }
                () = until(&clock, deadline) => {}
            }
            if let Err(error) = self.batch(&mut collected).await {
                break Err(error);
            }
        };
        self.status.set_ready(false);
        result
    }

    /// Decides, commits and answers what was collected, after expiring what is overdue.
    async fn batch(&mut self, collected: &mut Vec<Envelope>) -> Result<(), EngineError> {
        self.fill(collected);
        for attempt in 1.. {
            match self.attempt(collected).await {
                Ok(Attempt::Committed) => {
                    self.status.set_ready(true);
                    break;
                }
                Ok(Attempt::Conflict(error)) if attempt <= MAX_RETRIES => {
                    self.observer.retried(attempt, &*error);
                    tokio::time::sleep(retry::retry_after(attempt, self.chance)).await;
                }
                Ok(Attempt::Conflict(error)) => {
                    self.fail(SubmitError::Unavailable, &*error);
                    break;
                }
                Ok(Attempt::Failed(answer, error)) => {
                    self.fail(answer, &*error);
                    break;
                }
                Err((answer, error)) => {
                    self.status.set_ready(false);
                    self.observer.failed(self.batch.commands.len(), &*error.source);
                    self.answer_all(answer);
                    for Envelope { reply, .. } in collected.drain(..) {
                        let _ = reply.send(Err(SubmitError::Unavailable)); // it may have gone
                    }
                    self.refuse_the_rest();
                    return Err(error);
                }
            }
        }
        self.batch.clear();
        Ok(())
    }

    /// Answers a batch that failed while the store can still be trusted.
    fn fail(&mut self, answer: SubmitError, error: &(dyn std::error::Error + 'static)) {
        self.status.set_ready(false);
        self.observer.failed(self.batch.commands.len(), error);
        self.answer_all(answer);
        self.expire_from = plus(self.now(), EXPIRE_AGAIN_AFTER);
    }

    fn fill(&mut self, collected: &mut Vec<Envelope>) {
        let now = self.now();
        if self.store.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.batch.commands.push(Command::ExpireDue { limit: EXPIRIES_PER_BATCH });
            self.batch.waiting.push(None);
        }
        for Envelope { command, trace, reply } in collected.drain(..) {
            self.batch.commands.push(command);
            self.batch.waiting.push(Some((trace, reply)));
        }
    }

    /// Lets those join the loaded batch who arrived while it waited to be loaded, up to the first
    /// who cannot, who is `left` for the next one.
    fn join(&mut self, left: &mut Vec<Envelope>) {
        while left.is_empty() && self.batch.commands.len() < self.options.batch {
            let Ok(Envelope { command, trace, reply }) = self.mailbox.try_recv() else {
                return;
            };
            if self.store.covers(&command) {
                self.batch.commands.push(command);
                self.batch.waiting.push(Some((trace, reply)));
            } else {
                left.push(Envelope { command, trace, reply });
            }
        }
    }

    /// One attempt at the batch. An error means that the store can no longer be trusted; with it
    /// comes what its commands are to be answered.
    #[expect(clippy::disallowed_methods, reason = "a commit is timed, nothing is decided by it")]
    async fn attempt(
        &mut self,
        left: &mut Vec<Envelope>,
    ) -> Result<Attempt, (SubmitError, EngineError)> {
        let before = self.clock.now();
        let own = before.max(self.last);
        let now = match self.store.load(own, &self.batch.commands).await {
            Ok(now) => {
                if now != own {
                    self.clock.follow(before, now); // the store has one, and deadlines go by it
                }
                now.max(self.last)
            }
            Err(LoadError::Conflict(error)) => return Ok(Attempt::Conflict(error)),
            Err(LoadError::Unavailable(error)) => {
                return Ok(Attempt::Failed(SubmitError::Unavailable, error));
            }
        };
        self.last = now;
        if S::LETS_JOIN {
            self.join(left);
        }
        self.decide_all(now)?;
        let started = Instant::now();
        match self.store.commit().await {
            Ok(()) => {}
            Err(CommitError::Conflict(error)) => return Ok(Attempt::Conflict(error)),
            Err(CommitError::NotCommitted(error)) => {
                return Ok(Attempt::Failed(SubmitError::Unavailable, error));
            }
            Err(CommitError::Unknown(error)) => {
                self.status.set_ready(false); // finding out takes as long as the store is away
                match doubt::resolve(&mut self.store, &mut self.mailbox).await {
                    Ok(Resolved::Committed) => {}
                    Ok(Resolved::NotCommitted) => return Ok(Attempt::Conflict(error)),
                    Ok(Resolved::Undecided) => {
                        return Ok(Attempt::Failed(SubmitError::Unknown, error));
                    }
                    Err(_) => {
                        let context = "whether the last batch was committed is not known";
                        return Err((SubmitError::Unknown, EngineError { context, source: error }));
                    }
                }
            }
        }
        self.answer(started.elapsed());
        Ok(Attempt::Committed)
    }

    fn decide_all(&mut self, now: Timestamp) -> Result<(), (SubmitError, EngineError)> {
        let ledger = self.store.ledger();
        self.batch.outcomes.clear();
        for command in &self.batch.commands {
            self.batch.outcomes.push(decide(ledger, now, command));
        }
        match ledger.contradiction() {
            None => Ok(()),
            Some(contradiction) => {
                let source = Box::new(contradiction.clone());
                let context = "the rows do not fit together, so nothing of the batch was committed";
                Err((SubmitError::Unavailable, EngineError { context, source }))
            }
        }
    }

    /// After the commit: publishes what readers see, then answers, so that whoever has an answer
    /// also reads its effect.
    fn answer(&mut self, commit_time: Duration) {
        let ledger = self.store.ledger();
        let changed = ledger.changed_products().map(|(_, product)| product.id);
        let mut changed: Vec<_> = changed.chain(ledger.moved_deadlines().iter().copied()).collect();
        changed.sort_unstable();
        changed.dedup();
        for id in changed {
            if let Some(published) = self.store.published(id) {
                self.snapshot.publish(published);
            }
        }
        let ledger = self.store.ledger();
        let commands = self.batch.commands.len();
        let report = BatchReport { commands, commit_time, journal: ledger.journal() };
        self.observer.committed(&report);
        let Batch { commands, waiting, outcomes, .. } = &mut self.batch;
        for ((command, waiting), outcome) in commands.iter().zip(waiting).zip(outcomes.drain(..)) {
            let Some((trace, reply)) = waiting.take() else {
                continue;
            };
            self.observer.answered(&trace, command, &outcome);
            let _ = reply.send(Ok(outcome)); // the caller may have gone; that cancels nothing
        }
        ledger.settle();
    }

    fn answer_all(&mut self, error: SubmitError) {
        for (_, reply) in self.batch.waiting.drain(..).flatten() {
            let _ = reply.send(Err(error)); // the caller may have gone
        }
    }

    /// Answers whoever still waits in the mailbox, after the last batch there will be.
    fn refuse_the_rest(&mut self) {
        self.mailbox.close();
        while let Ok(Envelope { reply, .. }) = self.mailbox.try_recv() {
            let _ = reply.send(Err(SubmitError::Unavailable)); // the caller may have gone
        }
    }

    fn publish_all(&mut self) {
        let products: Vec<_> = self.store.ledger().products().map(|product| product.id).collect();
        for id in products {
            if let Some(published) = self.store.published(id) {
                self.snapshot.publish(published);
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now().max(self.last)
    }
}

impl Batch {
    fn clear(&mut self) {
        self.commands.clear();
        self.waiting.clear();
        self.outcomes.clear();
    }
}

async fn until(clock: &Clock, deadline: Option<Timestamp>) {
    match deadline {
        Some(deadline) => clock.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
