//! Writing what a batch changed.

use doorbuster_domain::{
    Change, Currency, CustomerId, CustomerUnits, Hold, HoldState, Ledger, Order, OrderState,
    Product, RememberedRequest, Timestamp,
};
use rusqlite::{CachedStatement, Connection, params};

use super::insert::Insert;
use super::names::name;
use super::row;

/// Writes what batches change. Rows of which a batch may have many are inserted many at once.
pub(super) struct Writer {
    holds: Insert,
    orders: Insert,
    events: Insert,
    requests: Insert,
    journal: Insert,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self {
            holds: Insert::into("hold_row", row::HOLD),
            orders: Insert::into("order_row", row::ORDER),
            events: Insert::into("payment_row", row::EVENT),
            requests: Insert::into("request_row", row::REQUEST),
            journal: Insert::into("journal_row", row::ENTRY),
        }
    }

    /// Writes every change of the ledger, within the transaction that is open.
    pub(super) fn write(&self, connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
        products(connection, ledger)?;
        self.holds(connection, ledger)?;
        self.orders(connection, ledger)?;
        self.events(connection, ledger)?;
        self.requests(connection, ledger)?;
        customers(connection, ledger)?;
        self.journal(connection, ledger)
    }

    fn holds(&self, connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
        let mut update = Lazy::new(
            connection,
            "UPDATE hold_row SET state = ?2, order_id = ?3, extensions = ?4, expires_at_ms = ?5,
                 ended_at_ms = ?6
             WHERE hold_id = ?1",
        );
        let mut created = Vec::new();
        for (change, hold) in ledger.changed_holds() {
            match change {
                Change::Created => created.push(hold),
                Change::Updated => {
                    let (state, order_id) = hold_state(hold);
                    update.get()?.execute(params![
                        hold.id.uuid().as_bytes(),
                        state,
                        order_id,
                        hold.extensions,
                        ms(hold.expires_at),
                        hold.ended_at.map(ms),
                    ])?;
                }
            }
        }
        self.holds.all(connection, &created, |hold, values| {
            let (state, order_id) = hold_state(hold);
            values.put(hold.id.uuid().as_bytes())?;
            values.put(hold.product_id.get())?;
            values.put(hold.qty.get())?;
            values.put(hold.unit_price.get())?;
            values.put(hold.currency.as_str())?;
            values.put(hold.customer_id.as_ref().map(CustomerId::as_str))?;
            values.put(state)?;
            values.put(order_id)?;
            values.put(hold.extensions)?;
            values.put(ms(hold.created_at))?;
            values.put(ms(hold.expires_at))?;
            values.put(hold.ended_at.map(ms))
        })
    }

    fn orders(&self, connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
        let mut update = Lazy::new(
            connection,
            "UPDATE order_row SET state = ?2, restocked = ?3, had_units = ?4,
                 refund_awaits_payment = ?5, updated_at_ms = ?6
             WHERE order_id = ?1",
        );
        let mut created = Vec::new();
        for (change, order) in ledger.changed_orders() {
            match change {
                Change::Created => created.push(order),
                Change::Updated => {
                    let (state, restocked, had_units) = order_state(order);
                    update.get()?.execute(params![
                        order.id.uuid().as_bytes(),
                        state,
                        restocked,
                        had_units,
                        order.refund_awaits_payment,
                        ms(order.updated_at),
                    ])?;
                }
            }
        }
        self.orders.all(connection, &created, |order, values| {
            let (state, restocked, had_units) = order_state(order);
            values.put(order.id.uuid().as_bytes())?;
            values.put(order.hold_id.uuid().as_bytes())?;
            values.put(order.product_id.get())?;
            values.put(order.qty.get())?;
            values.put(order.unit_price.get())?;
            values.put(order.currency.as_str())?;
            values.put(order.customer_id.as_ref().map(CustomerId::as_str))?;
            values.put(state)?;
            values.put(restocked)?;
            values.put(had_units)?;
            values.put(order.refund_awaits_payment)?;
            values.put(ms(order.created_at))?;
            values.put(ms(order.pay_by))?;
            values.put(ms(order.updated_at))
        })
    }

    fn events(&self, connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
        let mut update = Lazy::new(
            connection,
            "UPDATE payment_row SET order_id = ?3, kind = ?4, amount = ?5, currency = ?6,
                 received_at_ms = ?7, result = ?8, payload = ?9
             WHERE provider = ?1 AND event_id = ?2",
        );
        let mut created = Vec::new();
        for (change, event) in ledger.changed_events() {
            match change {
                Change::Created => created.push(event),
                Change::Updated => {
                    update.get()?.execute(params![
                        name(event.key.provider),
                        event.key.event_id.as_str(),
                        event.order_id.uuid().as_bytes(),
                        name(event.kind),
                        event.amount.map(storable),
                        event.currency.as_ref().map(Currency::as_str),
                        ms(event.received_at),
                        name(event.result),
                        &*event.payload,
                    ])?;
                }
            }
        }
        self.events.all(connection, &created, |event, values| {
            values.put(name(event.key.provider))?;
            values.put(event.key.event_id.as_str())?;
            values.put(event.order_id.uuid().as_bytes())?;
            values.put(name(event.kind))?;
            values.put(event.amount.map(storable))?;
            values.put(event.currency.as_ref().map(Currency::as_str))?;
            values.put(ms(event.received_at))?;
            values.put(name(event.result))?;
            values.put(&*event.payload)
        })
    }

    fn requests(&self, connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
        let made: Vec<_> = ledger.changed_requests().map(|(_, request)| request).collect();
        self.requests.all(connection, &made, |remembered, values| {
            let RememberedRequest { key, request, made, created_at } = remembered;
            values.put(name(key.operation))?;
            values.put(key.customer_id.as_ref().map_or("", CustomerId::as_str))?;
            values.put(key.key.as_str())?;
            values.put(&**request)?;
            values.put(made.as_bytes())?;
            values.put(ms(*created_at))
        })
    }

    fn journal(&self, connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
        self.journal.all(connection, ledger.journal(), |entry, values| {
            values.put(entry.product_id.get())?;
            values.put(entry.seq)?;
            values.put(ms(entry.at))?;
            values.put(name(entry.kind))?;
            values.put(entry.qty)?;
            values.put(entry.after.total)?;
            values.put(entry.after.held)?;
            values.put(entry.after.sold)?;
            values.put(entry.hold_id.map(|id| id.uuid().into_bytes()))?;
            values.put(entry.order_id.map(|id| id.uuid().into_bytes()))?;
            values.put(entry.event.as_ref().map(|event| name(event.provider)))?;
            values.put(entry.event.as_ref().map(|event| event.event_id.as_str()))
        })
    }
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
struct Lazy<'c> {
    connection: &'c Connection,
    sql: &'static str,
    statement: Option<CachedStatement<'c>>,
}

impl<'c> Lazy<'c> {
    fn new(connection: &'c Connection, sql: &'static str) -> Self {
        Self { connection, sql, statement: None }
    }

    fn get(&mut self) -> rusqlite::Result<&mut CachedStatement<'c>> {
        let statement = match self.statement.take() {
            Some(statement) => statement,
            None => self.connection.prepare_cached(self.sql)?,
        };
        Ok(self.statement.insert(statement))
    }
}

fn ms(time: Timestamp) -> i64 {
    time.as_millis()
}

fn products(connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
    let mut insert = Lazy::new(
        connection,
        "INSERT INTO product_row (code, name, price, currency, opens_at_ms, closes_at_ms, paused,
             max_per_customer, hold_seconds, payment_seconds, max_extensions, total_stock,
             held_stock, sold_stock, version, journal_seq, created_at_ms, product_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    );
    let mut update = Lazy::new(
        connection,
        "UPDATE product_row SET code = ?1, name = ?2, price = ?3, currency = ?4, opens_at_ms = ?5,
             closes_at_ms = ?6, paused = ?7, max_per_customer = ?8, hold_seconds = ?9,
             payment_seconds = ?10, max_extensions = ?11, total_stock = ?12, held_stock = ?13,
             sold_stock = ?14, version = ?15, journal_seq = ?16, created_at_ms = ?17
         WHERE product_id = ?18",
    );
    for (change, product) in ledger.changed_products() {
        let Product { id, terms, total, held, sold, version, journal_seq, created_at } = product;
        let statement = match change {
            Change::Created => insert.get()?,
            Change::Updated => update.get()?,
        };
        statement.execute(params![
            terms.code.as_ref().map(doorbuster_domain::ProductCode::as_str),
            terms.name.as_str(),
            terms.price.get(),
            terms.currency.as_str(),
            terms.opens_at.map(ms),
            terms.closes_at.map(ms),
            terms.paused,
            terms.max_per_customer.map(doorbuster_domain::Quantity::get),
            terms.hold_seconds.get(),
            terms.payment_seconds.get(),
            terms.max_extensions,
            total.get(),
            held,
            sold,
            version,
            journal_seq,
            ms(*created_at),
            id.get(),
        ])?;
    }
    Ok(())
}

fn hold_state(hold: &Hold) -> (&'static str, Option<[u8; 16]>) {
    match hold.state {
        HoldState::Active => ("active", None),
        HoldState::Used { order_id } => ("used", Some(order_id.uuid().into_bytes())),
        HoldState::Released => ("released", None),
        HoldState::Expired => ("expired", None),
    }
}

fn order_state(order: &Order) -> (&'static str, Option<bool>, Option<bool>) {
    match order.state {
        OrderState::Pending => ("pending", None, None),
        OrderState::Paid => ("paid", None, None),
        OrderState::Cancelled => ("cancelled", None, None),
        OrderState::Expired => ("expired", None, None),
        OrderState::RefundDue => ("refund_due", None, None),
        OrderState::Refunded { restocked, had_units } => {
            ("refunded", Some(restocked), Some(had_units))
        }
    }
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
