//! The server's account: the rows, journals and audit that it shows after a run.

use doorbuster_domain::{Counters, EntryKind};
use doorbuster_engine::{HoldStatus, OrderStatus};
use uuid::Uuid;

/// What the server has about the products of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerAccount {
    pub(super) products: Vec<ProductRows>,
    pub(super) audit: AuditFindings,
    /// When the last of it had been read, in milliseconds after the bell.
    pub(super) read_ms: u32,
}

/// Everything about one product.
#[derive(Clone, Debug, Default)]
pub(super) struct ProductRows {
    pub(super) product_id: u64,
    /// Its units, as the run put them on sale.
    pub(super) asked_total: u32,
    pub(super) counters: Counters,
    /// Whether the counters stood still while the journal was read, so that they must agree.
    pub(super) at_rest: bool,
    pub(super) holds: Vec<HoldRow>,
    pub(super) orders: Vec<OrderRow>,
    pub(super) payments: Vec<PaymentRow>,
    pub(super) journal: Vec<JournalRow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HoldRow {
    pub(super) hold_id: Uuid,
    pub(super) qty: u32,
    pub(super) status: HoldStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OrderRow {
    pub(super) order_id: Uuid,
    pub(super) hold_id: Uuid,
    pub(super) qty: u32,
    pub(super) status: OrderStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PaymentRow {
    /// The number of the event within this run; `None`: it is not one of this run.
    pub(super) event: Option<u64>,
    pub(super) order_id: Uuid,
    pub(super) paid: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JournalRow {
    pub(super) seq: u64,
    pub(super) kind: EntryKind,
    pub(super) qty: i64,
    pub(super) after: Counters,
    pub(super) hold_id: Option<Uuid>,
    pub(super) order_id: Option<Uuid>,
    /// The number of the event that caused it, where it is one of this run.
    pub(super) event: Option<u64>,
}

/// What the server's own audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AuditFindings {
    /// Broken rules that concern this run's products, or no product in particular.
    pub(super) ours: Vec<String>,
    /// How many concern other products of the same server. They are not this run's doing.
    pub(super) elsewhere: u64,
}
