//! What readers see, and what is refused without asking the engine's thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use doorbuster_domain::{
    ChangeProduct, Command, CustomerId, Effect, PlaceHold, Product, ProductId, Quantity, Refusal,
    Timestamp, TotalStock,
};
use doorbuster_engine::{MemoryStore, Published, Snapshot, Store};

use crate::running::{Running, idle};
use crate::scripted::{Commits, Script, Scripted};
use crate::shop::{
    Answer, HOLD_SECONDS, PAYMENT_SECONDS, START, TICKET, committed, held, hold, keyed_hold, order,
    ordered, paid, place, release, selling, terms,
};

fn sold_out() -> Answer {
    Ok(Err(Refusal::InsufficientStock { available: 0 }))
}

/// An engine that has sold out in hold 1, and is now stuck in a commit.
async fn stuck_and_sold_out() -> (Running, Script, Commits) {
    let mut inner = selling(10, terms()).await;
    committed(&mut inner, START, &[hold(1, 10)]).await;
    stuck(inner).await
}

/// An engine that is stuck in a commit which changes nothing of the ticket.
async fn stuck(inner: MemoryStore) -> (Running, Script, Commits) {
    let (store, script, mut commits) = Scripted::gated(inner);
    let engine = Running::start(store).await;
    engine.ask(release(999));
    commits.begun().await;
    (engine, script, commits)
}

#[tokio::test(start_paused = true)]
async fn whoever_has_an_answer_reads_its_effect() {
    let (store, _) = Scripted::free(selling(1_000, terms()).await);
    let engine = Running::start(store).await;
    for n in 1..=50_u32 {
        let hold = held(engine.answer(hold(n.into(), 2)).await);
        let published = engine.handle.product(TICKET).unwrap();
        assert_eq!(published.product.held, 2 * n);
        assert_eq!(published.next_deadline, Some(hold.expires_at));
    }
    ordered(engine.answer(order(1)).await);
    engine.answer(paid("e", 1)).await.unwrap().unwrap();
    assert_eq!((engine.ticket().held, engine.ticket().sold), (98, 2));
    let mut change = ChangeProduct::of(TICKET);
    change.paused = Some(true);
    let changed = engine.answer(Command::ChangeProduct(change)).await;
    assert_eq!(changed, Ok(Ok(Effect::Product(engine.ticket()))));
}

#[tokio::test(start_paused = true)]
async fn a_sold_out_product_refuses_without_the_engine() {
    let (engine, script, _commits) = stuck_and_sold_out().await;
    for n in 2..100 {
        assert_eq!(engine.answer(hold(n, 1)).await, sold_out());
    }
    assert_eq!(engine.handle.mailbox_depth(), 0);
    assert_eq!(script.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn too_few_units_are_refused_without_the_engine_and_enough_are_not() {
    let mut inner = selling(10, terms()).await;
    committed(&mut inner, START, &[hold(1, 7)]).await;
    let (engine, script, _commits) = stuck(inner).await;
    let too_few = Ok(Err(Refusal::InsufficientStock { available: 3 }));
    assert_eq!(engine.answer(hold(2, 4)).await, too_few);
    let enough = engine.ask(hold(3, 3));
    idle().await;
    script.open_gate();
    held(enough.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_request_with_an_idempotency_key_always_reaches_the_engine() {
    let (store, script) = Scripted::free(selling(10, terms()).await);
    let engine = Running::start(store).await;
    held(engine.answer(keyed_hold(1, 10, "click")).await);
    let again = engine.answer(keyed_hold(2, 10, "click")).await;
    let Ok(Ok(Effect::Hold { hold, replayed: true })) = again else { panic!("{again:?}") };
    assert_eq!(hold.id, place(1, 10).hold_id);
    assert_eq!(engine.answer(keyed_hold(3, 10, "other")).await, sold_out());
    assert_eq!(script.attempts(), 3);
}

#[tokio::test(start_paused = true)]
async fn units_of_an_overdue_hold_are_not_refused() {
    let (engine, script, _commits) = stuck_and_sold_out().await;
    let deadline = Duration::from_secs(HOLD_SECONDS.into());
    engine.advance(deadline - Duration::from_millis(1)).await;
    assert_eq!(engine.answer(hold(2, 1)).await, sold_out());
    engine.advance(Duration::from_millis(1)).await;
    let buyer = engine.ask(hold(3, 10));
    idle().await;
    script.open_gate();
    held(buyer.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_order_with_less_time_moves_the_deadline_that_readers_see() {
    let mut inner = selling(10, terms()).await;
    committed(&mut inner, START, &[hold(1, 10)]).await;
    let (store, script, mut commits) = Scripted::gated(inner);
    let engine = Running::start(store).await;
    let deadline = |engine: &Running| engine.handle.product(TICKET).unwrap().next_deadline;
    let after =
        |seconds: u32| Some(START.plus_seconds(doorbuster_domain::Seconds::new(seconds).unwrap()));
    assert_eq!(deadline(&engine), after(HOLD_SECONDS));
    let created = engine.ask(order(1));
    commits.begun().await;
    script.let_through(1);
    ordered(created.await.unwrap());
    assert_eq!(deadline(&engine), after(PAYMENT_SECONDS));

    // The engine is stuck in another commit when the order falls due.
    engine.ask(release(999));
    commits.begun().await;
    engine.advance(Duration::from_secs(PAYMENT_SECONDS.into()) - Duration::from_millis(1)).await;
    assert_eq!(engine.answer(hold(2, 1)).await, sold_out());
    engine.advance(Duration::from_millis(1)).await;
    let buyer = engine.ask(hold(3, 10));
    idle().await;
    script.open_gate();
    held(buyer.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn once_paid_there_is_no_deadline_left() {
    let (store, _) = Scripted::free(selling(10, terms()).await);
    let engine = Running::start(store).await;
    held(engine.answer(hold(1, 10)).await);
    ordered(engine.answer(order(1)).await);
    engine.answer(paid("e", 1)).await.unwrap().unwrap();
    assert_eq!(engine.handle.product(TICKET).unwrap().next_deadline, None);
    engine.advance(Duration::from_secs(1_000_000)).await;
    assert_eq!(engine.answer(hold(2, 1)).await, sold_out());
}

/// The refusal of a hold on a sold-out product with these terms, and how many batches it took.
async fn refusal(
    change: impl Fn(&mut doorbuster_domain::Terms),
    place: PlaceHold,
) -> (Answer, usize) {
    let mut inner = selling(10, terms()).await;
    committed(&mut inner, START, &[hold(1, 10)]).await;
    let product = inner.ledger().product(TICKET).unwrap().clone();
    let mut terms = product.terms.clone();
    change(&mut terms);
    inner.ledger().recover_product(Product { terms, ..product });
    let (store, script) = Scripted::free(inner);
    let engine = Running::start(store).await;
    let answer = engine.answer(Command::PlaceHold(place)).await;
    (answer, script.attempts())
}

#[tokio::test(start_paused = true)]
async fn why_a_sale_is_not_open_comes_before_sold_out() {
    let later = Timestamp::from_millis(START.as_millis() + 1);
    let paused = refusal(|terms| terms.paused = true, place(2, 1)).await;
    assert_eq!(paused, (Ok(Err(Refusal::SalePaused)), 1));
    let closed = refusal(|terms| terms.closes_at = Some(START), place(2, 1)).await;
    assert_eq!(closed, (Ok(Err(Refusal::SaleClosed)), 1));
    let scheduled = refusal(|terms| terms.opens_at = Some(later), place(2, 1)).await;
    assert_eq!(scheduled, (Ok(Err(Refusal::SaleNotOpen { opens_at: later })), 1));
    let open = refusal(|terms| terms.closes_at = Some(later), place(2, 1)).await;
    assert_eq!(open, (sold_out(), 0));
}

#[tokio::test(start_paused = true)]
async fn a_missing_customer_comes_before_sold_out() {
    let limited = |terms: &mut doorbuster_domain::Terms| terms.max_per_customer = Quantity::new(2);
    assert_eq!(refusal(limited, place(2, 1)).await, (Ok(Err(Refusal::CustomerRequired)), 1));
    let customer_id = Some(CustomerId::new("Ann").unwrap());
    let named = PlaceHold { customer_id, ..place(2, 1) };
    assert_eq!(refusal(limited, named).await, (sold_out(), 0));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_product_is_for_the_engine_to_refuse() {
    let (store, script) = Scripted::free(selling(10, terms()).await);
    let engine = Running::start(store).await;
    let unknown = PlaceHold { product_id: ProductId::MAX, ..place(1, 1) };
    let answer = engine.answer(Command::PlaceHold(unknown)).await;
    assert_eq!(answer, Ok(Err(Refusal::ProductNotFound)));
    assert_eq!(script.attempts(), 1);
    assert!(engine.handle.product(ProductId::MAX).is_none());
}

/// A product in which every number is `n`.
async fn published(id: u64, n: u32) -> Published {
    let mut store = selling(0, terms()).await;
    let product = store.ledger().product(TICKET).unwrap().clone();
    let product = Product {
        id: ProductId::new(id).unwrap(),
        total: TotalStock::new(n).unwrap(),
        held: n,
        sold: n,
        version: n.into(),
        ..product
    };
    Published { product, next_deadline: Some(Timestamp::from_millis(n.into())), revision: 0 }
}

#[tokio::test]
async fn readers_of_a_snapshot_see_whole_products_and_never_an_older_one_again() {
    const VERSIONS: u32 = 20_000;
    let snapshot = Snapshot::default();
    let first = published(1, 0).await;
    snapshot.publish(first.clone());
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let read = || {
            let (mut last, mut different) = (0, 0_u32);
            while !done.load(Ordering::Acquire) {
                let seen = snapshot.product(TICKET).unwrap();
                let Product { total, held, sold, version, .. } = &seen.product;
                let deadline = seen.next_deadline.unwrap().as_millis();
                assert_eq!([*held, *sold], [total.get(); 2], "half a product");
                assert_eq!((*version, deadline), (u64::from(*held), i64::from(*held)));
                assert!(*held >= last, "an older product came back");
                different += u32::from(*held > last);
                last = *held;
                assert!(snapshot.products(None, 10).len() <= 2);
            }
            different
        };
        let readers = [threads.spawn(read), threads.spawn(read)];
        for n in 1..=VERSIONS {
            let total = TotalStock::new(n).unwrap();
            let (held, sold, version) = (n, n, n.into());
            let product = Product { total, held, sold, version, ..first.product.clone() };
            let next_deadline = Some(Timestamp::from_millis(n.into()));
            snapshot.publish(Published { product, next_deadline, revision: 0 });
            if n == VERSIONS / 2 {
                let id = ProductId::new(2).unwrap();
                let product = Product { id, ..first.product.clone() };
                snapshot.publish(Published { product, next_deadline: None, revision: 0 });
            }
        }
        done.store(true, Ordering::Release);
        let seen: u32 = readers.map(|reader| reader.join().unwrap()).iter().sum();
        println!("two readers saw {seen} changes of {VERSIONS} between them");
    });
    assert_eq!(snapshot.product(TICKET).unwrap().product.held, VERSIONS);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_refused_from_a_snapshot_that_is_too_old() {
    let (store, script) = Scripted::free(selling(1, terms()).await);
    let engine = Running::start(store).await;
    held(engine.answer(hold(1, 1)).await);
    let sold_out = Ok(Err(Refusal::InsufficientStock { available: 0 }));
    for (fresh_until_ms, batches) in [(1, 1), (0, 2), (-1, 3), (1, 3)] {
        let until = Timestamp::from_millis(START.as_millis() + fresh_until_ms);
        engine.handle.snapshot().fresh_until(until);
        assert_eq!(engine.answer(hold(2, 1)).await, sold_out);
        assert_eq!(script.attempts(), batches, "fresh until {fresh_until_ms}");
    }
}

#[tokio::test]
async fn of_several_publishers_the_later_revision_wins() {
    let snapshot = Snapshot::default();
    let revised = |published: Published, revision| Published { revision, ..published };
    for (n, revision, seen) in [(1, 5, 1), (2, 4, 1), (3, 6, 3), (4, 6, 4), (5, 1, 4)] {
        snapshot.publish(revised(published(1, n).await, revision));
        assert_eq!(snapshot.product(TICKET).unwrap().product.held, seen, "revision {revision}");
    }
}

#[tokio::test]
async fn products_are_listed_by_id_and_page_by_page() {
    let snapshot = Snapshot::default();
    for id in [5, 1, 9, 3, ProductId::MAX.get()] {
        snapshot.publish(published(id, 1).await);
    }
    snapshot.publish(published(3, 2).await);
    let ids = |after: Option<u64>, limit| {
        let page = snapshot.products(after.and_then(ProductId::new), limit);
        page.iter().map(|published| published.product.id.get()).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 100), [1, 3, 5, 9, ProductId::MAX.get()]);
    assert_eq!(ids(None, 2), [1, 3]);
    assert_eq!(ids(Some(3), 2), [5, 9]);
    assert_eq!(ids(Some(4), 2), [5, 9]);
    assert_eq!(ids(Some(ProductId::MAX.get()), 2), [0_u64; 0]);
    assert_eq!(ids(None, 0), [0_u64; 0]);
}
