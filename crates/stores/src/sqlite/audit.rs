//! The audit's rows, all as of one instant.

use doorbuster_domain::{Audit, AuditReport};
use rusqlite::{Connection, Row};

use super::journal;
use super::row::{self, Columns, OrderPart};
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
    let journal =
        format!("SELECT {} FROM journal_row ORDER BY product_id, last_seq", crate::journal::ROW);
    each(&snapshot, &journal, |columns| {
        journal::read(columns, |entry| {
            audit.entry(&entry);
            true
        })
    })?;
    Ok(audit.finish())
}

/// Walks holds and orders side by side, both in order of the holds' ids.
fn holds_and_orders(connection: &Connection, audit: &mut Audit) -> rusqlite::Result<()> {
    let holds = format!("SELECT {} FROM hold_row ORDER BY hold_id", row::NEW_HOLD);
    let orders = format!("SELECT {} FROM order_row ORDER BY hold_id", row::NEW_ORDER);
    let (mut holds, mut orders) = (connection.prepare(&holds)?, connection.prepare(&orders)?);
    let (mut holds, mut orders) = (holds.query([])?, orders.query([])?);
    let mut next_order = || match orders.next()? {
        Some(row) => read(row, OrderPart::of).map(Some),
        None => Ok(None),
    };
    let mut order = next_order()?;
    while let Some(row) = holds.next()? {
        let hold = read(row, row::unused_hold)?;
        while let Some(orphan) = order.take_if(|order| order.hold_id < hold.id) {
            audit.order_of_unknown_hold(orphan.id, orphan.hold_id);
            order = next_order()?;
        }
        match order.take_if(|order| order.hold_id == hold.id) {
            Some(own) => {
                let (hold, own) = own.with(hold);
                audit.hold(&hold, Some(&own));
                order = next_order()?;
            }
            None => audit.hold(&hold, None),
        }
    }
    while let Some(orphan) = order.take() {
        audit.order_of_unknown_hold(orphan.id, orphan.hold_id);
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
    let columns = row::EVENT.replace("payload", "''").replace("order_id", "event.order_id");
    let sql = format!(
        "SELECT {}, hold_row.hold_id, {} FROM payment_row event
             LEFT JOIN order_row ON order_row.order_id = event.order_id
             LEFT JOIN hold_row ON hold_row.hold_id = order_row.hold_id",
        columns.replace("currency", "event.currency"),
        row::ORDER
    );
    each(connection, &sql, |columns| {
        let event = row::event(columns)?;
        let hold = columns.raw::<Option<[u8; 16]>>()?; // without it nobody knows the order
        let order = hold.map(|_| row::order(columns)).transpose()?;
        audit.event(&event, order.as_ref());
        Ok(())
    })
}
