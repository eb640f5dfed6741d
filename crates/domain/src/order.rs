//! Orders: used holds on their way to being paid.

use crate::{Currency, CustomerId, HoldId, OrderId, Price, ProductId, Quantity, Timestamp};

/// A used hold waiting for its payment until `pay_by`, then its final state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The one hold it was made from.
    pub hold_id: HoldId,
    /// What is bought.
    pub product_id: ProductId,
    /// How many units.
    pub qty: Quantity,
    /// The price of one unit, as frozen in the hold.
    pub unit_price: Price,
    /// The currency of that price.
    pub currency: Currency,
    /// The buyer, where the storefront named one.
    pub customer_id: Option<CustomerId>,
    /// Where it stands.
    pub state: OrderState,
    /// A full refund was reported before the payment it refunds. The payment, when it comes, makes
    /// the order paid and at once refunded, so that the order of arrival does not matter.
    pub refund_awaits_payment: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// The first instant at which it no longer occupies units unpaid.
    pub pay_by: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// Waiting for its payment; its units are held.
    Pending,
    /// Paid; its units are sold.
    Paid,
    /// The payment failed or the buyer cancelled; its units are back on sale.
    Cancelled,
    /// Nobody paid in time; its units are back on sale.
    Expired,
    /// Paid when its units were gone: the buyer must get the money back.
    RefundDue,
    /// The buyer got the money back.
    Refunded {
        /// Whether units went back on sale with it. If not, those it had stay sold.
        restocked: bool,
        /// Whether the order had units when it was refunded (one that was `RefundDue` had none).
        had_units: bool,
    },
}

impl Order {
    /// What the buyer pays in minor units.
    #[must_use]
    pub fn total_price(&self) -> u64 {
        self.unit_price.times(self.qty)
    }

    /// Whether it still occupies units although its time to be paid has run out.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == OrderState::Pending && now >= self.pay_by
    }

    /// Its state as a buyer must see it at `now`: see [`crate::Hold::state_at`].
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> OrderState {
        if self.is_overdue(now) { OrderState::Expired } else { self.state }
    }
}

impl OrderState {
    /// Whether the units of an order in this state count as sold.
    #[must_use]
    pub fn is_sold(self) -> bool {
        match self {
            Self::Paid => true,
            Self::Refunded { restocked, had_units } => had_units && !restocked,
            Self::Pending | Self::Cancelled | Self::Expired | Self::RefundDue => false,
        }
    }

    /// Whether the units of an order in this state count towards its customer's limit.
    #[must_use]
    pub fn counts_for_customer(self) -> bool {
        match self {
            Self::Pending | Self::Paid => true,
            Self::Cancelled | Self::Expired | Self::RefundDue | Self::Refunded { .. } => false,
        }
    }
}
