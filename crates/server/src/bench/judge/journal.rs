//! A product's journal: no gap, each entry follows from the one before, nothing has two effects,
//! and it ends in the product's counters, which are the sums of its rows. Their total is the one
//! that was put on sale.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use doorbuster_domain::{Counters, EntryKind};
use doorbuster_engine::{HoldStatus, OrderStatus};

use super::orders::is_sale;
use super::{Judgement, Kind};
use crate::bench::server_account::{JournalRow, ProductRows};

pub(super) fn check(product: &ProductRows, judgement: &mut Judgement) {
    replay(product, judgement);
    total(product, judgement);
    sums(product, judgement);
    let journal = &product.journal;
    let placed = journal.iter().filter(|entry| entry.kind == EntryKind::HoldPlaced);
    twice(placed, |entry| entry.hold_id, "took units twice for hold", judgement);
    let sales = || journal.iter().filter(|entry| is_sale(entry.kind));
    twice(sales(), |entry| entry.order_id, "sold units twice for order", judgement);
    let freed = journal.iter().filter(|entry| frees_hold(entry.kind));
    twice(freed, |entry| entry.hold_id, "gave units back twice for hold", judgement);
    let freed = journal.iter().filter(|entry| frees_order(entry.kind));
    twice(freed, |entry| entry.order_id, "gave units back twice for order", judgement);
    // What came twice for one order was found just now.
    let mut seen = HashSet::new();
    let other = journal.iter().filter(|entry| {
        let found = frees_order(entry.kind) && !seen.insert((entry.event, entry.order_id));
        !is_sale(entry.kind) && !found
    });
    twice(other, |entry| entry.event, "moved units twice for payment event", judgement);
}

/// Whether an entry of this kind gives back the units of a hold.
const fn frees_hold(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::HoldReleased | EntryKind::HoldExpired)
}

/// Whether an entry of this kind gives back the units of an order that was not paid.
const fn frees_order(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::OrderCancelled | EntryKind::OrderExpired)
}

/// Nobody changes the total while a run is on.
fn total(product: &ProductRows, judgement: &mut Judgement) {
    let ProductRows { product_id, asked_total, counters, .. } = product;
    if counters.total != *asked_total {
        judgement.find(Kind::Unexpected, 0, || {
            let total = counters.total;
            format!("product {product_id} has {total} units; {asked_total} were put on sale")
        });
    }
}

/// One cause has one entry of its kind.
fn twice<'j, K: Hash + Eq + Copy + std::fmt::Display>(
    entries: impl Iterator<Item = &'j JournalRow>,
    cause: impl Fn(&JournalRow) -> Option<K>,
    what: &str,
    judgement: &mut Judgement,
) {
    let mut seen: HashMap<K, u64> = HashMap::new();
    for entry in entries {
        let Some(cause) = cause(entry) else { continue };
        if let Some(first) = seen.insert(cause, entry.seq) {
            judgement.find(Kind::Doubled, entry.qty.unsigned_abs(), || {
                format!("the journal {what} {cause}, in entries {first} and {}", entry.seq)
            });
        }
    }
}

fn replay(product: &ProductRows, judgement: &mut Judgement) {
    let id = product.product_id;
    let mut counters = Counters::default();
    for (entry, seq) in product.journal.iter().zip(1..) {
        if entry.seq != seq {
            judgement.find(Kind::Unexpected, 0, || {
                format!("the journal of product {id} has entry {} instead of {seq}", entry.seq)
            });
            return;
        }
        let after = counters.apply(entry.kind, entry.qty);
        if after != Some(entry.after) {
            judgement.find(Kind::Unexpected, 0, || {
                format!("the journal of product {id} does not replay at entry {seq}: {entry:?}")
            });
            return;
        }
        counters = entry.after;
    }
    if product.at_rest && counters != product.counters {
        judgement.find(Kind::Unexpected, 0, || {
            let recorded = product.counters;
            format!(
                "the journal of product {id} ends in {counters:?}, its counters are {recorded:?}"
            )
        });
    }
}

fn sums(product: &ProductRows, judgement: &mut Judgement) {
    if !product.at_rest {
        return; // rows read while units come back need not add up; the audit reads one instant
    }
    let orders = |status| {
        let orders = product.orders.iter().filter(move |order| order.status == status);
        orders.map(|order| u64::from(order.qty)).sum::<u64>()
    };
    let active = product.holds.iter().filter(|hold| hold.status == HoldStatus::Active);
    let held = active.map(|hold| u64::from(hold.qty)).sum::<u64>() + orders(OrderStatus::Pending);
    let sold = orders(OrderStatus::Paid);
    let counters = product.counters;
    if (held, sold) != (counters.held.into(), counters.sold.into()) {
        judgement.find(Kind::Unexpected, 0, || {
            format!(
                "product {} counts {} units held and {} sold; its rows add up to {held} and {sold}",
                product.product_id, counters.held, counters.sold,
            )
        });
    }
}
