//! The store: where rows are durable.

use std::error::Error;
use std::future::Future;

use doorbuster_domain::{Command, Ledger, Timestamp};

/// What a store failed at.
pub type StoreError = Box<dyn Error + Send + Sync>;

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
    /// Brings every row that `commands` may touch into the ledger, and returns the time at which
    /// the batch is to be decided: `now`, or a later one where the store has a clock of its own.
    ///
    /// # Errors
    /// When the store cannot be read. Nothing has changed; no `commit` follows.
    fn load(
        &mut self,
        now: Timestamp,
        commands: &[Command],
    ) -> impl Future<Output = Result<Timestamp, StoreError>> + Send;

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
