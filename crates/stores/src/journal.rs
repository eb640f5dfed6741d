//! The journal as rows: what one batch did to one product's stock is one row, as JSON.

use std::borrow::Cow;

use doorbuster_domain::{
    Counters, EntryKind, EventId, EventKey, HoldId, JournalEntry, OrderId, ProductId, Provider,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::names::{Named as _, name};

/// The columns of a row.
pub(crate) const ROW: &str =
    "product_id, first_seq, last_seq, total_stock, held_stock, sold_stock, entries";

/// How many entries one row has at most, so that a page of a list need not read thousands.
pub(crate) const MAX_ENTRIES: usize = 256;

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
pub(crate) struct Batch<'j>(Vec<&'j JournalEntry>);

impl<'j> Batch<'j> {
    /// Of entries in the order decided.
    pub(crate) fn of(journal: &'j [JournalEntry]) -> Self {
        let mut entries: Vec<_> = journal.iter().collect();
        entries.sort_by_key(|entry| entry.product_id); // stable, and nearly always nothing to do
        Self(entries)
    }

    /// A product's first entry.
    pub(crate) fn first_of(&self, id: ProductId) -> Option<&'j JournalEntry> {
        let first = self.0.partition_point(|entry| entry.product_id < id);
        self.0.get(first).copied().filter(|entry| entry.product_id == id)
    }

    /// The entries of each row; none is empty.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[&'j JournalEntry]> {
        self.0
            .chunk_by(|one, next| one.product_id == next.product_id)
            .flat_map(|of_product| of_product.chunks(MAX_ENTRIES))
    }
}

/// The entries of a row as JSON.
pub(crate) fn json(entries: &[&JournalEntry]) -> serde_json::Result<String> {
    let mut json = Vec::with_capacity(entries.len() * ENTRY_BYTES);
    let mut separator = b'[';
    for entry in entries {
        json.push(separator);
        separator = b',';
        write_entry(&mut json, entry)?;
    }
    json.push(b']');
    String::from_utf8(json).map_err(serde::ser::Error::custom)
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

/// A row as it was read.
pub(crate) struct Row {
    pub(crate) product_id: ProductId,
    pub(crate) first_seq: u64,
    pub(crate) last_seq: u64,
    /// The product's counters after the last entry.
    pub(crate) after: Counters,
    pub(crate) entries: String,
}

/// Why a row cannot be what it claims to be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Damaged {
    #[error("its entries are not those that it should have")]
    Other,
    #[error("its entries cannot be read")]
    Json(#[from] serde_json::Error),
}

impl Row {
    /// Calls `take` with the entries, until it wants no more.
    pub(crate) fn read(&self, mut take: impl FnMut(JournalEntry) -> bool) -> Result<(), Damaged> {
        let entries: Vec<Entry<'_>> = serde_json::from_str(&self.entries)?;
        let ends_so = entries.last().is_some_and(|entry| counters(entry) == self.after);
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        if !ends_so || self.first_seq.checked_add(count) != self.last_seq.checked_add(1) {
            return Err(Damaged::Other);
        }
        for (entry, seq) in entries.into_iter().zip(self.first_seq..) {
            let entry = entry.of(self.product_id, seq).ok_or(Damaged::Other)?;
            if !take(entry) {
                break;
            }
        }
        Ok(())
    }
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
