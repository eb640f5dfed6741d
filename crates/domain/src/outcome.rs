//! Outcomes: everything a command can be answered. A refusal is an answer, not an error.

use crate::{
    EventKey, EventResult, Hold, Order, OrderId, OrderState, PaymentKind, Product, Timestamp,
};

/// The answer to a command.
pub type Outcome = Result<Effect, Refusal>;

/// What a command did, or had already done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The hold as it is now (placed, released, extended).
    Hold {
        /// The hold.
        hold: Hold,
        /// Nothing changed: an earlier request had this effect.
        replayed: bool,
    },
    /// The order as it is now (created, cancelled, refunded).
    Order {
        /// The order.
        order: Order,
        /// Nothing changed: an earlier request had this effect.
        replayed: bool,
        /// Payment events that waited for this order and were applied when it was created.
        early_events: Vec<AppliedEvent>,
    },
    /// What became of a payment event.
    Payment(PaymentAnswer),
    /// The product as it is now (created, changed).
    Product(Product),
    /// How many overdue holds and orders were expired.
    Expired {
        /// Holds.
        holds: usize,
        /// Orders.
        orders: usize,
    },
}

/// The answer to a payment provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentAnswer {
    /// What became of this delivery.
    pub result: PaymentResult,
    /// The order it names.
    pub order_id: OrderId,
    /// Where that order stands now; `None` while it does not exist.
    pub order_state: Option<OrderState>,
    /// What happened, as the event says.
    pub kind: PaymentKind,
    /// The order was no longer pending when the money came: it took its units again, or a refund is
    /// due.
    pub late: bool,
}

/// What became of one delivery of a payment event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentResult {
    /// It changed the order.
    Applied,
    /// The event had been taken before; nothing changed.
    Duplicate,
    /// Recorded; the order needed no change.
    Ignored,
    /// Recorded; it waits for its order.
    Stored,
}

/// What became of an event that waited for its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedEvent {
    /// Which event.
    pub key: EventKey,
    /// What it says happened.
    pub kind: PaymentKind,
    /// What became of it.
    pub result: EventResult,
    /// It was a payment that found the order no longer pending.
    pub late: bool,
    /// Where the order stood after it.
    pub order_state: OrderState,
}

/// Why a command was refused. Nothing changed, except that a payment event with a wrong amount is
/// recorded, and that overdue holds and orders in the way were expired.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such product.
    #[error("there is no such product")]
    ProductNotFound,
    /// No such hold.
    #[error("there is no such hold")]
    HoldNotFound,
    /// No such order.
    #[error("there is no such order")]
    OrderNotFound,
    /// The product has a limit per customer, and the request names none.
    #[error("this product has a limit per customer, so the request must name the customer")]
    CustomerRequired,
    /// Fewer units are available than asked for.
    #[error("only {available} units are available")]
    InsufficientStock {
        /// How many a hold could take.
        available: u32,
    },
    /// The sale has not begun.
    #[error("the sale has not opened yet")]
    SaleNotOpen {
        /// When it does.
        opens_at: Timestamp,
    },
    /// The sale is over.
    #[error("the sale is closed")]
    SaleClosed,
    /// The operator paused the sale.
    #[error("the sale is paused")]
    SalePaused,
    /// The customer would have more units than allowed.
    #[error("the customer's limit leaves {remaining} units")]
    CustomerLimitReached {
        /// How many units the customer could still take.
        remaining: u32,
    },
    /// The hold's time ran out.
    #[error("the hold has expired")]
    HoldExpired,
    /// The hold was given back.
    #[error("the hold was released")]
    HoldReleased,
    /// The hold already made an order.
    #[error("the hold has already become an order")]
    HoldUsed {
        /// The order it made.
        order_id: OrderId,
    },
    /// A hold with this id exists: ids must be fresh.
    #[error("a hold with this id exists")]
    HoldIdTaken,
    /// The hold was extended as often as allowed.
    #[error("the hold cannot be extended again")]
    ExtensionLimitReached,
    /// The order is past being cancelled.
    #[error("the order is no longer pending")]
    OrderNotPending {
        /// Where it stands.
        state: OrderState,
    },
    /// The order was never paid.
    #[error("the order was not paid, so there is nothing to refund")]
    OrderNotRefundable {
        /// Where it stands.
        state: OrderState,
    },
    /// Another hold's order has this id.
    #[error("another hold's order has this id")]
    OrderIdTaken,
    /// The new total is below the units that somebody has, or below zero.
    #[error("{committed} units are held or sold")]
    StockCommitted {
        /// Held and sold units.
        committed: u32,
    },
    /// The new total is above 1,000,000,000.
    #[error("the stock must come to at most 1,000,000,000 units")]
    StockOutOfRange,
    /// `closes_at` is not after `opens_at`.
    #[error("the sale must close after it opens")]
    UnsoundWindow,
    /// More extensions than [`crate::Terms::MAX_EXTENSIONS`].
    #[error("too many extensions")]
    TooManyExtensions,
    /// A product with this id or code exists, or no id above the highest is left.
    #[error("a product with this {what} exists")]
    ProductExists {
        /// `"id"` or `"code"`.
        what: &'static str,
    },
    /// The idempotency key belongs to another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The event id belongs to another order or another status.
    #[error("the event id was used for another order or another status")]
    EventIdReused,
    /// The event's amount or currency is not the order's.
    #[error("the amount or currency is not the order's")]
    AmountMismatch {
        /// What the order costs, in minor units.
        expected_amount: u64,
        /// In which currency.
        expected_currency: crate::Currency,
    },
}
