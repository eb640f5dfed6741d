//! Payment events: each has at most one effect, whenever and however often it arrives.

use crate::ledger::{Ledger, Move};
use crate::{
    AppliedEvent, Effect, EntryKind, EventKey, EventResult, Order, OrderId, OrderState, Outcome,
    PaymentAnswer, PaymentKind, PaymentReport, PaymentResult, Product, Refusal, Timestamp,
};

use super::expiry::{expire_order_if_overdue, make_room};
use super::{hold, order};

/// Takes one delivery of a payment event.
pub(super) fn record(ledger: &mut Ledger, now: Timestamp, report: &PaymentReport) -> Outcome {
    expire_order_if_overdue(ledger, now, report.order_id);
    let known = match ledger.event(&report.key) {
        Some(known) if known.order_id != report.order_id || known.kind != report.kind => {
            return Err(Refusal::EventIdReused);
        }
        // It had no effect yet: a delivery with the right amount may still have it.
        Some(known) if known.result == EventResult::AmountMismatch => true,
        Some(_) => return Ok(answer(ledger, report, PaymentResult::Duplicate, false)),
        None => false,
    };
    let Some(order) = ledger.order(report.order_id) else {
        note(ledger, now, report, EventResult::Stored, known);
        let waiting = ledger.early_events.entry(report.order_id).or_default();
        waiting.push(report.key.clone());
        return Ok(answer(ledger, report, PaymentResult::Stored, false));
    };
    if !amount_fits(order, report.amount, report.currency) {
        let (expected_amount, expected_currency) = (order.total_price(), order.currency);
        note(ledger, now, report, EventResult::AmountMismatch, known);
        return Err(Refusal::AmountMismatch { expected_amount, expected_currency });
    }
    let applied = apply(ledger, now, report.order_id, report.kind, &report.key);
    note(ledger, now, report, applied.event_result(), known);
    Ok(answer(ledger, report, applied.payment_result(), applied == Applied::Late))
}

/// Applies the events that waited for an order which exists now, in the order of their arrival.
pub(super) fn apply_early_events(
    ledger: &mut Ledger,
    now: Timestamp,
    id: OrderId,
) -> Vec<AppliedEvent> {
    let waiting = ledger.early_events.remove(&id).unwrap_or_default();
    waiting.into_iter().filter_map(|key| apply_early_event(ledger, now, id, key)).collect()
}

fn apply_early_event(
    ledger: &mut Ledger,
    now: Timestamp,
    id: OrderId,
    key: EventKey,
) -> Option<AppliedEvent> {
    let event = ledger.event(&key)?;
    let kind = event.kind;
    let fits = amount_fits(ledger.order(id)?, event.amount, event.currency);
    let applied = fits.then(|| apply(ledger, now, id, kind, &key));
    let result = applied.map_or(EventResult::AmountMismatch, Applied::event_result);
    ledger.events.edit(&key)?.result = result;
    let order_state = ledger.order(id)?.state;
    Some(AppliedEvent { key, kind, result, late: applied == Some(Applied::Late), order_state })
}

/// What an event did to its order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Applied {
    /// It needed no change.
    Unchanged,
    /// It changed.
    Changed,
    /// It changed, but was no longer pending when its payment came.
    Late,
}

impl Applied {
    fn event_result(self) -> EventResult {
        match self {
            Self::Unchanged => EventResult::Ignored,
            Self::Changed | Self::Late => EventResult::Applied,
        }
    }

    fn payment_result(self) -> PaymentResult {
        match self {
            Self::Unchanged => PaymentResult::Ignored,
            Self::Changed | Self::Late => PaymentResult::Applied,
        }
    }
}

/// The state machine of orders under payment events.
fn apply(
    ledger: &mut Ledger,
    now: Timestamp,
    id: OrderId,
    kind: PaymentKind,
    event: &EventKey,
) -> Applied {
    let Some(state) = ledger.order(id).map(|order| order.state) else {
        return Applied::Unchanged;
    };
    match (kind, state) {
        (PaymentKind::Paid, OrderState::Pending) => {
            pay(ledger, now, id, event);
            refund_if_reported_before(ledger, now, id);
            Applied::Changed
        }
        (PaymentKind::Paid, OrderState::Cancelled | OrderState::Expired) => {
            pay_late(ledger, now, id, event);
            refund_if_reported_before(ledger, now, id);
            Applied::Late
        }
        (PaymentKind::Failed, OrderState::Pending) => {
            order::give_up(ledger, now, id, OrderState::Cancelled, Some(event));
            Applied::Changed
        }
        (PaymentKind::Refunded, OrderState::Paid | OrderState::RefundDue) => {
            order::give_back(ledger, now, id, false, Some(event));
            Applied::Changed
        }
        (
            PaymentKind::Refunded,
            OrderState::Pending | OrderState::Cancelled | OrderState::Expired,
        ) => {
            if let Some(order) = ledger.orders.edit(&id) {
                order.refund_awaits_payment = true;
            }
            Applied::Unchanged
        }
        (
            PaymentKind::Paid,
            OrderState::Paid | OrderState::RefundDue | OrderState::Refunded { .. },
        )
        | (
            PaymentKind::Failed,
            OrderState::Paid
            | OrderState::Cancelled
            | OrderState::Expired
            | OrderState::RefundDue
            | OrderState::Refunded { .. },
        )
        | (PaymentKind::Refunded, OrderState::Refunded { .. })
        | (
            PaymentKind::Noted,
            OrderState::Pending
            | OrderState::Paid
            | OrderState::Cancelled
            | OrderState::Expired
            | OrderState::RefundDue
            | OrderState::Refunded { .. },
        ) => Applied::Unchanged,
    }
}

/// The payment of a pending order: its held units are sold.
fn pay(ledger: &mut Ledger, now: Timestamp, id: OrderId, event: &EventKey) {
    let Some(order) = order::set_state(ledger, now, id, OrderState::Paid) else {
        return;
    };
    ledger.deadlines.remove(order.product_id, order.pay_by);
    ledger.record(now, &Move::of_order(&order, EntryKind::OrderPaid, Some(event)));
    ledger.move_customer(order.product_id, order.customer_id.as_ref(), 0, -1);
}

/// The payment of an order that had given its units back: it takes them again if it can, and
/// otherwise the buyer must get the money back.
fn pay_late(ledger: &mut Ledger, now: Timestamp, id: OrderId, event: &EventKey) {
    let Some(order) = ledger.order(id).cloned() else {
        return;
    };
    let can_retake = |ledger: &Ledger| can_retake(ledger, &order);
    make_room(ledger, now, order.product_id, can_retake);
    if !can_retake(ledger) {
        order::set_state(ledger, now, id, OrderState::RefundDue);
        return;
    }
    order::set_state(ledger, now, id, OrderState::Paid);
    ledger.record(now, &Move::of_order(&order, EntryKind::OrderRetaken, Some(event)));
    let units = order.qty.get().into();
    ledger.move_customer(order.product_id, order.customer_id.as_ref(), units, 0);
}

fn can_retake(ledger: &Ledger, order: &Order) -> bool {
    let Some(product) = ledger.product(order.product_id) else {
        return false;
    };
    let available = Product::available(product) >= order.qty.get();
    let within_limit = order.customer_id.as_ref().is_none_or(|customer_id| {
        let units = ledger.customer_units(order.product_id, customer_id);
        hold::has_room_for(product, units, order.qty)
    });
    available && within_limit
}

/// A refund that was reported before its payment takes effect with the payment. Its entry names no
/// event: the payment has had its own effect, and the report of the refund had none when it came.
fn refund_if_reported_before(ledger: &mut Ledger, now: Timestamp, id: OrderId) {
    let Some(order) = ledger.orders.edit(&id) else { return };
    if std::mem::take(&mut order.refund_awaits_payment) {
        order::give_back(ledger, now, id, false, None);
    }
}

fn amount_fits(order: &Order, amount: Option<u64>, currency: Option<crate::Currency>) -> bool {
    amount.is_none_or(|amount| amount == order.total_price())
        && currency.is_none_or(|currency| currency == order.currency)
}

/// Writes the event down, for the first time or, when it is `known`, over its last delivery.
fn note(
    ledger: &mut Ledger,
    now: Timestamp,
    report: &PaymentReport,
    result: EventResult,
    known: bool,
) {
    if !known {
        ledger.events.create(report.key.clone(), report.recorded(now, result));
    } else if let Some(recorded) = ledger.events.edit(&report.key) {
        *recorded = report.recorded(recorded.received_at, result);
    }
}

fn answer(ledger: &Ledger, report: &PaymentReport, result: PaymentResult, late: bool) -> Effect {
    Effect::Payment(PaymentAnswer {
        result,
        order_id: report.order_id,
        order_state: ledger.order(report.order_id).map(|order| order.state),
        kind: report.kind,
        late,
    })
}
