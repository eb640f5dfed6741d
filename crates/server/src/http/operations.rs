//! What operators and their probes ask.

use hyper::header::HeaderValue;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{self, Answer};
use super::call::Call;
use super::problem::Problem;

/// Prometheus' text format, version 0.0.4.
const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// How the server is.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    #[schema(examples("ok"))]
    status: &'static str,
}

/// Whether the process lives
#[utoipa::path(
    get, path = "/healthz", tag = "operations", operation_id = "getHealth",
    responses((
        status = 200, description = "It does", body = Health, example = json!({"status": "ok"})
    ))
)]
pub(super) async fn alive(_call: Call<'_>) -> Answer {
    answer::ok(&Health { status: "ok" })
}

/// Whether the server can commit
///
/// 503 while the store cannot be reached and from the moment the server is told to stop.
#[utoipa::path(
    get, path = "/readyz", tag = "operations", operation_id = "getReadiness",
    responses((
        status = 200, description = "It can", body = Health, example = json!({"status": "ready"})
    ))
)]
pub(super) async fn ready(call: Call<'_>) -> Answer {
    if call.app.is_ready() {
        answer::ok(&Health { status: "ready" })
    } else {
        Err(Problem::NotReady)
    }
}

/// Metrics
///
/// In Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "operations", operation_id = "getMetrics",
    responses((
        status = 200, description = "All metrics", body = String, content_type = "text/plain"
    ))
)]
pub(super) async fn metrics(call: Call<'_>) -> Answer {
    Ok(answer::content(METRICS, call.app.telemetry.render_metrics(&call.app.engine)))
}
