//! What the tests sell, and the commands that they sell it with.

use doorbuster_domain::{
    Command, CreateOrder, CreateProduct, Effect, Hold, HoldId, IdempotencyKey, NewOrderId, Order,
    OrderId, Outcome, PaymentKind, PaymentReport, PlaceHold, Price, ProductId, ProductName,
    Provider, Quantity, Seconds, Terms, Timestamp, TotalStock, decide,
};
use doorbuster_domain::{EventId, EventKey};
use doorbuster_engine::{MemoryStore, Store, SubmitError};
use uuid::Uuid;

pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_770_000_000);
pub(crate) const TICKET: ProductId = ProductId::new(1).unwrap();
pub(crate) const HOLD_SECONDS: u32 = 120;
pub(crate) const PAYMENT_SECONDS: u32 = 30;

/// What a caller of the engine gets.
pub(crate) type Answer = Result<Outcome, SubmitError>;

pub(crate) fn terms() -> Terms {
    let mut terms = Terms::new(ProductName::new("Ticket").unwrap(), Price::new(500).unwrap());
    terms.hold_seconds = Seconds::new(HOLD_SECONDS).unwrap();
    terms.payment_seconds = Seconds::new(PAYMENT_SECONDS).unwrap();
    terms
}

/// A store in which `units` tickets are on sale under `terms`.
pub(crate) async fn selling(units: u32, terms: Terms) -> MemoryStore {
    let total = TotalStock::new(units).unwrap();
    let create = CreateProduct { id: Some(TICKET), terms, total };
    let mut store = MemoryStore::new();
    committed(&mut store, START, &[Command::CreateProduct(create)]).await;
    store
}

/// Has `commands` decided and committed without an engine; none may be refused.
pub(crate) async fn committed(store: &mut MemoryStore, now: Timestamp, commands: &[Command]) {
    let now = store.load(now, commands).await.unwrap();
    for command in commands {
        decide(store.ledger(), now, command).unwrap();
    }
    store.commit().await.unwrap();
    store.ledger().settle();
}

pub(crate) fn hold_id(n: u128) -> HoldId {
    HoldId::new(Uuid::from_u128(n))
}

pub(crate) fn order_id(n: u128) -> OrderId {
    OrderId::new(Uuid::from_u128(n << 64))
}

pub(crate) fn place(n: u128, units: u32) -> PlaceHold {
    PlaceHold {
        hold_id: hold_id(n),
        product_id: TICKET,
        qty: Quantity::new(units).unwrap(),
        customer_id: None,
        idempotency_key: None,
    }
}

pub(crate) fn hold(n: u128, units: u32) -> Command {
    Command::PlaceHold(place(n, units))
}

pub(crate) fn keyed_hold(n: u128, units: u32, key: &str) -> Command {
    let idempotency_key = Some(IdempotencyKey::new(key).unwrap());
    Command::PlaceHold(PlaceHold { idempotency_key, ..place(n, units) })
}

pub(crate) fn release(n: u128) -> Command {
    Command::ReleaseHold(hold_id(n))
}

pub(crate) fn order(n: u128) -> Command {
    let order_id = NewOrderId::Fresh(order_id(n));
    Command::CreateOrder(CreateOrder { hold_id: hold_id(n), order_id, idempotency_key: None })
}

pub(crate) fn paid(event_id: &str, n: u128) -> Command {
    Command::RecordPayment(PaymentReport {
        key: EventKey { provider: Provider::Generic, event_id: EventId::new(event_id).unwrap() },
        order_id: order_id(n),
        kind: PaymentKind::Paid,
        amount: None,
        currency: None,
        payload: "{}".into(),
    })
}

/// The hold that an answer brought.
#[track_caller]
pub(crate) fn held(answer: Answer) -> Hold {
    match answer {
        Ok(Ok(Effect::Hold { hold, .. })) => hold,
        other => panic!("not a hold: {other:?}"),
    }
}

/// The order that an answer brought.
#[track_caller]
pub(crate) fn ordered(answer: Answer) -> Order {
    match answer {
        Ok(Ok(Effect::Order { order, .. })) => order,
        other => panic!("not an order: {other:?}"),
    }
}
