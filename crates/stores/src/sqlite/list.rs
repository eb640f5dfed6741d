//! Lists: filters and pages as SQL.

use doorbuster_domain::{
    CustomerId, Hold, HoldId, JournalEntry, Order, OrderId, PaymentEvent, ProductId,
};
use doorbuster_engine::{HoldFilter, HoldStatus, OrderFilter, OrderStatus, Page, PaymentFilter};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::journal;
use super::row::{self, Columns};
use crate::names::name;

/// A query under construction: conditions and their parameters stay together.
struct Query {
    sql: String,
    params: Vec<Value>,
}

impl Query {
    fn new(select: String) -> Self {
        Self { sql: select, params: Vec::new() }
    }

    /// Adds `AND condition`, whose one `?` is `value`, if there is a value.
    fn and(mut self, condition: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.sql.push_str(" AND ");
            self.sql.push_str(condition);
            self.params.push(value.into());
        }
        self
    }

    fn page(mut self, order: &str, limit: usize) -> Self {
        self.sql.push_str(" ORDER BY ");
        self.sql.push_str(order);
        self.sql.push_str(" LIMIT ?");
        self.params.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        self
    }

    fn run<T>(
        self,
        connection: &Connection,
        decode: impl Fn(&mut Columns<'_, '_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut statement = connection.prepare_cached(&self.sql)?;
        let rows = statement
            .query_map(params_from_iter(self.params), |row| decode(&mut Columns::of(row)))?;
        rows.collect()
    }
}

fn number(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn product(id: Option<ProductId>) -> Option<Value> {
    id.map(|id| number(id.get()))
}

fn customer(id: Option<&CustomerId>) -> Option<String> {
    id.map(|id| id.as_str().to_owned())
}

fn hold_id(id: Option<HoldId>) -> Option<Vec<u8>> {
    id.map(|id| id.uuid().as_bytes().to_vec())
}

fn order_id(id: Option<OrderId>) -> Option<Vec<u8>> {
    id.map(|id| id.uuid().as_bytes().to_vec())
}

/// Holds, newest first.
pub(super) fn holds(
    connection: &Connection,
    filter: &HoldFilter,
    page: Page<HoldId>,
) -> rusqlite::Result<Vec<Hold>> {
    // The plus keeps SQLite from beginning with the orders, which it would then have to sort.
    let of_status = match filter.status {
        None => "true",
        Some(HoldStatus::Active) => "ended IS NULL AND order_id IS NULL",
        Some(HoldStatus::Used) => "ended IS NULL AND +order_id IS NOT NULL",
        Some(HoldStatus::Released) => "ended = 'released'",
        Some(HoldStatus::Expired) => "ended = 'expired'",
    };
    Query::new(format!("SELECT {} FROM {} WHERE {of_status}", row::HOLD, row::HOLDS))
        .and("order_id = ?", order_id(filter.order_id))
        .and("customer_id = ?", customer(filter.customer_id.as_ref()))
        .and("product_id = ?", product(filter.product_id))
        .and("hold_row.hold_id < ?", hold_id(page.before))
        .page("hold_row.hold_id DESC", page.limit)
        .run(connection, row::hold)
}

/// Orders, newest first by their holds.
pub(super) fn orders(
    connection: &Connection,
    filter: &OrderFilter,
    page: Page<HoldId>,
) -> rusqlite::Result<Vec<Order>> {
    let of_status = match filter.status {
        None => "true",
        Some(OrderStatus::Pending) => "state = 'pending'",
        Some(OrderStatus::Paid) => "state = 'paid'",
        Some(OrderStatus::Cancelled) => "state = 'cancelled'",
        Some(OrderStatus::Expired) => "state = 'expired'",
        Some(OrderStatus::RefundDue) => "state = 'refund_due'",
        Some(OrderStatus::Refunded) => {
            "(state = 'refunded' OR state = 'restocked' OR state = 'refunded_late')"
        }
    };
    // CROSS tells SQLite to begin on the left. A customer's holds are few; otherwise most holds may
    // be no orders, and are passed over.
    let (from, hold) = if filter.customer_id.is_some() {
        ("hold_row CROSS JOIN order_row", "hold_row.hold_id")
    } else {
        ("order_row CROSS JOIN hold_row", "order_row.hold_id")
    };
    let of_hold = "hold_row.hold_id = order_row.hold_id";
    Query::new(format!("SELECT {} FROM {from} ON {of_hold} WHERE {of_status}", row::ORDER))
        .and("order_id = ?", order_id(filter.order_id))
        .and("customer_id = ?", customer(filter.customer_id.as_ref()))
        .and("product_id = ?", product(filter.product_id))
        .and(&format!("{hold} < ?"), hold_id(page.before))
        .page(&format!("{hold} DESC"), page.limit)
        .run(connection, row::order)
}

/// Payment events, newest first, each with its record number.
pub(super) fn payments(
    connection: &Connection,
    filter: &PaymentFilter,
    page: Page<u64>,
) -> rusqlite::Result<Vec<(u64, PaymentEvent)>> {
    let of_order = format!("order_id IN (SELECT order_id FROM {} WHERE", row::ORDERS);
    Query::new(format!("SELECT {}, record FROM payment_row WHERE true", row::EVENT))
        .and("order_id = ?", order_id(filter.order_id))
        .and("kind = ?", filter.kind.map(|kind| name(kind).to_owned()))
        .and("result = ?", filter.result.map(|result| name(result).to_owned()))
        .and("event_id = ?", filter.event_id.as_ref().map(|id| id.as_str().to_owned()))
        .and(&format!("{of_order} product_id = ?)"), product(filter.product_id))
        .and(&format!("{of_order} customer_id = ?)"), customer(filter.customer_id.as_ref()))
        .and("record < ?", page.before.map(number))
        .page("record DESC", page.limit)
        .run(connection, |columns| {
            let event = row::event(columns)?;
            Ok((columns.number()?, event))
        })
}

/// What a product's journal says about one of its holds, oldest first.
pub(super) fn journal_of_hold(
    connection: &Connection,
    product_id: ProductId,
    hold_id: HoldId,
) -> rusqlite::Result<Vec<JournalEntry>> {
    let query = Query::new(format!("SELECT {} FROM journal_row WHERE true", crate::journal::ROW))
        .and("product_id = ?", product(Some(product_id)))
        .and("instr(entries, ?) > 0", Some(hold_id.uuid().to_string()))
        .page("last_seq", usize::MAX);
    let mut statement = connection.prepare_cached(&query.sql)?;
    let mut rows = statement.query(params_from_iter(query.params))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        journal::read(&mut Columns::of(row), |entry| {
            entries.extend(Some(entry).filter(|entry| entry.hold_id == Some(hold_id)));
            true
        })?;
    }
    Ok(entries)
}

/// A product's journal, oldest first.
pub(super) fn journal_entries(
    connection: &Connection,
    product_id: ProductId,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<JournalEntry>> {
    let query = Query::new(format!("SELECT {} FROM journal_row WHERE true", crate::journal::ROW))
        .and("product_id = ?", product(Some(product_id)))
        .and("last_seq > ?", Some(number(after)))
        .page("last_seq", limit);
    let mut statement = connection.prepare_cached(&query.sql)?;
    let mut rows = statement.query(params_from_iter(query.params))?;
    let mut entries = Vec::with_capacity(limit);
    // A row has many entries: it is read when those before are not enough.
    while entries.len() < limit
        && let Some(row) = rows.next()?
    {
        journal::read(&mut Columns::of(row), |entry| {
            entries.extend(Some(entry).filter(|entry| entry.seq > after));
            entries.len() < limit
        })?;
    }
    Ok(entries)
}
