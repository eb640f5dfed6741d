//! A product as JSON.

use doorbuster_domain::{Product, SaleStatus, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CurrencyCode, Time};

/// What is on sale. Always `total_stock = available_stock + held_stock + sold_stock`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Product)]
pub(in crate::http) struct ProductJson<'a> {
    #[schema(examples(1), minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    id: u64,
    /// The operator's own code for it (a SKU).
    #[schema(required, examples("DOOR-1"))]
    code: Option<&'a str>,
    #[schema(examples("Limited Edition Flash Sale Item"))]
    name: &'a str,
    /// The price of one unit in minor units (cents of a dollar).
    #[schema(examples(9999))]
    price: u64,
    currency: CurrencyCode,
    /// All units, whoever has them.
    #[schema(examples(100))]
    total_stock: u32,
    /// Units that a hold can take.
    #[schema(examples(88))]
    available_stock: u32,
    /// Units in active holds and pending orders.
    #[schema(examples(10))]
    held_stock: u32,
    /// Units in paid orders, and in refunded ones that were not restocked.
    #[schema(examples(2))]
    sold_stock: u32,
    status: ProductStatusName,
    /// Holds are refused before this time; `null`: open at once.
    #[schema(required)]
    opens_at: Option<Time>,
    /// Holds are refused from this time on; `null`: never closes.
    #[schema(required)]
    closes_at: Option<Time>,
    /// The most units one customer may have held, pending and paid together; `null`: no limit.
    #[schema(required, examples(4))]
    max_per_customer: Option<u32>,
    /// How many seconds a hold lasts, and by how many an extension prolongs it.
    #[schema(examples(120))]
    hold_seconds: u32,
    /// How many seconds an order waits for its payment.
    #[schema(examples(600))]
    payment_seconds: u32,
    /// Grows with every change of the product.
    #[schema(examples(14))]
    version: u64,
}

/// Whether holds are taken, and if not, why: the first that applies of closed, paused, scheduled,
/// open.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProductStatus)]
pub(in crate::http) enum ProductStatusName {
    Open,
    Scheduled,
    Paused,
    Closed,
}

impl<'a> ProductJson<'a> {
    /// The product as it is at `now`.
    pub(in crate::http) fn of(product: &'a Product, now: Timestamp) -> Self {
        let terms = &product.terms;
        Self {
            id: product.id.get(),
            code: terms.code.as_ref().map(|code| code.as_str()),
            name: terms.name.as_str(),
            price: terms.price.get(),
            currency: CurrencyCode(terms.currency),
            total_stock: product.total.get(),
            available_stock: product.available(),
            held_stock: product.held,
            sold_stock: product.sold,
            status: product.status(now).into(),
            opens_at: terms.opens_at.map(Time),
            closes_at: terms.closes_at.map(Time),
            max_per_customer: terms.max_per_customer.map(|limit| limit.get()),
            hold_seconds: terms.hold_seconds.get(),
            payment_seconds: terms.payment_seconds.get(),
            version: product.version,
        }
    }
}

impl From<SaleStatus> for ProductStatusName {
    fn from(status: SaleStatus) -> Self {
        match status {
            SaleStatus::Open => Self::Open,
            SaleStatus::Scheduled => Self::Scheduled,
            SaleStatus::Paused => Self::Paused,
            SaleStatus::Closed => Self::Closed,
        }
    }
}
