//! An order as JSON.

use doorbuster_domain::{Order, OrderState, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CurrencyCode, Id, Time};

/// A used hold waiting for its payment until `pay_by`, then its final state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub(in crate::http) struct OrderJson<'a> {
    order_id: Id,
    hold_id: Id,
    #[schema(examples(1))]
    product_id: u64,
    #[schema(examples(2), minimum = 1, maximum = 1_000_000)]
    qty: u32,
    /// The price of one unit in minor units, as frozen in the hold.
    #[schema(examples(9999))]
    unit_price: u64,
    /// What the buyer pays in minor units.
    #[schema(examples(19998))]
    total_price: u64,
    currency: CurrencyCode,
    status: OrderStatusName,
    created_at: Time,
    /// The first instant at which an unpaid order loses its units.
    pay_by: Time,
    /// The storefront's name for the buyer, where it gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, examples("customer-17"))]
    customer_id: Option<&'a str>,
}

/// Where an order stands. `refund_due`: paid when its units were gone, so the money must go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderStatus)]
pub(in crate::http) enum OrderStatusName {
    Pending,
    Paid,
    Cancelled,
    Expired,
    RefundDue,
    Refunded,
}

impl<'a> OrderJson<'a> {
    /// The order as a buyer must see it at `now`.
    pub(in crate::http) fn of(order: &'a Order, now: Timestamp) -> Self {
        Self {
            order_id: Id(order.id.uuid()),
            hold_id: Id(order.hold_id.uuid()),
            product_id: order.product_id.get(),
            qty: order.qty.get(),
            unit_price: order.unit_price.get(),
            total_price: order.total_price(),
            currency: CurrencyCode(order.currency),
            status: order.state_at(now).into(),
            created_at: Time(order.created_at),
            pay_by: Time(order.pay_by),
            customer_id: order.customer_id.as_ref().map(|customer| customer.as_str()),
        }
    }
}

impl From<OrderState> for OrderStatusName {
    fn from(state: OrderState) -> Self {
        match state {
            OrderState::Pending => Self::Pending,
            OrderState::Paid => Self::Paid,
            OrderState::Cancelled => Self::Cancelled,
            OrderState::Expired => Self::Expired,
            OrderState::RefundDue => Self::RefundDue,
            OrderState::Refunded { .. } => Self::Refunded,
        }
    }
}
