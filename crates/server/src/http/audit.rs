//! The audit over HTTP.

use doorbuster_domain::AuditReport;

use super::answer::{self, Answer};
use super::call::Call;
use super::openapi::examples;
use super::resources::AuditJson;

/// Audit
///
/// Recounts every rule from the rows and the journal as of one instant, beside the sale. It is 200
/// whatever it finds; `ok` says whether all is well.
#[utoipa::path(
    get, path = "/api/audit", tag = "admin", operation_id = "audit",
    security(("admin_key" = [])),
    responses((
        status = 200, description = "What the recount found", body = AuditJson<'_>,
        example = json!(examples::audit())
    ))
)]
pub(super) async fn report(call: Call<'_>) -> Answer {
    let report = call.app.reader.audit().await?;
    answer::ok(&AuditJson::of(&report))
}

/// An audit's report as `GET /api/audit` shows it.
///
/// # Errors
/// None in practice: a report is numbers and text.
pub fn audit_json(report: &AuditReport) -> serde_json::Result<String> {
    serde_json::to_string(&AuditJson::of(report))
}
