//! Idempotency of client calls: a retried request finds the effect of the first.

use std::sync::Arc;

use uuid::Uuid;

use crate::{CreateOrder, CustomerId, IdempotencyKey, PlaceHold, Timestamp};

/// Under which name a request is remembered. A key belongs to one operation and, where the request
/// names one, one customer: two customers may use the same key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey {
    /// What was asked for.
    pub operation: Operation,
    /// For whom.
    pub customer_id: Option<CustomerId>,
    /// The client's own name for the request.
    pub key: IdempotencyKey,
}

/// The operations that take an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Placing a hold.
    PlaceHold,
    /// Creating an order.
    CreateOrder,
}

/// A remembered request and what it made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedRequest {
    /// Its name.
    pub key: RequestKey,
    /// The request in canonical form; another request under the same name is refused.
    pub request: Arc<str>,
    /// The id of the hold or order it made.
    pub made: Uuid,
    /// When it was made.
    pub created_at: Timestamp,
}

impl PlaceHold {
    /// The name under which the hold is remembered, if its client gave one.
    #[must_use]
    pub fn request_key(&self) -> Option<RequestKey> {
        let key = self.idempotency_key.clone()?;
        let customer_id = self.customer_id.clone();
        Some(RequestKey { operation: Operation::PlaceHold, customer_id, key })
    }
}

impl CreateOrder {
    /// The name under which the order is remembered, if its client gave one.
    #[must_use]
    pub fn request_key(&self) -> Option<RequestKey> {
        let key = self.idempotency_key.clone()?;
        Some(RequestKey { operation: Operation::CreateOrder, customer_id: None, key })
    }
}
