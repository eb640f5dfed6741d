//! Payment events: what a provider told us about an order.

use std::sync::Arc;

use crate::{Currency, EventId, OrderId, Timestamp};

/// One event of a payment provider, as recorded. It has at most one effect, ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentEvent {
    /// Which event of which provider.
    pub key: EventKey,
    /// The order it is about, which may not exist yet.
    pub order_id: OrderId,
    /// What happened.
    pub kind: PaymentKind,
    /// How much was paid in minor units, where the provider said so.
    pub amount: Option<u64>,
    /// In which currency, where the provider said so.
    pub currency: Option<Currency>,
    /// When it first arrived.
    pub received_at: Timestamp,
    /// What became of it.
    pub result: EventResult,
    /// The body of its delivery as it arrived.
    pub payload: Arc<str>,
}

/// The identity of an event: providers do not share a name space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// Who sent it.
    pub provider: Provider,
    /// The sender's name for it.
    pub event_id: EventId,
}

/// Who sends payment events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Anyone who signs by Standard Webhooks.
    Generic,
    /// Stripe.
    Stripe,
}

/// What a payment event says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentKind {
    /// The money arrived.
    Paid,
    /// The payment failed for good.
    Failed,
    /// All the money went back.
    Refunded,
    /// Something that leaves every order as it is: one attempt at paying failed, or a part of the
    /// money went back.
    Noted,
}

/// What became of a recorded event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventResult {
    /// It changed its order.
    Applied,
    /// Its order needed no change.
    Ignored,
    /// Its order does not exist yet; it is applied in the commit that creates it.
    Stored,
    /// Its amount or currency is not the order's; the order was left alone.
    AmountMismatch,
}
