//! Words read as commands. What cannot be read stops the test with the words in question.

use doorbuster_domain::*;
use uuid::Uuid;

pub(crate) fn read_command(line: &str) -> Command {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["hold", hold, qty, "of", product, ref rest @ ..] => Command::PlaceHold(PlaceHold {
            hold_id: HoldId::new(uuid('h', hold)),
            product_id: read_product(product),
            qty: quantity(qty),
            customer_id: after("for", rest).map(|name| CustomerId::new(name).unwrap()),
            idempotency_key: read_key(rest),
        }),
        ["release", hold] => Command::ReleaseHold(HoldId::new(uuid('h', hold))),
        ["extend", hold] => Command::ExtendHold(HoldId::new(uuid('h', hold))),
        ["order", "fresh", order, "from", hold, ref rest @ ..] => {
            create_order(NewOrderId::Fresh(order_id(order)), hold, rest)
        }
        ["order", order, "from", hold, ref rest @ ..] => {
            create_order(NewOrderId::Chosen(order_id(order)), hold, rest)
        }
        ["cancel", order] => Command::CancelOrder(order_id(order)),
        ["event", event, kind, order, ref rest @ ..] => report(event, kind, order, rest),
        ["refund", order, how @ ("restock" | "keep")] => Command::RefundOrder(RefundOrder {
            order_id: order_id(order),
            restock: how == "restock",
        }),
        ["create", which, ref settings @ ..] => create_product(which, settings),
        ["change", product, ref settings @ ..] => {
            Command::ChangeProduct(change(read_product(product), settings))
        }
        ["expire", limit] => Command::ExpireDue { limit: number(limit) },
        _ => panic!("no such command: {line}"),
    }
}

pub(crate) fn read_product(word: &str) -> ProductId {
    let id = word.strip_prefix('p').and_then(|id| ProductId::new(number(id)));
    id.unwrap_or_else(|| panic!("not a product: {word}"))
}

pub(crate) fn read_time(word: &str) -> Timestamp {
    let seconds = word.strip_suffix('s').unwrap_or_else(|| panic!("not a time: {word}"));
    let (whole, rest) = seconds.split_once('.').unwrap_or((seconds, "000"));
    assert_eq!(rest.len(), 3, "not a time in milliseconds: {word}");
    Timestamp::from_millis(number(&format!("{whole}{rest}")))
}

fn number<T: std::str::FromStr>(word: &str) -> T {
    word.parse().unwrap_or_else(|_| panic!("not a fitting number: {word}"))
}

fn quantity(word: &str) -> Quantity {
    Quantity::new(number(word)).unwrap_or_else(|| panic!("not a quantity: {word}"))
}

fn total(word: &str) -> TotalStock {
    TotalStock::new(number(word)).unwrap_or_else(|| panic!("not a total: {word}"))
}

fn seconds(word: &str) -> Seconds {
    let seconds = word.strip_suffix('s').and_then(|word| Seconds::new(number(word)));
    seconds.unwrap_or_else(|| panic!("not a length of time: {word}"))
}

fn uuid(letter: char, word: &str) -> Uuid {
    let id = word.strip_prefix(letter).unwrap_or_else(|| panic!("not a name in {letter}: {word}"));
    Uuid::from_u128(number(id))
}

fn order_id(word: &str) -> OrderId {
    OrderId::new(uuid('o', word))
}

fn after<'a>(marker: &str, words: &[&'a str]) -> Option<&'a str> {
    let marker = words.iter().position(|word| *word == marker)?;
    words.get(marker + 1).copied()
}

fn read_key(words: &[&str]) -> Option<IdempotencyKey> {
    after("key", words).map(|key| IdempotencyKey::new(key).unwrap())
}

fn create_order(order_id: NewOrderId, hold: &str, rest: &[&str]) -> Command {
    Command::CreateOrder(CreateOrder {
        hold_id: HoldId::new(uuid('h', hold)),
        order_id,
        idempotency_key: read_key(rest),
    })
}

fn report(event: &str, kind: &str, order: &str, settings: &[&str]) -> Command {
    let (provider, event) = match event.strip_prefix("stripe:") {
        Some(event) => (Provider::Stripe, event),
        None => (Provider::Generic, event),
    };
    let kind = match kind {
        "paid" => PaymentKind::Paid,
        "failed" => PaymentKind::Failed,
        "refunded" => PaymentKind::Refunded,
        "noted" => PaymentKind::Noted,
        _ => panic!("not a kind of payment event: {kind}"),
    };
    let mut report = PaymentReport {
        key: EventKey { provider, event_id: EventId::new(event).unwrap() },
        order_id: order_id(order),
        kind,
        amount: None,
        currency: None,
        payload: "{}".into(),
    };
    for (name, value) in settings.iter().map(|word| setting(word)) {
        match name {
            "amount" => report.amount = Some(number(value)),
            "currency" => report.currency = Currency::new(value),
            _ => panic!("no such setting of an event: {name}"),
        }
    }
    Command::RecordPayment(report)
}

fn setting(word: &str) -> (&str, &str) {
    word.split_once('=').unwrap_or_else(|| panic!("not a setting: {word}"))
}

/// A creation is read as a change of a product with default terms: both have the same settings.
fn create_product(which: &str, settings: &[&str]) -> Command {
    let change = change(ProductId::MAX, settings);
    let stock = match change.stock {
        Some(StockChange::SetTotal(total)) => total,
        Some(StockChange::Add(_)) | None => panic!("a new product needs its units"),
    };
    let default = Terms::new(ProductName::new("Flash Sale Item").unwrap(), price("100"));
    let terms = Terms {
        name: change.name.unwrap_or(default.name),
        code: change.code.unwrap_or(default.code),
        price: change.price.unwrap_or(default.price),
        currency: change.currency.unwrap_or(default.currency),
        opens_at: change.opens_at.unwrap_or(default.opens_at),
        closes_at: change.closes_at.unwrap_or(default.closes_at),
        paused: change.paused.unwrap_or(default.paused),
        max_per_customer: change.max_per_customer.unwrap_or(default.max_per_customer),
        hold_seconds: change.hold_seconds.unwrap_or(default.hold_seconds),
        payment_seconds: change.payment_seconds.unwrap_or(default.payment_seconds),
        max_extensions: change.max_extensions.unwrap_or(default.max_extensions),
    };
    Command::CreateProduct(CreateProduct {
        id: (which != "new").then(|| read_product(which)),
        terms,
        total: stock,
    })
}

fn price(word: &str) -> Price {
    Price::new(number(word)).unwrap_or_else(|| panic!("not a price: {word}"))
}

fn change(product_id: ProductId, settings: &[&str]) -> ChangeProduct {
    let mut change = ChangeProduct::of(product_id);
    for (name, value) in settings.iter().map(|word| setting(word)) {
        let given = (value != "none").then_some(value);
        match name {
            "name" => change.name = ProductName::new(value).ok(),
            "code" => change.code = Some(given.map(|code| ProductCode::new(code).unwrap())),
            "price" => change.price = Some(price(value)),
            "currency" => change.currency = Currency::new(value),
            "opens" => change.opens_at = Some(given.map(read_time)),
            "closes" => change.closes_at = Some(given.map(read_time)),
            "paused" => change.paused = Some(value == "yes"),
            "limit" => change.max_per_customer = Some(given.map(quantity)),
            "hold" => change.hold_seconds = Some(seconds(value)),
            "pay" => change.payment_seconds = Some(seconds(value)),
            "extensions" => change.max_extensions = Some(number(value)),
            "units" => change.stock = Some(StockChange::SetTotal(total(value))),
            "add" => change.stock = Some(StockChange::Add(number(value))),
            _ => panic!("no such setting of a product: {name}"),
        }
    }
    change
}
