//! Products: what is on sale, how much of it, and when.

use crate::{
    Currency, Price, ProductCode, ProductId, ProductName, Quantity, Seconds, Timestamp, TotalStock,
};

/// A product and its counters. `total = available + held + sold` holds after every commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its number.
    pub id: ProductId,
    /// Name, price, window and limits: everything an operator sets.
    pub terms: Terms,
    /// All units, whoever has them.
    pub total: TotalStock,
    /// Units in active holds and pending orders.
    pub held: u32,
    /// Units in paid orders, and in refunded ones that were not restocked.
    pub sold: u32,
    /// Grows with every change of this product; the first is 1.
    pub version: u64,
    /// The number of the last entry in this product's journal; entries count from 1.
    pub journal_seq: u64,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Everything about a product that an operator sets, apart from its stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the shop calls it.
    pub name: ProductName,
    /// The operator's own code for it; unique where given.
    pub code: Option<ProductCode>,
    /// The price of one unit. A hold freezes it.
    pub price: Price,
    /// The currency of the price. A hold freezes it.
    pub currency: Currency,
    /// Holds are refused before this time. `None`: open at once.
    pub opens_at: Option<Timestamp>,
    /// Holds are refused from this time on. `None`: never closes.
    pub closes_at: Option<Timestamp>,
    /// Holds are refused while this is set.
    pub paused: bool,
    /// The most units one customer may have held, pending and paid together.
    pub max_per_customer: Option<Quantity>,
    /// How long a hold lasts, and by how much one extension prolongs it.
    pub hold_seconds: Seconds,
    /// How long an order waits for its payment.
    pub payment_seconds: Seconds,
    /// How often a hold may be extended.
    pub max_extensions: u32,
}

/// Whether holds are taken, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaleStatus {
    /// Holds are taken.
    Open,
    /// Before `opens_at`.
    Scheduled,
    /// Paused by the operator.
    Paused,
    /// At or after `closes_at`.
    Closed,
}

impl Terms {
    /// `hold_seconds` where the operator sets none: two minutes.
    pub const DEFAULT_HOLD_SECONDS: Seconds = Seconds::new(120).unwrap();
    /// `payment_seconds` where the operator sets none: ten minutes.
    pub const DEFAULT_PAYMENT_SECONDS: Seconds = Seconds::new(600).unwrap();
    /// `max_extensions` where the operator sets none.
    pub const DEFAULT_MAX_EXTENSIONS: u32 = 1;
    /// The highest `max_extensions`: renewal without end would keep units from every other buyer.
    pub const MAX_EXTENSIONS: u32 = 1000;

    /// The terms of a product with this name and price, everything else as by default.
    #[must_use]
    pub fn new(name: ProductName, price: Price) -> Self {
        Self {
            name,
            code: None,
            price,
            currency: Currency::USD,
            opens_at: None,
            closes_at: None,
            paused: false,
            max_per_customer: None,
            hold_seconds: Self::DEFAULT_HOLD_SECONDS,
            payment_seconds: Self::DEFAULT_PAYMENT_SECONDS,
            max_extensions: Self::DEFAULT_MAX_EXTENSIONS,
        }
    }

    /// Whether a sale could ever be open under these terms: it must not close before it opens.
    #[must_use]
    pub fn window_is_sound(&self) -> bool {
        match (self.opens_at, self.closes_at) {
            (Some(opens_at), Some(closes_at)) => opens_at < closes_at,
            _ => true,
        }
    }

    /// The first that applies of: closed, paused, scheduled, open.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> SaleStatus {
        if self.closes_at.is_some_and(|closes_at| now >= closes_at) {
            SaleStatus::Closed
        } else if self.paused {
            SaleStatus::Paused
        } else if self.opens_at.is_some_and(|opens_at| now < opens_at) {
            SaleStatus::Scheduled
        } else {
            SaleStatus::Open
        }
    }
}

impl Product {
    /// Units that a hold can take.
    #[must_use]
    pub fn available(&self) -> u32 {
        self.total.get().saturating_sub(self.committed())
    }

    /// Units that somebody has: held and sold ones.
    #[must_use]
    pub fn committed(&self) -> u32 {
        self.held.saturating_add(self.sold)
    }

    /// Whether holds are taken at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> SaleStatus {
        self.terms.status(now)
    }
}
