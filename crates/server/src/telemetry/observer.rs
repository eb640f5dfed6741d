//! Watching the engine: every batch counted, every event logged within its budget.
//!
//! It runs on the engine's own thread between the commit and the answers, so it only adds to
//! counters and hands lines to the log's writer. Logging here rather than where the request is
//! answered loses no event when a client has gone.
//!
//! What expires by the clock is told by the journal, because nobody asked for it; everything else
//! by the answer, which knows whose request it was.

use std::error::Error;

use doorbuster_domain::{
    AppliedEvent, Command, Effect, EntryKind, EventResult, Hold, JournalEntry, Order, OrderState,
    Outcome, PaymentAnswer, PaymentKind, PaymentReport, PaymentResult, Product, Refusal,
};
use doorbuster_engine::{BatchReport, Observer, Trace};

use super::budget::Event;
use super::handles::Handles;
use super::{Inner, Telemetry};

/// What becomes of the engine's reports.
pub struct EngineObserver(Telemetry);

impl EngineObserver {
    /// One that counts in `telemetry`.
    #[must_use]
    pub const fn new(telemetry: Telemetry) -> Self {
        Self(telemetry)
    }

    fn inner(&self) -> &Inner {
        &self.0.0
    }
}

/// One line, if its kind's budget allows: the event, its fields, whose request it was.
macro_rules! line {
    ($inner:expr, $event:ident, $trace:expr, $($field:tt)+) => {
        if $inner.budget.allows(Event::$event) {
            let request_id = $trace.request_id();
            tracing::info!($($field)+, request_id, "{}", Event::$event.text());
        }
    };
}

impl Observer for EngineObserver {
    fn committed(&mut self, batch: &BatchReport<'_>) {
        let inner = self.inner();
        inner
            .handles
            .batch_commands
            .observe(f64::from(u32::try_from(batch.commands).unwrap_or(u32::MAX)));
        inner.handles.commit_duration.observe(batch.commit_time.as_secs_f64());
        let nobody = Trace::none();
        for entry in batch.journal {
            journal_entry(inner, &nobody, entry);
        }
    }

    fn answered(&mut self, trace: &Trace, command: &Command, outcome: &Outcome) {
        let inner = self.inner();
        match outcome {
            Ok(Effect::Hold { replayed: true, .. } | Effect::Order { replayed: true, .. }) => {
                inner.handles.replays.inc();
            }
            Ok(Effect::Hold { hold, replayed: false }) => hold_answer(inner, trace, command, hold),
            Ok(Effect::Order { order, replayed: false, early_events }) => {
                order_answer(inner, trace, command, order);
                for event in early_events {
                    early_event(inner, trace, order, event);
                }
            }
            Ok(Effect::Payment(answer)) => {
                if let Command::RecordPayment(report) = command {
                    payment_answer(inner, trace, report, answer);
                }
            }
            Ok(Effect::Product(product)) => product_answer(trace, command, product),
            Ok(Effect::Expired { .. }) => {} // the journal told
            Err(refusal) => refused(inner, trace, command, refusal),
        }
    }

    fn retried(&mut self, attempt: u32, error: &(dyn Error + 'static)) {
        let inner = self.inner();
        inner.handles.retries.inc();
        if inner.budget.allows(Event::TransactionRetried) {
            tracing::warn!(attempt, error, "{}", Event::TransactionRetried.text());
        }
    }

    fn failed(&mut self, commands: usize, error: &(dyn Error + 'static)) {
        self.inner().handles.commands_failed.inc_by(commands as u64);
        tracing::error!(commands, error, "batch failed");
    }

    fn cleaned(&mut self, requests: usize, events: usize) {
        let forgotten = &self.inner().handles.forgotten;
        forgotten.with_label_values(&["request"]).inc_by(requests as u64);
        forgotten.with_label_values(&["event"]).inc_by(events as u64);
        tracing::debug!(requests, events, "rows past their retention removed");
    }
}

/// Counts what moved stock, and logs what nobody asked for.
fn journal_entry(inner: &Inner, nobody: &Trace, entry: &JournalEntry) {
    let Handles {
        holds_placed,
        holds_released,
        holds_expired,
        orders_paid,
        orders_cancelled,
        orders_expired,
        ..
    } = &inner.handles;
    let (product_id, qty) = (entry.product_id.get(), entry.qty);
    match entry.kind {
        EntryKind::HoldPlaced => holds_placed.inc(),
        EntryKind::HoldReleased => holds_released.inc(),
        EntryKind::HoldExpired => {
            holds_expired.inc();
            let hold_id = entry.hold_id.map(tracing::field::display);
            line!(inner, HoldExpired, nobody, hold_id, product_id, qty);
        }
        EntryKind::OrderPaid => orders_paid.inc(),
        EntryKind::OrderCancelled => orders_cancelled.inc(),
        EntryKind::OrderExpired => {
            orders_expired.inc();
            let order_id = entry.order_id.map(tracing::field::display);
            line!(inner, OrderExpired, nobody, order_id, product_id, qty);
        }
        // The answers tell of these.
        EntryKind::ProductCreated
        | EntryKind::StockChanged
        | EntryKind::OrderRetaken
        | EntryKind::OrderRestocked
        | EntryKind::OrderRefunded => {}
    }
}

fn hold_answer(inner: &Inner, trace: &Trace, command: &Command, hold: &Hold) {
    let (hold_id, product_id, qty) = (hold.id, hold.product_id.get(), hold.qty.get());
    match command {
        Command::PlaceHold(_) => {
            line!(inner, HoldPlaced, trace, %hold_id, product_id, qty);
        }
        Command::ReleaseHold(_) => {
            line!(inner, HoldReleased, trace, %hold_id, product_id, qty);
        }
        Command::ExtendHold(_) => {
            inner.handles.holds_extended.inc();
            line!(inner, HoldExtended, trace, %hold_id, product_id, qty);
        }
        Command::CreateOrder(_)
        | Command::CancelOrder(_)
        | Command::RecordPayment(_)
        | Command::RefundOrder(_)
        | Command::CreateProduct(_)
        | Command::ChangeProduct(_)
        | Command::ExpireDue { .. } => {} // these are not answered with a hold
    }
}

fn order_answer(inner: &Inner, trace: &Trace, command: &Command, order: &Order) {
    let (order_id, hold_id) = (order.id, order.hold_id);
    let (product_id, qty) = (order.product_id.get(), order.qty.get());
    match command {
        Command::CreateOrder(_) => {
            inner.handles.orders_created.inc();
            line!(inner, OrderCreated, trace, %order_id, %hold_id, product_id, qty);
        }
        Command::CancelOrder(_) => {
            line!(inner, OrderCancelled, trace, %order_id, product_id, qty);
        }
        Command::RefundOrder(refund) => {
            let restock = refund.restock;
            inner.handles.orders_refunded.inc();
            line!(inner, OrderRefunded, trace, %order_id, product_id, qty, restock);
        }
        Command::PlaceHold(_)
        | Command::ReleaseHold(_)
        | Command::ExtendHold(_)
        | Command::RecordPayment(_)
        | Command::CreateProduct(_)
        | Command::ChangeProduct(_)
        | Command::ExpireDue { .. } => {} // these are not answered with an order
    }
}

fn product_answer(trace: &Trace, command: &Command, product: &Product) {
    let what = if matches!(command, Command::CreateProduct(_)) { "created" } else { "changed" };
    let (product_id, total_stock) = (product.id.get(), product.total.get());
    tracing::info!(request_id = trace.request_id(), product_id, total_stock, "product {what}");
}

/// A delivery of a payment event was answered.
fn payment_answer(inner: &Inner, trace: &Trace, report: &PaymentReport, answer: &PaymentAnswer) {
    let (order_id, event_id) = (answer.order_id, &report.key.event_id);
    let status = payment_status(answer.kind);
    let count = |result| inner.handles.payments.with_label_values(&[result]).inc();
    match answer.result {
        PaymentResult::Applied => {
            count("applied");
            line!(inner, PaymentApplied, trace, %order_id, %event_id, status);
            if let Some(state) = answer.order_state {
                applied(
                    inner,
                    trace,
                    report.key.event_id.as_str(),
                    &Applied { order_id, kind: answer.kind, late: answer.late, state },
                );
            }
        }
        PaymentResult::Duplicate => {
            count("duplicate");
            line!(inner, DuplicateIgnored, trace, %order_id, %event_id, status);
        }
        PaymentResult::Ignored => {
            count("ignored");
            line!(inner, FinalIgnored, trace, %order_id, %event_id, status);
        }
        PaymentResult::Stored => {
            count("stored");
            line!(inner, EarlyStored, trace, %order_id, %event_id, status);
        }
    }
}

/// An event that had waited for its order met it.
fn early_event(inner: &Inner, trace: &Trace, order: &Order, event: &AppliedEvent) {
    let (order_id, event_id, status) = (order.id, &event.key.event_id, payment_status(event.kind));
    let count = |result| inner.handles.early_payments.with_label_values(&[result]).inc();
    match event.result {
        EventResult::Applied => {
            count("applied");
            line!(inner, PaymentApplied, trace, %order_id, %event_id, status, early = true);
            let (kind, late, state) = (event.kind, event.late, event.order_state);
            applied(inner, trace, event_id.as_str(), &Applied { order_id, kind, late, state });
        }
        EventResult::Ignored => {
            count("ignored");
            line!(inner, FinalIgnored, trace, %order_id, %event_id, status, early = true);
        }
        EventResult::AmountMismatch => {
            count("amount_mismatch");
            line!(inner, AmountMismatch, trace, %order_id, %event_id, status, early = true);
        }
        EventResult::Stored => {} // it no longer waits
    }
}

/// A payment event that changed its order.
struct Applied {
    order_id: doorbuster_domain::OrderId,
    kind: PaymentKind,
    late: bool,
    /// The order's state after it.
    state: OrderState,
}

/// What an applied event comes to besides: a late payment, a refund.
fn applied(inner: &Inner, trace: &Trace, event_id: &str, event: &Applied) {
    let order_id = event.order_id;
    let late = |result| inner.handles.late_payments.with_label_values(&[result]).inc();
    let refunded = matches!(event.state, OrderState::Refunded { .. });
    if refunded {
        inner.handles.orders_refunded.inc();
        line!(inner, OrderRefunded, trace, %order_id, event_id);
    }
    if !event.late || event.kind != PaymentKind::Paid {
        return;
    }
    // A refund reported before the payment leaves the order refunded at once; whether it had
    // retaken its units in between is still to be seen.
    let retaken =
        matches!(event.state, OrderState::Paid | OrderState::Refunded { had_units: true, .. });
    if retaken {
        late("retaken");
        line!(inner, LateRetaken, trace, %order_id, event_id);
    } else {
        late("refund_due");
        line!(inner, RefundDue, trace, %order_id, event_id);
    }
}

/// A refusal is the caller's to see; only refused payment events are the operator's business too.
fn refused(inner: &Inner, trace: &Trace, command: &Command, refusal: &Refusal) {
    let Command::RecordPayment(report) = command else { return };
    let count = |result| inner.handles.payments.with_label_values(&[result]).inc();
    if matches!(refusal, Refusal::AmountMismatch { .. }) {
        count("amount_mismatch");
        let (order_id, event_id) = (report.order_id, &report.key.event_id);
        let status = payment_status(report.kind);
        line!(inner, AmountMismatch, trace, %order_id, %event_id, status);
    } else if matches!(refusal, Refusal::EventIdReused) {
        count("event_id_reused");
    }
}

const fn payment_status(kind: PaymentKind) -> &'static str {
    match kind {
        PaymentKind::Paid => "paid",
        PaymentKind::Failed => "failed",
        PaymentKind::Refunded => "refunded",
        PaymentKind::Noted => "noted",
    }
}

#[cfg(test)]
mod tests;
