//! What states and kinds are called in the database.

use doorbuster_domain::{EntryKind, EventResult, Operation, OrderState, PaymentKind, Provider};

use crate::admin_key::KeyScope;

/// A value that the database names by a word.
pub(crate) trait Named: Sized + Copy + 'static {
    /// Every value and its word.
    const NAMES: &'static [(Self, &'static str)];

    /// The value with this word.
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(value, _)| *value)
    }
}

impl Named for Provider {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Generic, "generic"), (Self::Stripe, "stripe")];
}

impl Named for PaymentKind {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Paid, "paid"),
        (Self::Failed, "failed"),
        (Self::Refunded, "refunded"),
        (Self::Noted, "noted"),
    ];
}

impl Named for EventResult {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Applied, "applied"),
        (Self::Ignored, "ignored"),
        (Self::Stored, "stored"),
        (Self::AmountMismatch, "amount_mismatch"),
    ];
}

impl Named for Operation {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::PlaceHold, "place_hold"), (Self::CreateOrder, "create_order")];
}

/// A refunded order's word says what became of its units.
impl Named for OrderState {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Pending, "pending"),
        (Self::Paid, "paid"),
        (Self::Cancelled, "cancelled"),
        (Self::Expired, "expired"),
        (Self::RefundDue, "refund_due"),
        (Self::Refunded { restocked: false, had_units: true }, "refunded"),
        (Self::Refunded { restocked: true, had_units: true }, "restocked"),
        (Self::Refunded { restocked: false, had_units: false }, "refunded_late"),
    ];
}

impl Named for EntryKind {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::ProductCreated, "product_created"),
        (Self::StockChanged, "stock_changed"),
        (Self::HoldPlaced, "hold_placed"),
        (Self::HoldReleased, "hold_released"),
        (Self::HoldExpired, "hold_expired"),
        (Self::OrderPaid, "order_paid"),
        (Self::OrderCancelled, "order_cancelled"),
        (Self::OrderExpired, "order_expired"),
        (Self::OrderRetaken, "order_retaken"),
        (Self::OrderRestocked, "order_restocked"),
        (Self::OrderRefunded, "order_refunded"),
    ];
}

impl Named for KeyScope {
    const NAMES: &'static [(Self, &'static str)] = &[(Self::Admin, "admin"), (Self::Read, "read")];
}

/// The word for a value.
pub(crate) fn name<T: Named + PartialEq>(value: T) -> &'static str {
    T::NAMES.iter().find(|(known, _)| *known == value).map_or("", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_entry_has_a_name_of_its_own() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::from_name(name(kind)), Some(kind));
        }
    }
}
