//! Creating, cancelling and refunding orders.

use crate::ledger::{Due, Ledger, Move};
use crate::{
    CreateOrder, Effect, EntryKind, EventKey, HoldState, Order, OrderId, OrderState, Outcome,
    RefundOrder, Refusal, Timestamp,
};

use super::expiry::expire_order_if_overdue;
use super::idempotency::{self, Memory};
use super::{hold, payment};

/// Turns a hold into an order, and applies the payment events that already wait for it.
pub(super) fn create(ledger: &mut Ledger, now: Timestamp, create: &CreateOrder) -> Outcome {
    let request = idempotency::of_order(create);
    match idempotency::recall(ledger, request.as_ref())? {
        Memory::Made(id) => return shown(ledger, now, OrderId::new(id), true),
        Memory::Nothing => {}
    }
    let used_by = match ledger.hold(create.hold_id).ok_or(Refusal::HoldNotFound)?.state {
        HoldState::Used { order_id } => Some(order_id),
        HoldState::Active | HoldState::Released | HoldState::Expired => None,
    };
    // A storefront that chose the order's id and asks again means the order that it has.
    let replayed = used_by.is_some() && used_by == create.order_id.chosen();
    let early_events = if replayed { Vec::new() } else { make(ledger, now, create)? };
    let id = create.order_id.id();
    if let Some(request) = request {
        idempotency::remember(ledger, now, request, id.uuid());
    }
    let order = current(ledger, now, id)?;
    Ok(Effect::Order { order, replayed, early_events })
}

fn make(
    ledger: &mut Ledger,
    now: Timestamp,
    create: &CreateOrder,
) -> Result<Vec<crate::AppliedEvent>, Refusal> {
    let id = create.order_id.id();
    let hold = hold::active(ledger, now, create.hold_id)?.clone();
    if ledger.order(id).is_some() {
        return Err(Refusal::OrderIdTaken);
    }
    let product = ledger.product(hold.product_id).ok_or(Refusal::ProductNotFound)?;
    let order = Order {
        id,
        hold_id: hold.id,
        product_id: hold.product_id,
        qty: hold.qty,
        unit_price: hold.unit_price,
        currency: hold.currency,
        customer_id: hold.customer_id,
        state: OrderState::Pending,
        refund_awaits_payment: false,
        created_at: now,
        pay_by: now.plus_seconds(product.terms.payment_seconds),
        updated_at: now,
    };
    hold::hand_over(ledger, now, hold.id, id);
    ledger.deadlines.add(order.product_id, order.pay_by, Due::Order(id));
    ledger.orders.create(id, order);
    Ok(payment::apply_early_events(ledger, now, id))
}

/// Gives up an unpaid order. Doing it again is no change.
pub(super) fn cancel(ledger: &mut Ledger, now: Timestamp, id: OrderId) -> Outcome {
    expire_order_if_overdue(ledger, now, id);
    match ledger.order(id).ok_or(Refusal::OrderNotFound)?.state {
        OrderState::Pending => give_up(ledger, now, id, OrderState::Cancelled, None),
        OrderState::Cancelled => return shown(ledger, now, id, true),
        state @ (OrderState::Paid
        | OrderState::Expired
        | OrderState::RefundDue
        | OrderState::Refunded { .. }) => return Err(Refusal::OrderNotPending { state }),
    }
    shown(ledger, now, id, false)
}

/// Notes that the operator gave the money back. Doing it again is no change.
pub(super) fn refund(ledger: &mut Ledger, now: Timestamp, refund: RefundOrder) -> Outcome {
    let id = refund.order_id;
    expire_order_if_overdue(ledger, now, id);
    match ledger.order(id).ok_or(Refusal::OrderNotFound)?.state {
        OrderState::Paid | OrderState::RefundDue => {
            give_back(ledger, now, id, refund.restock, None);
        }
        OrderState::Refunded { .. } => return shown(ledger, now, id, true),
        state @ (OrderState::Pending | OrderState::Cancelled | OrderState::Expired) => {
            return Err(Refusal::OrderNotRefundable { state });
        }
    }
    shown(ledger, now, id, false)
}

/// Ends a pending order unpaid; its units go back on sale.
pub(super) fn give_up(
    ledger: &mut Ledger,
    now: Timestamp,
    id: OrderId,
    state: OrderState,
    event: Option<&EventKey>,
) {
    let kind = if state == OrderState::Expired {
        EntryKind::OrderExpired
    } else {
        EntryKind::OrderCancelled
    };
    let Some(order) = set_state(ledger, now, id, state) else {
        return;
    };
    ledger.deadlines.remove(order.product_id, order.pay_by);
    ledger.record(now, &Move::of_order(&order, kind, event));
    let units = i64::from(order.qty.get());
    ledger.move_customer(order.product_id, order.customer_id.as_ref(), -units, -1);
}

/// Makes a paid or refund-due order refunded; only a paid one has units to put back on sale.
pub(super) fn give_back(
    ledger: &mut Ledger,
    now: Timestamp,
    id: OrderId,
    restock: bool,
    event: Option<&EventKey>,
) {
    let had_units = ledger.order(id).is_some_and(|order| order.state == OrderState::Paid);
    let restocked = restock && had_units;
    let state = OrderState::Refunded { restocked, had_units };
    let Some(order) = set_state(ledger, now, id, state) else {
        return;
    };
    let kind = if restocked { EntryKind::OrderRestocked } else { EntryKind::OrderRefunded };
    ledger.record(now, &Move::of_order(&order, kind, event));
    if had_units {
        let units = i64::from(order.qty.get());
        ledger.move_customer(order.product_id, order.customer_id.as_ref(), -units, 0);
    }
}

/// Sets an order's state and returns the order as it is then.
pub(super) fn set_state(
    ledger: &mut Ledger,
    now: Timestamp,
    id: OrderId,
    state: OrderState,
) -> Option<Order> {
    let order = ledger.orders.edit(&id)?;
    order.state = state;
    order.updated_at = now;
    Some(order.clone())
}

fn shown(ledger: &mut Ledger, now: Timestamp, id: OrderId, replayed: bool) -> Outcome {
    let order = current(ledger, now, id)?;
    Ok(Effect::Order { order, replayed, early_events: Vec::new() })
}

fn current(ledger: &mut Ledger, now: Timestamp, id: OrderId) -> Result<Order, Refusal> {
    expire_order_if_overdue(ledger, now, id);
    ledger.order(id).cloned().ok_or(Refusal::OrderNotFound)
}
