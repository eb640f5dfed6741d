//! A running engine, as a test has it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorbuster_domain::{Command, EntryKind, Outcome, Product};
use doorbuster_engine::{
    BatchReport, Clock, Engine, EngineError, Handle, Observer, Options, Store, Trace,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::shop::{Answer, START, TICKET};

/// An engine on the test's own runtime, on a clock that stands still until the test moves it.
pub(crate) struct Running {
    pub(crate) handle: Handle,
    pub(crate) clock: Clock,
    pub(crate) seen: Seen,
    stop: Option<oneshot::Sender<()>>,
    engine: JoinHandle<Result<(), EngineError>>,
}

/// What an observer saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// A batch of so many commands, and what its journal says.
    Committed(usize, Vec<EntryKind>),
    Answered(Option<String>, Outcome),
    Retried(u32),
    Failed(usize),
    Cleaned(usize, usize),
}

/// All that an observer saw, in order.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<Sight>>>);

impl Seen {
    pub(crate) fn all(&self) -> Vec<Sight> {
        self.0.lock().unwrap().clone()
    }

    /// How many batches were committed.
    pub(crate) fn commits(&self) -> usize {
        let is_commit = |sight: &&Sight| matches!(sight, Sight::Committed(..));
        self.0.lock().unwrap().iter().filter(is_commit).count()
    }

    fn add(&self, sight: Sight) {
        self.0.lock().unwrap().push(sight);
    }
}

impl Observer for Seen {
    fn committed(&mut self, batch: &BatchReport<'_>) {
        let journal = batch.journal.iter().map(|entry| entry.kind).collect();
        self.add(Sight::Committed(batch.commands, journal));
    }

    fn answered(&mut self, trace: &Trace, _command: &Command, outcome: &Outcome) {
        self.add(Sight::Answered(trace.request_id().map(str::to_owned), outcome.clone()));
    }

    fn retried(&mut self, attempt: u32, _error: &(dyn std::error::Error + 'static)) {
        self.add(Sight::Retried(attempt));
    }

    fn failed(&mut self, commands: usize, _error: &(dyn std::error::Error + 'static)) {
        self.add(Sight::Failed(commands));
    }

    fn cleaned(&mut self, requests: usize, events: usize) {
        self.add(Sight::Cleaned(requests, events));
    }
}

impl Running {
    /// An engine over `store` with the default options.
    pub(crate) async fn start(store: impl Store) -> Self {
        Self::start_with(store, Clock::manual(START), Options::default()).await
    }

    pub(crate) async fn start_with(store: impl Store, clock: Clock, options: Options) -> Self {
        let seen = Seen::default();
        let (engine, handle) = Engine::new(store, seen.clone(), clock.clone(), options);
        let (stop, stopped) = oneshot::channel::<()>();
        let engine = tokio::spawn(engine.run(async {
            let _ = stopped.await; // a test that ends stops its engine too
        }));
        let running = Self { handle, clock, seen, stop: Some(stop), engine };
        idle().await;
        running
    }

    /// Submits `command` without waiting for its answer.
    pub(crate) fn ask(&self, command: Command) -> JoinHandle<Answer> {
        let handle = self.handle.clone();
        tokio::spawn(async move { handle.submit(command, Trace::none()).await })
    }

    /// The answer to `command`.
    pub(crate) async fn answer(&self, command: Command) -> Answer {
        self.handle.submit(command, Trace::none()).await
    }

    /// The ticket as readers see it.
    pub(crate) fn ticket(&self) -> Product {
        self.handle.product(TICKET).unwrap().product.clone()
    }

    /// Moves the clock and waits until the engine has done what there was to do.
    pub(crate) async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        idle().await;
    }

    /// Tells the engine to stop, and does not wait for it.
    pub(crate) fn shut_down(&mut self) {
        let _ = self.stop.take().unwrap().send(()); // it may have stopped by itself
    }

    /// How the engine ended, once it has.
    pub(crate) async fn ended(self) -> Result<(), EngineError> {
        self.engine.await.unwrap()
    }

    /// Whether the engine has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.engine.is_finished()
    }

    /// Drops the engine wherever it is, as when its runtime goes down.
    pub(crate) async fn kill(&mut self) {
        self.engine.abort();
        let _ = (&mut self.engine).await; // cancelled, which is what was wanted
    }
}

/// Waits until no task can go on by itself. Tests run on a paused tokio clock, which moves only
/// when every task is waiting for something; so this neither waits nor guesses. The second of that
/// clock is for the engine's pauses between retries.
pub(crate) async fn idle() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}
