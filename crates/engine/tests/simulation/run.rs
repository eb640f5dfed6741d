//! One run: an engine that is killed and started again, its clients, and the end of the day.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use doorbuster_domain::Timestamp;
use doorbuster_engine::{Clock, Engine, EngineError, Handle, Snapshot, Store};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use crate::counts::Counts;
use crate::crowd::{Role, answered, client, opening};
use crate::disk::Crashed;
use crate::history::Incarnation;
use crate::plan::Fault;
use crate::rules;
use crate::store::SimulatedStore;
use crate::witness::Witness;
use crate::world::World;

/// When every run begins: 2026-11-27T09:00:00Z.
const START: Timestamp = Timestamp::from_millis(1_795_770_000_000);

/// How often the clock moves, and something may happen to the process.
const STEP_MS: u64 = 12;

/// By how much the clock moves: mostly so that it comes to stand exactly on deadlines.
const CLOCK_STEPS_MS: [u64; 10] = [0, 0, 0, 0, 250, 250, 500, 1_000, 1, 249];

/// How much the process may be away, at most.
const AWAY_MS: u64 = 30;

/// How long a run may take on the simulated timer before somebody must be stuck.
const STUCK_AFTER: Duration = Duration::from_secs(3_600);

/// Longer than any hold or order of a run can last.
const LONG_AFTER: Duration = Duration::from_secs(100_000);

/// How often it is looked for whether all has expired, the last doubt of a commit included.
const LOOKS: usize = 500;
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a run is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) seed: u64,
    /// How many commands its clients send at least.
    pub(crate) operations: u64,
    /// Whether it writes down what happens.
    pub(crate) traced: bool,
    /// Whether its store takes torn batches for whole, which must be noticed.
    pub(crate) trusts_torn_batches: bool,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    /// The rules that were broken, in words.
    pub(crate) broken: Vec<String>,
    pub(crate) operations: u64,
    pub(crate) counts: Counts,
    pub(crate) trace: String,
}

/// Runs one seed. A panic is a broken rule too, and must not hide which seed it was.
pub(crate) fn run(task: Task) -> Report {
    std::panic::catch_unwind(|| run_or_panic(task)).unwrap_or_else(|_| Report {
        seed: task.seed,
        broken: vec!["it panicked".to_owned()],
        operations: 0,
        counts: Counts::default(),
        trace: String::new(),
    })
}

fn run_or_panic(task: Task) -> Report {
    let Task { seed, operations, traced, trusts_torn_batches } = task;
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    let world = World::new(seed, START, operations, traced);
    world.with(|it| it.trusts_torn_batches = trusts_torn_batches);
    runtime.block_on(async {
        let day = day(world.clone());
        match tokio::time::timeout(STUCK_AFTER, tokio::spawn(day)).await {
            Ok(Ok(())) => {}
            Ok(Err(panic)) => world.with(|it| it.breaks(|| format!("the day ended: {panic}"))),
            Err(_) => world.with(|it| it.breaks(|| "somebody is stuck".to_owned())),
        }
    });
    drop(runtime);
    world.with(|it| {
        it.catch_up();
        let rows = it.replay.compare(&it.disk.tables);
        it.check(rows);
        let rules = rules::check(&it.disk.tables);
        it.check(rules);
        let audit = it.disk.tables.audit();
        if !audit.is_ok() {
            it.breaks(|| format!("the audit found {:?}", audit.violations));
        }
        let history = it.history.check();
        it.check(history);
        let states: Vec<_> = it.disk.tables.orders.values().map(|order| order.state).collect();
        states.into_iter().for_each(|state| it.counts.finally(state));
        Report {
            seed,
            broken: std::mem::take(&mut it.broken),
            operations: it.history.operations.len() as u64,
            counts: it.counts.clone(),
            trace: it.take_trace(),
        }
    })
}

/// From the opening until everything is sold, paid, given back or expired.
async fn day(world: World) {
    let world = &world;
    let mut process = Process::start(world).await;
    let (clients, mut dice) = world.with(|it| (it.plan.clients, it.dice.fork(2)));
    let products = opening(&mut dice);
    let mut crowd = JoinSet::new();
    for command in products {
        while !answered(world, &command).await {
            if process.engine.is_finished() {
                process = process.next(world).await;
            }
        }
    }
    for n in 0..clients {
        let role = match n {
            0 | 20 => Role::Operator,
            1 | 4 | 7 | 11 | 15 | 19 | 23 | 27 => Role::Provider,
            _ => Role::Buyer,
        };
        crowd.spawn(client(world.clone(), role, dice.fork(n)));
    }
    while !crowd.is_empty() {
        world.pause(STEP_MS).await;
        step_clock(world);
        process = process.may_end(world).await;
        while let Some(done) = crowd.try_join_next() {
            if done.is_err() {
                world.with(|it| it.breaks(|| "a client panicked".to_owned()));
            }
        }
    }
    evening(world, process).await;
}

fn step_clock(world: &World) {
    let jumps = world.strikes(Fault::ClockJump);
    world.with(|it| {
        let ms = if jumps { it.dice.below(600_000) } else { *it.dice.pick(&CLOCK_STEPS_MS) };
        it.clock.advance(Duration::from_millis(ms));
    });
}

/// Nobody asks for anything any more. What is overdue expires by itself, and the engine stops when
/// it is told to.
async fn evening(world: &World, mut process: Process) {
    world.with(|it| it.clock.advance(LONG_AFTER));
    for _ in 0..LOOKS {
        // The last doubt of the day may end the engine now.
        if process.engine.is_finished() {
            process = process.next(world).await;
        }
        tokio::time::sleep(LOOK_EVERY).await;
        if world.with(|it| it.disk.tables.is_quiet()) && process.handle.is_ready() {
            break;
        }
        world.with(|it| it.clock.advance(LOOK_EVERY));
    }
    if !world.with(|it| it.disk.tables.is_quiet()) {
        world.with(|it| it.breaks(|| "what is overdue does not expire".to_owned()));
    }
    if !process.handle.is_ready() {
        world.with(|it| it.breaks(|| "the engine is not ready again".to_owned()));
    }
    process.stop(world).await;
}

/// A process with an engine in it.
struct Process {
    handle: Handle,
    engine: JoinHandle<Result<(), EngineError>>,
    stop: Option<oneshot::Sender<()>>,
}

impl Process {
    async fn start(world: &World) -> Self {
        let (clock, joins) = world.with(|it| {
            it.history.incarnations.push(Incarnation::default());
            it.tell(|| "the process starts".to_owned());
            (it.clock.clone(), it.plan.joins)
        });
        let process = if joins {
            Self::over(world, SimulatedStore::<true>::open(world.clone()), clock)
        } else {
            Self::over(world, SimulatedStore::<false>::open(world.clone()), clock)
        };
        world.with(|it| it.handle = Some(process.handle.clone()));
        tokio::task::yield_now().await;
        process
    }

    fn over(world: &World, store: impl Store, clock: Clock) -> Self {
        let snapshot: Arc<OnceLock<Arc<Snapshot>>> = Arc::default();
        let (options, chance) = world.with(|it| (it.plan.options(), it.dice.next()));
        let witness = Witness::new(world.clone(), snapshot.clone());
        let (engine, handle) = Engine::new(store, witness, clock, options);
        snapshot.get_or_init(|| handle.snapshot().clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let engine = tokio::spawn(engine.with_chance(chance).run(async {
            let _ = stopped.await; // a process that is dropped stops too
        }));
        Self { handle, engine, stop: Some(stop) }
    }

    /// Goes on, or ends and is started again.
    async fn may_end(self, world: &World) -> Self {
        if self.engine.is_finished() {
            return self.next(world).await;
        }
        if world.strikes(Fault::Crash) {
            self.crash(world).await;
            return Self::again(world).await;
        }
        if world.strikes(Fault::Restart) {
            self.stop(world).await;
            return Self::again(world).await;
        }
        self
    }

    /// The process dies, wherever its engine is.
    async fn crash(mut self, world: &World) {
        world.with(|it| it.history.current().died = true);
        self.engine.abort();
        let _ = (&mut self.engine).await; // cancelled, which is what was wanted
        world.with(|it| {
            let what = match it.disk.crash(&mut it.dice) {
                Crashed::Clean => "crash between batches",
                Crashed::Lost => "batch lost in a crash",
                Crashed::Torn => "batch torn in a crash",
                Crashed::Kept => "batch kept in a crash",
            };
            it.counts.add(what, 1);
            it.tell(|| what.to_owned());
        });
    }

    /// The process is told to stop, and takes the time that it needs.
    async fn stop(mut self, world: &World) {
        world.with(|it| it.history.current().stopped = true);
        let _ = self.stop.take().unwrap().send(()); // it may have given up just now
        let ended = (&mut self.engine).await;
        self.judge(world, ended);
    }

    /// The process has ended by itself. The next one.
    async fn next(mut self, world: &World) -> Self {
        let ended = (&mut self.engine).await;
        self.judge(world, ended);
        Self::again(world).await
    }

    /// An engine ends when it is told to, or when its store cannot be trusted any more.
    fn judge(&self, world: &World, ended: Result<Result<(), EngineError>, tokio::task::JoinError>) {
        world.with(|it| {
            let Incarnation { died, stopped, .. } = *it.history.current();
            match ended {
                Ok(Ok(())) if stopped && !died => {}
                Ok(Err(error)) if died => {
                    it.counts.add("engine that gave up", 1);
                    it.tell(|| error.to_string());
                    it.disk.crash(&mut it.dice);
                }
                Ok(ended) => it.breaks(|| format!("the engine ended: {ended:?}")),
                Err(error) => it.breaks(|| format!("the engine panicked: {error}")),
            }
        });
        if self.handle.is_ready() {
            world.with(|it| it.breaks(|| "an engine that ended is ready".to_owned()));
        }
    }

    /// After a while, the process is started again.
    async fn again(world: &World) -> Self {
        world.pause(AWAY_MS).await;
        let set_back = world.strikes(Fault::ClockSetBack);
        world.with(|it| {
            it.disk.recover(it.trusts_torn_batches);
            it.catch_up();
            it.replay.restart(&it.disk.tables);
            if set_back {
                let ms = i64::try_from(it.dice.below(20_000)).unwrap();
                let now = it.clock.now().as_millis();
                it.clock = Clock::manual(Timestamp::from_millis(now - ms));
            }
        });
        Self::start(world).await
    }
}
