//! The writing side.

use std::collections::HashMap;
use std::path::Path;

use doorbuster_domain::{Command, Ledger, Timestamp};
use doorbuster_engine::{CommitError, LoadError, Resolved, Store, StoreError, fetch};
use rusqlite::{Connection, TransactionBehavior, params};

use super::admin_keys;
use super::checkpoint::Copier;
use super::keys::Keys;
use super::live::{ACTIVE, LiveFrom};
use super::open::{self, FileLock, OpenError, Writing};
use super::place::{Gone, Place};
use super::read::{CloseReaders, SqliteReader};
use super::row::{self, Columns};
use super::write::{self, WriteError, Writer};
use crate::admin_key::StoredKey;

/// The writing side: the engine's store. Nobody else writes the file while it lives, so its ledger
/// keeps the live rows from batch to batch.
pub struct SqliteStore {
    // Dropped first.
    _readers: CloseReaders,
    ledger: Ledger,
    connection: Connection,
    writer: Writer,
    live_from: LiveFrom,
    places: [Place; 2],
    _copier: Copier,
    // Dropped last: the file is unlocked only after the connections are closed.
    _lock: FileLock,
}

impl SqliteStore {
    /// Opens the file at `path`, making it if it does not exist, and recovers the live rows.
    ///
    /// # Errors
    /// When it is in use, not a Doorbuster file, from a newer version, damaged, or not writable.
    pub fn open(path: &Path) -> Result<(Self, SqliteReader), OpenError> {
        let Writing { connection, copier, lock, places } = open::for_writing(path)?;
        let failed = |source| OpenError::Sqlite { path: path.to_owned(), source };
        let mut live_from = LiveFrom::read(&connection).map_err(failed)?;
        let mut ledger = recover(&connection, live_from).map_err(failed)?;
        if live_from != LiveFrom::START && !live_rows_hold_what_is_held(&ledger) {
            tracing::warn!("live rows are missing where they should begin; reading the history");
            live_from = LiveFrom::START;
            ledger = recover(&connection, live_from).map_err(failed)?;
        }
        let writer = Writer::new(&connection).map_err(failed)?;
        let reader = SqliteReader::new(path);
        let store = Self {
            _readers: CloseReaders(reader.clone()),
            ledger,
            connection,
            writer,
            live_from,
            places,
            _copier: copier,
            _lock: lock,
        };
        Ok((store, reader))
    }

    /// All keys of the admin API, the oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn admin_keys(&self) -> Result<Vec<StoredKey>, StoreError> {
        Ok(admin_keys::all(&self.connection)?)
    }

    /// Remembers a key of the admin API, unless it is there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add_admin_key(&mut self, key: &StoredKey) -> Result<(), StoreError> {
        Ok(admin_keys::add(&self.connection, key)?)
    }

    /// Whether what was committed will be found again.
    fn is_in_place(&self) -> Result<(), Gone> {
        self.places.iter().try_for_each(Place::check)
    }

    fn write(&mut self) -> Result<(), WriteError> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        self.writer.write(&transaction, &self.ledger)?;
        transaction.commit()?;
        self.writer.committed();
        Ok(())
    }

    fn remove(
        &mut self,
        requests_before: Timestamp,
        events_before: Timestamp,
        limit: usize,
    ) -> rusqlite::Result<(usize, usize)> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let Writer { event_keys, request_keys, .. } = &mut self.writer;
        let transaction = self.connection.transaction()?;
        // Records are numbered as they arrive, so the oldest are the lowest.
        let requests = delete(
            &transaction,
            request_keys,
            "DELETE FROM request_row WHERE record IN
                 (SELECT record FROM (SELECT record, created_at_ms FROM request_row
                                      ORDER BY record LIMIT ?2)
                  WHERE created_at_ms < ?1)
             RETURNING record, operation, customer_id, idempotency_key",
            (requests_before, limit),
        )?;
        let events = delete(
            &transaction,
            event_keys,
            "DELETE FROM payment_row WHERE record IN
                 (SELECT record FROM (SELECT record, received_at_ms FROM payment_row
                                      WHERE result <> 'stored' ORDER BY record LIMIT ?2)
                  WHERE received_at_ms < ?1)
             RETURNING record, provider, event_id",
            (events_before, limit),
        )?;
        transaction.commit()?;
        request_keys.forgotten(&requests);
        event_keys.forgotten(&events);
        Ok((requests.len(), events.len()))
    }
}

/// Deletes what `sql` deletes, with the keys of the rows, and returns those keys' hashes and
/// records.
fn delete(
    connection: &Connection,
    keys: &Keys,
    sql: &str,
    (before, limit): (Timestamp, i64),
) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut statement = connection.prepare_cached(sql)?;
    let deleted = statement
        .query_map(params![before.as_millis(), limit], |row| Ok((keys.hash_of(row)?, row.get(0)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    keys.remove(connection, &deleted)?;
    Ok(deleted)
}

impl Store for SqliteStore {
    async fn load(&mut self, now: Timestamp, commands: &[Command]) -> Result<Timestamp, LoadError> {
        self.writer.begin();
        fetch(&mut self.ledger, &mut self.writer.lookup(&self.connection), commands)
            .map_err(|error| LoadError::Unavailable(error.into()))?;
        Ok(now)
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        if !write::has_changes(&self.ledger) {
            return Ok(());
        }
        // Whatever goes wrong, the ledger in memory is ahead of the file and cannot be taken back,
        // and after a failed fsync not even a second look at the file would tell the truth.
        self.write().map_err(|error| CommitError::Unknown(error.into()))?;
        self.is_in_place().map_err(|error| CommitError::Unknown(error.into()))
    }

    async fn resolve(&mut self) -> Result<Resolved, StoreError> {
        Err("the embedded store finds out what is durable only by a restart".into())
    }

    async fn forget(
        &mut self,
        requests_before: Timestamp,
        events_before: Timestamp,
        limit: usize,
    ) -> Result<(usize, usize), StoreError> {
        self.is_in_place()?; // nobody may be buying anything
        Ok(self.remove(requests_before, events_before, limit)?)
    }

    async fn tidy(&mut self) -> Result<bool, StoreError> {
        let live = self.live_from.advance(&self.connection)?;
        let events = self.writer.event_keys.file_some(&mut self.connection)?;
        let requests = self.writer.request_keys.file_some(&mut self.connection)?;
        Ok(live || events || requests)
    }
}

/// Whether active holds and pending orders have all the units that the products say are held.
fn live_rows_hold_what_is_held(ledger: &Ledger) -> bool {
    let mut missing: HashMap<_, _> =
        ledger.products().map(|product| (product.id, i64::from(product.held))).collect();
    let holds = ledger.holds().map(|hold| (hold.product_id, hold.qty));
    let orders = ledger.orders().map(|order| (order.product_id, order.qty));
    for (product_id, qty) in holds.chain(orders) {
        *missing.entry(product_id).or_default() -= i64::from(qty.get());
    }
    missing.values().all(|missing| *missing == 0)
}

/// The live rows: products, active holds, pending orders, and the customers who have any.
fn recover(connection: &Connection, live_from: LiveFrom) -> rusqlite::Result<Ledger> {
    let mut ledger = Ledger::new();
    let active = format!("hold_row WHERE record >= {} AND {ACTIVE}", live_from.hold);
    let pending = format!(
        "{} WHERE order_row.record >= {} AND state = 'pending'",
        row::ORDERS,
        live_from.order
    );
    each(connection, &format!("SELECT {} FROM product_row", row::PRODUCT), |columns| {
        ledger.recover_product(row::product(columns)?);
        Ok(())
    })?;
    let customers = format!(
        "SELECT product_id, customer_id, units FROM customer_row
         WHERE (product_id, customer_id) IN
             (SELECT product_id, customer_id FROM {active} AND customer_id IS NOT NULL
              UNION
              SELECT product_id, customer_id FROM {pending} AND customer_id IS NOT NULL)"
    );
    each(connection, &customers, |columns| {
        let (product_id, customer_id, units) = row::customer(columns)?;
        ledger.recover_customer(product_id, customer_id, units);
        Ok(())
    })?;
    each(connection, &format!("SELECT {} FROM {active}", row::NEW_HOLD), |columns| {
        ledger.recover_hold(row::unused_hold(columns)?);
        Ok(())
    })?;
    each(connection, &format!("SELECT {} FROM {pending}", row::ORDER), |columns| {
        ledger.recover_order(row::order(columns)?);
        Ok(())
    })?;
    Ok(ledger)
}

/// Calls `take` with every row of `sql`, and says which row it was that could not be read.
pub(super) fn each(
    connection: &Connection,
    sql: &str,
    mut take: impl FnMut(&mut Columns<'_, '_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(&mut Columns::of(row)).map_err(|error| row::damaged(row, error))?;
    }
    Ok(())
}
