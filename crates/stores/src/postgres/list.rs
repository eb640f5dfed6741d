//! Lists: filters and pages as SQL.

use doorbuster_domain::{
    CustomerId, Hold, HoldId, JournalEntry, Order, OrderId, PaymentEvent, ProductId, Timestamp,
};
use doorbuster_engine::{
    HoldFilter, HoldStatus, Node, OrderFilter, OrderStatus, Page, PaymentFilter, StoreError,
};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::address::NODE_NAME;
use super::read::Pooled;
use super::row::{self, Columns, Damaged};
use super::sql::prefixed;
use super::wanted::number;
use crate::journal;
use crate::names::name;

/// A query under construction: conditions and their parameters stay together.
struct Query {
    sql: String,
    params: Vec<Box<dyn ToSql + Send + Sync>>,
}

impl Query {
    fn new(select: String) -> Self {
        Self { sql: select, params: Vec::new() }
    }

    /// Adds `AND condition`, whose one `?` is `value`, if there is a value.
    fn and<T: ToSql + Send + Sync + 'static>(mut self, condition: &str, value: Option<T>) -> Self {
        if let Some(value) = value {
            self.params.push(Box::new(value));
            let place = format!("${}", self.params.len());
            self.sql.push_str(" AND ");
            self.sql.push_str(&condition.replace('?', &place));
        }
        self
    }

    fn page(mut self, order: &str, limit: usize) -> Self {
        self.params.push(Box::new(i64::try_from(limit).unwrap_or(i64::MAX)));
        self.sql.push_str(&format!(" ORDER BY {order} LIMIT ${}", self.params.len()));
        self
    }

    async fn rows(self, client: &Pooled) -> Result<Vec<Row>, StoreError> {
        let statement = client.prepare_cached(&self.sql).await?;
        let params: Vec<&(dyn ToSql + Sync)> =
            self.params.iter().map(|param| &**param as &(dyn ToSql + Sync)).collect();
        Ok(client.query(&statement, &params).await?)
    }

    async fn run<T>(
        self,
        client: &Pooled,
        decode: impl Fn(&mut Columns<'_>) -> Result<T, Damaged>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.rows(client).await?;
        let decoded = rows.iter().map(|row| decode(&mut Columns::of(row)));
        Ok(decoded.collect::<Result<_, _>>()?)
    }
}

fn product(id: Option<ProductId>) -> Option<i64> {
    id.map(number)
}

fn customer(id: Option<&CustomerId>) -> Option<String> {
    id.map(|id| id.as_str().to_owned())
}

fn hold_id(id: Option<HoldId>) -> Option<Uuid> {
    id.map(HoldId::uuid)
}

fn order_id(id: Option<OrderId>) -> Option<Uuid> {
    id.map(OrderId::uuid)
}

fn record(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Holds, newest first.
pub(super) async fn holds(
    client: &Pooled,
    filter: &HoldFilter,
    page: Page<HoldId>,
) -> Result<Vec<Hold>, StoreError> {
    let of_status = match filter.status {
        None => "true",
        Some(HoldStatus::Active) => "h.state = 'active'",
        Some(HoldStatus::Used) => "h.state = 'used'",
        Some(HoldStatus::Released) => "h.state = 'released'",
        Some(HoldStatus::Expired) => "h.state = 'expired'",
    };
    let columns = prefixed("h", row::HOLD);
    let of_order = "h.hold_id = (SELECT hold_id FROM order_row WHERE order_id = ?)";
    Query::new(format!("SELECT {columns} FROM hold_row h WHERE {of_status}"))
        .and(of_order, order_id(filter.order_id))
        .and("h.customer_id = ?", customer(filter.customer_id.as_ref()))
        .and("h.product_id = ?", product(filter.product_id))
        .and("h.hold_id < ?", hold_id(page.before))
        .page("h.hold_id DESC", page.limit)
        .run(client, row::hold)
        .await
}

/// Orders, newest first by their holds.
pub(super) async fn orders(
    client: &Pooled,
    filter: &OrderFilter,
    page: Page<HoldId>,
) -> Result<Vec<Order>, StoreError> {
    let of_status = match filter.status {
        None => "true",
        Some(OrderStatus::Pending) => "o.state = 'pending'",
        Some(OrderStatus::Paid) => "o.state = 'paid'",
        Some(OrderStatus::Cancelled) => "o.state = 'cancelled'",
        Some(OrderStatus::Expired) => "o.state = 'expired'",
        Some(OrderStatus::RefundDue) => "o.state = 'refund_due'",
        Some(OrderStatus::Refunded) => "o.state IN ('refunded', 'restocked', 'refunded_late')",
    };
    let from = "order_row o JOIN hold_row h ON h.hold_id = o.hold_id";
    Query::new(format!("SELECT {} FROM {from} WHERE {of_status}", row::ORDER))
        .and("o.order_id = ?", order_id(filter.order_id))
        .and("h.customer_id = ?", customer(filter.customer_id.as_ref()))
        .and("o.product_id = ?", product(filter.product_id))
        .and("o.hold_id < ?", hold_id(page.before))
        .page("o.hold_id DESC", page.limit)
        .run(client, row::order)
        .await
}

/// Payment events, newest first, each with its record number.
pub(super) async fn payments(
    client: &Pooled,
    filter: &PaymentFilter,
    page: Page<u64>,
) -> Result<Vec<(u64, PaymentEvent)>, StoreError> {
    let of_product = "order_id IN (SELECT order_id FROM order_row WHERE product_id = ?)";
    let of_customer = "order_id IN (SELECT order_row.order_id FROM hold_row
         JOIN order_row ON order_row.hold_id = hold_row.hold_id WHERE customer_id = ?)";
    Query::new(format!("SELECT {}, record FROM payment_row WHERE true", row::EVENT))
        .and("order_id = ?", order_id(filter.order_id))
        .and("kind = ?", filter.kind.map(name))
        .and("result = ?", filter.result.map(name))
        .and("event_id = ?", filter.event_id.as_ref().map(|id| id.as_str().to_owned()))
        .and(of_product, product(filter.product_id))
        .and(of_customer, customer(filter.customer_id.as_ref()))
        .and("record < ?", page.before.map(record))
        .page("record DESC", page.limit)
        .run(client, |columns| {
            let event = row::event(columns)?;
            Ok((columns.number()?, event))
        })
        .await
}

/// What a product's journal says about one of its holds, oldest first.
pub(super) async fn journal_of_hold(
    client: &Pooled,
    product_id: ProductId,
    hold_id: HoldId,
) -> Result<Vec<JournalEntry>, StoreError> {
    let rows = Query::new(format!("SELECT {} FROM journal_row WHERE true", journal::ROW))
        .and("product_id = ?", product(Some(product_id)))
        .and("strpos(entries, ?) > 0", Some(hold_id.uuid().to_string()))
        .page("first_seq", usize::MAX)
        .rows(client)
        .await?;
    let mut entries = Vec::new();
    for row in &rows {
        row::journal(row)?.read(|entry| {
            entries.extend(Some(entry).filter(|entry| entry.hold_id == Some(hold_id)));
            true
        })?;
    }
    Ok(entries)
}

/// The nodes that are connected with the database, by the names they connect with.
pub(super) async fn nodes(client: &Pooled) -> Result<Vec<Node>, StoreError> {
    let select = "SELECT application_name,
            (extract(epoch FROM min(backend_start)) * 1000)::bigint
         FROM pg_stat_activity WHERE datname = current_database()";
    let like = format!("{NODE_NAME} %");
    let rows = Query::new(select.into()).and("application_name LIKE ?", Some(like));
    let sql = rows.sql + " GROUP BY 1 ORDER BY 1";
    let rows = Query { sql, params: rows.params }.rows(client).await?;
    let nodes = rows.iter().map(|row| {
        let since = Timestamp::from_millis(row.try_get(1)?);
        Ok(Node { name: row.try_get(0)?, since })
    });
    nodes.collect()
}

/// A product's journal, oldest first.
pub(super) async fn journal_entries(
    client: &Pooled,
    product_id: ProductId,
    after: u64,
    limit: usize,
) -> Result<Vec<JournalEntry>, StoreError> {
    // A row has so many entries at most: the one with the first wanted begins there or later.
    let most = u64::try_from(journal::MAX_ENTRIES).unwrap_or(u64::MAX);
    let mut from = record(after.saturating_sub(most));
    let mut entries = Vec::with_capacity(limit.min(journal::MAX_ENTRIES));
    while entries.len() < limit {
        // The entries of one row are usually more than a page.
        let rows = Query::new(format!("SELECT {} FROM journal_row WHERE true", journal::ROW))
            .and("product_id = ?", product(Some(product_id)))
            .and("first_seq > ?", Some(from))
            .and("last_seq > ?", Some(record(after)))
            .page("first_seq", limit.min(ROWS_AT_ONCE))
            .rows(client)
            .await?;
        let Some(last) = rows.last() else { break };
        from = record(row::journal(last)?.first_seq);
        for row in &rows {
            row::journal(row)?.read(|entry| {
                entries.extend(Some(entry).filter(|entry| entry.seq > after));
                entries.len() < limit
            })?;
            if entries.len() >= limit {
                break;
            }
        }
    }
    Ok(entries)
}

/// How many journal rows are read at once.
const ROWS_AT_ONCE: usize = 16;

/// One hold.
pub(super) async fn hold(client: &Pooled, id: HoldId) -> Result<Option<Hold>, StoreError> {
    let select = format!("SELECT {} FROM hold_row WHERE true", row::HOLD);
    let query = Query::new(select).and("hold_id = ?", Some(id.uuid()));
    Ok(query.run(client, row::hold).await?.pop())
}
