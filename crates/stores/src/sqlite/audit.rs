//! The audit's rows, all as of one instant.

use doorbuster_domain::{Audit, AuditReport};
use rusqlite::{Connection, Row};

use super::row::{self, Columns};
use super::store::each;

/// Recounts the whole file within one read transaction.
pub(super) fn audit(connection: &mut Connection) -> rusqlite::Result<AuditReport> {
    let snapshot = connection.transaction()?;
    let mut audit = Audit::default();
    let products = format!("SELECT {} FROM product_row ORDER BY product_id", row::PRODUCT);
    each(&snapshot, &products, |columns| {
        audit.product(&row::product(columns)?);
        Ok(())
    })?;
    each(&snapshot, "SELECT product_id, customer_id, units FROM customer_row", |columns| {
        let (product_id, customer_id, units) = row::customer(columns)?;
        audit.customer(product_id, &customer_id, units);
        Ok(())
    })?;
    holds_and_orders(&snapshot, &mut audit)?;
    events(&snapshot, &mut audit)?;
    let journal = format!("SELECT {} FROM journal_row ORDER BY product_id, seq", row::ENTRY);
    each(&snapshot, &journal, |columns| {
        audit.entry(&row::entry(columns)?);
        Ok(())
    })?;
    Ok(audit.finish())
}

/// Walks holds and orders side by side, both in order of the holds' ids.
fn holds_and_orders(connection: &Connection, audit: &mut Audit) -> rusqlite::Result<()> {
    let holds = format!("SELECT {} FROM hold_row ORDER BY hold_id", row::HOLD);
    let orders = format!("SELECT {} FROM order_row ORDER BY hold_id", row::ORDER);
    let (mut holds, mut orders) = (connection.prepare(&holds)?, connection.prepare(&orders)?);
    let (mut holds, mut orders) = (holds.query([])?, orders.query([])?);
    let mut next_order = || match orders.next()? {
        Some(row) => read(row, row::order).map(Some),
        None => Ok(None),
    };
    let mut order = next_order()?;
    while let Some(row) = holds.next()? {
        let hold = read(row, row::hold)?;
        while let Some(orphan) = order.take_if(|order| order.hold_id < hold.id) {
            audit.order_without_hold(&orphan);
            order = next_order()?;
        }
        let own = order.take_if(|order| order.hold_id == hold.id);
        audit.hold(&hold, own.as_ref());
        if own.is_some() {
            order = next_order()?;
        }
    }
    while let Some(orphan) = order.take() {
        audit.order_without_hold(&orphan);
        order = next_order()?;
    }
    Ok(())
}

fn read<T>(
    row: &Row<'_>,
    decode: impl Fn(&mut Columns<'_, '_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    decode(&mut Columns::of(row)).map_err(|error| row::damaged(row, error))
}

/// Events with their orders. The payloads, which the audit does not look at, are not read.
fn events(connection: &Connection, audit: &mut Audit) -> rusqlite::Result<()> {
    let prefixed = |table: &str, columns: &str| {
        let columns = columns.split(", ").map(|column| format!("{table}.{}", column.trim()));
        columns.collect::<Vec<_>>().join(", ")
    };
    let event = prefixed("event", row::EVENT).replace("event.payload", "''");
    let sql = format!(
        "SELECT {event}, {} FROM payment_row event LEFT JOIN order_row ON
             order_row.order_id = event.order_id",
        prefixed("order_row", row::ORDER),
    );
    each(connection, &sql, |columns| {
        let event = row::event(columns)?;
        let order = if columns.is_null()? { None } else { Some(row::order(columns)?) };
        audit.event(&event, order.as_ref());
        Ok(())
    })
}
