//! Reading rows: for people and their lists, beside the path that commands take.

use std::future::Future;
use std::pin::Pin;

use doorbuster_domain::{
    AuditReport, CustomerId, EventId, EventResult, Hold, HoldId, HoldState, JournalEntry, Order,
    OrderId, OrderState, PaymentEvent, ProductId, Timestamp,
};

/// A reading in progress.
pub type Reading<'a, T> = Pin<Box<dyn Future<Output = Result<T, ReadError>> + Send + 'a>>;

/// The store could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the store could not be read")]
pub struct ReadError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Reads committed rows. Whoever has an answer from the engine finds its effect here. Nothing here
/// waits for the engine or makes it wait.
pub trait Reader: Send + Sync + 'static {
    /// One hold.
    fn hold(&self, id: HoldId) -> Reading<'_, Option<Hold>>;

    /// One order.
    fn order(&self, id: OrderId) -> Reading<'_, Option<Order>>;

    /// Holds that pass `filter`, newest first (by id), those below `before` only.
    fn holds(&self, filter: HoldFilter, page: Page<HoldId>) -> Reading<'_, Vec<Hold>>;

    /// Orders that pass `filter`, newest first (by the id of their hold), those whose hold is below
    /// `before` only.
    fn orders(&self, filter: OrderFilter, page: Page<HoldId>) -> Reading<'_, Vec<Order>>;

    /// Payment events that pass `filter`, newest first, each with its record number; those with a
    /// number below `before` only.
    fn payments(
        &self,
        filter: PaymentFilter,
        page: Page<u64>,
    ) -> Reading<'_, Vec<(u64, PaymentEvent)>>;

    /// A product's journal, oldest first, at most `limit` entries numbered above `after`.
    fn journal(
        &self,
        product_id: ProductId,
        after: u64,
        limit: usize,
    ) -> Reading<'_, Vec<JournalEntry>>;

    /// What a product's journal says about one of its holds, and about the order that became of it,
    /// oldest first. For people who look: it reads all of the product's journal.
    fn journal_of_hold(
        &self,
        product_id: ProductId,
        hold_id: HoldId,
    ) -> Reading<'_, Vec<JournalEntry>>;

    /// The nodes that serve the same rows, this one among them, as far as they can be seen; none
    /// where there cannot be another.
    fn nodes(&self) -> Reading<'_, Vec<Node>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Recounts every invariant from the rows and the journal as of one instant.
    fn audit(&self) -> Reading<'_, AuditReport>;
}

/// A server that commits to the same rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it calls itself.
    pub name: String,
    /// Since when it has been connected with the database.
    pub since: Timestamp,
}

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page<K> {
    /// Only rows below this key; `None`: from the newest.
    pub before: Option<K>,
    /// At most this many.
    pub limit: usize,
}

/// Which holds; every `Some` must match.
#[derive(Clone, Debug, Default)]
pub struct HoldFilter {
    /// Of this product.
    pub product_id: Option<ProductId>,
    /// In this state.
    pub status: Option<HoldStatus>,
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// That became this order.
    pub order_id: Option<OrderId>,
}

/// A hold's state without what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are those of HoldState")]
pub enum HoldStatus {
    Active,
    Used,
    Released,
    Expired,
}

/// Which orders; every `Some` must match.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Of this product.
    pub product_id: Option<ProductId>,
    /// In this state.
    pub status: Option<OrderStatus>,
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// With this id.
    pub order_id: Option<OrderId>,
}

/// An order's state without what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are those of OrderState")]
pub enum OrderStatus {
    Pending,
    Paid,
    Cancelled,
    Expired,
    RefundDue,
    Refunded,
}

/// Which payment events; every `Some` must match.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    /// About orders of this product.
    pub product_id: Option<ProductId>,
    /// That report this.
    pub kind: Option<doorbuster_domain::PaymentKind>,
    /// About orders of this customer.
    pub customer_id: Option<CustomerId>,
    /// About this order.
    pub order_id: Option<OrderId>,
    /// With this id, of any provider.
    pub event_id: Option<EventId>,
    /// Of which this became.
    pub result: Option<EventResult>,
}

impl From<HoldState> for HoldStatus {
    fn from(state: HoldState) -> Self {
        match state {
            HoldState::Active => Self::Active,
            HoldState::Used { .. } => Self::Used,
            HoldState::Released => Self::Released,
            HoldState::Expired => Self::Expired,
        }
    }
}

impl From<OrderState> for OrderStatus {
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
