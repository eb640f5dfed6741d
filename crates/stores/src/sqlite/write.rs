//! Writing what a batch changed.

use doorbuster_domain::{
    Change, CustomerId, CustomerUnits, Hold, HoldState, JournalEntry, Ledger, Order, OrderState,
    PaymentEvent, Product, RememberedRequest, Timestamp,
};
use rusqlite::{CachedStatement, Connection, params};

use super::names::name;

/// Writes every change of the ledger, within the transaction that is open.
pub(super) fn write(connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
    products(connection, ledger)?;
    holds(connection, ledger)?;
    orders(connection, ledger)?;
    events(connection, ledger)?;
    requests(connection, ledger)?;
    customers(connection, ledger)?;
    journal(connection, ledger)
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

fn holds(connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
    let mut insert = Lazy::new(
        connection,
        "INSERT INTO hold_row (hold_id, product_id, qty, unit_price, currency, customer_id, state,
             order_id, extensions, created_at_ms, expires_at_ms, ended_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    );
    let mut update = Lazy::new(
        connection,
        "UPDATE hold_row SET state = ?2, order_id = ?3, extensions = ?4, expires_at_ms = ?5,
             ended_at_ms = ?6
         WHERE hold_id = ?1",
    );
    for (change, hold) in ledger.changed_holds() {
        let (state, order_id) = hold_state(hold);
        let order_id = order_id.as_ref().map(|id| id.as_bytes().as_slice());
        let (id, ended_at) = (hold.id.uuid(), hold.ended_at.map(ms));
        match change {
            Change::Created => insert.get()?.execute(params![
                id.as_bytes(),
                hold.product_id.get(),
                hold.qty.get(),
                hold.unit_price.get(),
                hold.currency.as_str(),
                hold.customer_id.as_ref().map(CustomerId::as_str),
                state,
                order_id,
                hold.extensions,
                ms(hold.created_at),
                ms(hold.expires_at),
                ended_at,
            ])?,
            Change::Updated => update.get()?.execute(params![
                id.as_bytes(),
                state,
                order_id,
                hold.extensions,
                ms(hold.expires_at),
                ended_at,
            ])?,
        };
    }
    Ok(())
}

fn hold_state(hold: &Hold) -> (&'static str, Option<uuid::Uuid>) {
    match hold.state {
        HoldState::Active => ("active", None),
        HoldState::Used { order_id } => ("used", Some(order_id.uuid())),
        HoldState::Released => ("released", None),
        HoldState::Expired => ("expired", None),
    }
}

fn orders(connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
    let mut insert = Lazy::new(
        connection,
        "INSERT INTO order_row (order_id, hold_id, product_id, qty, unit_price, currency,
             customer_id, state, restocked, had_units, refund_awaits_payment, created_at_ms,
             pay_by_ms, updated_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    );
    let mut update = Lazy::new(
        connection,
        "UPDATE order_row SET state = ?2, restocked = ?3, had_units = ?4,
             refund_awaits_payment = ?5, updated_at_ms = ?6
         WHERE order_id = ?1",
    );
    for (change, order) in ledger.changed_orders() {
        let (state, restocked, had_units) = order_state(order);
        let (id, hold_id) = (order.id.uuid(), order.hold_id.uuid());
        match change {
            Change::Created => insert.get()?.execute(params![
                id.as_bytes(),
                hold_id.as_bytes(),
                order.product_id.get(),
                order.qty.get(),
                order.unit_price.get(),
                order.currency.as_str(),
                order.customer_id.as_ref().map(CustomerId::as_str),
                state,
                restocked,
                had_units,
                order.refund_awaits_payment,
                ms(order.created_at),
                ms(order.pay_by),
                ms(order.updated_at),
            ])?,
            Change::Updated => update.get()?.execute(params![
                id.as_bytes(),
                state,
                restocked,
                had_units,
                order.refund_awaits_payment,
                ms(order.updated_at),
            ])?,
        };
    }
    Ok(())
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

fn events(connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
    let mut insert = Lazy::new(
        connection,
        "INSERT INTO payment_row (provider, event_id, order_id, kind, amount, currency,
             received_at_ms, result, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    );
    let mut update = Lazy::new(
        connection,
        "UPDATE payment_row SET order_id = ?3, kind = ?4, amount = ?5, currency = ?6,
             received_at_ms = ?7, result = ?8, payload = ?9
         WHERE provider = ?1 AND event_id = ?2",
    );
    for (change, event) in ledger.changed_events() {
        let PaymentEvent { key, order_id, kind, amount, currency, .. } = event;
        let statement = match change {
            Change::Created => insert.get()?,
            Change::Updated => update.get()?,
        };
        statement.execute(params![
            name(key.provider),
            key.event_id.as_str(),
            order_id.uuid().as_bytes(),
            name(*kind),
            // No order costs as much as the file's largest number; what is beyond it says the same.
            amount.map(|amount| i64::try_from(amount).unwrap_or(i64::MAX)),
            currency.as_ref().map(doorbuster_domain::Currency::as_str),
            ms(event.received_at),
            name(event.result),
            &*event.payload,
        ])?;
    }
    Ok(())
}

fn requests(connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
    let mut insert = Lazy::new(
        connection,
        "INSERT INTO request_row (operation, customer_id, idempotency_key, request, made,
             created_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    );
    for (_, request) in ledger.changed_requests() {
        let RememberedRequest { key, request, made, created_at } = request;
        insert.get()?.execute(params![
            name(key.operation),
            key.customer_id.as_ref().map_or("", CustomerId::as_str),
            key.key.as_str(),
            &**request,
            made.as_bytes(),
            ms(*created_at),
        ])?;
    }
    Ok(())
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

fn journal(connection: &Connection, ledger: &Ledger) -> rusqlite::Result<()> {
    let mut insert = Lazy::new(
        connection,
        "INSERT INTO journal_row (product_id, seq, at_ms, kind, qty, total_stock, held_stock,
             sold_stock, hold_id, order_id, provider, event_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    );
    for entry in ledger.journal() {
        let JournalEntry { product_id, seq, at, kind, qty, after, hold_id, order_id, event } =
            entry;
        insert.get()?.execute(params![
            product_id.get(),
            seq,
            ms(*at),
            name(*kind),
            qty,
            after.total,
            after.held,
            after.sold,
            hold_id.map(|id| id.uuid().into_bytes()),
            order_id.map(|id| id.uuid().into_bytes()),
            event.as_ref().map(|event| name(event.provider)),
            event.as_ref().map(|event| event.event_id.as_str()),
        ])?;
    }
    Ok(())
}
