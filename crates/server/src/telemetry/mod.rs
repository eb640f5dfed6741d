//! Telemetry: what operators see. Logs for what happened, metrics for how much of it.
//!
//! Neither ever contains a secret, a signature or the body of a request.

mod budget;
mod handles;
mod logging;
pub mod metrics;
mod observer;
mod route;

use std::sync::Arc;

use doorbuster_engine::Handle;
use prometheus::{IntCounter, IntGauge, TextEncoder};

use budget::{Event, LogBudget};
use handles::Handles;

pub use budget::{BudgetTimer, LINES_PER_SECOND};
pub use logging::{LogGuard, init as init_logging};
pub use observer::EngineObserver;
pub use route::RouteTelemetry;

/// How many products `/metrics` shows: each is three time series, and a scrape must stay small.
const PRODUCTS_SHOWN: usize = 1_000;

/// Counts, and decides what is worth a log line. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct Telemetry(Arc<Inner>);

struct Inner {
    handles: Handles,
    budget: LogBudget,
}

/// Counts the answers with one problem code. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct RefusalTelemetry(IntCounter);

impl RefusalTelemetry {
    /// A problem with this code was answered.
    pub fn counted(&self) {
        self.0.inc();
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::new()
    }
}

impl Telemetry {
    /// One that has counted nothing yet. Nothing about it is global.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Inner { handles: Handles::new(), budget: LogBudget::new() }))
    }

    /// The telemetry of one route; `route` is its pattern (`/api/holds/{hold_id}`), never a path.
    #[must_use]
    pub fn route(&self, method: &'static str, route: &'static str) -> RouteTelemetry {
        RouteTelemetry::new(&self.0.handles, method, route)
    }

    /// The telemetry of one problem code.
    #[must_use]
    pub fn refusal(&self, code: &'static str) -> RefusalTelemetry {
        RefusalTelemetry(self.0.handles.refusals.with_label_values(&[code]))
    }

    /// Whether a refused request may still have its log line in this second.
    #[must_use]
    pub fn bad_request_line(&self) -> bool {
        self.0.budget.allows(Event::RequestRefused)
    }

    /// The mailbox was full, and the request with this id was told so.
    pub fn overloaded(&self, request_id: &str) {
        self.0.handles.overloaded.inc();
        if self.0.budget.allows(Event::Overloaded) {
            tracing::warn!(request_id, "{}", Event::Overloaded.text());
        }
    }

    /// A connection was accepted.
    pub fn connection_opened(&self) {
        self.0.handles.http_connections.inc();
    }

    /// A connection ended.
    pub fn connection_closed(&self) {
        self.0.handles.http_connections.dec();
    }

    /// Counts the open event streams of this kind.
    #[must_use]
    pub fn event_streams(&self, kind: &'static str) -> IntGauge {
        self.0.handles.event_streams.with_label_values(&[kind])
    }

    /// All metrics in Prometheus' text format 0.0.4. What is known without counting (stock,
    /// mailbox, readiness) is asked of the engine's handle now.
    #[must_use]
    pub fn render_metrics(&self, engine: &Handle) -> String {
        let handles = &self.0.handles;
        handles.ready.set(engine.is_ready().into());
        handles.mailbox_depth.set(i64::try_from(engine.mailbox_depth()).unwrap_or(i64::MAX));
        for published in engine.products(None, PRODUCTS_SHOWN) {
            let product = &published.product;
            let id = product.id.to_string();
            for (state, units) in
                [("available", product.available()), ("held", product.held), ("sold", product.sold)]
            {
                handles.product_units.with_label_values(&[id.as_str(), state]).set(units.into());
            }
        }
        let mut text = String::new();
        if let Err(error) = TextEncoder::new().encode_utf8(&handles.registry.gather(), &mut text) {
            tracing::error!(%error, "the metrics could not be rendered");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use doorbuster_domain::Timestamp;
    use doorbuster_engine::{Clock, Engine, MemoryStore, Options, Unobserved};

    use super::*;

    #[test]
    fn a_scrape_shows_every_metric_of_the_list_and_no_other() {
        let telemetry = Telemetry::new();
        let clock = Clock::manual(Timestamp::from_millis(0));
        let (_engine, handle) =
            Engine::new(MemoryStore::default(), Unobserved, clock, Options::default());
        for metric in metrics::ALL.iter().filter(|metric| !metric.labels.is_empty()) {
            touch(&telemetry.0.handles, metric);
        }
        let text = telemetry.render_metrics(&handle);
        let shown: BTreeSet<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .map(str::to_owned)
            .collect();
        let listed: BTreeSet<_> = metrics::ALL
            .iter()
            .map(|metric| {
                format!("{} {}", metric.name, format!("{:?}", metric.kind).to_lowercase())
            })
            .collect();
        assert_eq!(shown, listed);
    }

    /// Makes one series of a metric with labels, so that it shows.
    fn touch(handles: &Handles, metric: &metrics::Metric) {
        let values = vec!["x"; metric.labels.len()];
        match metric.name {
            "doorbuster_refusals_total" => handles.refusals.with_label_values(&values).inc(),
            "doorbuster_product_units" => handles.product_units.with_label_values(&values).inc(),
            "doorbuster_http_requests_total" => {
                handles.http_requests.with_label_values(&values).inc();
            }
            "doorbuster_http_request_duration_seconds" => {
                handles.http_duration.with_label_values(&values).observe(0.1);
            }
            _ => {} // those have series from the start
        }
    }

    #[test]
    fn the_list_keeps_prometheus_conventions() {
        for metric in metrics::ALL {
            assert!(metric.name.starts_with("doorbuster_"), "{}", metric.name);
            let total = metric.name.ends_with("_total");
            assert_eq!(total, metric.kind == metrics::Kind::Counter, "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
        }
    }
}
