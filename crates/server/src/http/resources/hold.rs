//! A hold as JSON.

use doorbuster_domain::{Hold, HoldState, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CurrencyCode, Id, Time};

/// Units set aside for one buyer until `expires_at`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hold)]
pub(in crate::http) struct HoldJson<'a> {
    hold_id: Id,
    #[schema(examples(1))]
    product_id: u64,
    #[schema(examples(2), minimum = 1, maximum = 1_000_000)]
    qty: u32,
    /// The price of one unit in minor units, as it was when the hold was placed.
    #[schema(examples(9999))]
    unit_price: u64,
    currency: CurrencyCode,
    status: HoldStatusName,
    created_at: Time,
    /// The first instant at which the hold can no longer be used.
    expires_at: Time,
    /// The storefront's name for the buyer, where it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("customer-17"))]
    customer_id: Option<&'a str>,
    /// The order that a used hold became.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    order_id: Option<Id>,
}

/// Where a hold stands. Only an active one can become an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = HoldStatus)]
pub(in crate::http) enum HoldStatusName {
    Active,
    Used,
    Released,
    Expired,
}

impl<'a> HoldJson<'a> {
    /// The hold as a buyer must see it at `now`.
    pub(in crate::http) fn of(hold: &'a Hold, now: Timestamp) -> Self {
        let (status, order_id) = match hold.state_at(now) {
            HoldState::Active => (HoldStatusName::Active, None),
            HoldState::Used { order_id } => (HoldStatusName::Used, Some(Id(order_id.uuid()))),
            HoldState::Released => (HoldStatusName::Released, None),
            HoldState::Expired => (HoldStatusName::Expired, None),
        };
        Self {
            hold_id: Id(hold.id.uuid()),
            product_id: hold.product_id.get(),
            qty: hold.qty.get(),
            unit_price: hold.unit_price.get(),
            currency: CurrencyCode(hold.currency),
            status,
            created_at: Time(hold.created_at),
            expires_at: Time(hold.expires_at),
            customer_id: hold.customer_id.as_ref().map(|customer| customer.as_str()),
            order_id,
        }
    }
}
