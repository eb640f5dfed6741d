//! Rows and answers as everyone must see them, whenever `decide` chooses to expire what is overdue.

use std::collections::BTreeMap;
use std::fmt::Debug;

use doorbuster_domain::*;

use crate::model::Model;

/// All rows, as they will be once the overdue ones have been expired.
#[derive(Debug)]
pub(crate) struct Rows {
    products: BTreeMap<ProductId, Product>,
    holds: BTreeMap<HoldId, Hold>,
    orders: BTreeMap<OrderId, Order>,
    events: BTreeMap<EventKey, PaymentEvent>,
}

impl Rows {
    pub(crate) fn of_ledger(ledger: &Ledger, now: Timestamp) -> Self {
        let (holds, orders) = (ledger.holds(), ledger.orders());
        Self::of(now, ledger.products(), holds, orders, ledger.events())
    }

    pub(crate) fn of_model(model: &Model, now: Timestamp) -> Self {
        let (holds, orders) = (model.holds.iter(), model.orders.iter());
        Self::of(now, model.products.iter(), holds, orders, model.events.iter())
    }

    pub(crate) fn of<'a>(
        now: Timestamp,
        products: impl Iterator<Item = &'a Product>,
        holds: impl Iterator<Item = &'a Hold>,
        orders: impl Iterator<Item = &'a Order>,
        events: impl Iterator<Item = &'a PaymentEvent>,
    ) -> Self {
        Self {
            products: products.map(|it| (it.id, canonical_product(it.clone()))).collect(),
            holds: holds.map(|it| (it.id, seen_hold(it, now))).collect(),
            orders: orders.map(|it| (it.id, seen_order(it, now))).collect(),
            events: events.map(|it| (it.key.clone(), it.clone())).collect(),
        }
    }

    /// # Errors
    /// Where these rows differ from the expected ones.
    pub(crate) fn compare(&self, expected: &Self) -> Result<(), String> {
        same("products are", &self.products, &expected.products)?;
        same("holds are", &self.holds, &expected.holds)?;
        same("orders are", &self.orders, &expected.orders)?;
        same("events are", &self.events, &expected.events)
    }
}

/// # Errors
/// Both, when they differ.
pub(crate) fn same<T: PartialEq + Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}\n{found:?}\nand should be\n{expected:?}"))
    }
}

/// An answer without what may depend on the moment of expiry.
pub(crate) fn canonical(outcome: &Outcome) -> Outcome {
    match outcome.clone() {
        Ok(Effect::Hold { hold, replayed }) => {
            Ok(Effect::Hold { hold: canonical_hold(hold), replayed })
        }
        Ok(Effect::Order { order, replayed, early_events }) => {
            let order = canonical_order(order);
            Ok(Effect::Order { order, replayed, early_events })
        }
        Ok(Effect::Product(product)) => {
            let sold = product.sold;
            Ok(Effect::Product(Product { sold, ..canonical_product(product) }))
        }
        Ok(Effect::Expired { .. }) => Ok(Effect::Expired { holds: 0, orders: 0 }),
        payment @ Ok(Effect::Payment(_)) => payment,
        refused @ Err(_) => refused,
    }
}

/// Without counters: these are compared as sums.
fn canonical_product(product: Product) -> Product {
    Product { held: 0, sold: 0, version: 0, journal_seq: 0, ..product }
}

fn canonical_hold(mut hold: Hold) -> Hold {
    if hold.state == HoldState::Expired {
        hold.ended_at = Some(hold.expires_at);
    }
    hold
}

fn canonical_order(mut order: Order) -> Order {
    if order.state == OrderState::Expired {
        order.updated_at = order.pay_by;
    }
    order
}

fn seen_hold(hold: &Hold, now: Timestamp) -> Hold {
    canonical_hold(Hold { state: hold.state_at(now), ..hold.clone() })
}

fn seen_order(order: &Order, now: Timestamp) -> Order {
    canonical_order(Order { state: order.state_at(now), ..order.clone() })
}
