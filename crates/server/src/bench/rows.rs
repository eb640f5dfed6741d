//! The server's lists as JSON, read as far as the judgement needs them.

use doorbuster_domain::{Counters, EntryKind};
use doorbuster_engine::HoldStatus;
use serde::Deserialize;
use uuid::Uuid;

use super::server_account::{HoldRow, JournalRow, OrderRow, PaymentRow};
use super::told::order_status;

#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    pub(super) next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct HoldJson {
    hold_id: String,
    qty: u32,
    status: String,
}

impl HoldJson {
    pub(super) fn row(self) -> Option<HoldRow> {
        let status = match self.status.as_str() {
            "active" => HoldStatus::Active,
            "used" => HoldStatus::Used,
            "released" => HoldStatus::Released,
            "expired" => HoldStatus::Expired,
            _ => return None,
        };
        Some(HoldRow { hold_id: Uuid::try_parse(&self.hold_id).ok()?, qty: self.qty, status })
    }
}

#[derive(Deserialize)]
pub(super) struct OrderJson {
    order_id: String,
    hold_id: String,
    qty: u32,
    status: String,
}

impl OrderJson {
    pub(super) fn row(self) -> Option<OrderRow> {
        Some(OrderRow {
            order_id: Uuid::try_parse(&self.order_id).ok()?,
            hold_id: Uuid::try_parse(&self.hold_id).ok()?,
            qty: self.qty,
            status: order_status(&self.status)?,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct PaymentJson {
    pub(super) event_id: String,
    order_id: String,
    status: String,
}

impl PaymentJson {
    pub(super) fn row(&self, event: Option<u64>) -> Option<PaymentRow> {
        let order_id = Uuid::try_parse(&self.order_id).ok()?;
        Some(PaymentRow { event, order_id, paid: self.status == "paid" })
    }
}

#[derive(Deserialize)]
pub(super) struct JournalJson {
    seq: u64,
    kind: String,
    qty: i64,
    total_stock: u32,
    held_stock: u32,
    sold_stock: u32,
    hold_id: Option<String>,
    order_id: Option<String>,
    pub(super) event_id: Option<String>,
}

impl JournalJson {
    pub(super) fn row(&self, event: Option<u64>) -> Option<JournalRow> {
        let id = |id: &Option<String>| id.as_deref().and_then(|id| Uuid::try_parse(id).ok());
        Some(JournalRow {
            seq: self.seq,
            kind: entry_kind(&self.kind)?,
            qty: self.qty,
            after: Counters {
                total: self.total_stock,
                held: self.held_stock,
                sold: self.sold_stock,
            },
            hold_id: id(&self.hold_id),
            order_id: id(&self.order_id),
            event,
        })
    }
}

fn entry_kind(name: &str) -> Option<EntryKind> {
    match name {
        "product_created" => Some(EntryKind::ProductCreated),
        "stock_changed" => Some(EntryKind::StockChanged),
        "hold_placed" => Some(EntryKind::HoldPlaced),
        "hold_released" => Some(EntryKind::HoldReleased),
        "hold_expired" => Some(EntryKind::HoldExpired),
        "order_paid" => Some(EntryKind::OrderPaid),
        "order_cancelled" => Some(EntryKind::OrderCancelled),
        "order_expired" => Some(EntryKind::OrderExpired),
        "order_retaken" => Some(EntryKind::OrderRetaken),
        "order_restocked" => Some(EntryKind::OrderRestocked),
        "order_refunded" => Some(EntryKind::OrderRefunded),
        _ => None,
    }
}

#[derive(Deserialize)]
pub(super) struct AuditJson {
    pub(super) ok: bool,
    pub(super) violations: Vec<ViolationJson>,
}

#[derive(Deserialize)]
pub(super) struct ViolationJson {
    pub(super) product_id: Option<u64>,
    pub(super) rule: u8,
    pub(super) expected: String,
    pub(super) found: String,
    pub(super) detail: String,
}
