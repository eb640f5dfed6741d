//! Every metric there is, in one list.

/// What kind of metric it is, in Prometheus' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "Prometheus' own words")]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// One metric as operators see it.
#[derive(Debug)]
pub struct Metric {
    /// Its name, by Prometheus' conventions: unit last, `_total` on counters.
    pub name: &'static str,
    /// What kind it is.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it tells.
    pub help: &'static str,
}

macro_rules! metrics {
    ($($constant:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(pub(super) const $constant: Metric = Metric {
            name: $name,
            kind: Kind::$kind,
            labels: &[$($label),*],
            help: $help,
        };)*

        /// Every metric there is. `docs/METRICS.md` has the same list.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

metrics! {
    HOLDS_PLACED: Counter "doorbuster_holds_placed_total" [] "Holds placed.";
    HOLDS_RELEASED: Counter "doorbuster_holds_released_total" []
        "Holds given back by their buyers.";
    HOLDS_EXPIRED: Counter "doorbuster_holds_expired_total" [] "Holds whose time ran out.";
    HOLDS_EXTENDED: Counter "doorbuster_holds_extended_total" [] "Extensions of holds.";
    ORDERS_CREATED: Counter "doorbuster_orders_created_total" [] "Orders created.";
    ORDERS_PAID: Counter "doorbuster_orders_paid_total" [] "Pending orders that were paid.";
    ORDERS_CANCELLED: Counter "doorbuster_orders_cancelled_total" []
        "Orders cancelled by the buyer, by the shop or by a failed payment.";
    ORDERS_EXPIRED: Counter "doorbuster_orders_expired_total" []
        "Orders that nobody paid in time.";
    ORDERS_REFUNDED: Counter "doorbuster_orders_refunded_total" [] "Orders refunded.";
    PAYMENTS: Counter "doorbuster_payments_total" ["result"]
        "Payment events delivered: applied, duplicate, ignored, stored, amount_mismatch, \
         event_id_reused.";
    EARLY_PAYMENTS: Counter "doorbuster_early_payments_total" ["result"]
        "Stored payment events whose order was created: applied, ignored or amount_mismatch.";
    LATE_PAYMENTS: Counter "doorbuster_late_payments_total" ["result"]
        "Payments of cancelled or expired orders: retaken (the units were there) or refund_due.";
    REPLAYS: Counter "doorbuster_requests_replayed_total" []
        "Requests that an earlier request had already carried out.";
    REFUSALS: Counter "doorbuster_refusals_total" ["code"] "Problem answers by their code.";
    OVERLOADED: Counter "doorbuster_overloaded_total" []
        "Commands refused because the mailbox was full.";
    RETRIES: Counter "doorbuster_transaction_retries_total" []
        "Batches that met a conflict and were tried again.";
    COMMANDS_FAILED: Counter "doorbuster_commands_failed_total" []
        "Commands of batches that failed for good.";
    FORGOTTEN: Counter "doorbuster_forgotten_total" ["what"]
        "Rows removed after their retention time: request (an idempotency key) or event.";
    BATCH_COMMANDS: Histogram "doorbuster_batch_commands" [] "Commands committed together.";
    COMMIT_DURATION: Histogram "doorbuster_commit_duration_seconds" []
        "How long the commit of a batch took.";
    MAILBOX_DEPTH: Gauge "doorbuster_mailbox_depth" [] "Commands waiting for the engine.";
    READY: Gauge "doorbuster_ready" [] "1 while commands can be committed, otherwise 0.";
    PRODUCT_UNITS: Gauge "doorbuster_product_units" ["product_id", "state"]
        "Units of a product that are available, held or sold, for the first 1,000 products by id.";
    HTTP_REQUESTS: Counter "doorbuster_http_requests_total" ["method", "route", "status"]
        "Requests answered.";
    HTTP_DURATION: Histogram "doorbuster_http_request_duration_seconds" ["method", "route"]
        "From a request's head read to its answer ready to be written.";
    HTTP_CONNECTIONS: Gauge "doorbuster_http_connections" [] "Open connections.";
    EVENT_STREAMS: Gauge "doorbuster_event_streams" ["kind"]
        "Open event streams: of a product or of the journal.";
    LOG_LINES_LEFT_OUT: Counter "doorbuster_log_lines_left_out_total" []
        "Log lines left out because their kind had used up its budget for the second.";
    BUILD_INFO: Gauge "doorbuster_build_info" ["version"] "Always 1; the version is in the label.";
}
