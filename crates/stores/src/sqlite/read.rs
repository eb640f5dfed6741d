//! Reading rows, one by one for the engine and in lists for people.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doorbuster_domain::{
    AuditReport, CustomerId, EventKey, Hold, HoldId, JournalEntry, Order, OrderId, PaymentEvent,
    ProductId, RememberedRequest, RequestKey,
};
use doorbuster_engine::{
    HoldFilter, OrderFilter, Page, PaymentFilter, ReadError, Reader, Reading, Rows, StoreError,
};
use rusqlite::{Connection, OptionalExtension, Params, params};
use tokio::sync::Semaphore;

use super::keys::Keys;
use super::row::{self, Columns};
use super::{admin_keys, audit, list, open};
use crate::admin_key::StoredKey;
use crate::names::name;

/// How many readings may run at once. Each has a connection and a thread of its own while it runs.
const READINGS_AT_ONCE: usize = 4;

/// How many of those an audit may take, which runs for seconds: lists must go on meanwhile.
const AUDITS_AT_ONCE: usize = 1;

/// The reading side: lists, single rows and the audit, on connections of their own. Cheap to clone.
#[derive(Clone)]
pub struct SqliteReader(Arc<Shared>);

struct Shared {
    path: PathBuf,
    /// Connections that are open and not in use; none are kept once the writer closes.
    idle: Mutex<Option<Vec<Connection>>>,
    readings: Semaphore,
    audits: Semaphore,
}

impl SqliteReader {
    pub(super) fn new(path: &Path) -> Self {
        Self(Arc::new(Shared {
            path: path.to_owned(),
            idle: Mutex::new(Some(Vec::new())),
            readings: Semaphore::new(READINGS_AT_ONCE),
            audits: Semaphore::new(AUDITS_AT_ONCE),
        }))
    }

    /// All keys of the admin API, the oldest first.
    pub fn admin_keys(&self) -> Reading<'_, Vec<StoredKey>> {
        self.reading(|connection| admin_keys::all(connection))
    }

    fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Reading<'_, T> {
        Box::pin(async move {
            let _permit = self.0.readings.acquire().await.map_err(failed)?;
            let shared = self.0.clone();
            tokio::task::spawn_blocking(move || shared.with_connection(read))
                .await
                .map_err(failed)?
                .map_err(ReadError)
        })
    }
}

/// Closes the readers' connections when it is dropped. Only the last connection to close can copy
/// the log into the file, and one that reads cannot: the writer's must be the last.
pub(super) struct CloseReaders(pub(super) SqliteReader);

impl Drop for CloseReaders {
    fn drop(&mut self) {
        *self.0.0.idle() = None;
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError(Box::new(error))
}

impl Shared {
    fn with_connection<T>(
        &self,
        read: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = self.idle().as_mut().and_then(Vec::pop);
        let mut connection = match idle {
            Some(connection) => connection,
            None => open::for_reading(&self.path)?,
        };
        let result = read(&mut connection)?; // a connection that failed is not used again
        if let Some(idle) = &mut *self.idle() {
            idle.push(connection);
        }
        Ok(result)
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader for SqliteReader {
    fn hold(&self, id: HoldId) -> Reading<'_, Option<Hold>> {
        self.reading(move |connection| hold(connection, id))
    }

    fn order(&self, id: OrderId) -> Reading<'_, Option<Order>> {
        self.reading(move |connection| order(connection, id))
    }

    fn holds(&self, filter: HoldFilter, page: Page<HoldId>) -> Reading<'_, Vec<Hold>> {
        self.reading(move |connection| list::holds(connection, &filter, page))
    }

    fn orders(&self, filter: OrderFilter, page: Page<HoldId>) -> Reading<'_, Vec<Order>> {
        self.reading(move |connection| list::orders(connection, &filter, page))
    }

    fn payments(
        &self,
        filter: PaymentFilter,
        page: Page<u64>,
    ) -> Reading<'_, Vec<(u64, PaymentEvent)>> {
        self.reading(move |connection| list::payments(connection, &filter, page))
    }

    fn journal(
        &self,
        product_id: ProductId,
        after: u64,
        limit: usize,
    ) -> Reading<'_, Vec<JournalEntry>> {
        self.reading(move |connection| list::journal_entries(connection, product_id, after, limit))
    }

    fn journal_of_hold(
        &self,
        product_id: ProductId,
        hold_id: HoldId,
    ) -> Reading<'_, Vec<JournalEntry>> {
        self.reading(move |connection| list::journal_of_hold(connection, product_id, hold_id))
    }

    fn audit(&self) -> Reading<'_, AuditReport> {
        Box::pin(async move {
            let _permit = self.0.audits.acquire().await.map_err(failed)?;
            self.reading(audit::audit).await
        })
    }
}

/// Looks rows up on the writer's connection.
pub(super) struct Lookup<'a> {
    pub(super) connection: &'a Connection,
    pub(super) event_keys: &'a Keys,
    pub(super) request_keys: &'a Keys,
}

impl Lookup<'_> {
    /// The record of an event whose key has this hash.
    pub(super) fn event_record(&self, hash: i64, key: &EventKey) -> rusqlite::Result<Option<i64>> {
        self.event_keys.find(self.connection, hash, |record| {
            let sql = "SELECT provider = ?2 AND event_id = ?3 FROM payment_row WHERE record = ?1";
            let params = params![record, name(key.provider), key.event_id.as_str()];
            let mut statement = self.connection.prepare_cached(sql)?;
            let is_it: Option<bool> = statement.query_row(params, |row| row.get(0)).optional()?;
            Ok((is_it == Some(true)).then_some(record))
        })
    }

    /// A remembered request whose key has this hash.
    pub(super) fn request_by(
        &self,
        hash: i64,
        key: &RequestKey,
    ) -> rusqlite::Result<Option<RememberedRequest>> {
        self.request_keys.find(self.connection, hash, |record| {
            let sql = select(row::REQUEST, "request_row WHERE record = ?");
            let found = one(self.connection, &sql, [record], row::request)?;
            Ok(found.filter(|request| request.key == *key))
        })
    }
}

impl Rows for Lookup<'_> {
    type Error = rusqlite::Error;

    fn hold(&mut self, id: HoldId) -> rusqlite::Result<Option<Hold>> {
        hold(self.connection, id)
    }

    fn order(&mut self, id: OrderId) -> rusqlite::Result<Option<Order>> {
        order(self.connection, id)
    }

    fn event(&mut self, key: &EventKey) -> rusqlite::Result<Option<PaymentEvent>> {
        let Some(record) = self.event_record(self.event_keys.of_event(key), key)? else {
            return Ok(None);
        };
        let sql = select(row::EVENT, "payment_row WHERE record = ?");
        one(self.connection, &sql, [record], row::event)
    }

    fn waiting_events(&mut self, id: OrderId) -> rusqlite::Result<Vec<PaymentEvent>> {
        let sql = select(
            row::EVENT,
            "payment_row WHERE order_id = ? AND result = 'stored' ORDER BY record",
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows =
            statement.query_map([id.uuid().as_bytes()], |row| row::event(&mut Columns::of(row)))?;
        rows.collect()
    }

    fn request(&mut self, key: &RequestKey) -> rusqlite::Result<Option<RememberedRequest>> {
        self.request_by(self.request_keys.of_request(key), key)
    }

    fn customer(
        &mut self,
        product_id: ProductId,
        customer_id: &CustomerId,
    ) -> rusqlite::Result<Option<u32>> {
        let sql = "SELECT units FROM customer_row WHERE product_id = ? AND customer_id = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let params = params![product_id.get(), customer_id.as_str()];
        statement.query_row(params, |row| row.get(0)).optional()
    }
}

fn hold(connection: &Connection, id: HoldId) -> rusqlite::Result<Option<Hold>> {
    let sql = select(row::HOLD, &format!("{} WHERE hold_row.hold_id = ?", row::HOLDS));
    one(connection, &sql, [id.uuid().as_bytes()], row::hold)
}

fn order(connection: &Connection, id: OrderId) -> rusqlite::Result<Option<Order>> {
    let sql = select(row::ORDER, &format!("{} WHERE order_id = ?", row::ORDERS));
    one(connection, &sql, [id.uuid().as_bytes()], row::order)
}

fn select(columns: &str, rest: &str) -> String {
    format!("SELECT {columns} FROM {rest}")
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    decode: impl FnOnce(&mut Columns<'_, '_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row(params, |row| decode(&mut Columns::of(row))).optional()
}
