//! Lists: which rows, and how many at once.

use doorbuster_domain::{CustomerId, EventResult, OrderId, PaymentKind, ProductId};
use doorbuster_engine::{HoldStatus, OrderStatus};

use super::cursor::{self, Key};
use super::fields::Fields;
use super::value::{self, Message, Value, word};

/// How many rows a page has where the client does not say.
pub(in crate::http) const DEFAULT_LIMIT: u32 = 50;

/// How many rows a page has at most.
pub(in crate::http) const MAX_LIMIT: u32 = 200;

/// The parameters of a list without filters.
pub(in crate::http) const PAGE: &[&str] = &["limit", "cursor"];

/// The parameters of a list with filters.
pub(in crate::http) const FILTERED: &[&str] =
    &["limit", "cursor", "product_id", "status", "customer_id", "order_id"];

/// The parameters of a list of payment events.
pub(in crate::http) const PAYMENTS: &[&str] =
    &["limit", "cursor", "product_id", "status", "customer_id", "order_id", "result"];

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct PageOf<K> {
    /// The last row of the page before; `None`: from the beginning.
    pub(in crate::http) after: Option<K>,
    /// At most this many rows.
    limit: usize,
}

impl<K: Key> PageOf<K> {
    /// Reads `limit` and `cursor`.
    pub(in crate::http) fn of(fields: &mut Fields<'_>) -> Self {
        let limit = fields.optional("limit", |value| value::limit(value, MAX_LIMIT));
        Self {
            after: fields.optional("cursor", cursor::decode),
            limit: limit.unwrap_or(DEFAULT_LIMIT as usize),
        }
    }

    /// How many rows to fetch: one more than asked for tells whether there is a next page.
    pub(in crate::http) const fn fetch(&self) -> usize {
        self.limit + 1
    }

    /// Leaves the rows of this page in `rows`, and returns the cursor of the next if there is one.
    pub(in crate::http) fn cut<R>(
        &self,
        rows: &mut Vec<R>,
        key: impl FnOnce(&R) -> K,
    ) -> Option<String> {
        if rows.len() <= self.limit {
            return None;
        }
        rows.truncate(self.limit);
        rows.last().map(|row| cursor::encode(key(row)))
    }
}

/// The filters that all lists share; what `status` means is each list's own.
#[derive(Debug)]
pub(in crate::http) struct Filters<S> {
    pub(in crate::http) product_id: Option<ProductId>,
    pub(in crate::http) status: Option<S>,
    pub(in crate::http) customer_id: Option<CustomerId>,
    pub(in crate::http) order_id: Option<OrderId>,
}

impl<S> Filters<S> {
    /// Reads them; `status` with a reader of its own.
    pub(in crate::http) fn of<'a>(
        fields: &mut Fields<'a>,
        status: impl FnOnce(&Value<'a>) -> Result<S, Message>,
    ) -> Self {
        Self {
            product_id: fields.optional("product_id", value::product_id),
            status: fields.optional("status", status),
            customer_id: fields.optional("customer_id", value::text(CustomerId::new)),
            order_id: fields.optional("order_id", value::order_id),
        }
    }
}

/// A hold's status by its name.
pub(in crate::http) fn hold_status(value: &Value<'_>) -> Result<HoldStatus, Message> {
    word(
        value,
        &[
            ("active", HoldStatus::Active),
            ("used", HoldStatus::Used),
            ("released", HoldStatus::Released),
            ("expired", HoldStatus::Expired),
        ],
    )
}

/// An order's status by its name.
pub(in crate::http) fn order_status(value: &Value<'_>) -> Result<OrderStatus, Message> {
    word(
        value,
        &[
            ("pending", OrderStatus::Pending),
            ("paid", OrderStatus::Paid),
            ("cancelled", OrderStatus::Cancelled),
            ("expired", OrderStatus::Expired),
            ("refund_due", OrderStatus::RefundDue),
            ("refunded", OrderStatus::Refunded),
        ],
    )
}

/// A payment event's status by its name.
pub(in crate::http) fn event_status(value: &Value<'_>) -> Result<PaymentKind, Message> {
    word(
        value,
        &[
            ("paid", PaymentKind::Paid),
            ("failed", PaymentKind::Failed),
            ("refunded", PaymentKind::Refunded),
            ("noted", PaymentKind::Noted),
        ],
    )
}

/// What became of a payment event, by its name.
pub(in crate::http) fn event_result(value: &Value<'_>) -> Result<EventResult, Message> {
    word(
        value,
        &[
            ("applied", EventResult::Applied),
            ("ignored", EventResult::Ignored),
            ("stored", EventResult::Stored),
            ("amount_mismatch", EventResult::AmountMismatch),
        ],
    )
}
