//! Writing what a batch changed.

use doorbuster_domain::{
    Change, Currency, CustomerId, CustomerUnits, Hold, HoldState, Ledger, Order, PaymentEvent,
    RememberedRequest, Timestamp,
};
use rusqlite::{CachedStatement, Connection, params};

use super::insert::Insert;
use super::journal;
use super::keys::{self, Keys};
use super::products;
use super::read::Lookup;
use super::row;
use crate::journal::Batch;
use crate::names::name;

/// Why a batch could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    /// What the database says.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// It would have broken a rule that the database cannot see.
    #[error("the batch does not fit what is durable: {0}")]
    Refused(&'static str),
}

/// Writes what batches change. Rows of which a batch may have many are inserted many at once.
pub(super) struct Writer {
    holds: Insert,
    orders: Insert,
    events: Insert,
    requests: Insert,
    journal: Insert,
    /// Where the records of payments are, by their events.
    pub(super) event_keys: Keys,
    /// Where remembered requests are.
    pub(super) request_keys: Keys,
    /// The hashes of the keys that the batch made.
    new_events: Vec<i64>,
    new_requests: Vec<i64>,
}

impl Writer {
    /// For the file of this connection.
    pub(super) fn new(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            holds: Insert::into("hold_row", row::NEW_HOLD),
            orders: Insert::into("order_row", row::NEW_ORDER),
            events: Insert::into("payment_row", &format!("record, {}", row::EVENT)),
            requests: Insert::into("request_row", &format!("record, {}", row::REQUEST)),
            journal: Insert::into("journal_row", crate::journal::ROW),
            event_keys: Keys::read(connection, keys::PAYMENTS)?,
            request_keys: Keys::read(connection, keys::REQUESTS)?,
            new_events: Vec::new(),
            new_requests: Vec::new(),
        })
    }

    /// Begins a batch: what an earlier one looked for in vain may be there now.
    pub(super) fn begin(&mut self) {
        self.event_keys.begin();
        self.request_keys.begin();
    }

    /// Looks up committed rows.
    pub(super) const fn lookup<'a>(&'a self, connection: &'a Connection) -> Lookup<'a> {
        Lookup { connection, event_keys: &self.event_keys, request_keys: &self.request_keys }
    }

    /// Writes every change of the ledger, within the transaction that is open. Once that is
    /// committed, [`Writer::committed`] follows.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        ledger: &Ledger,
    ) -> Result<(), WriteError> {
        let batch = Batch::of(ledger.journal());
        products::write(connection, ledger, &batch)?;
        self.holds(connection, ledger)?;
        self.orders(connection, ledger)?;
        self.events(connection, ledger)?;
        self.requests(connection, ledger)?;
        customers(connection, ledger)?;
        journal::write(&batch, &self.journal, connection)?;
        Ok(())
    }

    /// Takes note that what was written is durable.
    pub(super) fn committed(&mut self) {
        self.event_keys.committed(self.new_events.drain(..));
        self.request_keys.committed(self.new_requests.drain(..));
    }

    fn holds(&self, connection: &Connection, ledger: &Ledger) -> Result<(), WriteError> {
        // It has not ended, and does not end when it has an order, or the ledger knows less than
        // the file.
        let mut update = Lazy::new(
            connection,
            "UPDATE OR ROLLBACK hold_row
             SET extensions = ?2, expires_at_ms = ?3, ended = ?4, ended_at_ms = ?5
             WHERE hold_id = ?1 AND ended IS NULL AND (?4 IS NULL OR NOT EXISTS
                 (SELECT 1 FROM order_row WHERE order_row.hold_id = ?1))",
        );
        let mut created = Vec::new();
        for (change, hold) in ledger.changed_holds() {
            match change {
                Change::Created => created.push(hold),
                Change::Updated if is_only_used(hold) => {} // its order says so
                Change::Updated => {
                    let (ended, ended_at) = end(hold);
                    let changed = update.get()?.execute(params![
                        hold.id.uuid().as_bytes(),
                        hold.extensions,
                        ms(hold.expires_at),
                        ended,
                        ended_at,
                    ])?;
                    fits(changed == 1, "a hold has ended already")?;
                }
            }
        }
        self.holds.all(connection, &created, |hold, values| {
            let (ended, ended_at) = end(hold);
            values.put(hold.id.uuid().as_bytes())?;
            values.put(hold.product_id.get())?;
            values.put(hold.qty.get())?;
            values.put(hold.unit_price.get())?;
            values.put(hold.currency.as_str())?;
            values.put(hold.customer_id.as_ref().map(CustomerId::as_str))?;
            values.put(hold.extensions)?;
            values.put(ms(hold.created_at))?;
            values.put(ms(hold.expires_at))?;
            values.put(ended)?;
            values.put(ended_at)
        })?;
        Ok(())
    }

    fn orders(&self, connection: &Connection, ledger: &Ledger) -> Result<(), WriteError> {
        let mut update = Lazy::new(
            connection,
            "UPDATE OR ROLLBACK order_row
             SET state = ?2, refund_awaits_payment = ?3, updated_at_ms = ?4
             WHERE order_id = ?1",
        );
        let mut created = Vec::new();
        for (change, order) in ledger.changed_orders() {
            match change {
                Change::Created => created.push((order, used_hold(ledger, order)?)),
                Change::Updated => {
                    let changed = update.get()?.execute(params![
                        order.id.uuid().as_bytes(),
                        name(order.state),
                        order.refund_awaits_payment,
                        ms(order.updated_at),
                    ])?;
                    fits(changed == 1, "an order is not there")?;
                }
            }
        }
        self.orders.all(connection, &created, |(order, hold), values| {
            values.put(order.id.uuid().as_bytes())?;
            values.put(order.hold_id.uuid().as_bytes())?;
            values.put(name(order.state))?;
            values.put(order.refund_awaits_payment)?;
            values.put(ms(order.created_at))?;
            values.put(ms(order.pay_by))?;
            values.put(ms(order.updated_at))?;
            values.put(ms(hold.expires_at))
        })?;
        Ok(())
    }

    fn events(&mut self, connection: &Connection, ledger: &Ledger) -> Result<(), WriteError> {
        let mut update = Lazy::new(
            connection,
            "UPDATE OR ROLLBACK payment_row SET order_id = ?2, kind = ?3, amount = ?4,
                 currency = ?5, received_at_ms = ?6, result = ?7, payload = ?8
             WHERE record = ?1",
        );
        let mut created = Vec::new();
        self.new_events.clear();
        for (change, event) in ledger.changed_events() {
            let hash = self.event_keys.of_event(&event.key);
            match change {
                Change::Created => {
                    let is_new = self.event_keys.is_absent(hash)
                        || self.lookup(connection).event_record(hash, &event.key)?.is_none();
                    fits(is_new, "a payment event is recorded already")?;
                    let nth = i64::try_from(created.len()).unwrap_or(i64::MAX);
                    created.push((self.event_keys.next_record() + nth, event));
                    self.new_events.push(hash);
                }
                Change::Updated => {
                    let record = self.lookup(connection).event_record(hash, &event.key)?;
                    let changed = update.get()?.execute(params![
                        record,
                        event.order_id.uuid().as_bytes(),
                        name(event.kind),
                        event.amount.map(storable),
                        event.currency.as_ref().map(Currency::as_str),
                        ms(event.received_at),
                        name(event.result),
                        &*event.payload,
                    ])?;
                    fits(changed == 1, "a payment event is not there")?;
                }
            }
        }
        self.events.all(connection, &created, |(record, event), values| {
            let PaymentEvent { key, order_id, kind, amount, currency, .. } = event;
            values.put(record)?;
            values.put(name(key.provider))?;
            values.put(key.event_id.as_str())?;
            values.put(order_id.uuid().as_bytes())?;
            values.put(name(*kind))?;
            values.put(amount.map(storable))?;
            values.put(currency.as_ref().map(Currency::as_str))?;
            values.put(ms(event.received_at))?;
            values.put(name(event.result))?;
            values.put(&*event.payload)
        })?;
        Ok(())
    }

    fn requests(&mut self, connection: &Connection, ledger: &Ledger) -> Result<(), WriteError> {
        let mut made = Vec::new();
        self.new_requests.clear();
        for (_, request) in ledger.changed_requests() {
            let hash = self.request_keys.of_request(&request.key);
            let is_new = self.request_keys.is_absent(hash)
                || self.lookup(connection).request_by(hash, &request.key)?.is_none();
            fits(is_new, "an idempotency key is remembered already")?;
            let nth = i64::try_from(made.len()).unwrap_or(i64::MAX);
            made.push((self.request_keys.next_record() + nth, request));
            self.new_requests.push(hash);
        }
        self.requests.all(connection, &made, |(record, remembered), values| {
            let RememberedRequest { key, request, made, created_at } = remembered;
            values.put(record)?;
            values.put(name(key.operation))?;
            values.put(key.customer_id.as_ref().map_or("", CustomerId::as_str))?;
            values.put(key.key.as_str())?;
            values.put(&**request)?;
            values.put(made.as_bytes())?;
            values.put(ms(*created_at))
        })?;
        Ok(())
    }
}

/// Whether nothing happened to a hold but that it became an order. (One that was extended may have
/// been just before, in the same batch.)
fn is_only_used(hold: &Hold) -> bool {
    matches!(hold.state, HoldState::Used { .. }) && hold.extensions == 0
}

/// How and when a hold ended, unless by its order.
fn end(hold: &Hold) -> (Option<&'static str>, Option<i64>) {
    let ended = match hold.state {
        HoldState::Active | HoldState::Used { .. } => return (None, None),
        HoldState::Released => "released",
        HoldState::Expired => "expired",
    };
    (Some(ended), hold.ended_at.map(ms))
}

/// The hold that became a new order.
fn used_hold<'l>(ledger: &'l Ledger, order: &Order) -> Result<&'l Hold, WriteError> {
    ledger.hold(order.hold_id).ok_or(WriteError::Refused("an order has no hold"))
}

pub(super) fn fits(it_does: bool, otherwise: &'static str) -> Result<(), WriteError> {
    if it_does { Ok(()) } else { Err(WriteError::Refused(otherwise)) }
}

/// Whether there is anything to write: a batch of refusals and replays needs no transaction.
pub(super) fn has_changes(ledger: &Ledger) -> bool {
    ledger.changed_products().next().is_some()
        || ledger.changed_holds().next().is_some()
        || ledger.changed_orders().next().is_some()
        || ledger.changed_events().next().is_some()
        || ledger.changed_requests().next().is_some()
        || ledger.changed_customers().next().is_some()
        || !ledger.journal().is_empty()
}

/// A statement that is prepared when it is first needed and then used for every row of its kind.
pub(super) struct Lazy<'c> {
    connection: &'c Connection,
    sql: &'static str,
    statement: Option<CachedStatement<'c>>,
}

impl<'c> Lazy<'c> {
    pub(super) fn new(connection: &'c Connection, sql: &'static str) -> Self {
        Self { connection, sql, statement: None }
    }

    pub(super) fn get(&mut self) -> rusqlite::Result<&mut CachedStatement<'c>> {
        let statement = match self.statement.take() {
            Some(statement) => statement,
            None => self.connection.prepare_cached(self.sql)?,
        };
        Ok(self.statement.insert(statement))
    }
}

pub(super) fn ms(time: Timestamp) -> i64 {
    time.as_millis()
}

/// No order costs as much as the file's largest number; what is beyond it says the same.
fn storable(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

fn customers(connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
    let mut put = Lazy::new(
        connection,
        "INSERT INTO customer_row (product_id, customer_id, units) VALUES (?1, ?2, ?3)
         ON CONFLICT (product_id, customer_id) DO UPDATE SET units = ?3",
    );
    let mut remove = Lazy::new(
        connection,
        "DELETE FROM customer_row WHERE product_id = ?1 AND customer_id = ?2",
    );
    for (_, customer) in ledger.changed_customers() {
        let CustomerUnits { product_id, customer_id, units, .. } = customer;
        if *units == 0 {
            remove.get()?.execute(params![product_id.get(), customer_id.as_str()])?;
        } else {
            put.get()?.execute(params![product_id.get(), customer_id.as_str(), units])?;
        }
    }
    Ok(())
}
