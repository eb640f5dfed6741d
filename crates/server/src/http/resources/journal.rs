//! Journal entries as JSON.

use doorbuster_domain::{EntryKind, JournalEntry};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Time};

/// One stock change of a product, or a refund that moved no units, with its counters as they are
/// after it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JournalEntry)]
pub(in crate::http) struct JournalEntryJson<'a> {
    /// Its number within the product's journal, from 1 without gaps.
    #[schema(examples(1), minimum = 1)]
    seq: u64,
    at: Time,
    kind: EntryKindName,
    /// How many units it is about; negative only where stock was taken away.
    #[schema(examples(2))]
    qty: i64,
    #[schema(examples(100))]
    total_stock: u32,
    #[schema(examples(2))]
    held_stock: u32,
    #[schema(examples(0))]
    sold_stock: u32,
    /// The hold concerned, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    hold_id: Option<Id>,
    /// The order concerned, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    order_id: Option<Id>,
    /// The payment event that caused it, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("evt_1"))]
    event_id: Option<&'a str>,
}

/// What a journal entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EntryKind)]
pub(in crate::http) enum EntryKindName {
    ProductCreated,
    StockChanged,
    HoldPlaced,
    HoldReleased,
    HoldExpired,
    OrderPaid,
    OrderCancelled,
    OrderExpired,
    OrderRetaken,
    OrderRestocked,
    OrderRefunded,
}

impl<'a> JournalEntryJson<'a> {
    pub(in crate::http) fn of(entry: &'a JournalEntry) -> Self {
        Self {
            seq: entry.seq,
            at: Time(entry.at),
            kind: entry.kind.into(),
            qty: entry.qty,
            total_stock: entry.after.total,
            held_stock: entry.after.held,
            sold_stock: entry.after.sold,
            hold_id: entry.hold_id.map(|id| Id(id.uuid())),
            order_id: entry.order_id.map(|id| Id(id.uuid())),
            event_id: entry.event.as_ref().map(|key| key.event_id.as_str()),
        }
    }
}

impl From<EntryKind> for EntryKindName {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::ProductCreated => Self::ProductCreated,
            EntryKind::StockChanged => Self::StockChanged,
            EntryKind::HoldPlaced => Self::HoldPlaced,
            EntryKind::HoldReleased => Self::HoldReleased,
            EntryKind::HoldExpired => Self::HoldExpired,
            EntryKind::OrderPaid => Self::OrderPaid,
            EntryKind::OrderCancelled => Self::OrderCancelled,
            EntryKind::OrderExpired => Self::OrderExpired,
            EntryKind::OrderRetaken => Self::OrderRetaken,
            EntryKind::OrderRestocked => Self::OrderRestocked,
            EntryKind::OrderRefunded => Self::OrderRefunded,
        }
    }
}
