//! Moving units. Every change of a counter goes through [`Ledger::record`], so that the journal
//! cannot miss one.

use crate::{
    Counters, CustomerId, EntryKind, EventKey, Hold, HoldId, JournalEntry, Order, OrderId,
    ProductId, Timestamp,
};

use super::{Contradiction, CustomerUnits, Ledger};

/// One move of units, to be recorded.
pub(crate) struct Move<'a> {
    pub(crate) product_id: ProductId,
    pub(crate) kind: EntryKind,
    pub(crate) qty: i64,
    pub(crate) hold_id: Option<HoldId>,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) event: Option<&'a EventKey>,
}

impl<'a> Move<'a> {
    /// A move of a hold's units.
    pub(crate) fn of_hold(hold: &Hold, kind: EntryKind) -> Self {
        Self {
            product_id: hold.product_id,
            kind,
            qty: hold.qty.get().into(),
            hold_id: Some(hold.id),
            order_id: None,
            event: None,
        }
    }

    /// A move of an order's units, caused by `event` if by any.
    pub(crate) fn of_order(order: &Order, kind: EntryKind, event: Option<&'a EventKey>) -> Self {
        Self {
            product_id: order.product_id,
            kind,
            qty: order.qty.get().into(),
            hold_id: Some(order.hold_id),
            order_id: Some(order.id),
            event,
        }
    }

    /// A move of a product's stock by its operator.
    pub(crate) fn of_stock(product_id: ProductId, kind: EntryKind, qty: i64) -> Self {
        Self { product_id, kind, qty, hold_id: None, order_id: None, event: None }
    }
}

impl Ledger {
    /// Moves units: the product's counters, its version and its journal change together.
    pub(crate) fn record(&mut self, now: Timestamp, moved: &Move<'_>) {
        let Some(product) = self.products.edit(&moved.product_id) else {
            return self.contradict(moved);
        };
        let before =
            Counters { total: product.total.get(), held: product.held, sold: product.sold };
        let after = before.apply(moved.kind, moved.qty);
        let Some((after, total)) =
            after.and_then(|after| Some((after, crate::TotalStock::new(after.total)?)))
        else {
            return self.contradict(moved);
        };
        product.total = total;
        product.held = after.held;
        product.sold = after.sold;
        product.version = product.version.saturating_add(1);
        product.journal_seq = product.journal_seq.saturating_add(1);
        let seq = product.journal_seq;
        self.journal.push(JournalEntry {
            product_id: moved.product_id,
            seq,
            at: now,
            kind: moved.kind,
            qty: moved.qty,
            after,
            hold_id: moved.hold_id,
            order_id: moved.order_id,
            event: moved.event.cloned(),
        });
    }

    fn contradict(&mut self, moved: &Move<'_>) {
        let (product_id, entry) = (moved.product_id, moved.kind);
        self.contradiction.get_or_insert(Contradiction { product_id, entry });
    }

    /// Changes how many units a customer has, and in how many live rows (active holds and pending
    /// orders) some of them are.
    pub(crate) fn move_customer(
        &mut self,
        product_id: ProductId,
        customer_id: Option<&CustomerId>,
        units: i64,
        live_rows: i64,
    ) {
        let Some(customer_id) = customer_id else { return };
        let key = (product_id, customer_id.clone());
        if !self.customers.contains(&key) {
            let customer_id = customer_id.clone();
            let customer = CustomerUnits { product_id, customer_id, units: 0, live_rows: 0 };
            self.customers.create(key.clone(), customer);
        }
        if let Some(customer) = self.customers.edit(&key) {
            customer.units = moved(customer.units, units);
            customer.live_rows = moved(customer.live_rows, live_rows);
        }
    }
}

/// `count` and `by` more, within what a count can be.
fn moved(count: u32, by: i64) -> u32 {
    let after = i64::from(count).saturating_add(by).max(0);
    u32::try_from(after).unwrap_or(u32::MAX)
}
