//! The journal: every stock change of a product and every refund, in order, numbered without gaps.

use crate::{EventKey, HoldId, OrderId, ProductId, Timestamp};

/// One stock change of one product, or the refund of an order whose units stay where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Whose stock.
    pub product_id: ProductId,
    /// Its number within the product's journal, from 1.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// How many units it is about; negative only where stock was taken away.
    pub qty: i64,
    /// The product's counters after it.
    pub after: Counters,
    /// The hold concerned, if any.
    pub hold_id: Option<HoldId>,
    /// The order concerned, if any.
    pub order_id: Option<OrderId>,
    /// The payment event that caused it, if any.
    pub event: Option<EventKey>,
}

/// A product's three counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// All units.
    pub total: u32,
    /// Units in active holds and pending orders.
    pub held: u32,
    /// Units in paid orders, and in refunded ones that were not restocked.
    pub sold: u32,
}

/// What a journal entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// The product was created with its first stock.
    ProductCreated,
    /// The operator added units or, with a negative quantity, took some away.
    StockChanged,
    /// A hold took units.
    HoldPlaced,
    /// A buyer gave a hold back.
    HoldReleased,
    /// A hold's time ran out.
    HoldExpired,
    /// A pending order was paid.
    OrderPaid,
    /// A pending order was cancelled, or its payment failed.
    OrderCancelled,
    /// A pending order was not paid in time.
    OrderExpired,
    /// A cancelled or expired order was paid after all and took its units again.
    OrderRetaken,
    /// A paid order was refunded and its units went back on sale.
    OrderRestocked,
    /// An order was refunded and no unit moved: a paid one keeps its units sold, one whose refund
    /// was due had none.
    OrderRefunded,
}

impl EntryKind {
    /// Every kind, in the order of the life of a unit.
    pub const ALL: [Self; 11] = [
        Self::ProductCreated,
        Self::StockChanged,
        Self::HoldPlaced,
        Self::HoldReleased,
        Self::HoldExpired,
        Self::OrderPaid,
        Self::OrderCancelled,
        Self::OrderExpired,
        Self::OrderRetaken,
        Self::OrderRestocked,
        Self::OrderRefunded,
    ];

    /// What an entry of this kind with `qty` units does to total, held and sold units.
    #[must_use]
    pub const fn effect(self, qty: i64) -> [i64; 3] {
        match self {
            Self::ProductCreated | Self::StockChanged => [qty, 0, 0],
            Self::HoldPlaced => [0, qty, 0],
            Self::HoldReleased | Self::HoldExpired | Self::OrderCancelled | Self::OrderExpired => {
                [0, qty.saturating_neg(), 0]
            }
            Self::OrderPaid => [0, qty.saturating_neg(), qty],
            Self::OrderRetaken => [0, 0, qty],
            Self::OrderRestocked => [0, 0, qty.saturating_neg()],
            Self::OrderRefunded => [0, 0, 0],
        }
    }
}

impl Counters {
    /// The counters after an entry of `kind` with `qty` units; `None` where they would break
    /// `0 ≤ held + sold ≤ total`.
    #[must_use]
    pub fn apply(self, kind: EntryKind, qty: i64) -> Option<Self> {
        let [total, held, sold] = kind.effect(qty);
        let moved = |units: u32, by: i64| u32::try_from(i64::from(units).checked_add(by)?).ok();
        let after = Self {
            total: moved(self.total, total)?,
            held: moved(self.held, held)?,
            sold: moved(self.sold, sold)?,
        };
        (after.held.checked_add(after.sold)? <= after.total).then_some(after)
    }
}
