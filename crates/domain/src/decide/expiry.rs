//! Expiry: overdue holds and orders give their units back.
//!
//! The engine's timer asks for it, but no answer depends on the timer: a command that meets an
//! overdue row, or lacks units while there are overdue rows, expires them itself.

use crate::ledger::{Due, Ledger};
use crate::{Effect, HoldId, HoldState, OrderId, OrderState, Outcome, ProductId, Timestamp};

use super::{hold, order};

/// Expires overdue holds and orders of all products, the earliest first, at most `limit`.
pub(super) fn expire_due(ledger: &mut Ledger, now: Timestamp, limit: usize) -> Outcome {
    let (mut holds, mut orders) = (0, 0);
    while holds + orders < limit {
        let Some((at, product_id)) = ledger.deadlines.next() else {
            break;
        };
        if at > now {
            break;
        }
        match expire_next(ledger, now, product_id) {
            Some(Due::Hold(_)) => holds += 1,
            Some(Due::Order(_)) => orders += 1,
            None => {} // all that was noted for this instant had ended before; look again
        }
    }
    Ok(Effect::Expired { holds, orders })
}

/// Expires overdue holds and orders of one product, the earliest first, until `enough` is true or
/// none is left.
pub(super) fn make_room(
    ledger: &mut Ledger,
    now: Timestamp,
    product_id: ProductId,
    enough: impl Fn(&Ledger) -> bool,
) {
    while !enough(ledger) && expire_next(ledger, now, product_id).is_some() {}
}

/// Expires the hold if it is overdue.
pub(super) fn expire_hold_if_overdue(ledger: &mut Ledger, now: Timestamp, id: HoldId) {
    if ledger.hold(id).is_some_and(|hold| hold.is_overdue(now)) {
        hold::end(ledger, now, id, HoldState::Expired);
    }
}

/// Expires the order if it is overdue.
pub(super) fn expire_order_if_overdue(ledger: &mut Ledger, now: Timestamp, id: OrderId) {
    if ledger.order(id).is_some_and(|order| order.is_overdue(now)) {
        order::give_up(ledger, now, id, OrderState::Expired, None);
    }
}

/// Expires one overdue hold or order of the product, if there is any.
fn expire_next(ledger: &mut Ledger, now: Timestamp, product_id: ProductId) -> Option<Due> {
    loop {
        let (at, due) = ledger.deadlines.pop(product_id, now)?;
        match due {
            Due::Hold(id) => {
                if ledger.hold(id).is_some_and(|h| h.is_overdue(now) && h.expires_at == at) {
                    hold::end(ledger, now, id, HoldState::Expired);
                    return Some(due);
                }
            }
            Due::Order(id) => {
                if ledger.order(id).is_some_and(|o| o.is_overdue(now) && o.pay_by == at) {
                    order::give_up(ledger, now, id, OrderState::Expired, None);
                    return Some(due);
                }
            }
        }
    }
}
