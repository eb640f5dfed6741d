//! The store: where rows are durable.

use std::error::Error;
use std::future::Future;

use doorbuster_domain::{Command, Ledger, ProductId, Timestamp};

use crate::Published;

/// What a store failed at.
pub type StoreError = Box<dyn Error + Send + Sync>;

/// Why a batch could not be loaded. Nothing has changed; no commit follows.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// For a reason that goes away by itself (a deadlock, a serialization failure): the batch may
    /// be loaded again.
    #[error("the batch could not be loaded, and may be tried again")]
    Conflict(#[source] StoreError),
    /// Trying again at once will not help.
    #[error("the store cannot be read")]
    Unavailable(#[source] StoreError),
}

/// Why a commit did not report success.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Nothing of the batch is durable, for a reason that goes away by itself (a deadlock, a
    /// serialization failure): the whole batch may be loaded, decided and committed again.
    #[error("the batch was not committed, and may be tried again")]
    Conflict(#[source] StoreError),
    /// Nothing of the batch is durable, and trying again at once will not help.
    #[error("the batch was not committed")]
    NotCommitted(#[source] StoreError),
    /// Whether the batch is durable is not known. [`Store::resolve`] may find out.
    #[error("whether the batch was committed is not known")]
    Unknown(#[source] StoreError),
}

/// What became of a batch whose commit reported [`CommitError::Unknown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// All of it is durable.
    Committed,
    /// None of it is, and none of it will be.
    NotCommitted,
    /// That could not be found out, and matters to nothing in memory: the store is as last
    /// committed, whatever that is, and the engine may go on.
    Undecided,
}

/// Where rows are durable. One engine owns a store and calls it for one batch at a time:
/// [`load`](Store::load), then [`ledger`](Store::ledger) to decide, then [`commit`](Store::commit),
/// then [`Ledger::settle`].
///
/// Every store guarantees, and the conformance suite tests:
/// 1. After `load`, the ledger holds every row that any of the commands can touch, as last
///    committed; what it does not hold does not exist.
/// 2. `commit` makes all changes of the ledger durable, or none. When it returns `Ok` they survive
///    the loss of the process and of the machine's power, and every [`Reader`](crate::Reader)
///    of the store sees them.
/// 3. A commit that would break `held + sold ≤ total`, make two orders of one hold, reuse an id,
///    an event id, an idempotency key or a journal number is refused by the store itself.
/// 4. Between batches nothing but the live rows (products, active holds, pending orders, and the
///    customers who have any) stays in memory.
pub trait Store: Send + 'static {
    /// Whether commands may join a batch after it was loaded: see [`Store::covers`].
    const LETS_JOIN: bool = false;

    /// Brings every row that `commands` may touch into the ledger, and returns the time at which
    /// the batch is to be decided: `now`, or a later one where the store has a clock of its own.
    ///
    /// # Errors
    /// See [`LoadError`].
    fn load(
        &mut self,
        now: Timestamp,
        commands: &[Command],
    ) -> impl Future<Output = Result<Timestamp, LoadError>> + Send;

    /// Whether `command` can join the batch that was just loaded: whatever it can touch is in the
    /// ledger. Where loading waits for other writers, those who arrived meanwhile need not wait for
    /// the next batch. Only a store with [`Store::LETS_JOIN`] is asked.
    fn covers(&self, _command: &Command) -> bool {
        false
    }

    /// The ledger of the batch in progress; before the first `load`, the live rows as recovered.
    fn ledger(&mut self) -> &mut Ledger;

    /// Makes the ledger's changes durable. The caller settles the ledger afterwards.
    ///
    /// # Errors
    /// See [`CommitError`]. After `Conflict` and `NotCommitted` the ledger is as last committed,
    /// without the batch. After `Unknown` it is left as decided until [`Store::resolve`] says what
    /// became of the batch: `Committed`, and it is settled as usual, or `NotCommitted`, and it is
    /// as last committed.
    fn commit(&mut self) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// When the store wants to have [`Command::ExpireDue`] decided next, if ever: when the first of
    /// the active holds and pending orders falls due.
    fn next_deadline(&mut self) -> Option<Timestamp> {
        self.ledger().next_deadline()
    }

    /// What readers are to see of a product of the ledger, once the batch is committed.
    fn published(&mut self, id: ProductId) -> Option<Published> {
        let ledger = self.ledger();
        let product = ledger.product(id)?.clone();
        Some(Published { product, next_deadline: ledger.product_deadline(id), revision: 0 })
    }

    /// Finds out what became of the last batch after [`CommitError::Unknown`].
    ///
    /// # Errors
    /// When it cannot be found out. The engine then stops; what is durable shows after a restart.
    fn resolve(&mut self) -> impl Future<Output = Result<Resolved, StoreError>> + Send;

    /// Removes at most `limit` remembered requests made before `requests_before`, and at most
    /// `limit` finished payment events received before `events_before`, and returns how many of
    /// each.
    ///
    /// # Errors
    /// When the store cannot be written. What was removed stays removed.
    fn forget(
        &mut self,
        requests_before: Timestamp,
        events_before: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<(usize, usize), StoreError>> + Send;

    /// Does a small step of whatever the store must do from time to time to stay fast, and returns
    /// whether there is more to do soon. Nobody sees a difference.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn tidy(&mut self) -> impl Future<Output = Result<bool, StoreError>> + Send {
        async { Ok(false) }
    }
}
