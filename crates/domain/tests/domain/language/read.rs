//! Words read as commands.

use doorbuster_domain::*;
use uuid::Uuid;

/// What cannot be read: the words in question.
pub(crate) type Unreadable = String;

type Read<T> = Result<T, Unreadable>;

/// # Errors
/// When the line is no command.
pub(crate) fn read_command(line: &str) -> Read<Command> {
    let words: Vec<&str> = line.split_whitespace().collect();
    Ok(match words[..] {
        ["hold", hold, qty, "of", product, ref rest @ ..] => Command::PlaceHold(PlaceHold {
            hold_id: HoldId::new(uuid('h', hold)?),
            product_id: read_product(product)?,
            qty: quantity(qty)?,
            customer_id: after("for", rest).map(|name| text(CustomerId::new(name))).transpose()?,
            idempotency_key: read_key(rest)?,
        }),
        ["release", hold] => Command::ReleaseHold(HoldId::new(uuid('h', hold)?)),
        ["extend", hold] => Command::ExtendHold(HoldId::new(uuid('h', hold)?)),
        ["order", "fresh", order, "from", hold, ref rest @ ..] => {
            create_order(NewOrderId::Fresh(order_id(order)?), hold, rest)?
        }
        ["order", order, "from", hold, ref rest @ ..] => {
            create_order(NewOrderId::Chosen(order_id(order)?), hold, rest)?
        }
        ["cancel", order] => Command::CancelOrder(order_id(order)?),
        ["event", event, kind, order, ref rest @ ..] => report(event, kind, order, rest)?,
        ["refund", order, how @ ("restock" | "keep")] => Command::RefundOrder(RefundOrder {
            order_id: order_id(order)?,
            restock: how == "restock",
        }),
        ["create", which, ref settings @ ..] => create_product(which, settings)?,
        ["change", product, ref settings @ ..] => {
            Command::ChangeProduct(change(read_product(product)?, settings)?)
        }
        ["expire", limit] => Command::ExpireDue { limit: number(limit)? },
        _ => return Err(format!("no such command: {line}")),
    })
}

/// # Errors
/// When the word is no product.
pub(crate) fn read_product(word: &str) -> Read<ProductId> {
    let id = word.strip_prefix('p').and_then(|id| ProductId::new(number(id).ok()?));
    id.ok_or_else(|| format!("not a product: {word}"))
}

/// # Errors
/// When the word is no time in milliseconds.
pub(crate) fn read_time(word: &str) -> Read<Timestamp> {
    let seconds = word.strip_suffix('s').ok_or_else(|| format!("not a time: {word}"))?;
    let (whole, rest) = seconds.split_once('.').unwrap_or((seconds, "000"));
    if rest.len() != 3 {
        return Err(format!("not a time in milliseconds: {word}"));
    }
    number(&format!("{whole}{rest}")).map(Timestamp::from_millis)
}

fn number<T: std::str::FromStr>(word: &str) -> Read<T> {
    word.parse().map_err(|_| format!("not a fitting number: {word}"))
}

fn text<T>(text: Result<T, TextError>) -> Read<T> {
    text.map_err(|error| format!("a text {error}"))
}

fn quantity(word: &str) -> Read<Quantity> {
    Quantity::new(number(word)?).ok_or_else(|| format!("not a quantity: {word}"))
}

fn total(word: &str) -> Read<TotalStock> {
    TotalStock::new(number(word)?).ok_or_else(|| format!("not a total: {word}"))
}

fn seconds(word: &str) -> Read<Seconds> {
    let seconds = word.strip_suffix('s').and_then(|word| Seconds::new(number(word).ok()?));
    seconds.ok_or_else(|| format!("not a length of time: {word}"))
}

fn uuid(letter: char, word: &str) -> Read<Uuid> {
    let id = word.strip_prefix(letter).ok_or_else(|| format!("not a name in {letter}: {word}"))?;
    number(id).map(Uuid::from_u128)
}

fn order_id(word: &str) -> Read<OrderId> {
    uuid('o', word).map(OrderId::new)
}

fn after<'a>(marker: &str, words: &[&'a str]) -> Option<&'a str> {
    let marker = words.iter().position(|word| *word == marker)?;
    words.get(marker + 1).copied()
}

fn read_key(words: &[&str]) -> Read<Option<IdempotencyKey>> {
    after("key", words).map(|key| text(IdempotencyKey::new(key))).transpose()
}

fn create_order(order_id: NewOrderId, hold: &str, rest: &[&str]) -> Read<Command> {
    Ok(Command::CreateOrder(CreateOrder {
        hold_id: HoldId::new(uuid('h', hold)?),
        order_id,
        idempotency_key: read_key(rest)?,
    }))
}

fn report(event: &str, kind: &str, order: &str, settings: &[&str]) -> Read<Command> {
    let (provider, event) = match event.strip_prefix("stripe:") {
        Some(event) => (Provider::Stripe, event),
        None => (Provider::Generic, event),
    };
    let kind = match kind {
        "paid" => PaymentKind::Paid,
        "failed" => PaymentKind::Failed,
        "refunded" => PaymentKind::Refunded,
        "noted" => PaymentKind::Noted,
        _ => return Err(format!("not a kind of payment event: {kind}")),
    };
    let mut report = PaymentReport {
        key: EventKey { provider, event_id: text(EventId::new(event))? },
        order_id: order_id(order)?,
        kind,
        amount: None,
        currency: None,
        payload: "{}".into(),
    };
    for word in settings {
        let (name, value) = setting(word)?;
        match name {
            "amount" => report.amount = Some(number(value)?),
            "currency" => report.currency = Currency::new(value),
            _ => return Err(format!("no such setting of an event: {name}")),
        }
    }
    Ok(Command::RecordPayment(report))
}

fn setting(word: &str) -> Read<(&str, &str)> {
    word.split_once('=').ok_or_else(|| format!("not a setting: {word}"))
}

/// A creation is read as a change of a product with default terms: both have the same settings.
fn create_product(which: &str, settings: &[&str]) -> Read<Command> {
    let change = change(ProductId::MAX, settings)?;
    let stock = match change.stock {
        Some(StockChange::SetTotal(total)) => total,
        Some(StockChange::Add(_)) | None => return Err("a new product needs its units".into()),
    };
    let default = Terms::new(text(ProductName::new("Flash Sale Item"))?, price("100")?);
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
    Ok(Command::CreateProduct(CreateProduct {
        id: (which != "new").then(|| read_product(which)).transpose()?,
        terms,
        total: stock,
    }))
}

fn price(word: &str) -> Read<Price> {
    Price::new(number(word)?).ok_or_else(|| format!("not a price: {word}"))
}

fn change(product_id: ProductId, settings: &[&str]) -> Read<ChangeProduct> {
    let mut change = ChangeProduct::of(product_id);
    for word in settings {
        let (name, value) = setting(word)?;
        let given = (value != "none").then_some(value);
        match name {
            "name" => change.name = ProductName::new(value).ok(),
            "code" => {
                change.code = Some(given.map(|code| text(ProductCode::new(code))).transpose()?)
            }
            "price" => change.price = Some(price(value)?),
            "currency" => change.currency = Currency::new(value),
            "opens" => change.opens_at = Some(given.map(read_time).transpose()?),
            "closes" => change.closes_at = Some(given.map(read_time).transpose()?),
            "paused" => change.paused = Some(value == "yes"),
            "limit" => change.max_per_customer = Some(given.map(quantity).transpose()?),
            "hold" => change.hold_seconds = Some(seconds(value)?),
            "pay" => change.payment_seconds = Some(seconds(value)?),
            "extensions" => change.max_extensions = Some(number(value)?),
            "units" => change.stock = Some(StockChange::SetTotal(total(value)?)),
            "add" => change.stock = Some(StockChange::Add(number(value)?)),
            _ => return Err(format!("no such setting of a product: {name}")),
        }
    }
    Ok(change)
}
