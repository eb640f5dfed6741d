//! Resources as JSON: what the domain's values look like from outside. Domain types are not
//! serializable; each has its wire type here.

mod audit;
mod hold;
mod journal;
mod order;
mod payment;
mod product;
mod scalar;

pub(super) use audit::AuditJson;
pub(super) use hold::{HoldJson, HoldStatusName};
pub(super) use journal::JournalEntryJson;
pub(super) use order::{OrderJson, OrderStatusName};
pub(super) use payment::{EventResultName, EventStatusName, PaymentAnswerJson, PaymentJson};
pub(super) use product::ProductJson;
pub(super) use scalar::{CurrencyCode, Id, Time};

use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct List<T> {
    /// The rows of this page.
    pub(super) data: Vec<T>,
    /// What to give as `cursor` for the next page; `null`: this is the last.
    #[schema(required)]
    pub(super) next_cursor: Option<String>,
}
