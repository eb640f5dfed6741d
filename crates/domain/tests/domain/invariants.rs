//! The ten rules of the design, checked directly on all rows and the whole journal; and once more
//! by the audit.

use std::collections::{BTreeMap, BTreeSet};

use doorbuster_domain::*;

/// Checks everything that rows and journal can show.
pub(crate) fn check(ledger: &Ledger, entries: &[JournalEntry]) -> Result<(), String> {
    counters(ledger)?;
    one_to_one(ledger)?;
    journal(ledger, entries)?;
    deadlines(ledger, entries)?;
    customers(ledger)?;
    payments(ledger)?;
    refunds(ledger, entries)?;
    let report = audit(ledger, entries);
    holds(report.is_ok(), || format!("the audit found {:#?}", report.violations))
}

fn holds(is_true: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if is_true { Ok(()) } else { Err(otherwise()) }
}

/// Rules 1 and 2.
fn counters(ledger: &Ledger) -> Result<(), String> {
    for product in ledger.products() {
        let holds_of = ledger.holds().filter(|hold| hold.product_id == product.id);
        let orders_of = || ledger.orders().filter(|order| order.product_id == product.id);
        let held = holds_of
            .filter(|hold| hold.state == HoldState::Active)
            .map(|hold| hold.qty.get())
            .chain(
                orders_of()
                    .filter(|order| order.state == OrderState::Pending)
                    .map(|order| order.qty.get()),
            )
            .sum::<u32>();
        let sold = orders_of()
            .filter(|order| order.state.is_sold())
            .map(|order| order.qty.get())
            .sum::<u32>();
        let recounted = (held, sold, product.total.get() - held - sold);
        let recorded = (product.held, product.sold, product.available());
        holds(recorded == recounted, || format!("{product:?} recounts to {recounted:?}"))?;
    }
    Ok(())
}

/// Rule 3.
fn one_to_one(ledger: &Ledger) -> Result<(), String> {
    let mut ordered = BTreeSet::new();
    for order in ledger.orders() {
        let hold = ledger.hold(order.hold_id).ok_or("an order without hold")?;
        let used = hold.state == HoldState::Used { order_id: order.id };
        holds(used, || format!("{order:?} of {hold:?}"))?;
        holds(ordered.insert(hold.id), || format!("a second order of {hold:?}"))?;
    }
    for hold in ledger.holds() {
        let is_used = matches!(hold.state, HoldState::Used { .. });
        holds(is_used == ordered.contains(&hold.id), || format!("no order of {hold:?}"))?;
    }
    Ok(())
}

/// Rules 4 and 5.
fn journal(ledger: &Ledger, entries: &[JournalEntry]) -> Result<(), String> {
    let mut replayed: BTreeMap<ProductId, (u64, Counters)> = BTreeMap::new();
    let mut effects = BTreeSet::new();
    for entry in entries {
        let (seq, counters) = replayed.entry(entry.product_id).or_default();
        *seq += 1;
        let after = counters.apply(entry.kind, entry.qty);
        holds(entry.seq == *seq && after == Some(entry.after), || format!("{entry:?}"))?;
        *counters = entry.after;
        if let Some(event) = &entry.event {
            holds(effects.insert(event), || format!("a second effect of {event:?}: {entry:?}"))?;
        }
    }
    for product in ledger.products() {
        let counters =
            Counters { total: product.total.get(), held: product.held, sold: product.sold };
        let recorded = Some(&(product.journal_seq, counters));
        holds(replayed.get(&product.id) == recorded, || format!("{product:?}: {replayed:?}"))?;
    }
    Ok(())
}

/// Rule 7, for everything that the rows and the journal time.
fn deadlines(ledger: &Ledger, entries: &[JournalEntry]) -> Result<(), String> {
    for order in ledger.orders() {
        let hold = ledger.hold(order.hold_id).ok_or("an order without hold")?;
        holds(order.created_at < hold.expires_at, || format!("{order:?} of {hold:?}"))?;
    }
    for entry in entries {
        let in_time = match (entry.kind, entry.hold_id, entry.order_id) {
            (EntryKind::HoldExpired, Some(hold), _) => {
                ledger.hold(hold).is_some_and(|hold| entry.at >= hold.expires_at)
            }
            (EntryKind::HoldReleased, Some(hold), _) => {
                ledger.hold(hold).is_some_and(|hold| entry.at < hold.expires_at)
            }
            (EntryKind::OrderExpired, _, Some(order)) => {
                ledger.order(order).is_some_and(|order| entry.at >= order.pay_by)
            }
            (EntryKind::OrderPaid | EntryKind::OrderCancelled, _, Some(order)) => {
                ledger.order(order).is_some_and(|order| entry.at < order.pay_by)
            }
            (
                EntryKind::OrderRetaken | EntryKind::OrderRestocked | EntryKind::OrderRefunded,
                Some(_),
                Some(_),
            )
            | (EntryKind::HoldPlaced, Some(_), None)
            | (EntryKind::ProductCreated | EntryKind::StockChanged, None, None) => true,
            _ => false,
        };
        holds(in_time, || format!("at the wrong time, or of the wrong rows: {entry:?}"))?;
    }
    let next = ledger.holds().filter(|hold| hold.state == HoldState::Active);
    let next = next.map(|hold| hold.expires_at).chain(
        ledger
            .orders()
            .filter(|order| order.state == OrderState::Pending)
            .map(|order| order.pay_by),
    );
    let next = next.min();
    holds(ledger.next_deadline() == next, || format!("the next deadline should be {next:?}"))
}

/// The recount behind rule 8. Whether a limit was kept shows in the answers: the model checks it.
fn customers(ledger: &Ledger) -> Result<(), String> {
    let mut recounted: BTreeMap<(ProductId, &CustomerId), u32> = BTreeMap::new();
    let active = ledger.holds().filter(|hold| hold.state == HoldState::Active);
    let live = ledger.orders().filter(|order| order.state.counts_for_customer());
    for (product_id, customer_id, qty) in active
        .map(|hold| (hold.product_id, &hold.customer_id, hold.qty))
        .chain(live.map(|order| (order.product_id, &order.customer_id, order.qty)))
    {
        if let Some(customer_id) = customer_id {
            *recounted.entry((product_id, customer_id)).or_default() += qty.get();
        }
    }
    let recorded: BTreeMap<_, _> = ledger
        .customers()
        .filter(|(_, _, units)| *units > 0)
        .map(|(product_id, customer_id, units)| ((product_id, customer_id), units))
        .collect();
    holds(recorded == recounted, || format!("{recorded:?} recounts to {recounted:?}"))
}

/// Rules 9 and 10.
fn payments(ledger: &Ledger) -> Result<(), String> {
    for event in ledger.events() {
        let order = ledger.order(event.order_id);
        let sound = match (event.result, order) {
            (EventResult::Stored, order) => order.is_none(),
            (EventResult::AmountMismatch, order) => order.is_some(),
            (EventResult::Applied | EventResult::Ignored, None) => false,
            (EventResult::Applied | EventResult::Ignored, Some(order)) => {
                event.kind != PaymentKind::Paid
                    || match order.state {
                        OrderState::Paid | OrderState::RefundDue | OrderState::Refunded { .. } => {
                            true
                        }
                        OrderState::Pending | OrderState::Cancelled | OrderState::Expired => false,
                    }
            }
        };
        holds(sound, || format!("{event:?} of {order:?}"))?;
    }
    Ok(())
}

/// The journal tells once of each refund, with restock or without, and with the event that made it.
fn refunds(ledger: &Ledger, entries: &[JournalEntry]) -> Result<(), String> {
    let mut told: BTreeMap<OrderId, Vec<&JournalEntry>> = BTreeMap::new();
    let kinds = [EntryKind::OrderRestocked, EntryKind::OrderRefunded];
    for entry in entries.iter().filter(|entry| kinds.contains(&entry.kind)) {
        told.entry(entry.order_id.ok_or("a refund without order")?).or_default().push(entry);
    }
    for order in ledger.orders() {
        let told = told.remove(&order.id).unwrap_or_default();
        let found: Vec<_> = told.iter().map(|entry| (entry.kind, entry.qty, entry.at)).collect();
        let expected = if let OrderState::Refunded { restocked, .. } = order.state {
            let kind = kinds[usize::from(!restocked)];
            vec![(kind, i64::from(order.qty.get()), order.updated_at)]
        } else {
            Vec::new()
        };
        holds(found == expected, || format!("{order:?}: {told:?}"))?;
        let event = told.first().and_then(|entry| ledger.event(entry.event.as_ref()?));
        let by_refund = event.is_none_or(|event| {
            event.result == EventResult::Applied && event.kind == PaymentKind::Refunded
        });
        holds(by_refund, || format!("{order:?}: refunded by {event:?}"))?;
    }
    holds(told.is_empty(), || format!("refunds of unknown orders: {told:?}"))
}

fn audit(ledger: &Ledger, entries: &[JournalEntry]) -> AuditReport {
    let orders: BTreeMap<_, _> = ledger.orders().map(|order| (order.hold_id, order)).collect();
    let mut audit = Audit::default();
    ledger.products().for_each(|product| audit.product(product));
    for (product_id, customer_id, units) in ledger.customers() {
        audit.customer(product_id, customer_id, units);
    }
    ledger.holds().for_each(|hold| audit.hold(hold, orders.get(&hold.id).copied()));
    ledger.events().for_each(|event| audit.event(event, ledger.order(event.order_id)));
    entries.iter().for_each(|entry| audit.entry(entry));
    audit.finish()
}
