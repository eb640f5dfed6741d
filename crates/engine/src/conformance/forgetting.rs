//! Forgetting: old idempotency keys and payment events go, in small steps, and nothing else.

use std::time::Duration;

use doorbuster_domain::{
    Command, CreateOrder, Effect, EventKey, NewOrderId, Outcome, PaymentKind, PaymentReport,
    PaymentResult, PlaceHold, Timestamp, decide,
};

use super::Bench;
use super::values::{
    START, TICKET, chosen_order, event_key, hold, hold_id, idempotency_key, opening, order,
    order_id, paid, place, report,
};
use crate::clock::plus;
use crate::{Page, PaymentFilter, Reader, Store};

/// More than any test has.
const ALL: usize = 1_000;

const NEVER: Timestamp = Timestamp::from_millis(i64::MIN);
const ALWAYS: Timestamp = Timestamp::from_millis(i64::MAX);

async fn batch<S: Store>(store: &mut S, now: Timestamp, commands: &[Command]) -> Vec<Outcome> {
    let now = store.load(now, commands).await.unwrap();
    let ledger = store.ledger();
    let outcomes = commands.iter().map(|command| decide(ledger, now, command)).collect();
    store.commit().await.unwrap();
    store.ledger().settle();
    outcomes
}

async fn opened<B: Bench>(bench: &mut B) -> (B::Store, B::Reader) {
    let (mut store, reader) = bench.open().await;
    batch(&mut store, START, &opening(1_000)).await;
    (store, reader)
}

fn keyed_hold(n: u64, key: &str) -> Command {
    let idempotency_key = Some(idempotency_key(key));
    Command::PlaceHold(PlaceHold { idempotency_key, ..place(n, TICKET, 1) })
}

fn replayed(outcome: &Outcome) -> bool {
    match outcome {
        Ok(Effect::Hold { replayed, .. } | Effect::Order { replayed, .. }) => *replayed,
        Ok(Effect::Payment(answer)) => answer.result == PaymentResult::Duplicate,
        Ok(Effect::Product(_) | Effect::Expired { .. }) | Err(_) => false,
    }
}

async fn recorded<R: Reader>(reader: &R) -> Vec<EventKey> {
    let page = Page { before: None, limit: ALL };
    let rows = reader.payments(PaymentFilter::default(), page).await.unwrap();
    rows.into_iter().map(|(_, event)| event.key).collect()
}

/// Only rows from before the given times go, those of keys and of events each by their own.
pub async fn only_what_is_old_is_forgotten<B: Bench>(mut bench: B) {
    let (mut store, reader) = opened(&mut bench).await;
    let later = plus(START, Duration::from_millis(1));
    batch(&mut store, START, &[hold(1, 1), order(1)]).await;
    batch(&mut store, START, &[keyed_hold(2, "old"), paid("old", 1)]).await;
    batch(&mut store, later, &[keyed_hold(3, "new"), paid("new", 1)]).await;
    assert_eq!(store.forget(START, START, ALL).await.unwrap(), (0, 0));
    assert_eq!(store.forget(NEVER, later, ALL).await.unwrap(), (0, 1));
    assert_eq!(recorded(&reader).await, [event_key("new")]);
    let again = batch(&mut store, later, &[keyed_hold(4, "old")]).await;
    assert!(replayed(&again[0]), "{again:?}");
    assert_eq!(store.forget(later, NEVER, ALL).await.unwrap(), (1, 0));
    assert_eq!(store.forget(later, later, ALL).await.unwrap(), (0, 0));
    let new = batch(&mut store, later, &[keyed_hold(5, "new"), paid("new", 1)]).await;
    assert!(new.iter().all(replayed), "{new:?}");
    for n in 1..=3 {
        assert!(reader.hold(hold_id(n)).await.unwrap().is_some(), "holds are not forgotten");
    }
    assert!(reader.order(order_id(1)).await.unwrap().is_some(), "orders are not forgotten");
    let audit = reader.audit().await.unwrap();
    assert!(audit.is_ok(), "{audit:#?}");
}

/// One step removes at most so many of each, and says how many; the rest goes with the next ones.
pub async fn forgetting_goes_in_bounded_steps<B: Bench>(mut bench: B) {
    let (mut store, reader) = opened(&mut bench).await;
    batch(&mut store, START, &[hold(1, 1), order(1)]).await;
    let keys = (2..12).map(|n| keyed_hold(n, &format!("key {n}").replace(' ', "-")));
    let events = (0..9).map(|n| paid(&format!("event {n}"), 1));
    batch(&mut store, START, &keys.chain(events).collect::<Vec<_>>()).await;
    for (step, left) in [((4, 4), 5), ((4, 4), 1), ((2, 1), 0), ((0, 0), 0)] {
        assert_eq!(store.forget(ALWAYS, ALWAYS, 4).await.unwrap(), step);
        assert_eq!(recorded(&reader).await.len(), left);
    }
}

/// A request under a forgotten key is a new one, after a restart too.
pub async fn a_forgotten_key_is_free_again<B: Bench>(mut bench: B) {
    let (mut store, reader) = opened(&mut bench).await;
    let keyed_order = |n| {
        Command::CreateOrder(CreateOrder {
            hold_id: hold_id(n),
            order_id: NewOrderId::Fresh(order_id(n)),
            idempotency_key: Some(idempotency_key("key")),
        })
    };
    batch(&mut store, START, &[keyed_hold(1, "key"), keyed_order(1), hold(2, 1)]).await;
    assert_eq!(store.forget(ALWAYS, NEVER, ALL).await.unwrap(), (2, 0));
    let mut other = place(3, TICKET, 2);
    other.idempotency_key = Some(idempotency_key("key"));
    let other = Command::PlaceHold(other);
    let free = batch(&mut store, START, &[other.clone(), keyed_order(2)]).await;
    assert!(free.iter().all(|outcome| outcome.is_ok() && !replayed(outcome)), "{free:?}");
    drop((store, reader));
    let (mut store, reader) = bench.open().await;
    let again = batch(&mut store, START, &[other, keyed_order(2)]).await;
    assert!(again.iter().all(replayed), "{again:?}");
    assert!(reader.audit().await.unwrap().is_ok());
}

/// A forgotten event that is delivered once more is recorded anew, and has no second effect.
pub async fn a_forgotten_event_is_taken_anew<B: Bench>(mut bench: B) {
    let (mut store, reader) = opened(&mut bench).await;
    let wrong = PaymentReport { amount: Some(1), ..report("wrong", PaymentKind::Paid, 2) };
    let right = Command::RecordPayment(PaymentReport { amount: Some(9_999), ..wrong.clone() });
    let wrong = Command::RecordPayment(wrong);
    batch(&mut store, START, &[hold(1, 1), order(1), hold(2, 1), order(2)]).await;
    batch(&mut store, START, &[paid("e", 1), wrong]).await;
    let before = store.ledger().product(TICKET).cloned();
    assert_eq!(store.forget(NEVER, ALWAYS, ALL).await.unwrap(), (0, 2));
    let later = plus(START, Duration::from_millis(1));
    let again = batch(&mut store, later, &[paid("e", 1)]).await;
    let Ok(Effect::Payment(answer)) = &again[0] else { unreachable!("{again:?}") };
    assert_eq!(answer.result, PaymentResult::Ignored);
    assert_eq!(store.ledger().product(TICKET).cloned(), before);
    let paid_after_all = batch(&mut store, later, &[right]).await;
    let Ok(Effect::Payment(answer)) = &paid_after_all[0] else {
        unreachable!("{paid_after_all:?}")
    };
    assert_eq!(answer.result, PaymentResult::Applied);
    assert_eq!(recorded(&reader).await, [event_key("wrong"), event_key("e")]);
    let audit = reader.audit().await.unwrap();
    assert!(audit.is_ok(), "{audit:#?}");
}

/// An event that waits for its order is kept, however old; once it is applied it can go.
pub async fn events_that_wait_are_never_forgotten<B: Bench>(mut bench: B) {
    let (mut store, reader) = opened(&mut bench).await;
    batch(&mut store, START, &[hold(1, 1), paid("early", 1), paid("earlier", 2)]).await;
    assert_eq!(store.forget(ALWAYS, ALWAYS, ALL).await.unwrap(), (0, 0));
    let created = batch(&mut store, START, &[chosen_order(1)]).await;
    let Ok(Effect::Order { early_events, .. }) = &created[0] else { unreachable!("{created:?}") };
    assert_eq!(early_events.len(), 1);
    assert_eq!(store.forget(ALWAYS, ALWAYS, ALL).await.unwrap(), (0, 1));
    assert_eq!(recorded(&reader).await, [event_key("earlier")]);
    assert!(reader.audit().await.unwrap().is_ok());
}
