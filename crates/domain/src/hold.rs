//! Holds: units set aside for one buyer for a short time.

use crate::{Currency, CustomerId, HoldId, OrderId, Price, ProductId, Quantity, Timestamp};

/// Units set aside for one buyer until `expires_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id, which is also the right to use it.
    pub id: HoldId,
    /// Whose units it holds.
    pub product_id: ProductId,
    /// How many.
    pub qty: Quantity,
    /// The price of one unit when the hold was placed; its order is charged this.
    pub unit_price: Price,
    /// The currency of that price.
    pub currency: Currency,
    /// The buyer, where the storefront named one.
    pub customer_id: Option<CustomerId>,
    /// Where it stands.
    pub state: HoldState,
    /// How often it was extended.
    pub extensions: u32,
    /// When it was placed.
    pub created_at: Timestamp,
    /// The first instant at which it can no longer be used.
    pub expires_at: Timestamp,
    /// When it left `Active`; `None` while it is active.
    pub ended_at: Option<Timestamp>,
}

/// Where a hold stands. Only an active one occupies units; a used one has passed them to its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    /// It occupies units.
    Active,
    /// It became this order.
    Used {
        /// The one order it made.
        order_id: OrderId,
    },
    /// The buyer gave it back.
    Released,
    /// Its time ran out.
    Expired,
}

impl Hold {
    /// Whether it still occupies units although its time has run out.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == HoldState::Active && now >= self.expires_at
    }

    /// Its state as a buyer must see it at `now`: an overdue hold is expired even before anyone
    /// has written that down.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> HoldState {
        if self.is_overdue(now) { HoldState::Expired } else { self.state }
    }
}
