//! Examples for the document, made by the code that makes the answers: they cannot drift from it.

use doorbuster_domain::{
    AuditReport, Counters, Currency, EntryKind, EventId, EventKey, EventResult, Hold, HoldId,
    HoldState, JournalEntry, Order, OrderId, OrderState, PaymentAnswer, PaymentEvent, PaymentKind,
    PaymentResult, Price, Product, ProductAudit, ProductCode, ProductId, ProductName, Provider,
    Quantity, Terms, Timestamp, TotalStock,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use crate::http::resources::{
    AuditJson, HoldJson, JournalEntryJson, OrderJson, PaymentAnswerJson, PaymentJson, ProductJson,
};

/// The hold of all examples.
pub(in crate::http) const HOLD_ID: &str = "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071";
const HOLD: HoldId = HoldId::new(uuid!("019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071"));
const ORDER_UUID: Uuid = uuid!("019ab3c4-9f21-7b3c-8d4e-5f60718293a4");
const ORDER: OrderId = OrderId::new(ORDER_UUID);
const PRODUCT: ProductId = ProductId::new(1).unwrap();
const QTY: Quantity = Quantity::new(2).unwrap();
const PRICE: Price = Price::new(9_999).unwrap();
const TOTAL: TotalStock = TotalStock::new(100).unwrap();

/// 2026-11-27T09:00:00Z.
const OPENING: Timestamp = Timestamp::from_millis(1_795_770_000_000);
const NOW: Timestamp = Timestamp::from_millis(1_795_770_003_217);

fn shown(resource: &impl Serialize) -> Value {
    serde_json::to_value(resource).unwrap_or_default()
}

/// A list with this one row.
pub(in crate::http) fn list(row: &Value) -> Value {
    json!({"data": [row], "next_cursor": null})
}

pub(in crate::http) fn new_product() -> Value {
    json!({
        "name": "Limited Edition Flash Sale Item",
        "total_stock": 100,
        "price": 9999,
        "currency": "USD",
        "code": "DOOR-1",
        "opens_at": "2026-11-27T09:00:00.000Z",
    })
}

pub(in crate::http) fn product() -> Value {
    let Ok(name) = ProductName::new("Limited Edition Flash Sale Item") else {
        return Value::Null;
    };
    let terms = Terms {
        code: ProductCode::new("DOOR-1").ok(),
        opens_at: Some(OPENING),
        ..Terms::new(name, PRICE)
    };
    let product = Product {
        id: PRODUCT,
        terms,
        total: TOTAL,
        held: 10,
        sold: 2,
        version: 14,
        journal_seq: 14,
        created_at: OPENING,
    };
    shown(&ProductJson::of(&product, NOW))
}

fn hold_in(state: HoldState) -> Hold {
    Hold {
        id: HOLD,
        product_id: PRODUCT,
        qty: QTY,
        unit_price: PRICE,
        currency: Currency::USD,
        customer_id: None,
        state,
        extensions: 0,
        created_at: NOW,
        expires_at: NOW.plus_seconds(Terms::DEFAULT_HOLD_SECONDS),
        ended_at: None,
    }
}

pub(in crate::http) fn hold() -> Value {
    shown(&HoldJson::of(&hold_in(HoldState::Active), NOW))
}

pub(in crate::http) fn released_hold() -> Value {
    shown(&HoldJson::of(&hold_in(HoldState::Released), NOW))
}

pub(in crate::http) fn extended_hold() -> Value {
    let mut hold = hold_in(HoldState::Active);
    hold.expires_at = hold.expires_at.plus_seconds(Terms::DEFAULT_HOLD_SECONDS);
    shown(&HoldJson::of(&hold, NOW))
}

fn order_in(state: OrderState) -> Value {
    let order = Order {
        id: ORDER,
        hold_id: HOLD,
        product_id: PRODUCT,
        qty: QTY,
        unit_price: PRICE,
        currency: Currency::USD,
        customer_id: None,
        state,
        refund_awaits_payment: false,
        created_at: NOW,
        pay_by: NOW.plus_seconds(Terms::DEFAULT_PAYMENT_SECONDS),
        updated_at: NOW,
    };
    shown(&OrderJson::of(&order, NOW))
}

pub(in crate::http) fn order() -> Value {
    order_in(OrderState::Pending)
}

pub(in crate::http) fn cancelled_order() -> Value {
    order_in(OrderState::Cancelled)
}

pub(in crate::http) fn refunded_order() -> Value {
    order_in(OrderState::Refunded { restocked: true, had_units: true })
}

pub(in crate::http) fn paid_event() -> Value {
    json!({
        "event_id": "evt_1",
        "order_id": ORDER_UUID.to_string(),
        "status": "paid",
        "amount": 19998,
        "currency": "USD",
    })
}

pub(in crate::http) fn failed_event() -> Value {
    json!({
        "event_id": "evt_2",
        "order_id": ORDER_UUID.to_string(),
        "status": "failed",
        "failure_reason": "card_declined",
    })
}

pub(in crate::http) fn stripe_event() -> Value {
    json!({
        "id": "evt_1RqJ4kLkdIwHu7ixWb9Vn2Yd",
        "object": "event",
        "type": "checkout.session.completed",
        "data": {"object": {
            "object": "checkout.session",
            "client_reference_id": ORDER_UUID.to_string(),
            "payment_status": "paid",
            "amount_total": 19998,
            "currency": "usd",
        }},
    })
}

/// The answer to an event that says nothing about any order here.
pub(in crate::http) fn no_order_answer() -> Value {
    shown(&PaymentAnswerJson::of_no_order())
}

pub(in crate::http) fn payment_answer(result: PaymentResult) -> Value {
    let order_state = (result != PaymentResult::Stored).then_some(OrderState::Paid);
    let kind = PaymentKind::Paid;
    let answer = PaymentAnswer { result, order_id: ORDER, order_state, kind, late: false };
    shown(&PaymentAnswerJson::of(&answer))
}

pub(in crate::http) fn payment() -> Value {
    let Ok(event_id) = EventId::new("evt_1") else { return Value::Null };
    let event = PaymentEvent {
        key: EventKey { provider: Provider::Generic, event_id },
        order_id: ORDER,
        kind: PaymentKind::Paid,
        amount: Some(PRICE.times(QTY)),
        currency: Some(Currency::USD),
        received_at: NOW,
        result: EventResult::Applied,
        payload: paid_event().to_string().into(),
    };
    shown(&PaymentJson::of(&event))
}

pub(in crate::http) fn journal_entry() -> Value {
    let entry = JournalEntry {
        product_id: PRODUCT,
        seq: 2,
        at: NOW,
        kind: EntryKind::HoldPlaced,
        qty: i64::from(QTY.get()),
        after: Counters { total: TOTAL.get(), held: QTY.get(), sold: 0 },
        hold_id: Some(HOLD),
        order_id: None,
        event: None,
    };
    shown(&JournalEntryJson::of(&entry))
}

pub(in crate::http) fn status() -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "store": "sqlite",
        "started_at": "2026-11-27T08:00:00.000Z",
        "ready": true,
        "scope": "admin",
        "node": "doorbuster till/4711",
        "nodes": [{"name": "doorbuster till/4711", "since": "2026-11-27T08:00:00.000Z"}],
    })
}

pub(in crate::http) fn stories() -> Value {
    json!({
        "stories": [{
            "hold": hold(),
            "order": order(),
            "payments": [payment()],
            "journal": [journal_entry()],
        }],
        "early": [],
    })
}

pub(in crate::http) fn audit() -> Value {
    let counters = Counters { total: TOTAL.get(), held: 10, sold: 2 };
    let product = ProductAudit {
        product_id: PRODUCT,
        recorded: counters,
        recounted: counters,
        replayed: counters,
        journal_entries: 14,
        holds: 8,
        orders: 3,
    };
    shown(&AuditJson::of(&AuditReport { products: vec![product], violations: Vec::new() }))
}
