//! Placing, releasing and extending holds.

use crate::ledger::{Due, Ledger, Move};
use crate::{
    Effect, EntryKind, Hold, HoldId, HoldState, OrderId, Outcome, PlaceHold, Product, Quantity,
    Refusal, SaleStatus, Timestamp,
};

use super::expiry::{expire_hold_if_overdue, make_room};
use super::idempotency::{self, Memory};

/// A buyer's click: takes units, or says why not.
pub(super) fn place(ledger: &mut Ledger, now: Timestamp, place: &PlaceHold) -> Outcome {
    let request = idempotency::of_hold(place);
    match idempotency::recall(ledger, request.as_ref())? {
        Memory::Made(id) => return shown(ledger, now, HoldId::new(id), true),
        Memory::Nothing => {}
    }
    let product = ledger.product(place.product_id).ok_or(Refusal::ProductNotFound)?;
    if ledger.hold(place.hold_id).is_some() {
        return Err(Refusal::HoldIdTaken);
    }
    if product.terms.max_per_customer.is_some() && place.customer_id.is_none() {
        return Err(Refusal::CustomerRequired);
    }
    on_sale(product, now)?;
    enough_units(ledger, now, place)?;
    within_limit(ledger, now, place)?;

    let hold = take(ledger, now, place)?;
    if let Some(request) = request {
        idempotency::remember(ledger, now, request, hold.id.uuid());
    }
    Ok(Effect::Hold { hold, replayed: false })
}

fn on_sale(product: &Product, now: Timestamp) -> Result<(), Refusal> {
    match product.status(now) {
        SaleStatus::Open => Ok(()),
        SaleStatus::Closed => Err(Refusal::SaleClosed),
        SaleStatus::Paused => Err(Refusal::SalePaused),
        SaleStatus::Scheduled => {
            let opens_at = product.terms.opens_at.unwrap_or(now); // a scheduled sale has one
            Err(Refusal::SaleNotOpen { opens_at })
        }
    }
}

fn enough_units(ledger: &mut Ledger, now: Timestamp, place: &PlaceHold) -> Result<(), Refusal> {
    let available =
        |ledger: &Ledger| ledger.product(place.product_id).map_or(0, Product::available);
    make_room(ledger, now, place.product_id, |ledger| available(ledger) >= place.qty.get());
    let available = available(ledger);
    if available < place.qty.get() {
        return Err(Refusal::InsufficientStock { available });
    }
    Ok(())
}

fn within_limit(ledger: &mut Ledger, now: Timestamp, place: &PlaceHold) -> Result<(), Refusal> {
    let limit = ledger.product(place.product_id).and_then(|p| p.terms.max_per_customer);
    let (Some(limit), Some(customer_id)) = (limit, &place.customer_id) else {
        return Ok(());
    };
    let remaining = |ledger: &Ledger| {
        limit.get().saturating_sub(ledger.customer_units(place.product_id, customer_id))
    };
    make_room(ledger, now, place.product_id, |ledger| remaining(ledger) >= place.qty.get());
    let remaining = remaining(ledger);
    if remaining < place.qty.get() {
        return Err(Refusal::CustomerLimitReached { remaining });
    }
    Ok(())
}

fn take(ledger: &mut Ledger, now: Timestamp, place: &PlaceHold) -> Result<Hold, Refusal> {
    let product = ledger.product(place.product_id).ok_or(Refusal::ProductNotFound)?;
    let hold = Hold {
        id: place.hold_id,
        product_id: place.product_id,
        qty: place.qty,
        unit_price: product.terms.price,
        currency: product.terms.currency,
        customer_id: place.customer_id.clone(),
        state: HoldState::Active,
        extensions: 0,
        created_at: now,
        expires_at: now.plus_seconds(product.terms.hold_seconds),
        ended_at: None,
    };
    ledger.record(now, &Move::of_hold(&hold, EntryKind::HoldPlaced));
    let units = hold.qty.get().into();
    ledger.move_customer(hold.product_id, hold.customer_id.as_ref(), units, 1);
    ledger.deadlines.add(hold.product_id, hold.expires_at, Due::Hold(hold.id));
    ledger.holds.create(hold.id, hold.clone());
    Ok(hold)
}

/// A buyer gives a hold back. Doing it again is no change.
pub(super) fn release(ledger: &mut Ledger, now: Timestamp, id: HoldId) -> Outcome {
    expire_hold_if_overdue(ledger, now, id);
    match ledger.hold(id).ok_or(Refusal::HoldNotFound)?.state {
        HoldState::Active => end(ledger, now, id, HoldState::Released),
        HoldState::Released => return shown(ledger, now, id, true),
        HoldState::Expired => return Err(Refusal::HoldExpired),
        HoldState::Used { order_id } => return Err(Refusal::HoldUsed { order_id }),
    }
    shown(ledger, now, id, false)
}

/// A buyer needs more time: the deadline moves on from where it was.
pub(super) fn extend(ledger: &mut Ledger, now: Timestamp, id: HoldId) -> Outcome {
    let hold = active(ledger, now, id)?;
    let (product_id, extensions, old) = (hold.product_id, hold.extensions, hold.expires_at);
    let terms = &ledger.product(product_id).ok_or(Refusal::ProductNotFound)?.terms;
    if extensions >= terms.max_extensions {
        return Err(Refusal::ExtensionLimitReached);
    }
    let expires_at = old.plus_seconds(terms.hold_seconds);
    if let Some(hold) = ledger.holds.edit(&id) {
        hold.extensions = extensions.saturating_add(1);
        hold.expires_at = expires_at;
    }
    ledger.deadlines.add(product_id, expires_at, Due::Hold(id));
    ledger.deadlines.remove(product_id, old);
    shown(ledger, now, id, false)
}

/// The hold, if it can still be used.
pub(super) fn active(ledger: &mut Ledger, now: Timestamp, id: HoldId) -> Result<&Hold, Refusal> {
    expire_hold_if_overdue(ledger, now, id);
    let hold = ledger.hold(id).ok_or(Refusal::HoldNotFound)?;
    match hold.state {
        HoldState::Active => Ok(hold),
        HoldState::Released => Err(Refusal::HoldReleased),
        HoldState::Expired => Err(Refusal::HoldExpired),
        HoldState::Used { order_id } => Err(Refusal::HoldUsed { order_id }),
    }
}

/// Ends an active hold that gives its units back.
pub(super) fn end(ledger: &mut Ledger, now: Timestamp, id: HoldId, state: HoldState) {
    let kind = match state {
        HoldState::Released => EntryKind::HoldReleased,
        HoldState::Expired => EntryKind::HoldExpired,
        HoldState::Active | HoldState::Used { .. } => return, // these keep their units
    };
    let Some(hold) = finish(ledger, now, id, state) else {
        return;
    };
    ledger.record(now, &Move::of_hold(&hold, kind));
    let units = i64::from(hold.qty.get());
    ledger.move_customer(hold.product_id, hold.customer_id.as_ref(), -units, -1);
}

/// Turns an active hold into an order, which keeps its units.
pub(super) fn hand_over(ledger: &mut Ledger, now: Timestamp, id: HoldId, order_id: OrderId) {
    finish(ledger, now, id, HoldState::Used { order_id });
}

fn finish(ledger: &mut Ledger, now: Timestamp, id: HoldId, state: HoldState) -> Option<Hold> {
    let hold = ledger.holds.edit(&id)?;
    hold.state = state;
    hold.ended_at = Some(now);
    let hold = hold.clone();
    ledger.deadlines.remove(hold.product_id, hold.expires_at);
    Some(hold)
}

fn shown(ledger: &mut Ledger, now: Timestamp, id: HoldId, replayed: bool) -> Outcome {
    expire_hold_if_overdue(ledger, now, id);
    let hold = ledger.hold(id).ok_or(Refusal::HoldNotFound)?.clone();
    Ok(Effect::Hold { hold, replayed })
}

/// Whether `qty` more units would bring the customer above the product's limit now in force.
pub(super) fn has_room_for(product: &Product, units: u32, qty: Quantity) -> bool {
    let after = units.saturating_add(qty.get());
    product.terms.max_per_customer.is_none_or(|limit| after <= limit.get())
}
