use std::sync::Arc;
use std::time::Duration;

use doorbuster_domain::{
    Counters, CreateOrder, Currency, EventId, EventKey, HoldId, HoldState, NewOrderId, OrderId,
    PlaceHold, Price, ProductId, Provider, Quantity, Timestamp,
};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_770_000_000);

/// Watches, and shows what was counted.
struct Watch {
    telemetry: Telemetry,
    observer: EngineObserver,
}

impl Watch {
    fn new() -> Self {
        let telemetry = Telemetry::new();
        Self { observer: EngineObserver::new(telemetry.clone()), telemetry }
    }

    fn answered(&mut self, command: &Command, outcome: &Outcome) {
        let trace = Trace::request("request-1".into());
        self.observer.answered(&trace, command, outcome);
    }

    /// The value of a series as `/metrics` shows it; 0 if it is not there.
    fn value(&self, series: &str) -> u64 {
        let families = self.telemetry.0.handles.registry.gather();
        let text = prometheus::TextEncoder::new().encode_to_string(&families).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{series} ")));
        line.map_or(0, |value| value.parse().unwrap())
    }

    fn payments(&self, result: &str) -> u64 {
        self.value(&format!("doorbuster_payments_total{{result=\"{result}\"}}"))
    }

    fn late(&self, result: &str) -> u64 {
        self.value(&format!("doorbuster_late_payments_total{{result=\"{result}\"}}"))
    }
}

fn hold_id() -> HoldId {
    HoldId::new(uuid::Uuid::from_u128(1))
}

fn order_id() -> OrderId {
    OrderId::new(uuid::Uuid::from_u128(2))
}

fn event_key() -> EventKey {
    EventKey { provider: Provider::Generic, event_id: EventId::new("event-1").unwrap() }
}

fn hold() -> Hold {
    Hold {
        id: hold_id(),
        product_id: ProductId::new(1).unwrap(),
        qty: Quantity::new(2).unwrap(),
        unit_price: Price::new(9_999).unwrap(),
        currency: Currency::USD,
        customer_id: None,
        state: HoldState::Active,
        extensions: 0,
        created_at: NOW,
        expires_at: NOW,
        ended_at: None,
    }
}

fn order(state: OrderState) -> Order {
    Order {
        id: order_id(),
        hold_id: hold_id(),
        product_id: ProductId::new(1).unwrap(),
        qty: Quantity::new(2).unwrap(),
        unit_price: Price::new(9_999).unwrap(),
        currency: Currency::USD,
        customer_id: None,
        state,
        refund_awaits_payment: false,
        created_at: NOW,
        pay_by: NOW,
        updated_at: NOW,
    }
}

fn place() -> Command {
    Command::PlaceHold(PlaceHold {
        hold_id: hold_id(),
        product_id: ProductId::new(1).unwrap(),
        qty: Quantity::new(2).unwrap(),
        customer_id: None,
        idempotency_key: None,
    })
}

fn create_order() -> Command {
    Command::CreateOrder(CreateOrder {
        hold_id: hold_id(),
        order_id: NewOrderId::Chosen(order_id()),
        idempotency_key: None,
    })
}

fn report(kind: PaymentKind) -> Command {
    Command::RecordPayment(PaymentReport {
        key: event_key(),
        order_id: order_id(),
        kind,
        amount: None,
        currency: None,
        payload: Arc::from("{}"),
    })
}

fn paid(result: PaymentResult, state: Option<OrderState>, late: bool) -> Outcome {
    let kind = PaymentKind::Paid;
    Ok(Effect::Payment(PaymentAnswer {
        result,
        order_id: order_id(),
        order_state: state,
        kind,
        late,
    }))
}

fn entry(kind: EntryKind) -> JournalEntry {
    JournalEntry {
        product_id: ProductId::new(1).unwrap(),
        seq: 1,
        at: NOW,
        kind,
        qty: 2,
        after: Counters::default(),
        hold_id: Some(hold_id()),
        order_id: None,
        event: None,
    }
}

#[test]
fn the_journal_counts_what_moved_stock() {
    let mut watch = Watch::new();
    let journal = EntryKind::ALL.map(entry);
    let commit_time = Duration::from_millis(2);
    watch.observer.committed(&BatchReport { commands: 300, commit_time, journal: &journal });
    for name in [
        "doorbuster_holds_placed_total",
        "doorbuster_holds_released_total",
        "doorbuster_holds_expired_total",
        "doorbuster_orders_paid_total",
        "doorbuster_orders_cancelled_total",
        "doorbuster_orders_expired_total",
        "doorbuster_batch_commands_count",
        "doorbuster_commit_duration_seconds_count",
    ] {
        assert_eq!(watch.value(name), 1, "{name}");
    }
    assert_eq!(watch.value("doorbuster_batch_commands_bucket{le=\"256\"}"), 0);
    assert_eq!(watch.value("doorbuster_batch_commands_bucket{le=\"512\"}"), 1);
}

#[test]
fn a_replay_counts_as_a_replay_and_nothing_else() {
    let mut watch = Watch::new();
    let (order, early_events) = (order(OrderState::Pending), Vec::new());
    watch.answered(&place(), &Ok(Effect::Hold { hold: hold(), replayed: true }));
    watch.answered(&create_order(), &Ok(Effect::Order { order, replayed: true, early_events }));
    assert_eq!(watch.value("doorbuster_requests_replayed_total"), 2);
    assert_eq!(watch.value("doorbuster_orders_created_total"), 0);
}

#[test]
fn payments_count_by_what_became_of_them() {
    let mut watch = Watch::new();
    let paid_for = Some(OrderState::Paid);
    let command = report(PaymentKind::Paid);
    watch.answered(&command, &paid(PaymentResult::Applied, paid_for, false));
    watch.answered(&command, &paid(PaymentResult::Duplicate, paid_for, false));
    watch.answered(&command, &paid(PaymentResult::Ignored, paid_for, false));
    watch.answered(&command, &paid(PaymentResult::Stored, None, false));
    watch.answered(&command, &Err(Refusal::EventIdReused));
    let (expected_amount, expected_currency) = (1, Currency::USD);
    let mismatch = Refusal::AmountMismatch { expected_amount, expected_currency };
    watch.answered(&command, &Err(mismatch));
    for result in
        ["applied", "duplicate", "ignored", "stored", "amount_mismatch", "event_id_reused"]
    {
        assert_eq!(watch.payments(result), 1, "{result}");
    }
    assert_eq!(watch.late("retaken") + watch.late("refund_due"), 0);
}

#[test]
fn late_payments_count_by_whether_their_units_were_there() {
    let had = |had_units| OrderState::Refunded { restocked: false, had_units };
    for (state, retaken, refund_due, refunded) in [
        (OrderState::Paid, 1, 0, 0),
        (OrderState::RefundDue, 0, 1, 0),
        (had(true), 1, 0, 1), // its refund had been reported before its payment
        (had(false), 0, 1, 1),
    ] {
        let mut watch = Watch::new();
        let command = report(PaymentKind::Paid);
        watch.answered(&command, &paid(PaymentResult::Applied, Some(state), true));
        let counted = (watch.late("retaken"), watch.late("refund_due"));
        assert_eq!(counted, (retaken, refund_due), "{state:?}");
        assert_eq!(watch.value("doorbuster_orders_refunded_total"), refunded, "{state:?}");
    }
}

#[test]
fn an_order_counts_the_events_that_waited_for_it() {
    let mut watch = Watch::new();
    let early = |result, order_state| AppliedEvent {
        key: event_key(),
        kind: PaymentKind::Paid,
        result,
        late: false,
        order_state,
    };
    let early_events = vec![
        early(EventResult::AmountMismatch, OrderState::Pending),
        early(EventResult::Applied, OrderState::Paid),
        early(EventResult::Ignored, OrderState::Paid),
    ];
    let order = order(OrderState::Paid);
    watch.answered(&create_order(), &Ok(Effect::Order { order, replayed: false, early_events }));
    assert_eq!(watch.value("doorbuster_orders_created_total"), 1);
    for result in ["applied", "ignored", "amount_mismatch"] {
        let series = format!("doorbuster_early_payments_total{{result=\"{result}\"}}");
        assert_eq!(watch.value(&series), 1, "{result}");
    }
}

#[test]
fn trouble_is_counted() {
    let mut watch = Watch::new();
    let error = std::io::Error::other("deadlock");
    watch.observer.retried(1, &error);
    watch.observer.failed(7, &error);
    watch.observer.cleaned(3, 4);
    assert_eq!(watch.value("doorbuster_transaction_retries_total"), 1);
    assert_eq!(watch.value("doorbuster_commands_failed_total"), 7);
    assert_eq!(watch.value("doorbuster_forgotten_total{what=\"request\"}"), 3);
    assert_eq!(watch.value("doorbuster_forgotten_total{what=\"event\"}"), 4);
}
