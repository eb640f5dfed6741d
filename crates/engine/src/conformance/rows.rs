//! Rows: durable as soon as they are committed, whatever is in them, and there when needed.

use std::time::Duration;

use doorbuster_domain::{
    ChangeProduct, Command, CreateOrder, CreateProduct, Currency, CustomerId, Effect, EventId,
    IdempotencyKey, NewOrderId, OrderId, OrderState, PaymentKind, PaymentReport, PaymentResult,
    PlaceHold, Price, ProductCode, ProductId, Quantity, Refusal, Timestamp, TotalStock,
};
use uuid::Uuid;

use super::Bench;
use super::every_state::in_every_state;
use super::values::{
    HOLD_SECONDS, TICKET, awkward_ascii, awkward_payload, awkward_text, cancel, chosen_order,
    customer, event_key, expire_all, extend, highest_terms, hold, hold_for, hold_id,
    idempotency_key, opening, order, order_id, paid, place, refund, release, report, terms,
};
use super::witness::Witness;
use crate::{Reader, Store};

/// Guarantee 2: rows in every state are read back as they were committed.
pub async fn rows_survive_reopening_in_every_state<B: Bench>(bench: B) {
    let mut witness = in_every_state(bench).await;
    witness.agrees().await;
    let mut witness = witness.reopen().await;
    witness.agrees().await;
    for n in 1..=15 {
        let expected = witness.plain.hold(hold_id(n)).cloned();
        assert_eq!(witness.reader.hold(hold_id(n)).await.unwrap(), expected);
        let expected = witness.plain.order(order_id(n)).cloned();
        assert_eq!(witness.reader.order(order_id(n)).await.unwrap(), expected);
    }
}

/// Guarantee 2, for the longest texts and the highest numbers that the rules allow.
pub async fn rows_survive_reopening_with_extreme_values<B: Bench>(bench: B) {
    let id = ProductId::MAX;
    let create = CreateProduct { id: Some(id), terms: highest_terms(), total: TotalStock::MAX };
    let mut witness = Witness::of(bench, &[Command::CreateProduct(create)]).await;
    let longest = PlaceHold {
        customer_id: Some(CustomerId::new(&awkward_text(CustomerId::MAX_CHARS)).unwrap()),
        idempotency_key: Some(
            IdempotencyKey::new(&awkward_ascii(IdempotencyKey::MAX_CHARS)).unwrap(),
        ),
        ..place(1, id, Quantity::MAX.get())
    };
    let order = CreateOrder {
        hold_id: hold_id(1),
        order_id: NewOrderId::Chosen(OrderId::new(Uuid::max())),
        idempotency_key: longest.idempotency_key.clone(),
    };
    let mut payment = report("e", PaymentKind::Paid, 1);
    payment.key.event_id = EventId::new(&awkward_text(EventId::MAX_CHARS)).unwrap();
    payment.order_id = OrderId::new(Uuid::max());
    payment.amount = Some(Price::MAX.times(Quantity::MAX));
    payment.currency = Currency::new("XTS");
    payment.payload = awkward_payload();
    // An event that waits for its order may claim any amount, and have a body without a character.
    let waiting = PaymentReport {
        key: event_key("waiting"),
        order_id: OrderId::new(Uuid::nil()),
        amount: u64::try_from(i64::MAX).ok(),
        payload: "".into(),
        ..payment.clone()
    };
    let commands = [
        Command::PlaceHold(longest),
        Command::ExtendHold(hold_id(1)),
        Command::CreateOrder(order),
        Command::RecordPayment(payment),
        Command::RecordPayment(waiting),
    ];
    for outcome in witness.batch(&commands).await {
        outcome.unwrap();
    }
    let mut witness = witness.reopen().await;
    witness.agrees().await;
    // Both idempotency keys, and both events, are known to the letter.
    for outcome in witness.batch(&commands).await.into_iter().take(5).flatten() {
        match outcome {
            Effect::Hold { replayed, .. } | Effect::Order { replayed, .. } => assert!(replayed),
            Effect::Payment(answer) => assert_eq!(answer.result, PaymentResult::Duplicate),
            Effect::Product(_) | Effect::Expired { .. } => unreachable!("not asked for"),
        }
    }
}

/// Guarantee 2, for times at both ends of their range.
pub async fn times_survive_at_both_ends<B: Bench>(bench: B) {
    let mut witness = Witness::new(bench).await;
    witness.now = Timestamp::from_millis(-1);
    witness.batch(&opening(10)).await;
    witness.batch(&[hold(1, 1), hold(2, 1), order(2), paid("2", 2)]).await;
    let mut witness = witness.reopen().await;
    witness.agrees().await;
    witness.now = Timestamp::from_millis(i64::MAX);
    let keyed = PlaceHold { idempotency_key: Some(idempotency_key("k")), ..place(3, TICKET, 1) };
    witness.batch(&[Command::PlaceHold(keyed), paid("3", 3)]).await;
    let mut witness = witness.reopen().await;
    witness.agrees().await;
}

/// Names are compared to the letter: case, accents and spaces make another one.
pub async fn names_that_look_alike_are_different<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    let names = ["ann", "Ann", "ann ", " ann", "\u{e9}", "e\u{301}", "straße", "strasse"];
    let mut commands = Vec::new();
    for (n, name) in (1..).zip(names) {
        let customer_id = Some(customer(name));
        let idempotency_key = Some(idempotency_key("same"));
        let hold = PlaceHold { customer_id, idempotency_key, ..place(n, TICKET, 1) };
        commands.push(Command::PlaceHold(hold));
        commands.push(paid(name, 1_000 + n));
    }
    for (n, key) in (100..).zip(["sku", "SKU", "sku.", "%"]) {
        let idempotency_key = Some(idempotency_key(key));
        let hold = PlaceHold { idempotency_key, ..place(n, TICKET, 1) };
        commands.push(Command::PlaceHold(hold));
        let mut terms = terms(key);
        terms.code = Some(ProductCode::new(key).unwrap());
        let total = TotalStock::new(1).unwrap();
        commands.push(Command::CreateProduct(CreateProduct { id: None, terms, total }));
    }
    for outcome in witness.batch(&commands).await {
        let outcome = outcome.unwrap();
        assert!(!matches!(outcome, Effect::Hold { replayed: true, .. }), "{outcome:?}");
    }
    let mut witness = witness.reopen().await;
    witness.agrees().await;
    // Every one of them is found again, under its own name.
    witness.batch(&commands).await;
    witness.agrees().await;
}

/// Guarantee 1: rows that have ended come back when a command names them.
pub async fn finished_rows_are_loaded_on_demand<B: Bench>(bench: B) {
    let mut witness = in_every_state(bench).await;
    for reopened in [false, true] {
        if reopened {
            witness = witness.reopen().await;
        }
        assert_eq!(witness.one(release(3)).await, Err(Refusal::HoldExpired));
        let again = witness.one(release(2)).await;
        assert!(matches!(again, Ok(Effect::Hold { replayed: true, .. })), "{again:?}");
        assert_eq!(witness.one(extend(2)).await, Err(Refusal::HoldReleased));
        let used = Err(Refusal::HoldUsed { order_id: order_id(5) });
        assert_eq!(witness.one(order(5)).await, used);
        let again = witness.one(chosen_order(5)).await;
        assert!(matches!(again, Ok(Effect::Order { replayed: true, .. })), "{again:?}");
        let taken = CreateOrder {
            hold_id: hold_id(1),
            order_id: NewOrderId::Chosen(order_id(5)),
            idempotency_key: None,
        };
        assert_eq!(witness.one(Command::CreateOrder(taken)).await, Err(Refusal::OrderIdTaken));
        let again = witness.one(cancel(6)).await;
        assert!(matches!(again, Ok(Effect::Order { replayed: true, .. })), "{again:?}");
        let again = witness.one(refund(9, false)).await;
        assert!(matches!(again, Ok(Effect::Order { replayed: true, .. })), "{again:?}");
        assert_eq!(witness.one(paid("5", 6)).await, Err(Refusal::EventIdReused));
        let Ok(Effect::Payment(answer)) = witness.one(paid("5", 5)).await else { unreachable!() };
        assert_eq!(answer.result, PaymentResult::Duplicate);
        assert_eq!(answer.order_state, Some(OrderState::Paid));
    }
    // A payment after all, and a refund, of orders that ended before the restart. Ann's units are
    // counted with them.
    let Ok(Effect::Payment(late)) = witness.one(paid("6", 6)).await else { unreachable!() };
    assert!(late.late && late.order_state == Some(OrderState::Paid));
    witness.one(refund(5, true)).await.unwrap();
    witness.one(refund(8, true)).await.unwrap();
    let mut limited = ChangeProduct::of(TICKET);
    limited.max_per_customer = Some(Quantity::new(20));
    witness.one(Command::ChangeProduct(limited)).await.unwrap();
    let remaining = witness.one(hold_for(20, 20, "Ann")).await;
    assert!(matches!(remaining, Err(Refusal::CustomerLimitReached { .. })), "{remaining:?}");
    witness.agrees().await;
}

/// Guarantee 2: what was loaded and decided but not committed never happened.
pub async fn nothing_is_durable_before_its_commit<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(10)).await;
    witness.batch(&[hold(1, 2)]).await;
    let commands = [release(1), hold(2, 5), paid("e", 9)];
    let now = witness.store.load(witness.now, &commands).await.unwrap();
    for command in &commands {
        doorbuster_domain::decide(witness.store.ledger(), now, command).unwrap();
    }
    let seen = witness.reader.hold(hold_id(1)).await.unwrap();
    assert_eq!(seen.as_ref(), witness.plain.hold(hold_id(1)));
    let mut witness = witness.reopen().await;
    witness.agrees().await;
}

/// Guarantee 2: when `commit` has returned, every reader sees it, those opened before too.
pub async fn a_reader_sees_a_commit_at_once<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(1_000)).await;
    assert_eq!(witness.reader.hold(hold_id(1)).await.unwrap(), None);
    for n in 1..=20 {
        witness.batch(&[hold(n, 1), paid(&format!("e{n}"), n)]).await;
        let seen = witness.reader.hold(hold_id(n)).await.unwrap();
        assert_eq!(seen.as_ref(), witness.plain.hold(hold_id(n)));
        witness.batch(&[chosen_order(n)]).await;
        let seen = witness.reader.order(order_id(n)).await.unwrap();
        assert_eq!(seen.as_ref(), witness.plain.order(order_id(n)));
        witness.agrees().await;
    }
}

/// What falls due is known after a restart, to the millisecond.
pub async fn deadlines_are_recovered<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(100)).await;
    witness.batch(&[hold(1, 1), hold_for(2, 2, "Ann"), hold(3, 3), order(3)]).await;
    witness.wait(Duration::from_millis(1_234));
    witness.batch(&[hold(4, 4), extend(1)]).await;
    let mut witness = witness.reopen().await;
    witness.agrees_in_memory();
    let due = witness.store.next_deadline().unwrap();
    assert_eq!(due.as_millis(), super::values::START.as_millis() + i64::from(HOLD_SECONDS) * 1_000);
    witness.now = Timestamp::from_millis(due.as_millis() - 1);
    assert_eq!(witness.one(expire_all()).await, Ok(Effect::Expired { holds: 0, orders: 0 }));
    witness.now = due;
    assert_eq!(witness.one(expire_all()).await, Ok(Effect::Expired { holds: 1, orders: 0 }));
    witness.wait_seconds(1_000);
    let mut witness = witness.reopen().await;
    // Nobody asked for expiry: the units of overdue rows are there for whoever needs them.
    witness.one(hold(5, 100)).await.unwrap();
    witness.agrees().await;
}

/// The next product id is above the highest ever given, and codes stay unique, after a restart.
pub async fn product_ids_and_codes_are_recovered<B: Bench>(bench: B) {
    let mut witness = Witness::of(bench, &opening(1)).await;
    let create = |code: Option<&str>, id: Option<u64>| {
        let mut terms = terms("Coded");
        terms.code = code.map(|code| ProductCode::new(code).unwrap());
        let id = id.map(|id| ProductId::new(id).unwrap());
        Command::CreateProduct(CreateProduct { id, terms, total: TotalStock::new(0).unwrap() })
    };
    witness.one(create(Some("one"), Some(1_000))).await.unwrap();
    let mut witness = witness.reopen().await;
    let Ok(Effect::Product(next)) = witness.one(create(Some("two"), None)).await else {
        unreachable!("the code is free")
    };
    assert_eq!(next.id.get(), 1_001);
    let taken = Err(Refusal::ProductExists { what: "code" });
    assert_eq!(witness.one(create(Some("one"), None)).await, taken);
    let mut freed = ChangeProduct::of(ProductId::new(1_000).unwrap());
    freed.code = Some(None);
    witness.one(Command::ChangeProduct(freed)).await.unwrap();
    let mut witness = witness.reopen().await;
    witness.one(create(Some("one"), None)).await.unwrap();
    witness.one(create(None, Some(ProductId::MAX.get()))).await.unwrap();
    let mut witness = witness.reopen().await;
    let none_left = Err(Refusal::ProductExists { what: "id" });
    assert_eq!(witness.one(create(None, None)).await, none_left);
    witness.agrees().await;
}

/// A batch may be far larger than any statement's limit of parameters.
pub async fn a_large_batch_is_one_commit<B: Bench>(bench: B) {
    const HOLDS: u64 = 5_000;
    let mut witness = Witness::of(bench, &opening(1_000_000)).await;
    let name = |n: u64| format!("customer {}", n % 1_000);
    let placed: Vec<_> = (1..=HOLDS).map(|n| hold_for(n, 1, &name(n))).collect();
    witness.batch(&placed).await;
    let mut witness = witness.reopen().await;
    let ordered = (1..=HOLDS).map(chosen_order);
    let payments = (1..=HOLDS).map(|n| paid(&format!("e{n}"), n));
    witness.batch(&ordered.chain(payments).collect::<Vec<_>>()).await;
    let again: Vec<_> = (1..=HOLDS).flat_map(|n| [paid(&format!("e{n}"), n), release(n)]).collect();
    witness.batch(&again).await;
    witness.agrees_in_memory();
    assert_eq!(witness.reader.audit().await.unwrap(), witness.audit());
}
