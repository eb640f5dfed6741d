//! The engine, its handle, and clients that talk to it while it is stopped.
//!
//! The engine runs as it is. Its channels are tokio's, each of whose calls is one step here; the
//! store and the observer, which it calls between its own steps, let the others go on there.

use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorbuster_domain::{Command, Effect, Ledger, Outcome, ProductId, Timestamp, decide};
use doorbuster_engine::{
    BatchReport, Clock, CommitError, Engine, Handle, LoadError, MemoryReader, MemoryStore,
    Observer, Options, Published, Resolved, Store, StoreError, SubmitError, Trace,
};
use shuttle::{future, thread};
use tokio::sync::oneshot;

use crate::in_many_orders;
use crate::shop::{START, TICKET, hold, opening};

/// A memory store that lets others go on wherever the engine calls it.
struct Yielding(MemoryStore);

impl Store for Yielding {
    async fn load(&mut self, now: Timestamp, commands: &[Command]) -> Result<Timestamp, LoadError> {
        future::yield_now().await;
        self.0.load(now, commands).await
    }

    fn ledger(&mut self) -> &mut Ledger {
        self.0.ledger()
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        future::yield_now().await;
        let committed = self.0.commit().await;
        future::yield_now().await;
        committed
    }

    fn next_deadline(&mut self) -> Option<Timestamp> {
        thread::yield_now();
        self.0.next_deadline()
    }

    fn published(&mut self, id: ProductId) -> Option<Published> {
        thread::yield_now();
        self.0.published(id)
    }

    async fn resolve(&mut self) -> Result<Resolved, StoreError> {
        self.0.resolve().await
    }

    async fn forget(
        &mut self,
        requests_before: Timestamp,
        events_before: Timestamp,
        limit: usize,
    ) -> Result<(usize, usize), StoreError> {
        self.0.forget(requests_before, events_before, limit).await
    }
}

/// Lets others go on before the answers, and between them.
struct Hesitant;

impl Observer for Hesitant {
    fn committed(&mut self, _: &BatchReport<'_>) {
        thread::yield_now();
    }

    fn answered(&mut self, _: &Trace, _: &Command, _: &Outcome) {
        thread::yield_now();
    }
}

/// A running engine that sells `units` tickets.
struct Running {
    handle: Handle,
    rows: MemoryReader,
    stop: oneshot::Sender<()>,
    engine: future::JoinHandle<()>,
}

impl Running {
    fn start(units: u32, options: Options) -> Self {
        let store = future::block_on(async {
            let mut store = MemoryStore::new();
            let now = store.load(START, &[opening(units)]).await.unwrap();
            decide(store.ledger(), now, &opening(units)).unwrap();
            store.commit().await.unwrap();
            store.ledger().settle();
            store
        });
        let (rows, clock) = (store.reader(), Clock::manual(START));
        let (engine, handle) = Engine::new(Yielding(store), Hesitant, clock, options);
        let (stop, stopped) = oneshot::channel();
        let engine = future::spawn(async move {
            let stopped = async { stopped.await.unwrap() };
            engine.run(stopped).await.unwrap();
        });
        Self { handle, rows, stop, engine }
    }

    /// Stops the engine, and returns how many tickets are held in the rows.
    fn stop(self) -> u32 {
        self.stop.send(()).unwrap();
        future::block_on(self.engine).unwrap();
        self.rows.reopen().ledger().product(TICKET).unwrap().held
    }
}

/// Asks for `times` tickets, one after the other, and says how often that went how.
async fn buy(handle: Handle, buyer: u128, times: u128) -> Told {
    let mut told = Told::default();
    for n in 0..times {
        let answer = handle.submit(hold(buyer * 100 + n), Trace::none()).await;
        match answer {
            Ok(Ok(Effect::Hold { .. })) => {
                told.held += 1;
                let published = handle.product(TICKET).unwrap();
                assert!(published.product.held >= told.held, "{published:?} after {told:?}");
            }
            Ok(refused) => {
                assert!(refused.is_err(), "{refused:?}");
                let published = handle.product(TICKET).unwrap();
                assert_eq!(published.product.available(), 0, "{refused:?}");
            }
            Err(SubmitError::Unavailable) => told.unavailable += 1,
            Err(SubmitError::Overloaded) => told.overloaded += 1,
            Err(SubmitError::Unknown) => panic!("accepted, and never answered"),
        }
    }
    told
}

#[derive(Clone, Copy, Debug, Default)]
struct Told {
    held: u32,
    unavailable: u32,
    overloaded: u32,
}

/// How many were told what in all orders together, so that a test cannot go blind.
#[derive(Default)]
struct Total([AtomicUsize; 2]);

impl Total {
    fn add(&self, none: u32, some: u32) {
        self.0[0].fetch_add(usize::from(none > 0), Ordering::Relaxed);
        self.0[1].fetch_add(usize::from(some > 0), Ordering::Relaxed);
    }

    #[track_caller]
    fn both_happened(&self) {
        let [one, other] = self.0.each_ref().map(|n| n.load(Ordering::Relaxed));
        assert!(one > 0 && other > 0, "in {one} orders the one happened, in {other} the other");
    }
}

#[test]
fn whoever_has_an_answer_reads_its_effect_and_no_ticket_is_sold_twice() {
    in_many_orders(|| {
        let engine = Running::start(4, Options::default());
        let buyers = [1, 2, 3].map(|buyer| future::spawn(buy(engine.handle.clone(), buyer, 2)));
        let held = buyers.map(|buyer| future::block_on(buyer).unwrap().held);
        assert_eq!(held.iter().sum::<u32>(), 4);
        assert_eq!(engine.stop(), 4);
    });
}

#[test]
fn a_shutdown_answers_every_accepted_command_once_and_loses_none() {
    let total = StdArc::new(Total::default());
    let met = total.clone();
    in_many_orders(move || {
        let engine = Running::start(100, Options { batch: 2, ..Options::default() });
        let buyers = [1, 2, 3].map(|buyer| future::spawn(buy(engine.handle.clone(), buyer, 2)));
        let handle = engine.handle.clone();
        let held_in_rows = engine.stop();
        assert!(!handle.is_ready());
        let told = buyers.map(|buyer| future::block_on(buyer).unwrap());
        let held = told.iter().map(|told| told.held).sum::<u32>();
        let unavailable = told.iter().map(|told| told.unavailable).sum::<u32>();
        assert_eq!(held + unavailable, 6, "{told:?}");
        assert_eq!(held, held_in_rows, "{told:?}");
        met.add(held, unavailable);
    });
    total.both_happened();
}

#[test]
fn a_full_mailbox_refuses_at_once() {
    let total = StdArc::new(Total::default());
    let met = total.clone();
    in_many_orders(move || {
        let options = Options { mailbox: 1, batch: 1, ..Options::default() };
        let engine = Running::start(100, options);
        let buyers = [1, 2, 3].map(|buyer| future::spawn(buy(engine.handle.clone(), buyer, 2)));
        let told = buyers.map(|buyer| future::block_on(buyer).unwrap());
        let held = told.iter().map(|told| told.held).sum::<u32>();
        let overloaded = told.iter().map(|told| told.overloaded).sum::<u32>();
        assert_eq!(held + overloaded, 6, "{told:?}");
        assert_eq!(engine.stop(), held);
        met.add(held, overloaded);
    });
    total.both_happened();
}
