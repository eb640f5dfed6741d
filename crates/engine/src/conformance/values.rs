//! Ids, commands and extreme values that the tests are written with.

use std::sync::Arc;

use doorbuster_domain::{
    Command, CreateOrder, CreateProduct, Currency, CustomerId, EventId, EventKey, HoldId,
    IdempotencyKey, NewOrderId, OrderId, PaymentKind, PaymentReport, PlaceHold, Price, ProductCode,
    ProductId, ProductName, Provider, Quantity, RefundOrder, Seconds, Terms, Timestamp, TotalStock,
};
use uuid::{Builder, Uuid};

use super::dice::Dice;

/// When every history begins: 2026-11-27T09:00:00Z.
pub(super) const START: Timestamp = Timestamp::from_millis(1_795_770_000_000);

/// The product that most tests sell.
pub(super) const TICKET: ProductId = ProductId::new(7).unwrap();

/// A product that has the same kinds of rows, and must never be mixed up with [`TICKET`].
pub(super) const POSTER: ProductId = ProductId::new(8).unwrap();

/// How long a hold on [`TICKET`] lasts.
pub(super) const HOLD_SECONDS: u32 = 60;

/// How long an order of [`TICKET`] waits for its payment.
pub(super) const PAYMENT_SECONDS: u32 = 90;

/// A UUID of version 7, by `n` and otherwise by chance that can be repeated. Three neighbours share
/// a millisecond, so that ids do not always sort in the order in which they were made.
fn uuid(n: u64, salt: u64) -> Uuid {
    let mut random = [0; 10];
    let mut dice = Dice::new(n ^ salt);
    random[..8].copy_from_slice(&dice.next().to_be_bytes());
    random[8..].copy_from_slice(&dice.next().to_be_bytes()[..2]);
    let millis = u64::try_from(START.as_millis()).unwrap() + n / 3;
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

pub(super) fn hold_id(n: u64) -> HoldId {
    HoldId::new(uuid(n, 0x401d))
}

pub(super) fn order_id(n: u64) -> OrderId {
    OrderId::new(uuid(n, 0x04de4))
}

pub(super) fn qty(units: u32) -> Quantity {
    Quantity::new(units).unwrap()
}

pub(super) fn customer(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

pub(super) fn idempotency_key(key: &str) -> IdempotencyKey {
    IdempotencyKey::new(key).unwrap()
}

/// Terms with short times, so that deadlines are near.
pub(super) fn terms(name: &str) -> Terms {
    let mut terms = Terms::new(ProductName::new(name).unwrap(), Price::new(9_999).unwrap());
    terms.hold_seconds = Seconds::new(HOLD_SECONDS).unwrap();
    terms.payment_seconds = Seconds::new(PAYMENT_SECONDS).unwrap();
    terms
}

pub(super) fn create_product(id: ProductId, units: u32) -> Command {
    Command::CreateProduct(CreateProduct {
        id: Some(id),
        terms: terms("Limited Edition"),
        total: TotalStock::new(units).unwrap(),
    })
}

/// Puts [`TICKET`] and [`POSTER`] on sale, `units` of each.
pub(super) fn opening(units: u32) -> [Command; 2] {
    [create_product(TICKET, units), create_product(POSTER, units)]
}

pub(super) fn place(hold: u64, product_id: ProductId, units: u32) -> PlaceHold {
    PlaceHold {
        hold_id: hold_id(hold),
        product_id,
        qty: qty(units),
        customer_id: None,
        idempotency_key: None,
    }
}

/// Places hold `hold` on [`TICKET`].
pub(super) fn hold(hold: u64, units: u32) -> Command {
    Command::PlaceHold(place(hold, TICKET, units))
}

pub(super) fn hold_for(hold: u64, units: u32, name: &str) -> Command {
    let customer_id = Some(customer(name));
    Command::PlaceHold(PlaceHold { customer_id, ..place(hold, TICKET, units) })
}

/// Turns hold `n` into order `n`, whose id the engine made.
pub(super) fn order(n: u64) -> Command {
    let order_id = NewOrderId::Fresh(order_id(n));
    Command::CreateOrder(CreateOrder { hold_id: hold_id(n), order_id, idempotency_key: None })
}

/// Turns hold `n` into order `n`, whose id the storefront chose.
pub(super) fn chosen_order(n: u64) -> Command {
    let order_id = NewOrderId::Chosen(order_id(n));
    Command::CreateOrder(CreateOrder { hold_id: hold_id(n), order_id, idempotency_key: None })
}

pub(super) fn release(hold: u64) -> Command {
    Command::ReleaseHold(hold_id(hold))
}

pub(super) fn extend(hold: u64) -> Command {
    Command::ExtendHold(hold_id(hold))
}

pub(super) fn cancel(order: u64) -> Command {
    Command::CancelOrder(order_id(order))
}

pub(super) fn refund(order: u64, restock: bool) -> Command {
    Command::RefundOrder(RefundOrder { order_id: order_id(order), restock })
}

pub(super) fn expire_all() -> Command {
    Command::ExpireDue { limit: usize::MAX }
}

pub(super) fn event_key(event_id: &str) -> EventKey {
    EventKey { provider: Provider::Generic, event_id: EventId::new(event_id).unwrap() }
}

pub(super) fn report(event_id: &str, kind: PaymentKind, order: u64) -> PaymentReport {
    PaymentReport {
        key: event_key(event_id),
        order_id: order_id(order),
        kind,
        amount: None,
        currency: None,
        payload: format!("{{\"event_id\": \"{event_id}\"}}").into(),
    }
}

pub(super) fn event(event_id: &str, kind: PaymentKind, order: u64) -> Command {
    Command::RecordPayment(report(event_id, kind, order))
}

pub(super) fn paid(event_id: &str, order: u64) -> Command {
    event(event_id, PaymentKind::Paid, order)
}

pub(super) fn failed(event_id: &str, order: u64) -> Command {
    event(event_id, PaymentKind::Failed, order)
}

/// Text of exactly `chars` characters of one to four bytes, with what escaping gets wrong.
pub(super) fn awkward_text(chars: usize) -> String {
    let pattern = "𓀀'\"\\%_;-- é e\u{301} 限定 \u{feff}\u{10ffff}🎟 NULL {}[]<&>";
    pattern.chars().cycle().take(chars).collect()
}

/// Text of exactly `chars` visible ASCII characters, all of them where there is room.
pub(super) fn awkward_ascii(chars: usize) -> String {
    ('!'..='~').cycle().take(chars).collect()
}

/// A body of exactly 64 KiB, the most that is taken.
pub(super) fn awkward_payload() -> Arc<str> {
    let mut body = String::from("{\r\n\t\"note\": \"");
    while body.len() < 64 * 1024 - 8 {
        body.push_str("🎟é'\\n");
    }
    body.push_str("\"}");
    while body.len() < 64 * 1024 {
        body.push(' ');
    }
    body.into()
}

/// Terms with the highest value in every field.
pub(super) fn highest_terms() -> Terms {
    Terms {
        name: ProductName::new(&awkward_text(ProductName::MAX_CHARS)).unwrap(),
        code: Some(ProductCode::new(&awkward_ascii(ProductCode::MAX_CHARS)).unwrap()),
        price: Price::MAX,
        currency: Currency::new("XTS").unwrap(),
        opens_at: Some(Timestamp::from_millis(i64::MIN)),
        closes_at: Some(Timestamp::from_millis(i64::MAX)),
        paused: false,
        max_per_customer: Some(Quantity::MAX),
        hold_seconds: Seconds::MAX,
        payment_seconds: Seconds::MAX,
        max_extensions: Terms::MAX_EXTENSIONS,
    }
}
