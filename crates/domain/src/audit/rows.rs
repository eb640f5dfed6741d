//! What single rows, and pairs of them, must be like.

use super::findings::Findings;
use crate::{
    CustomerId, EventResult, Hold, HoldState, Order, OrderState, PaymentEvent, PaymentKind, Price,
    Timestamp,
};

/// Rules 3 and 7 for a hold and the order that names it.
pub(super) fn check_hold(hold: &Hold, order: Option<&Order>, findings: &mut Findings) {
    if let Some((expected, found)) = wrong_pair(hold, order) {
        let detail = format!("hold {} and its order", hold.id);
        findings.add(Some(hold.product_id), 3, || (expected, found, detail));
    }
    if let Some((expected, at)) = wrong_end(hold) {
        findings.add(Some(hold.product_id), 7, || {
            let found = at.map_or("no time".to_owned(), in_words);
            (expected, found, format!("when hold {} left its active state", hold.id))
        });
    }
    if let Some(order) = order
        && order.created_at >= hold.expires_at
    {
        findings.add(Some(hold.product_id), 7, || {
            (
                format!("before {}", in_words(hold.expires_at)),
                in_words(order.created_at),
                format!("when hold {} became order {}", hold.id, order.id),
            )
        });
    }
}

/// What is wrong between a hold and its order: expected and found.
fn wrong_pair(hold: &Hold, order: Option<&Order>) -> Option<(String, String)> {
    match (hold.state, order) {
        (HoldState::Used { order_id }, None) => {
            Some((format!("order {order_id}"), "no order that names the hold".to_owned()))
        }
        (HoldState::Used { order_id }, Some(order)) if order.id != order_id => {
            Some((format!("order {order_id}"), format!("order {}", order.id)))
        }
        (HoldState::Used { .. }, Some(order)) => wrong_copy(hold, order),
        (HoldState::Active | HoldState::Released | HoldState::Expired, None) => None,
        (HoldState::Active | HoldState::Released | HoldState::Expired, Some(order)) => {
            Some(("no order".to_owned(), format!("order {} of an unused hold", order.id)))
        }
    }
}

/// What the order must have copied from its hold, and did not.
fn wrong_copy(hold: &Hold, order: &Order) -> Option<(String, String)> {
    if hold.id != order.hold_id {
        Some((format!("hold {}", hold.id), format!("hold {}", order.hold_id)))
    } else if hold.product_id != order.product_id {
        Some((format!("product {}", hold.product_id), format!("product {}", order.product_id)))
    } else if hold.qty != order.qty {
        Some((format!("{} units", hold.qty), format!("{} units", order.qty)))
    } else if (hold.unit_price, hold.currency) != (order.unit_price, order.currency) {
        let price = |price: Price, currency| format!("{} {currency} a unit", price.get());
        let (of_hold, of_order) = (hold.unit_price, order.unit_price);
        Some((price(of_hold, hold.currency), price(of_order, order.currency)))
    } else if hold.customer_id != order.customer_id {
        let name = |customer: &Option<CustomerId>| format!("customer {customer:?}");
        Some((name(&hold.customer_id), name(&order.customer_id)))
    } else {
        None
    }
}

/// When the hold should have ended, where it ended at another time.
fn wrong_end(hold: &Hold) -> Option<(String, Option<Timestamp>)> {
    let deadline = in_words(hold.expires_at);
    let (sound, expected) = match hold.state {
        HoldState::Active => (hold.ended_at.is_none(), "no time: it is active".to_owned()),
        HoldState::Expired => (
            hold.ended_at.is_some_and(|at| at >= hold.expires_at),
            format!("{deadline} or later: it expired then"),
        ),
        HoldState::Used { .. } | HoldState::Released => (
            hold.ended_at.is_some_and(|at| at < hold.expires_at),
            format!("before {deadline}: it expired then"),
        ),
    };
    (!sound).then_some((expected, hold.ended_at))
}

/// Rules 7 and 10 for an order.
pub(super) fn check_order(order: &Order, findings: &mut Findings) {
    if order.state == OrderState::Expired && order.updated_at < order.pay_by {
        findings.add(Some(order.product_id), 7, || {
            (
                format!("{} or later", in_words(order.pay_by)),
                in_words(order.updated_at),
                format!("when order {} expired", order.id),
            )
        });
    }
    if order.refund_awaits_payment
        && matches!(order.state, OrderState::Paid | OrderState::RefundDue)
    {
        findings.add(Some(order.product_id), 10, || {
            (
                "refunded".to_owned(),
                format!("{:?}", order.state),
                format!("order {}, whose refund was reported before its payment", order.id),
            )
        });
    }
}

/// Rules 6, 9 and 10 for an event and its order.
pub(super) fn check_event(event: &PaymentEvent, order: Option<&Order>, findings: &mut Findings) {
    let product_id = order.map(|order| order.product_id);
    let paid = event.kind == PaymentKind::Paid;
    let broken = match (event.result, order) {
        (EventResult::Stored, None) => None,
        (EventResult::Stored, Some(_)) => Some((10, "applied when its order was created")),
        (EventResult::Applied | EventResult::Ignored, Some(order))
            if paid && !took_payment(order.state) =>
        {
            Some((9, "an order that is paid, refund_due or refunded"))
        }
        (EventResult::Applied | EventResult::Ignored | EventResult::AmountMismatch, Some(_)) => {
            None
        }
        (EventResult::Applied | EventResult::Ignored, None) if paid => {
            Some((9, "an order that is paid, refund_due or refunded"))
        }
        (EventResult::Applied | EventResult::Ignored | EventResult::AmountMismatch, None) => {
            Some((6, "the order that the event was judged by"))
        }
    };
    if let Some((rule, expected)) = broken {
        findings.add(product_id, rule, || {
            let found = order.map_or("no such order".to_owned(), |order| {
                format!("event {:?}, order {:?}", event.result, order.state)
            });
            let (key, order_id) = (&event.key, event.order_id);
            let detail = format!(
                "{:?} event {} ({:?}) for order {order_id}",
                event.kind, key.event_id, key.provider
            );
            (expected.to_owned(), found, detail)
        });
    }
}

fn took_payment(state: OrderState) -> bool {
    match state {
        OrderState::Paid | OrderState::RefundDue | OrderState::Refunded { .. } => true,
        OrderState::Pending | OrderState::Cancelled | OrderState::Expired => false,
    }
}

fn in_words(time: Timestamp) -> String {
    format!("{} ms", time.as_millis())
}
