//! The audit's report as JSON.

use doorbuster_domain::{AuditReport, Counters, ProductAudit, Violation};
use serde::Serialize;
use utoipa::ToSchema;

/// A recount of every rule from the rows and the journal, as of one instant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditReport)]
pub(in crate::http) struct AuditJson<'a> {
    /// Whether no rule is broken.
    ok: bool,
    /// Every product, by id.
    products: Vec<AuditProductJson>,
    /// Every broken rule, the first divergence first.
    violations: Vec<ViolationJson<'a>>,
}

/// One product's counters from three sources, which must agree.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditProduct)]
pub(in crate::http) struct AuditProductJson {
    #[schema(examples(1))]
    product_id: u64,
    /// As the product's own row has them.
    recorded: AuditCountersJson,
    /// As its holds and orders add up.
    recounted: AuditCountersJson,
    /// As its journal replays.
    replayed: AuditCountersJson,
    /// How many journal entries it has.
    #[schema(examples(14))]
    journal_entries: u64,
    /// How many holds it has, in any state.
    #[schema(examples(12))]
    holds: u64,
    /// How many orders it has, in any state.
    #[schema(examples(2))]
    orders: u64,
}

/// A product's three counters.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Counters)]
pub(in crate::http) struct AuditCountersJson {
    #[schema(examples(100))]
    total_stock: u32,
    #[schema(examples(10))]
    held_stock: u32,
    #[schema(examples(2))]
    sold_stock: u32,
}

/// One broken rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Violation)]
pub(in crate::http) struct ViolationJson<'a> {
    /// Whose stock, where one product is concerned.
    #[schema(required)]
    product_id: Option<u64>,
    /// Which of the ten rules, 1 … 10.
    #[schema(minimum = 1, maximum = 10)]
    rule: u8,
    /// What should be.
    expected: &'a str,
    /// What is.
    found: &'a str,
    /// Where, in words.
    detail: &'a str,
}

impl<'a> AuditJson<'a> {
    /// The report as `GET /api/audit` shows it.
    pub(in crate::http) fn of(report: &'a AuditReport) -> Self {
        Self {
            ok: report.is_ok(),
            products: report.products.iter().map(Into::into).collect(),
            violations: report.violations.iter().map(Into::into).collect(),
        }
    }
}

impl From<&ProductAudit> for AuditProductJson {
    fn from(product: &ProductAudit) -> Self {
        Self {
            product_id: product.product_id.get(),
            recorded: product.recorded.into(),
            recounted: product.recounted.into(),
            replayed: product.replayed.into(),
            journal_entries: product.journal_entries,
            holds: product.holds,
            orders: product.orders,
        }
    }
}

impl From<Counters> for AuditCountersJson {
    fn from(counters: Counters) -> Self {
        Self { total_stock: counters.total, held_stock: counters.held, sold_stock: counters.sold }
    }
}

impl<'a> From<&'a Violation> for ViolationJson<'a> {
    fn from(violation: &'a Violation) -> Self {
        Self {
            product_id: violation.product_id.map(|id| id.get()),
            rule: violation.rule,
            expected: &violation.expected,
            found: &violation.found,
            detail: &violation.detail,
        }
    }
}
