//! Outcomes and journal entries in words.

use doorbuster_domain::*;

use super::names::{entry_name, refusal_name, say_event, say_hold, say_kind, say_order, say_time};

pub(crate) fn say_outcome(outcome: &Outcome) -> String {
    match outcome {
        Ok(Effect::Hold { hold, replayed }) => {
            format!("{} {}{}", say_hold(hold.id), say_hold_state(hold), say_replayed(*replayed))
        }
        Ok(Effect::Order { order, replayed, early_events }) => {
            let early = early_events.iter().map(say_early_event).collect::<String>();
            format!("{}{}{early}", say_order_row(order), say_replayed(*replayed))
        }
        Ok(Effect::Payment(answer)) => say_answer(answer),
        Ok(Effect::Product(product)) => {
            let counters =
                Counters { total: product.total.get(), held: product.held, sold: product.sold };
            format!("p{} {}", product.id, say_counters(counters))
        }
        Ok(Effect::Expired { holds, orders }) => format!("expired {holds} holds, {orders} orders"),
        Err(refusal) => format!("refused {}{}", refusal_name(refusal), say_why(refusal)),
    }
}

pub(crate) fn say_counters(Counters { total, held, sold }: Counters) -> String {
    let available = i64::from(total) - i64::from(held) - i64::from(sold);
    format!("of {total}: {available} available, {held} held, {sold} sold")
}

/// The kinds and quantities of journal entries: `[hold_expired 2, hold_placed 1]`.
pub(crate) fn say_entries(entries: &[JournalEntry]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let words = entries.iter().map(|entry| format!("{} {}", entry_name(&entry.kind), entry.qty));
    format!(" [{}]", words.collect::<Vec<_>>().join(", "))
}

fn say_replayed(replayed: bool) -> &'static str {
    if replayed { ", as before" } else { "" }
}

fn say_hold_state(hold: &Hold) -> String {
    match hold.state {
        HoldState::Active => format!("active until {}", say_time(hold.expires_at)),
        HoldState::Used { order_id } => format!("used by {}", say_order(order_id)),
        HoldState::Released => "released".to_owned(),
        HoldState::Expired => "expired".to_owned(),
    }
}

fn say_order_row(order: &Order) -> String {
    let until = match order.state {
        OrderState::Pending => format!(" until {}", say_time(order.pay_by)),
        OrderState::Paid
        | OrderState::Cancelled
        | OrderState::Expired
        | OrderState::RefundDue
        | OrderState::Refunded { .. } => String::new(),
    };
    let awaits = if order.refund_awaits_payment { ", refund awaits payment" } else { "" };
    format!("{} {}{until}{awaits}", say_order(order.id), say_order_state(order.state))
}

fn say_order_state(state: OrderState) -> &'static str {
    match state {
        OrderState::Pending => "pending",
        OrderState::Paid => "paid",
        OrderState::Cancelled => "cancelled",
        OrderState::Expired => "expired",
        OrderState::RefundDue => "refund_due",
        OrderState::Refunded { restocked: true, .. } => "refunded with restock",
        OrderState::Refunded { had_units: true, .. } => "refunded",
        OrderState::Refunded { had_units: false, .. } => "refunded without units",
    }
}

fn say_early_event(event: &AppliedEvent) -> String {
    let result = match event.result {
        EventResult::Applied if event.late => "applied late",
        EventResult::Applied => "applied",
        EventResult::Ignored => "ignored",
        EventResult::Stored => "stored",
        EventResult::AmountMismatch => "amount_mismatch",
    };
    let (key, kind) = (say_event(&event.key), say_kind(event.kind));
    format!("; {key} {kind} {result}, {}", say_order_state(event.order_state))
}

fn say_answer(answer: &PaymentAnswer) -> String {
    let result = match answer.result {
        PaymentResult::Applied if answer.late => "applied late",
        PaymentResult::Applied => "applied",
        PaymentResult::Duplicate => "duplicate",
        PaymentResult::Ignored => "ignored",
        PaymentResult::Stored => "stored",
    };
    let state = answer.order_state.map_or("not there yet", say_order_state);
    format!("{result}, {} {state}", say_order(answer.order_id))
}

fn say_why(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InsufficientStock { available } => format!(", {available} available"),
        Refusal::SaleNotOpen { opens_at } => format!(", opens at {}", say_time(*opens_at)),
        Refusal::CustomerLimitReached { remaining } => format!(", {remaining} remaining"),
        Refusal::HoldUsed { order_id } => format!(" by {}", say_order(*order_id)),
        Refusal::OrderNotPending { state } | Refusal::OrderNotRefundable { state } => {
            format!(", {}", say_order_state(*state))
        }
        Refusal::StockCommitted { committed } => format!(", {committed} committed"),
        Refusal::ProductExists { what } => format!(", {what}"),
        Refusal::AmountMismatch { expected_amount, expected_currency } => {
            format!(", expected {expected_amount} {expected_currency}")
        }
        Refusal::ProductNotFound
        | Refusal::HoldNotFound
        | Refusal::OrderNotFound
        | Refusal::CustomerRequired
        | Refusal::SaleClosed
        | Refusal::SalePaused
        | Refusal::HoldExpired
        | Refusal::HoldReleased
        | Refusal::HoldIdTaken
        | Refusal::ExtensionLimitReached
        | Refusal::OrderIdTaken
        | Refusal::StockOutOfRange
        | Refusal::UnsoundWindow
        | Refusal::TooManyExtensions
        | Refusal::IdempotencyKeyReused
        | Refusal::EventIdReused => String::new(),
    }
}
