//! The audit's rows, all as of one instant.

use std::pin::pin;

use doorbuster_domain::{Audit, AuditReport, HoldId, OrderId};
use doorbuster_engine::StoreError;
use futures_util::TryStreamExt as _;
use tokio_postgres::{Client, IsolationLevel, Row, Transaction};
use uuid::Uuid;

use super::row::{self, Columns};
use super::sql::prefixed;
use crate::journal;

/// Recounts the whole database within one transaction that sees one instant. Two of them do not
/// disturb each other, nor anyone else.
pub(super) async fn audit(client: &mut Client) -> Result<AuditReport, StoreError> {
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    let mut audit = Audit::default();
    let products = format!("SELECT {} FROM product_row ORDER BY product_id", row::PRODUCT);
    each(&snapshot, &products, |row| {
        audit.product(&row::product(row)?.product);
        Ok(())
    })
    .await?;
    each(&snapshot, "SELECT product_id, customer_id, units FROM customer_row", |row| {
        let (product_id, customer_id, units) = row::customer(&mut Columns::of(row))?;
        audit.customer(product_id, &customer_id, units);
        Ok(())
    })
    .await?;
    holds_and_orders(&snapshot, &mut audit).await?;
    let events = format!(
        "SELECT {}, o.order_id, {} FROM payment_row e
             LEFT JOIN (order_row o JOIN hold_row h ON h.hold_id = o.hold_id)
                 ON o.order_id = e.order_id",
        prefixed("e", row::EVENT).replace("e.payload", "''"), // which the audit does not look at
        row::ORDER,
    );
    each(&snapshot, &events, |row| {
        let c = &mut Columns::of(row);
        let event = row::event(c)?;
        let known = c.raw::<Option<Uuid>>()?.is_some();
        let order = known.then(|| row::order(c)).transpose()?;
        audit.event(&event, order.as_ref());
        Ok(())
    })
    .await?;
    let journal =
        format!("SELECT {} FROM journal_row ORDER BY product_id, first_seq", journal::ROW);
    each(&snapshot, &journal, |row| {
        row::journal(row)?.read(|entry| {
            audit.entry(&entry);
            true
        })?;
        Ok(())
    })
    .await?;
    Ok(audit.finish())
}

/// Every hold with its order, and orders without a hold.
async fn holds_and_orders(snapshot: &Transaction<'_>, audit: &mut Audit) -> Result<(), StoreError> {
    let holds = format!(
        "SELECT {}, o.order_id, {} FROM hold_row h LEFT JOIN order_row o ON o.hold_id = h.hold_id
         ORDER BY h.hold_id",
        prefixed("h", row::HOLD),
        row::ORDER,
    );
    each(snapshot, &holds, |row| {
        let c = &mut Columns::of(row);
        let hold = row::hold(c)?;
        let has_order = c.raw::<Option<Uuid>>()?.is_some();
        let order = has_order.then(|| row::order(c)).transpose()?;
        audit.hold(&hold, order.as_ref());
        Ok(())
    })
    .await?;
    let orphans = "SELECT order_id, hold_id FROM order_row o
                   WHERE NOT EXISTS (SELECT 1 FROM hold_row h WHERE h.hold_id = o.hold_id)";
    each(snapshot, orphans, |row| {
        let c = &mut Columns::of(row);
        let (order_id, hold_id) = (OrderId::new(c.raw()?), HoldId::new(c.raw()?));
        audit.order_of_unknown_hold(order_id, hold_id);
        Ok(())
    })
    .await
}

/// Calls `take` with every row of `sql`, as they come.
async fn each(
    snapshot: &Transaction<'_>,
    sql: &str,
    mut take: impl FnMut(&Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let none: [&str; 0] = [];
    let mut rows = pin!(snapshot.query_raw(sql, none).await?);
    while let Some(row) = rows.try_next().await? {
        take(&row)?;
    }
    Ok(())
}
