//! Remembering requests, so that a retry finds the effect of the first.

use std::sync::Arc;

use uuid::Uuid;

use crate::{CreateOrder, Ledger, PlaceHold, Refusal, RememberedRequest, RequestKey, Timestamp};

/// A request that is to be done once.
pub(super) struct Request {
    key: RequestKey,
    /// What is asked for, in canonical form. The text itself rather than a hash of it: it is as
    /// short, cannot collide, and can be read in the table.
    canonical: Arc<str>,
}

/// What is known of a request.
pub(super) enum Memory {
    /// It made the hold or order with this id.
    Made(Uuid),
    /// It is new, or its client did not name it.
    Nothing,
}

/// The request for a hold, if its client named it.
pub(super) fn of_hold(place: &PlaceHold) -> Option<Request> {
    let key = place.request_key()?;
    let canonical = format!("product {} qty {}", place.product_id, place.qty).into();
    Some(Request { key, canonical })
}

/// The request for an order, if its client named it.
pub(super) fn of_order(create: &CreateOrder) -> Option<Request> {
    let key = create.request_key()?;
    let canonical = match create.order_id.chosen() {
        Some(order_id) => format!("hold {} order {order_id}", create.hold_id),
        None => format!("hold {}", create.hold_id),
    };
    Some(Request { key, canonical: canonical.into() })
}

/// What is known of `request`; refused when its name belongs to another one.
pub(super) fn recall(ledger: &Ledger, request: Option<&Request>) -> Result<Memory, Refusal> {
    let Some(request) = request else {
        return Ok(Memory::Nothing);
    };
    match ledger.request(&request.key) {
        None => Ok(Memory::Nothing),
        Some(known) if known.request == request.canonical => Ok(Memory::Made(known.made)),
        Some(_) => Err(Refusal::IdempotencyKeyReused),
    }
}

/// Remembers that `request` made the hold or order with the id `made`.
pub(super) fn remember(ledger: &mut Ledger, now: Timestamp, request: Request, made: Uuid) {
    let Request { key, canonical } = request;
    let remembered =
        RememberedRequest { key: key.clone(), request: canonical, made, created_at: now };
    ledger.requests.create(key, remembered);
}
