//! The telemetry of one route: how often it answered what, and how fast.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec};

use super::handles::Handles;

/// The statuses that have a handle of their own, the frequent ones first. Any other is looked up.
const STATUSES: [u16; 17] =
    [201, 200, 409, 202, 422, 503, 404, 400, 401, 403, 405, 408, 413, 415, 429, 500, 204];

/// Counts the answers of one route. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct RouteTelemetry(Arc<Inner>);

struct Inner {
    method: &'static str,
    route: &'static str,
    durations: HistogramVec,
    requests: IntCounterVec,
    /// Made with the first answer, as those below: `/metrics` does not list what never was.
    duration: OnceLock<Histogram>,
    by_status: [OnceLock<IntCounter>; STATUSES.len()],
}

impl RouteTelemetry {
    pub(super) fn new(handles: &Handles, method: &'static str, route: &'static str) -> Self {
        Self(Arc::new(Inner {
            method,
            route,
            durations: handles.http_duration.clone(),
            requests: handles.http_requests.clone(),
            duration: OnceLock::new(),
            by_status: [const { OnceLock::new() }; STATUSES.len()],
        }))
    }

    /// A request was answered with `status`, `elapsed` after its head had been read.
    pub fn answered(&self, status: u16, elapsed: Duration) {
        let inner = &*self.0;
        inner.duration().observe(elapsed.as_secs_f64());
        match STATUSES.iter().position(|known| *known == status) {
            Some(place) => inner.by_status[place].get_or_init(|| inner.counter(status)).inc(),
            None => inner.counter(status).inc(),
        }
    }
}

impl Inner {
    fn duration(&self) -> &Histogram {
        self.duration.get_or_init(|| self.durations.with_label_values(&[self.method, self.route]))
    }

    fn counter(&self, status: u16) -> IntCounter {
        self.requests.with_label_values(&[self.method, self.route, status.to_string().as_str()])
    }
}

#[cfg(test)]
mod tests {
    use prometheus::TextEncoder;

    use super::*;

    #[test]
    fn answers_count_by_status_known_or_not() {
        let handles = Handles::new();
        let route = RouteTelemetry::new(&handles, "POST", "/api/holds");
        for status in [201, 201, 409, 418] {
            route.answered(status, Duration::from_micros(700));
        }
        let text = TextEncoder::new().encode_to_string(&handles.registry.gather()).unwrap();
        let labels = r#"method="POST",route="/api/holds""#;
        for line in [
            format!("doorbuster_http_requests_total{{{labels},status=\"201\"}} 2"),
            format!("doorbuster_http_requests_total{{{labels},status=\"409\"}} 1"),
            format!("doorbuster_http_requests_total{{{labels},status=\"418\"}} 1"),
            format!("doorbuster_http_request_duration_seconds_bucket{{{labels},le=\"0.001\"}} 4"),
        ] {
            assert!(text.lines().any(|have| have == line), "{line}\n{text}");
        }
        assert!(!text.contains("status=\"500\""), "{text}");
    }
}
