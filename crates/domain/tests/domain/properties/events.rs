//! Rule 10: the order in which payment events arrive does not matter, stock permitting.

use doorbuster_domain::*;
use proptest::prelude::*;

use super::prove;
use crate::language::read_command;
use crate::lockstep::Lockstep;

/// Events in words, without their ids; among them wrong amounts and currencies.
const EVENTS: [&str; 7] = [
    "paid o1",
    "paid o1 amount=200 currency=USD",
    "paid o1 amount=1",
    "failed o1",
    "failed o1 currency=EUR",
    "refunded o1 amount=200",
    "refunded o1 amount=1",
];

/// What happens to the order before its events.
#[derive(Clone, Copy, Debug)]
enum Before {
    Nothing,
    Cancelled,
    Expired,
}

#[test]
fn events_in_any_order_end_in_the_same_state() {
    let before = [Before::Nothing, Before::Nothing, Before::Cancelled, Before::Expired];
    let before = prop::sample::select(before.to_vec());
    let events = prop::collection::vec(prop::sample::select(&EVENTS[..]), 2..5);
    let numbered = events.prop_map(|events| {
        let numbered = events.into_iter().zip(1..).map(|(what, n)| format!("event e{n} {what}"));
        numbered.collect::<Vec<_>>()
    });
    let two_orders =
        numbered.prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()));
    prove(4, &(before, two_orders, 0usize..5), |(before, (first, second), early)| {
        // Only an untouched order's events may come before it: cancelling and expiring are not
        // events, and what they meet matters.
        let early = match before {
            Before::Nothing => early,
            Before::Cancelled | Before::Expired => 0,
        };
        let in_turn = end_of(before, &first, 0)?;
        let mixed = end_of(before, &second, early)?;
        if in_turn == mixed {
            Ok(())
        } else {
            Err(format!(
                "{before:?}, {first:?} ends in {in_turn:?}, but {second:?}, the first {early} of \
                 them before the order, in {mixed:?}"
            ))
        }
    });
}

/// The order's final state, and whether a refund still waits for its payment.
fn end_of(before: Before, events: &[String], early: usize) -> Result<(OrderState, bool), String> {
    let mut both = Lockstep::default();
    let mut millis = 0;
    let mut step = |millis: i64, line: &str| {
        both.step(Timestamp::from_millis(millis), &read_command(line)?).map(drop)
    };
    step(millis, "create p1 units=10 price=100 hold=60s pay=60s")?;
    step(millis, "hold h1 2 of p1")?;
    let (early, late) = events.split_at(early.min(events.len()));
    for event in early {
        millis += 1;
        step(millis, event)?;
    }
    step(millis, "order o1 from h1")?;
    match before {
        Before::Nothing => {}
        Before::Cancelled => step(millis, "cancel o1")?,
        Before::Expired => millis += 60_000,
    }
    for event in late {
        millis += 1;
        step(millis, event)?;
    }
    let order = both.model.orders.first().ok_or("no order")?;
    Ok((order.state, order.refund_awaits_payment))
}
