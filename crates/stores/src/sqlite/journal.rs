//! The journal's rows in the file.

use doorbuster_domain::{Counters, JournalEntry, ProductId};
use rusqlite::Connection;
use rusqlite::types::{FromSql, FromSqlResult, Type, ValueRef};

use super::insert::Insert;
use super::row::{Columns, invalid};
use crate::journal::{Batch, Damaged, Row, json};

/// Writes a batch's entries.
pub(super) fn write(
    batch: &Batch<'_>,
    insert: &Insert,
    connection: &Connection,
) -> rusqlite::Result<()> {
    let rows: Vec<_> = batch.rows().collect();
    insert.all(connection, &rows, |entries, values| {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Ok(()); // no row is empty
        };
        values.put(first.product_id.get())?;
        values.put(first.seq)?;
        values.put(last.seq)?;
        values.put(last.after.total)?;
        values.put(last.after.held)?;
        values.put(last.after.sold)?;
        let json = json(entries);
        values.put(json.map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?)
    })
}

/// The text column with the entries.
struct Entries(String);

impl FromSql for Entries {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(|text| Self(text.to_owned()))
    }
}

/// Calls `take` with the entries of a row with the columns [`crate::journal::ROW`], until it wants
/// no more.
pub(super) fn read(
    c: &mut Columns<'_, '_>,
    take: impl FnMut(JournalEntry) -> bool,
) -> rusqlite::Result<()> {
    let product_id = c.checked(ProductId::new)?;
    let (first_seq, last_seq) = (c.number()?, c.number()?);
    let after = Counters { total: c.raw()?, held: c.raw()?, sold: c.raw()? };
    let column = c.next();
    let Entries(entries) = c.raw()?;
    let row = Row { product_id, first_seq, last_seq, after, entries };
    row.read(take).map_err(|damaged| match damaged {
        Damaged::Other => invalid(column),
        Damaged::Json(error) => {
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
        }
    })
}
