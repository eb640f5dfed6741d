//! Commands: everything anyone can ask that may change something. Ids come in with them; the time
//! comes in beside them.

use crate::{
    Currency, CustomerId, HoldId, IdempotencyKey, OrderId, PaymentEvent, Price, ProductCode,
    ProductId, ProductName, Quantity, Seconds, Terms, Timestamp, TotalStock,
};

/// Everything anyone can ask that may change something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A buyer's click.
    PlaceHold(PlaceHold),
    /// A buyer gives a hold back.
    ReleaseHold(HoldId),
    /// A buyer needs more time.
    ExtendHold(HoldId),
    /// A hold becomes an order.
    CreateOrder(CreateOrder),
    /// A buyer or the shop gives up an unpaid order.
    CancelOrder(OrderId),
    /// A payment provider reports something.
    RecordPayment(PaymentReport),
    /// The operator gave the money back.
    RefundOrder(RefundOrder),
    /// The operator puts something on sale.
    CreateProduct(CreateProduct),
    /// The operator changes what is on sale.
    ChangeProduct(ChangeProduct),
    /// The engine's timer: overdue holds and orders, at most `limit`, give their units back.
    ExpireDue {
        /// How many holds and orders may be expired at once, so that a batch stays short.
        limit: usize,
    },
}

/// Asks for units of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceHold {
    /// A fresh id for the hold, never used before.
    pub hold_id: HoldId,
    /// Of which product.
    pub product_id: ProductId,
    /// How many units.
    pub qty: Quantity,
    /// For whom; required where the product has a limit per customer.
    pub customer_id: Option<CustomerId>,
    /// The client's name for this request, where it gave one.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Turns a hold into an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateOrder {
    /// Which hold.
    pub hold_id: HoldId,
    /// The id the order gets.
    pub order_id: NewOrderId,
    /// The client's name for this request, where it gave one.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// The id of an order to be made, and who thought of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewOrderId {
    /// Made by the engine, never used before: no earlier event can name it.
    Fresh(OrderId),
    /// Chosen by the storefront: it may be taken, and events may already wait for it.
    Chosen(OrderId),
}

impl NewOrderId {
    /// The id, whoever thought of it.
    #[must_use]
    pub const fn id(self) -> OrderId {
        match self {
            Self::Fresh(id) | Self::Chosen(id) => id,
        }
    }

    /// The id, if the storefront chose it.
    #[must_use]
    pub const fn chosen(self) -> Option<OrderId> {
        match self {
            Self::Fresh(_) => None,
            Self::Chosen(id) => Some(id),
        }
    }
}

/// A payment event as it arrives. Its `received_at` and `result` are set when it is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentReport {
    /// Which event of which provider.
    pub key: crate::EventKey,
    /// The order it is about, which may not exist yet.
    pub order_id: OrderId,
    /// What happened.
    pub kind: crate::PaymentKind,
    /// How much was paid in minor units, where the provider said so.
    pub amount: Option<u64>,
    /// In which currency, where the provider said so.
    pub currency: Option<Currency>,
    /// The body of the delivery as it arrived.
    pub payload: std::sync::Arc<str>,
}

impl PaymentReport {
    /// The event as it is recorded.
    #[must_use]
    pub fn recorded(&self, received_at: Timestamp, result: crate::EventResult) -> PaymentEvent {
        PaymentEvent {
            key: self.key.clone(),
            order_id: self.order_id,
            kind: self.kind,
            amount: self.amount,
            currency: self.currency,
            received_at,
            result,
            payload: self.payload.clone(),
        }
    }
}

/// Marks an order as refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// Which order.
    pub order_id: OrderId,
    /// Whether its units go back on sale, if it had any.
    pub restock: bool,
}

/// Puts a product on sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateProduct {
    /// The id it gets; `None`: the one above the highest in use.
    pub id: Option<ProductId>,
    /// Everything about it but its stock.
    pub terms: Terms,
    /// Its first stock.
    pub total: TotalStock,
}

/// Changes a product; what is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeProduct {
    /// Which product.
    pub product_id: ProductId,
    /// Its new name.
    pub name: Option<ProductName>,
    /// Its new code; the inner `None` takes it away.
    pub code: Option<Option<ProductCode>>,
    /// Its new price, for new holds.
    pub price: Option<Price>,
    /// Its new currency, for new holds.
    pub currency: Option<Currency>,
    /// When it opens; the inner `None`: at once.
    pub opens_at: Option<Option<Timestamp>>,
    /// When it closes; the inner `None`: never.
    pub closes_at: Option<Option<Timestamp>>,
    /// Whether holds are refused for now.
    pub paused: Option<bool>,
    /// The new limit per customer; the inner `None`: no limit.
    pub max_per_customer: Option<Option<Quantity>>,
    /// How long new holds last.
    pub hold_seconds: Option<Seconds>,
    /// How long new orders wait for their payment.
    pub payment_seconds: Option<Seconds>,
    /// How often a hold may be extended.
    pub max_extensions: Option<u32>,
    /// Its new stock.
    pub stock: Option<StockChange>,
}

/// How a product's stock changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange {
    /// To this total.
    SetTotal(TotalStock),
    /// By this many units, fewer when negative.
    Add(i64),
}

impl ChangeProduct {
    /// A change of nothing yet.
    #[must_use]
    pub const fn of(product_id: ProductId) -> Self {
        Self {
            product_id,
            name: None,
            code: None,
            price: None,
            currency: None,
            opens_at: None,
            closes_at: None,
            paused: None,
            max_per_customer: None,
            hold_seconds: None,
            payment_seconds: None,
            max_extensions: None,
            stock: None,
        }
    }
}
