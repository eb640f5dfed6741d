//! Commands in words.

use std::fmt::Display;

use doorbuster_domain::*;

use super::names::{say_event, say_hold, say_kind, say_order, say_time};

pub(crate) fn say_command(command: &Command) -> String {
    match command {
        Command::PlaceHold(place) => say_place(place),
        Command::ReleaseHold(hold_id) => format!("release {}", say_hold(*hold_id)),
        Command::ExtendHold(hold_id) => format!("extend {}", say_hold(*hold_id)),
        Command::CreateOrder(create) => say_create_order(create),
        Command::CancelOrder(order_id) => format!("cancel {}", say_order(*order_id)),
        Command::RecordPayment(report) => say_report(report),
        Command::RefundOrder(RefundOrder { order_id, restock }) => {
            let how = if *restock { "restock" } else { "keep" };
            format!("refund {} {how}", say_order(*order_id))
        }
        Command::CreateProduct(create) => say_create_product(create),
        Command::ChangeProduct(change) => say_change(change),
        Command::ExpireDue { limit } => format!("expire {limit}"),
    }
}

fn say_place(place: &PlaceHold) -> String {
    let mut words =
        vec![format!("hold {} {} of p{}", say_hold(place.hold_id), place.qty, place.product_id)];
    push(&mut words, "for ", place.customer_id.as_ref());
    push(&mut words, "key ", place.idempotency_key.as_ref());
    words.join(" ")
}

fn say_create_order(create: &CreateOrder) -> String {
    let fresh = if create.order_id.chosen().is_some() { "" } else { "fresh " };
    let (order, hold) = (say_order(create.order_id.id()), say_hold(create.hold_id));
    let mut words = vec![format!("order {fresh}{order} from {hold}")];
    push(&mut words, "key ", create.idempotency_key.as_ref());
    words.join(" ")
}

fn say_report(report: &PaymentReport) -> String {
    let event = say_event(&report.key);
    let mut words =
        vec![format!("event {event} {} {}", say_kind(report.kind), say_order(report.order_id))];
    push(&mut words, "amount=", report.amount);
    push(&mut words, "currency=", report.currency);
    words.join(" ")
}

fn say_create_product(create: &CreateProduct) -> String {
    let which = create.id.map_or("new".to_owned(), |id| format!("p{id}"));
    let mut words = vec![format!("create {which}"), format!("units={}", create.total.get())];
    let Terms {
        name: _,
        code,
        price,
        currency,
        opens_at,
        closes_at,
        paused,
        max_per_customer,
        hold_seconds,
        payment_seconds,
        max_extensions,
    } = &create.terms;
    push(&mut words, "code=", code.as_ref());
    words.push(format!("price={} currency={currency}", price.get()));
    push(&mut words, "opens=", opens_at.map(say_time));
    push(&mut words, "closes=", closes_at.map(say_time));
    push(&mut words, "paused=", paused.then_some("yes"));
    push(&mut words, "limit=", *max_per_customer);
    words.push(format!("hold={}s pay={}s", hold_seconds.get(), payment_seconds.get()));
    words.push(format!("extensions={max_extensions}"));
    words.join(" ")
}

fn say_change(change: &ChangeProduct) -> String {
    let mut words = vec![format!("change p{}", change.product_id)];
    push(&mut words, "name=", change.name.as_ref());
    push(&mut words, "code=", change.code.as_ref().map(or_none));
    push(&mut words, "price=", change.price.map(Price::get));
    push(&mut words, "currency=", change.currency);
    push(&mut words, "opens=", change.opens_at.map(|at| or_none(&at.map(say_time))));
    push(&mut words, "closes=", change.closes_at.map(|at| or_none(&at.map(say_time))));
    push(&mut words, "paused=", change.paused.map(|paused| if paused { "yes" } else { "no" }));
    push(&mut words, "limit=", change.max_per_customer.as_ref().map(or_none));
    push(&mut words, "hold=", change.hold_seconds.map(|it| format!("{}s", it.get())));
    push(&mut words, "pay=", change.payment_seconds.map(|it| format!("{}s", it.get())));
    push(&mut words, "extensions=", change.max_extensions);
    match change.stock {
        None => {}
        Some(StockChange::SetTotal(total)) => words.push(format!("units={}", total.get())),
        Some(StockChange::Add(by)) => words.push(format!("add={by}")),
    }
    words.join(" ")
}

fn push(words: &mut Vec<String>, before: &str, value: Option<impl Display>) {
    words.extend(value.map(|value| format!("{before}{value}")));
}

fn or_none(value: &Option<impl Display>) -> String {
    value.as_ref().map_or("none".to_owned(), ToString::to_string)
}
