//! The store that everything happens to.

use std::sync::Mutex;
use std::time::Duration;

use doorbuster_domain::{Command, Ledger, Timestamp};
use doorbuster_engine::{Clock, CommitError, LoadError, Resolved, Store, StoreError, fetch};

use crate::disk::Record;
use crate::plan::Fault;
use crate::world::World;

/// How long something takes that takes long, at most.
const LONG_MS: u64 = 400;

/// How long a doubt may last: longer than the engine has those who come meanwhile wait.
const DOUBT_MS: u64 = 4_000;

/// A store over the simulated disk. With `JOINS`, commands may join a loaded batch.
pub(crate) struct SimulatedStore<const JOINS: bool> {
    world: World,
    clock: Clock,
    ledger: Ledger,
    now: Timestamp,
    commands: Vec<Command>,
    /// Those who joined the batch in progress.
    joined: Mutex<Vec<Command>>,
    doubt: Option<Fault>,
}

fn error(fault: Fault) -> StoreError {
    format!("the simulation says so: {fault:?}").into()
}

impl<const JOINS: bool> SimulatedStore<JOINS> {
    /// Opens the disk, as after a start of the process.
    pub(crate) fn open(world: World) -> Self {
        let clock = world.with(|it| it.clock.clone());
        let now = clock.now();
        let (commands, joined) = (Vec::new(), Mutex::default());
        let mut store =
            Self { world, clock, ledger: Ledger::new(), now, commands, joined, doubt: None };
        store.recover();
        store
    }

    /// Makes the ledger what is durable.
    fn recover(&mut self) {
        let ledger = &mut self.ledger;
        ledger.clear();
        self.world.with(|it| it.disk.tables.recover(ledger));
    }

    /// Publishes what is durable, as whoever follows a shared store does where the engine itself
    /// does not know what it has committed.
    fn follow(&mut self) {
        let handle = self.world.with(|it| it.handle.clone()).unwrap();
        let ids: Vec<_> = self.ledger.products().map(|product| product.id).collect();
        for id in ids {
            handle.snapshot().publish(self.published(id).unwrap());
        }
    }

    /// Takes note that the batch in progress failed, in a way that its commands may be told.
    fn fails(&mut self, fault: Fault) -> StoreError {
        self.recover();
        self.world.with(|it| it.history.current().troubled = true);
        error(fault)
    }

    /// Lets pass what a step of the store takes.
    async fn take(&self, step: usize, fault: Fault) {
        let ms = self.world.with(|it| it.plan.store_ms[step]);
        let slow = self.world.strikes(fault);
        self.world.pause(if slow { LONG_MS } else { ms }).await;
    }

    fn written(&self) -> Record {
        let joined = std::mem::take(&mut *self.joined.lock().unwrap());
        let commands = [self.commands.clone(), joined].concat();
        Record::of(&self.ledger, self.now, commands)
    }
}

impl<const JOINS: bool> Store for SimulatedStore<JOINS> {
    const LETS_JOIN: bool = JOINS;

    async fn load(&mut self, now: Timestamp, commands: &[Command]) -> Result<Timestamp, LoadError> {
        self.joined.lock().unwrap().clear();
        self.take(0, Fault::SlowLoad).await;
        if self.world.strikes(Fault::LoadFails) {
            return Err(LoadError::Unavailable(self.fails(Fault::LoadFails)));
        }
        if self.world.strikes(Fault::LoadConflicts) {
            return Err(LoadError::Conflict(self.fails(Fault::LoadConflicts)));
        }
        self.world.with(|it| it.catch_up());
        if self.world.with(|it| it.plan.rereads) {
            self.recover();
        }
        let ledger = &mut self.ledger;
        let Ok(()) = self.world.with(|it| fetch(ledger, &mut &it.disk.tables, commands));
        self.now = now;
        if self.world.strikes(Fault::StoreAhead) {
            // The node's clock follows the store's, as that of a real node does.
            let ahead_ms = self.world.with(|it| it.dice.between(1, 3_000));
            self.clock.advance(Duration::from_millis(ahead_ms));
            self.now = self.clock.now().max(now);
        }
        self.commands = commands.to_vec();
        Ok(self.now)
    }

    fn covers(&self, command: &Command) -> bool {
        let here = match command {
            Command::PlaceHold(place) => {
                let customer = place.customer_id.as_ref();
                let known = |id| self.ledger.knows_customer(place.product_id, id);
                place.idempotency_key.is_none() && customer.is_none_or(known)
            }
            Command::ReleaseHold(id) | Command::ExtendHold(id) => self.ledger.hold(*id).is_some(),
            Command::CreateOrder(_)
            | Command::CancelOrder(_)
            | Command::RecordPayment(_)
            | Command::RefundOrder(_)
            | Command::CreateProduct(_)
            | Command::ChangeProduct(_)
            | Command::ExpireDue { .. } => false,
        };
        if here {
            self.joined.lock().unwrap().push(command.clone());
            self.world.with(|it| it.counts.add("commands that joined a batch", 1));
        }
        here
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        if self.world.strikes(Fault::Conflicts) {
            return Err(CommitError::Conflict(self.fails(Fault::Conflicts)));
        }
        if self.world.strikes(Fault::Refused) {
            return Err(CommitError::NotCommitted(self.fails(Fault::Refused)));
        }
        self.take(1, Fault::SlowCommit).await;
        let record = self.written();
        self.world.with(|it| it.disk.write(record));
        self.take(2, Fault::SlowCommit).await;
        let doubts = [
            Fault::UnknownCommitted,
            Fault::UnknownNotCommitted,
            Fault::UndecidedKept,
            Fault::UndecidedLost,
            Fault::Unresolved,
        ];
        self.doubt = doubts.into_iter().find(|doubt| self.world.strikes(*doubt));
        if let Some(doubt) = self.doubt {
            self.world.with(|it| it.history.current().troubled = true);
            return Err(CommitError::Unknown(error(doubt)));
        }
        self.world.with(|it| it.disk.flush());
        self.take(3, Fault::SlowCommit).await;
        self.world.with(|it| it.disk.acknowledge());
        Ok(())
    }

    async fn resolve(&mut self) -> Result<Resolved, StoreError> {
        let slow = self.world.strikes(Fault::SlowDoubt);
        self.world.pause(if slow { DOUBT_MS } else { 5 }).await;
        let doubt = self.doubt.take().unwrap();
        if doubt == Fault::UnknownCommitted {
            self.world.with(|it| it.disk.flush());
            self.world.with(|it| it.disk.acknowledge());
            return Ok(Resolved::Committed);
        }
        if doubt == Fault::UnknownNotCommitted {
            self.world.with(|it| it.disk.roll_back());
            self.recover();
            return Ok(Resolved::NotCommitted);
        }
        if doubt == Fault::Unresolved {
            self.world.with(|it| it.history.current().died = true);
            return Err(error(doubt));
        }
        self.world.with(|it| {
            it.history.note_undecided(it.disk.unflushed().unwrap());
            if doubt == Fault::UndecidedKept {
                it.disk.flush();
            } else {
                it.disk.roll_back();
            }
            it.catch_up();
        });
        self.recover();
        self.follow();
        Ok(Resolved::Undecided)
    }

    async fn forget(
        &mut self,
        _requests_before: Timestamp,
        _events_before: Timestamp,
        _limit: usize,
    ) -> Result<(usize, usize), StoreError> {
        if self.world.strikes(Fault::UpkeepFails) {
            return Err(error(Fault::UpkeepFails));
        }
        Ok((0, 0))
    }
}
