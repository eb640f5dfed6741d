//! The journal's rows: what one batch did to one product's stock is one row, as JSON.

use std::borrow::Cow;
use std::io::Write as _;

use doorbuster_domain::{
    Counters, EntryKind, EventId, EventKey, HoldId, JournalEntry, OrderId, ProductId, Provider,
    Timestamp,
};
use rusqlite::Connection;
use rusqlite::types::{FromSql, FromSqlResult, Type, ValueRef};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::insert::Insert;
use super::names::{Named as _, name};
use super::row::{Columns, invalid};

/// The columns of a row.
pub(super) const ROW: &str =
    "product_id, first_seq, last_seq, total_stock, held_stock, sold_stock, entries";

/// How many entries one row has at most, so that a page of a list need not read thousands.
const MAX_ENTRIES: usize = 256;

/// About how many bytes one entry takes.
const ENTRY_BYTES: usize = 160;

/// An entry but for its product and its number, which its row and its place in it say.
#[derive(Serialize, Deserialize)]
struct Entry<'a>(
    /// When, milliseconds since 1970.
    i64,
    /// Kind.
    &'a str,
    /// Quantity.
    i64,
    /// Total, held and sold units after it.
    u32,
    u32,
    u32,
    /// Hold, order: UUIDs with hyphens.
    Option<&'a str>,
    Option<&'a str>,
    /// Provider and event id.
    Option<&'a str>,
    #[serde(borrow)] Option<Cow<'a, str>>,
);

/// The entries that a batch made, product by product.
pub(super) struct Batch<'j>(Vec<&'j JournalEntry>);

impl<'j> Batch<'j> {
    /// Of entries in the order decided.
    pub(super) fn of(journal: &'j [JournalEntry]) -> Self {
        let mut entries: Vec<_> = journal.iter().collect();
        entries.sort_by_key(|entry| entry.product_id); // stable, and nearly always nothing to do
        Self(entries)
    }

    /// A product's first entry.
    pub(super) fn first_of(&self, id: ProductId) -> Option<&'j JournalEntry> {
        let first = self.0.partition_point(|entry| entry.product_id < id);
        self.0.get(first).copied().filter(|entry| entry.product_id == id)
    }

    /// Writes them.
    pub(super) fn write(&self, insert: &Insert, connection: &Connection) -> rusqlite::Result<()> {
        let rows: Vec<_> = self
            .0
            .chunk_by(|one, next| one.product_id == next.product_id)
            .flat_map(|of_product| of_product.chunks(MAX_ENTRIES))
            .collect();
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
            values.put(json(entries)?)
        })
    }
}

fn json(entries: &[&JournalEntry]) -> rusqlite::Result<String> {
    let mut json = Vec::with_capacity(entries.len() * ENTRY_BYTES);
    let mut separator = b'[';
    for entry in entries {
        json.push(separator);
        separator = b',';
        write_entry(&mut json, entry).map_err(to_sql)?;
    }
    json.write_all(b"]").map_err(to_sql)?;
    String::from_utf8(json).map_err(to_sql)
}

fn write_entry(json: &mut Vec<u8>, entry: &JournalEntry) -> serde_json::Result<()> {
    let JournalEntry { at, kind, qty, after, hold_id, order_id, event, .. } = entry;
    let (mut hold, mut order) = ([0; Hyphenated::LENGTH], [0; Hyphenated::LENGTH]);
    let entry = Entry(
        at.as_millis(),
        name(*kind),
        *qty,
        after.total,
        after.held,
        after.sold,
        hold_id.map(|id| &*id.uuid().hyphenated().encode_lower(&mut hold)),
        order_id.map(|id| &*id.uuid().hyphenated().encode_lower(&mut order)),
        event.as_ref().map(|event| name(event.provider)),
        event.as_ref().map(|event| event.event_id.as_str().into()),
    );
    serde_json::to_writer(json, &entry)
}

fn to_sql(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

/// The text column with the entries.
struct Entries(String);

impl FromSql for Entries {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(|text| Self(text.to_owned()))
    }
}

/// Calls `take` with the entries of a row with the columns [`ROW`], until it wants no more.
pub(super) fn read(
    c: &mut Columns<'_, '_>,
    mut take: impl FnMut(JournalEntry) -> bool,
) -> rusqlite::Result<()> {
    let product_id = c.checked(ProductId::new)?;
    let (first_seq, last_seq) = (c.number()?, c.number()?);
    let after = Counters { total: c.raw()?, held: c.raw()?, sold: c.raw()? };
    let column = c.next();
    let text: Entries = c.raw()?;
    let entries: Vec<Entry<'_>> = serde_json::from_str(&text.0).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
    })?;
    let ends_so = entries.last().is_some_and(|entry| counters(entry) == after);
    let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    if !ends_so || first_seq.checked_add(count) != last_seq.checked_add(1) {
        return Err(invalid(column));
    }
    for (entry, seq) in entries.into_iter().zip(first_seq..) {
        let entry = entry.of(product_id, seq).ok_or_else(|| invalid(column))?;
        if !take(entry) {
            break;
        }
    }
    Ok(())
}

fn counters(entry: &Entry<'_>) -> Counters {
    Counters { total: entry.3, held: entry.4, sold: entry.5 }
}

impl Entry<'_> {
    /// The entry of this product with this number; `None` where a value is not valid.
    fn of(self, product_id: ProductId, seq: u64) -> Option<JournalEntry> {
        let after = counters(&self);
        let Self(at_ms, kind, qty, _, _, _, hold_id, order_id, provider, event_id) = self;
        let id = |text: Option<&str>| text.map(Uuid::try_parse).transpose().ok();
        let event = match (provider, event_id) {
            (Some(provider), Some(event_id)) => Some(EventKey {
                provider: Provider::from_name(provider)?,
                event_id: EventId::new(&event_id).ok()?,
            }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return None,
        };
        Some(JournalEntry {
            product_id,
            seq,
            at: Timestamp::from_millis(at_ms),
            kind: EntryKind::from_name(kind)?,
            qty,
            after,
            hold_id: id(hold_id)?.map(HoldId::new),
            order_id: id(order_id)?.map(OrderId::new),
            event,
        })
    }
}
