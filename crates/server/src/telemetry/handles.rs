//! The handles that count. One is looked up once and then costs an atomic addition; histograms keep
//! counts, not samples, so memory does not grow between two scrapes, or when nobody scrapes.

use prometheus::core::{Collector, MetricVec, MetricVecBuilder};
use prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry,
};

use super::metrics::{self, Metric};

/// Upper bounds for batches, in commands.
const BATCH_BUCKETS: &[f64] =
    &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0];

/// Upper bounds for commits, in seconds: from a fast drive's flush to a drive in trouble.
const COMMIT_BUCKETS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
];

/// Upper bounds for requests, in seconds.
const HTTP_BUCKETS: &[f64] =
    &[0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

const PAYMENT_RESULTS: &[&str] =
    &["applied", "duplicate", "ignored", "stored", "amount_mismatch", "event_id_reused"];
const EARLY_RESULTS: &[&str] = &["applied", "ignored", "amount_mismatch"];
const LATE_RESULTS: &[&str] = &["retaken", "refund_due"];
const STREAM_KINDS: &[&str] = &["product", "journal"];
const FORGOTTEN_ROWS: &[&str] = &["request", "event"];

/// One handle for each metric in [`metrics::ALL`], under the same name.
pub(super) struct Handles {
    pub(super) registry: Registry,
    pub(super) holds_placed: IntCounter,
    pub(super) holds_released: IntCounter,
    pub(super) holds_expired: IntCounter,
    pub(super) holds_extended: IntCounter,
    pub(super) orders_created: IntCounter,
    pub(super) orders_paid: IntCounter,
    pub(super) orders_cancelled: IntCounter,
    pub(super) orders_expired: IntCounter,
    pub(super) orders_refunded: IntCounter,
    pub(super) payments: IntCounterVec,
    pub(super) early_payments: IntCounterVec,
    pub(super) late_payments: IntCounterVec,
    pub(super) replays: IntCounter,
    pub(super) refusals: IntCounterVec,
    pub(super) overloaded: IntCounter,
    pub(super) retries: IntCounter,
    pub(super) commands_failed: IntCounter,
    pub(super) forgotten: IntCounterVec,
    pub(super) batch_commands: Histogram,
    pub(super) commit_duration: Histogram,
    pub(super) mailbox_depth: IntGauge,
    pub(super) ready: IntGauge,
    pub(super) product_units: IntGaugeVec,
    pub(super) http_requests: IntCounterVec,
    pub(super) http_duration: HistogramVec,
    pub(super) http_connections: IntGauge,
    pub(super) event_streams: IntGaugeVec,
    pub(super) log_lines_left_out: IntCounter,
}

impl Handles {
    pub(super) fn new() -> Self {
        let new = Registration(Registry::new());
        new.gauges(&metrics::BUILD_INFO).with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Self {
            holds_placed: new.counter(&metrics::HOLDS_PLACED),
            holds_released: new.counter(&metrics::HOLDS_RELEASED),
            holds_expired: new.counter(&metrics::HOLDS_EXPIRED),
            holds_extended: new.counter(&metrics::HOLDS_EXTENDED),
            orders_created: new.counter(&metrics::ORDERS_CREATED),
            orders_paid: new.counter(&metrics::ORDERS_PAID),
            orders_cancelled: new.counter(&metrics::ORDERS_CANCELLED),
            orders_expired: new.counter(&metrics::ORDERS_EXPIRED),
            orders_refunded: new.counter(&metrics::ORDERS_REFUNDED),
            payments: from_zero(new.counters(&metrics::PAYMENTS), PAYMENT_RESULTS),
            early_payments: from_zero(new.counters(&metrics::EARLY_PAYMENTS), EARLY_RESULTS),
            late_payments: from_zero(new.counters(&metrics::LATE_PAYMENTS), LATE_RESULTS),
            replays: new.counter(&metrics::REPLAYS),
            refusals: new.counters(&metrics::REFUSALS),
            overloaded: new.counter(&metrics::OVERLOADED),
            retries: new.counter(&metrics::RETRIES),
            commands_failed: new.counter(&metrics::COMMANDS_FAILED),
            forgotten: from_zero(new.counters(&metrics::FORGOTTEN), FORGOTTEN_ROWS),
            batch_commands: new.histogram(&metrics::BATCH_COMMANDS, BATCH_BUCKETS),
            commit_duration: new.histogram(&metrics::COMMIT_DURATION, COMMIT_BUCKETS),
            mailbox_depth: new.gauge(&metrics::MAILBOX_DEPTH),
            ready: new.gauge(&metrics::READY),
            product_units: new.gauges(&metrics::PRODUCT_UNITS),
            http_requests: new.counters(&metrics::HTTP_REQUESTS),
            http_duration: new.histograms(&metrics::HTTP_DURATION, HTTP_BUCKETS),
            http_connections: new.gauge(&metrics::HTTP_CONNECTIONS),
            event_streams: from_zero(new.gauges(&metrics::EVENT_STREAMS), STREAM_KINDS),
            log_lines_left_out: new.counter(&metrics::LOG_LINES_LEFT_OUT),
            registry: new.0,
        }
    }
}

/// The metric with a series for each of these values from the start: an alert on a rise cannot see
/// one that appears with its first count.
fn from_zero<T: MetricVecBuilder>(metric: MetricVec<T>, values: &[&str]) -> MetricVec<T> {
    for value in values {
        metric.with_label_values(&[*value]);
    }
    metric
}

/// Makes handles and enters them in the registry.
struct Registration(Registry);

#[expect(
    clippy::expect_used,
    reason = "only a malformed or repeated name fails, and every test that makes a Telemetry would"
)]
impl Registration {
    fn enter<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        let made = made.expect("the metric is well-formed");
        self.0.register(Box::new(made.clone())).expect("the metric is listed once");
        made
    }

    fn counter(&self, metric: &Metric) -> IntCounter {
        self.enter(IntCounter::new(metric.name, metric.help))
    }

    fn counters(&self, metric: &Metric) -> IntCounterVec {
        self.enter(IntCounterVec::new(Opts::new(metric.name, metric.help), metric.labels))
    }

    fn gauge(&self, metric: &Metric) -> IntGauge {
        self.enter(IntGauge::new(metric.name, metric.help))
    }

    fn gauges(&self, metric: &Metric) -> IntGaugeVec {
        self.enter(IntGaugeVec::new(Opts::new(metric.name, metric.help), metric.labels))
    }

    fn histogram(&self, metric: &Metric, buckets: &[f64]) -> Histogram {
        let options = HistogramOpts::new(metric.name, metric.help).buckets(buckets.to_vec());
        self.enter(Histogram::with_opts(options))
    }

    fn histograms(&self, metric: &Metric, buckets: &[f64]) -> HistogramVec {
        let options = HistogramOpts::new(metric.name, metric.help).buckets(buckets.to_vec());
        self.enter(HistogramVec::new(options, metric.labels))
    }
}
