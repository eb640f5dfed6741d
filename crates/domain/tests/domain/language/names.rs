//! Names of single things.

use doorbuster_domain::*;
use uuid::Uuid;

pub(crate) fn say_time(time: Timestamp) -> String {
    let millis = time.as_millis();
    let sign = if millis < 0 { "-" } else { "" };
    let (seconds, rest) = (millis.unsigned_abs() / 1000, millis.unsigned_abs() % 1000);
    match rest {
        0 => format!("{sign}{seconds}s"),
        _ => format!("{sign}{seconds}.{rest:03}s"),
    }
}

pub(super) fn say_hold(id: HoldId) -> String {
    say_uuid("h", id.uuid())
}

pub(super) fn say_order(id: OrderId) -> String {
    say_uuid("o", id.uuid())
}

fn say_uuid(letter: &str, id: Uuid) -> String {
    format!("{letter}{}", id.as_u128())
}

pub(super) fn say_event(key: &EventKey) -> String {
    match key.provider {
        Provider::Generic => key.event_id.to_string(),
        Provider::Stripe => format!("stripe:{}", key.event_id),
    }
}

pub(super) fn say_kind(kind: PaymentKind) -> &'static str {
    match kind {
        PaymentKind::Paid => "paid",
        PaymentKind::Failed => "failed",
        PaymentKind::Refunded => "refunded",
        PaymentKind::Noted => "noted",
    }
}

/// The function that names each variant, and the list of all names, from one list of variants:
/// a new variant does not compile until it is named, and is then missed in the tables.
macro_rules! names {
    ($all:ident, $name:ident, $of:ident, { $($variant:ident => $text:literal,)* }) => {
        pub(crate) const $all: &[&str] = &[$($text),*];

        pub(crate) fn $name(value: &$of) -> &'static str {
            match value {
                $($of::$variant { .. } => $text,)*
            }
        }
    };
}

names! { REFUSAL_NAMES, refusal_name, Refusal, {
    ProductNotFound => "product_not_found",
    HoldNotFound => "hold_not_found",
    OrderNotFound => "order_not_found",
    CustomerRequired => "customer_required",
    InsufficientStock => "insufficient_stock",
    SaleNotOpen => "sale_not_open",
    SaleClosed => "sale_closed",
    SalePaused => "sale_paused",
    CustomerLimitReached => "customer_limit_reached",
    HoldExpired => "hold_expired",
    HoldReleased => "hold_released",
    HoldUsed => "hold_used",
    HoldIdTaken => "hold_id_taken",
    ExtensionLimitReached => "extension_limit_reached",
    OrderNotPending => "order_not_pending",
    OrderNotRefundable => "order_not_refundable",
    OrderIdTaken => "order_id_taken",
    StockCommitted => "stock_committed",
    StockOutOfRange => "stock_out_of_range",
    UnsoundWindow => "unsound_window",
    TooManyExtensions => "too_many_extensions",
    ProductExists => "product_exists",
    IdempotencyKeyReused => "idempotency_key_reused",
    EventIdReused => "event_id_reused",
    AmountMismatch => "amount_mismatch",
} }

names! { ENTRY_NAMES, entry_name, EntryKind, {
    ProductCreated => "product_created",
    StockChanged => "stock_changed",
    HoldPlaced => "hold_placed",
    HoldReleased => "hold_released",
    HoldExpired => "hold_expired",
    OrderPaid => "order_paid",
    OrderCancelled => "order_cancelled",
    OrderExpired => "order_expired",
    OrderRetaken => "order_retaken",
    OrderRestocked => "order_restocked",
    OrderRefunded => "order_refunded",
} }
