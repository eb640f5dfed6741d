//! The writing side: one lane of one node.

use std::collections::BTreeMap;
use std::time::Duration;

use doorbuster_domain::{Command, Ledger, ProductId, Timestamp};
use doorbuster_engine::{
    CommitError, LoadError, Published, Resolved, Store, StoreError, fresh_uuid,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::address::Address;
use super::connection::{Connection, Request, SendError};
use super::deadlines::Deadlines;
use super::load::{self, Failure, Loaded, Turn};
use super::row::StoredProduct;
use super::sql::Name;
use super::wanted::Wanted;
use super::write::Batch;

/// How long a commit that is in doubt is looked for before its callers are told so.
const RESOLVE_WITHIN: Duration = Duration::from_secs(10);

/// The wait after a first failure to connect; it doubles with each, up to the longest.
const FIRST_RECONNECT_AFTER: Duration = Duration::from_millis(50);
const RECONNECT_WITHIN: Duration = Duration::from_secs(1);

/// How soon after one look for overdue rows the lane's timer asks for the next.
const SWEEP_EVERY_MS: i64 = 50;

/// Codes of errors that go away when the batch is tried again (PostgreSQL 15, appendix A): a
/// serialization failure, a deadlock, a key that another node made first, and a row that it changed
/// or removed (see `exactly` in `sql`).
const CONFLICTS: [&str; 4] = ["40001", "40P01", "23505", "22012"];

/// Codes after which the connection is of no use: the server is not the primary any more, or does
/// not know our statements.
const USELESS: [&str; 4] = ["25006", "57P03", "0A000", "26000"];

/// One lane of one node: the store of one engine. It connects when it is first used.
pub struct PostgresStore {
    address: Address,
    lane: usize,
    deadlines: Deadlines,
    /// Whether the caller's time counts instead of the database's.
    callers_time: bool,
    ledger: Ledger,
    connection: Option<Connection>,
    /// A transaction was begun and neither committed nor rolled back.
    in_transaction: bool,
    loaded: Loaded,
    /// The products that the batch wrote, or that were there at the start, as they are now.
    known: BTreeMap<ProductId, StoredProduct>,
    /// The products that the batch is writing, as they will be.
    writing: Vec<StoredProduct>,
    batch_id: Uuid,
    /// Earlier batches that nobody will ask about any more.
    settled: Vec<Uuid>,
    swept: Timestamp,
    connect_from: Instant,
    connect_after: Duration,
    last_failure: String,
}

impl PostgresStore {
    pub(super) fn new(
        address: Address,
        lane: usize,
        deadlines: Deadlines,
        products: Vec<StoredProduct>,
    ) -> Self {
        let mut ledger = Ledger::new();
        for stored in &products {
            ledger.recover_product(stored.product.clone());
        }
        let known = products.into_iter().map(|stored| (stored.product.id, stored)).collect();
        Self {
            address,
            lane,
            deadlines,
            callers_time: false,
            ledger,
            connection: None,
            in_transaction: false,
            loaded: Loaded::default(),
            known,
            writing: Vec::new(),
            batch_id: Uuid::nil(),
            settled: Vec::new(),
            swept: Timestamp::from_millis(i64::MIN),
            connect_from: now(),
            connect_after: FIRST_RECONNECT_AFTER,
            last_failure: String::new(),
        }
    }

    /// The same store, with batches decided at the caller's time: for tests that move the clock.
    #[must_use]
    pub fn with_callers_time(self) -> Self {
        Self { callers_time: true, ..self }
    }

    /// The connection, made anew where there is none. While the database is gone, most calls fail
    /// at once.
    async fn connect(&mut self) -> Result<&Connection, StoreError> {
        if self.connection.as_ref().is_some_and(Connection::is_closed) {
            self.disconnect();
        }
        if self.connection.is_none() {
            if now() < self.connect_from {
                return Err(format!("the database is gone: {}", self.last_failure).into());
            }
            match Connection::open(&self.address).await {
                Ok(connection) => {
                    self.connection = Some(connection);
                    self.connect_after = FIRST_RECONNECT_AFTER;
                }
                Err(error) => {
                    self.last_failure = chain(&error);
                    self.connect_from = now() + self.connect_after;
                    self.connect_after = (self.connect_after * 2).min(RECONNECT_WITHIN);
                    return Err(Box::new(error));
                }
            }
        }
        self.connection.as_ref().ok_or_else(|| "the database is gone".into())
    }

    fn disconnect(&mut self) {
        self.connection = None;
        self.in_transaction = false;
    }

    /// Keeps or drops the connection, as an error demands.
    fn after(&mut self, error: &SendError) {
        let useless = error.code().is_some_and(|code| USELESS.contains(&code));
        if useless || !matches!(error, SendError::Refused(_)) {
            self.disconnect();
        }
    }

    async fn try_load(&mut self, caller: Timestamp, commands: &[Command]) -> Result<(), Failure> {
        let Some(connection) = &self.connection else {
            return Err(SendError::Lost(None).into());
        };
        let mut first: Vec<Request<'static>> = Vec::new();
        if std::mem::replace(&mut self.in_transaction, true) {
            first.push((Name::Rollback, Vec::new()));
        }
        let wanted = Wanted::of(commands);
        let turn = Turn {
            lane: i64::try_from(self.lane).unwrap_or(0),
            lanes: i64::try_from(self.deadlines.lanes().get()).unwrap_or(1),
            now: self.callers_time.then_some(caller),
        };
        self.ledger.clear();
        self.known.clear();
        self.loaded = load::load(connection, &wanted, turn, &mut self.ledger, first).await?;
        if wanted.expire.is_some() {
            self.swept = self.loaded.now;
        }
        Ok(())
    }

    /// Sends what the batch changed together with the commit.
    async fn write(&mut self) -> Result<(), CommitError> {
        let Some(connection) = &self.connection else {
            return Err(CommitError::NotCommitted("the database is gone".into()));
        };
        let deadlines = self.loaded.deadlines(&self.ledger);
        let batch = Batch {
            id: self.batch_id,
            now: self.loaded.now,
            ledger: &self.ledger,
            locked: &self.loaded.locked,
            deadlines: &deadlines,
            settled: &self.settled,
        };
        let written = batch.written();
        let requests = if !written.is_empty() || batch.has_rows() {
            match batch.requests(&written) {
                Ok(requests) => requests,
                Err(error) => return Err(CommitError::NotCommitted(error.into())),
            }
        } else {
            // What is answered must be on the standby too, even where somebody else wrote it. The
            // lock of its product is a write, so this commit waits like any other.
            vec![(Name::Commit, Vec::new())]
        };
        let stored = |id: ProductId| {
            let next = deadlines.get(&id).map(|next| next.at);
            Some(StoredProduct {
                product: self.ledger.product(id)?.clone(),
                next_deadline: next.unwrap_or_else(|| self.ledger.product_deadline(id)),
                revision: self.loaded.locked.get(&id).map_or(1, |locked| locked.revision + 1),
            })
        };
        self.writing = written.into_iter().filter_map(stored).collect();
        match connection.commit(requests).await {
            Ok(_) => {
                self.committed();
                Ok(())
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Takes note that what was written is durable.
    fn committed(&mut self) {
        self.in_transaction = false;
        self.settled = vec![self.batch_id];
        for stored in self.writing.drain(..) {
            self.deadlines.note(&stored);
            self.known.insert(stored.product.id, stored);
        }
    }

    /// Takes note that nothing of the batch is.
    fn refused(&mut self) {
        // A refusal ended the transaction, and the COMMIT that followed it only said so.
        self.in_transaction = false;
        self.writing.clear();
        self.ledger.clear();
    }

    fn failed(&mut self, error: SendError) -> CommitError {
        self.after(&error);
        let Some(code) = error.code().filter(|code| !is_in_doubt(code)) else {
            return CommitError::Unknown(error.into()); // left as it is, for whoever resolves it
        };
        let conflict = CONFLICTS.contains(&code);
        self.refused();
        if conflict {
            CommitError::Conflict(error.into())
        } else {
            CommitError::NotCommitted(error.into())
        }
    }

    /// Asks the current primary what became of the last batch, and sees to it that it stays so.
    async fn ask(&mut self) -> Result<bool, StoreError> {
        let batch_id = self.batch_id;
        let connection = self.connect().await?;
        let question = vec![(Name::ResolveBatch, vec![Box::new(batch_id) as _])];
        match connection.commit(question).await {
            Ok(answers) => {
                let row = answers.first().and_then(|rows| rows.first());
                let row = row.ok_or("the database does not say what became of a batch")?;
                Ok(row.try_get(0)?)
            }
            Err(error) => {
                self.after(&error);
                Err(error.into())
            }
        }
    }

    async fn send_one(&mut self, request: Request<'static>) -> Result<usize, StoreError> {
        let mut requests = Vec::new();
        if std::mem::take(&mut self.in_transaction) {
            requests.push((Name::Rollback, Vec::new()));
        }
        requests.push(request);
        let connection = self.connect().await?;
        match connection.send(requests).await {
            Ok(answers) => Ok(answers.last().map_or(0, Vec::len)),
            Err(error) => {
                self.after(&error);
                Err(error.into())
            }
        }
    }
}

impl Store for PostgresStore {
    const LETS_JOIN: bool = true;

    async fn load(&mut self, now: Timestamp, commands: &[Command]) -> Result<Timestamp, LoadError> {
        self.connect().await.map_err(LoadError::Unavailable)?;
        match self.try_load(now, commands).await {
            Ok(()) => {
                self.batch_id = fresh_uuid(self.loaded.now);
                Ok(self.loaded.now)
            }
            Err(Failure::Damaged(error)) => {
                self.disconnect(); // and with it the locks
                Err(LoadError::Unavailable(error.into()))
            }
            Err(Failure::Send(error)) => {
                self.after(&error);
                match error.code() {
                    Some(code) if CONFLICTS.contains(&code) => {
                        Err(LoadError::Conflict(error.into()))
                    }
                    _ => Err(LoadError::Unavailable(error.into())),
                }
            }
        }
    }

    /// A hold that needs nothing but its product, and that nobody overdue could make room for.
    fn covers(&self, command: &Command) -> bool {
        let Command::PlaceHold(place) = command else { return false };
        !self.loaded.was_due
            && place.customer_id.is_none()
            && place.idempotency_key.is_none()
            && self.loaded.locked.get(&place.product_id).is_some_and(|locked| {
                locked.next_deadline.is_none_or(|deadline| self.loaded.now < deadline)
            })
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        let written = self.write().await;
        if written.is_err() && self.in_transaction {
            self.disconnect(); // nothing was sent; with the connection go the locks
            self.refused();
        }
        written
    }

    fn next_deadline(&mut self) -> Option<Timestamp> {
        let (at, _) = self.deadlines.first(self.lane)?;
        let next_sweep = self.swept.as_millis().saturating_add(SWEEP_EVERY_MS);
        Some(at.max(Timestamp::from_millis(next_sweep)))
    }

    fn published(&mut self, id: ProductId) -> Option<Published> {
        let StoredProduct { product, next_deadline, revision } =
            self.known.get(&id).or_else(|| self.loaded.locked.get(&id))?.clone();
        Some(Published { product, next_deadline, revision })
    }

    async fn resolve(&mut self) -> Result<Resolved, StoreError> {
        let until = now() + RESOLVE_WITHIN;
        let mut wait = FIRST_RECONNECT_AFTER;
        loop {
            match self.ask().await {
                Ok(true) => {
                    self.committed();
                    return Ok(Resolved::Committed);
                }
                Ok(false) => {
                    self.refused(); // and the row that says so stays, for whoever still tries
                    return Ok(Resolved::NotCommitted);
                }
                Err(error) if now() + wait < until => {
                    tracing::warn!(%error, "what became of a batch is not known yet");
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(RECONNECT_WITHIN);
                }
                Err(error) => {
                    let batch = self.batch_id;
                    tracing::error!(%error, %batch, "what became of a batch is not known");
                    self.refused();
                    return Ok(Resolved::Undecided);
                }
            }
        }
    }

    async fn forget(
        &mut self,
        requests_before: Timestamp,
        events_before: Timestamp,
        limit: usize,
    ) -> Result<(usize, usize), StoreError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let before = |time: Timestamp| vec![Box::new(time.as_millis()) as _, Box::new(most) as _];
        let requests = self.send_one((Name::ForgetRequests, before(requests_before))).await?;
        let events = self.send_one((Name::ForgetEvents, before(events_before))).await?;
        Ok((requests, events))
    }

    async fn tidy(&mut self) -> Result<bool, StoreError> {
        if self.lane == 0 {
            self.send_one((Name::ForgetBatches, Vec::new())).await?;
            self.send_one((Name::ForgetStaleNames, Vec::new())).await?;
        }
        Ok(false)
    }
}

/// Codes that do not say whether the transaction was committed: of databases that are not one
/// server (40003), and of connections (class 08). PostgreSQL itself sends neither.
fn is_in_doubt(code: &str) -> bool {
    code == "40003" || code.starts_with("08")
}

fn now() -> Instant {
    Instant::now()
}

/// An error and what caused it, in one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}
