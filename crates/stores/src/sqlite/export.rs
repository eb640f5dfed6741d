//! Reading a whole file, to be copied elsewhere.

use std::path::Path;

use doorbuster_engine::StoreError;
use rusqlite::Connection;

use super::admin_keys;
use super::open::{self, Writing};
use super::row::{self, Columns};
use super::store::each;
use crate::copy::{ROWS_AT_ONCE, Rows};

/// Hands all rows of the file at `path` to `take`. No server uses the file meanwhile.
pub(crate) fn export(
    path: &Path,
    mut take: impl FnMut(Rows) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    drop(open::for_reading(path)?); // a file that is not there must not be made
    let Writing { mut connection, copier: _copier, lock: _lock, .. } = open::for_writing(path)?;
    let snapshot = connection.transaction()?;
    let all = |columns: &str, from: &str| format!("SELECT {columns} FROM {from}");
    let c = &snapshot;
    some(c, &all(row::PRODUCT, "product_row"), row::product, Rows::Products, &mut take)?;
    let customers = all("product_id, customer_id, units", "customer_row");
    some(c, &customers, row::customer, Rows::Customers, &mut take)?;
    let holds = format!("{} ORDER BY hold_row.record", row::HOLDS);
    some(c, &all(row::HOLD, &holds), row::hold, Rows::Holds, &mut take)?;
    let orders = format!("{} ORDER BY order_row.record", row::ORDERS);
    some(c, &all(row::ORDER, &orders), row::order, Rows::Orders, &mut take)?;
    let events = all(row::EVENT, "payment_row ORDER BY record");
    some(c, &events, row::event, Rows::Events, &mut take)?;
    let requests = all(row::REQUEST, "request_row ORDER BY record");
    some(c, &requests, row::request, Rows::Requests, &mut take)?;
    let keys = all(admin_keys::KEY, "admin_key_row");
    some(c, &keys, admin_keys::key, Rows::AdminKeys, &mut take)?;
    journal(c, &mut take)
}

/// Hands the rows of `sql` to `take`, so many at a time.
fn some<T>(
    connection: &Connection,
    sql: &str,
    decode: impl Fn(&mut Columns<'_, '_>) -> rusqlite::Result<T>,
    kind: impl Fn(Vec<T>) -> Rows,
    take: &mut impl FnMut(Rows) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let (mut rows, mut failed) = (Vec::new(), Ok(()));
    each(connection, sql, |columns| {
        rows.push(decode(columns)?);
        if rows.len() >= ROWS_AT_ONCE && failed.is_ok() {
            failed = take(kind(std::mem::take(&mut rows)));
        }
        Ok(())
    })?;
    failed?;
    if rows.is_empty() { Ok(()) } else { take(kind(rows)) }
}

fn journal(
    connection: &Connection,
    take: &mut impl FnMut(Rows) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let columns = crate::journal::ROW;
    let sql = format!("SELECT {columns} FROM journal_row ORDER BY product_id, last_seq");
    let (mut entries, mut failed) = (Vec::new(), Ok(()));
    each(connection, &sql, |columns| {
        super::journal::read(columns, |entry| {
            entries.push(entry);
            true
        })?;
        if entries.len() >= ROWS_AT_ONCE && failed.is_ok() {
            failed = take(Rows::Journal(std::mem::take(&mut entries)));
        }
        Ok(())
    })?;
    failed?;
    if entries.is_empty() { Ok(()) } else { take(Rows::Journal(entries)) }
}
