//! The ten rules, recounted from the rows and the journal alone. What of them only answers can
//! show (6, 8 and 10) is the business of the model.

use std::collections::{BTreeMap, BTreeSet};

use doorbuster_domain::{
    Counters, CustomerId, EntryKind, EventKey, EventResult, HoldState, JournalEntry, OrderState,
    PaymentKind, ProductId,
};

use crate::disk::Tables;

/// # Errors
/// The first rule that is broken, and where.
pub(crate) fn check(tables: &Tables) -> Result<(), String> {
    counters(tables)?;
    one_to_one(tables)?;
    journal(tables)?;
    deadlines(tables)?;
    customers(tables)?;
    payments(tables)?;
    refunds(tables)
}

fn holds(is_true: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if is_true { Ok(()) } else { Err(otherwise()) }
}

/// Rules 1 and 2.
fn counters(tables: &Tables) -> Result<(), String> {
    for product in tables.products.values() {
        let active = tables.holds.values().filter(|it| it.state == HoldState::Active);
        let active = active.filter(|it| it.product_id == product.id).map(|it| it.qty.get());
        let orders = || tables.orders.values().filter(|it| it.product_id == product.id);
        let pending = orders().filter(|it| it.state == OrderState::Pending);
        let held = active.chain(pending.map(|it| it.qty.get())).sum::<u32>();
        let sold = orders().filter(|it| it.state.is_sold()).map(|it| it.qty.get()).sum::<u32>();
        let right = (product.held, product.sold) == (held, sold);
        let right = right && held + sold <= product.total.get();
        holds(right, || format!("rules 1 and 2: {product:?} recounts to {held} and {sold}"))?;
    }
    Ok(())
}

/// Rule 3.
fn one_to_one(tables: &Tables) -> Result<(), String> {
    let mut ordered = BTreeSet::new();
    for order in tables.orders.values() {
        let hold = tables.holds.get(&order.hold_id);
        let copied = hold.is_some_and(|it| {
            it.state == HoldState::Used { order_id: order.id }
                && (it.product_id, it.qty, it.unit_price)
                    == (order.product_id, order.qty, order.unit_price)
                && (it.currency, &it.customer_id) == (order.currency, &order.customer_id)
        });
        holds(copied, || format!("rule 3: {order:?} of {hold:?}"))?;
        holds(ordered.insert(order.hold_id), || format!("rule 3: a second order: {order:?}"))?;
    }
    for hold in tables.holds.values() {
        let used = matches!(hold.state, HoldState::Used { .. });
        holds(used == ordered.contains(&hold.id), || format!("rule 3: no order of {hold:?}"))?;
    }
    Ok(())
}

/// Rules 4 and 5.
fn journal(tables: &Tables) -> Result<(), String> {
    let mut replayed: BTreeMap<ProductId, (u64, Counters)> = BTreeMap::new();
    let mut effects: BTreeSet<&EventKey> = BTreeSet::new();
    for entry in tables.journal.values() {
        let (seq, counters) = replayed.entry(entry.product_id).or_default();
        *seq += 1;
        let after = counters.apply(entry.kind, entry.qty);
        let follows = entry.seq == *seq && after == Some(entry.after);
        holds(follows, || format!("rule 5: {entry:?} after {counters:?}"))?;
        *counters = entry.after;
        if let Some(event) = &entry.event {
            holds(effects.insert(event), || format!("rule 4: a second effect: {entry:?}"))?;
        }
    }
    for product in tables.products.values() {
        let (total, held, sold) = (product.total.get(), product.held, product.sold);
        let recorded = (product.journal_seq, Counters { total, held, sold });
        let found = replayed.get(&product.id);
        holds(found == Some(&recorded), || format!("rule 5: {product:?} replays to {found:?}"))?;
    }
    Ok(())
}

/// Rule 7, as far as rows and journal tell the time.
fn deadlines(tables: &Tables) -> Result<(), String> {
    for order in tables.orders.values() {
        let hold = tables.holds.get(&order.hold_id);
        let in_time = hold.is_some_and(|hold| order.created_at < hold.expires_at);
        holds(in_time, || format!("rule 7: {order:?} of {hold:?}"))?;
    }
    for entry in tables.journal.values() {
        holds(in_time(tables, entry), || format!("rule 7: at the wrong time: {entry:?}"))?;
    }
    Ok(())
}

fn in_time(tables: &Tables, entry: &JournalEntry) -> bool {
    let hold = entry.hold_id.and_then(|id| tables.holds.get(&id)).map(|hold| hold.expires_at);
    let order = entry.order_id.and_then(|id| tables.orders.get(&id)).map(|order| order.pay_by);
    match (entry.kind, hold, order) {
        (EntryKind::HoldExpired, Some(due), None) => entry.at >= due,
        (EntryKind::HoldPlaced | EntryKind::HoldReleased, Some(due), None) => entry.at < due,
        (EntryKind::OrderExpired, Some(_), Some(due)) => entry.at >= due,
        (EntryKind::OrderPaid | EntryKind::OrderCancelled, Some(_), Some(due)) => entry.at < due,
        (
            EntryKind::OrderRetaken | EntryKind::OrderRestocked | EntryKind::OrderRefunded,
            Some(_),
            Some(_),
        )
        | (EntryKind::ProductCreated | EntryKind::StockChanged, None, None) => true,
        _ => false,
    }
}

/// The recount behind rule 8.
fn customers(tables: &Tables) -> Result<(), String> {
    let active = tables.holds.values().filter(|it| it.state == HoldState::Active);
    let active = active.map(|it| (it.product_id, &it.customer_id, it.qty));
    let orders = tables.orders.values();
    let orders = orders.filter(|it| matches!(it.state, OrderState::Pending | OrderState::Paid));
    let orders = orders.map(|it| (it.product_id, &it.customer_id, it.qty));
    let mut recounted: BTreeMap<(ProductId, &CustomerId), u32> = BTreeMap::new();
    for (product_id, customer_id, qty) in active.chain(orders) {
        if let Some(customer_id) = customer_id {
            *recounted.entry((product_id, customer_id)).or_default() += qty.get();
        }
    }
    let recorded = tables.customers.iter().filter(|(_, units)| **units > 0);
    let recorded: BTreeMap<_, _> = recorded.map(|((id, name), n)| ((*id, name), *n)).collect();
    holds(recorded == recounted, || format!("rule 8: {recorded:?} recounts to {recounted:?}"))
}

/// Rule 9.
fn payments(tables: &Tables) -> Result<(), String> {
    for (_, event) in tables.events.values() {
        let order = tables.orders.get(&event.order_id);
        let took = order.is_some_and(|order| match order.state {
            OrderState::Paid | OrderState::RefundDue | OrderState::Refunded { .. } => true,
            OrderState::Pending | OrderState::Cancelled | OrderState::Expired => false,
        });
        let sound = match event.result {
            EventResult::Stored => order.is_none(),
            EventResult::AmountMismatch => order.is_some(),
            EventResult::Applied | EventResult::Ignored => {
                order.is_some() && (took || event.kind != PaymentKind::Paid)
            }
        };
        holds(sound, || format!("rule 9: {event:?} of {order:?}"))?;
    }
    Ok(())
}

/// Every refund is in the journal once.
fn refunds(tables: &Tables) -> Result<(), String> {
    let kinds = [EntryKind::OrderRestocked, EntryKind::OrderRefunded];
    let mut told = BTreeMap::new();
    for entry in tables.journal.values().filter(|entry| kinds.contains(&entry.kind)) {
        let first = told.insert(entry.order_id, (entry.kind, entry.at)).is_none();
        holds(first, || format!("refunds: a second entry: {entry:?}"))?;
    }
    let orders = tables.orders.values();
    let refunded = orders.filter_map(|order| {
        let OrderState::Refunded { restocked, .. } = order.state else { return None };
        Some((Some(order.id), (kinds[usize::from(!restocked)], order.updated_at)))
    });
    let refunded: BTreeMap<_, _> = refunded.collect();
    holds(told == refunded, || format!("refunds: {refunded:?} are told as {told:?}"))
}
