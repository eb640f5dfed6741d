//! Old idempotency keys and payment events go in the background.

use std::time::Duration;

use doorbuster_domain::{Command, Effect, PaymentResult, Timestamp};
use doorbuster_engine::{Clock, Options};

use crate::running::{Running, Sight};
use crate::scripted::Scripted;
use crate::shop::{START, committed, held, hold, keyed_hold, order, paid, selling, terms};

const SECOND: Duration = Duration::from_secs(1);

fn retention() -> Options {
    Options {
        request_retention: Duration::from_secs(100),
        event_retention: Duration::from_secs(200),
        ..Options::default()
    }
}

fn after(seconds: i64) -> Timestamp {
    Timestamp::from_millis(START.as_millis() + seconds * 1_000)
}

#[tokio::test(start_paused = true)]
async fn each_second_asks_for_what_is_older_than_its_retention() {
    let (store, script) = Scripted::free(selling(10, terms()).await);
    let engine = Running::start_with(store, Clock::manual(START), retention()).await;
    for _ in 0..3 {
        engine.advance(SECOND).await;
    }
    let asked: Vec<_> = script.forgotten();
    let times: Vec<_> = asked.iter().map(|f| (f.requests_before, f.events_before)).collect();
    let expected = [1, 2, 3].map(|second| (after(second - 100), after(second - 200)));
    assert_eq!(times, expected);
    assert_eq!(engine.seen.all(), [], "there was nothing to tell");
}

#[tokio::test(start_paused = true)]
async fn a_key_and_an_event_are_kept_as_long_as_promised_and_then_go() {
    let mut inner = selling(10, terms()).await;
    committed(&mut inner, START, &[keyed_hold(1, 1, "key"), hold(2, 1), order(2), paid("e", 2)])
        .await;
    let (store, _) = Scripted::free(inner);
    let engine = Running::start_with(store, Clock::manual(START), retention()).await;
    let replayed = async |n: u128| match engine.answer(keyed_hold(n, 1, "key")).await {
        Ok(Ok(Effect::Hold { replayed, .. })) => replayed,
        other => panic!("{other:?}"),
    };
    let duplicate = async || match engine.answer(paid("e", 2)).await {
        Ok(Ok(Effect::Payment(answer))) => answer.result == PaymentResult::Duplicate,
        other => panic!("{other:?}"),
    };
    engine.advance(100 * SECOND).await;
    assert!(replayed(3).await, "kept for 100 seconds at least");
    engine.advance(2 * SECOND).await;
    assert!(!replayed(4).await, "and then free again");
    engine.advance(98 * SECOND).await;
    assert!(duplicate().await, "kept for 200 seconds at least");
    engine.advance(2 * SECOND).await;
    assert!(!duplicate().await, "and then taken anew, without effect");
    assert_eq!(engine.ticket().sold, 1);
    let cleaned = |sight: &Sight| matches!(sight, Sight::Cleaned(..));
    let cleaned: Vec<_> = engine.seen.all().into_iter().filter(cleaned).collect();
    assert_eq!(cleaned[..2], [Sight::Cleaned(1, 0), Sight::Cleaned(0, 1)]);
}

#[tokio::test(start_paused = true)]
async fn many_old_ones_go_in_small_steps_with_pauses_for_buyers() {
    let mut inner = selling(10_000, terms()).await;
    let keyed = (1..=600).map(|n| keyed_hold(n, 1, &format!("key{n}")));
    committed(&mut inner, START, &keyed.collect::<Vec<_>>()).await;
    let (store, script) = Scripted::free(inner);
    let clock = Clock::manual(START);
    clock.advance(90 * SECOND);
    let engine = Running::start_with(store, clock, retention()).await;
    engine.advance(11 * SECOND).await;
    assert_eq!(script.forgotten().len(), 1, "one step at a time");
    held(engine.answer(hold(10_000, 1)).await);
    engine.advance(Duration::from_millis(20)).await;
    engine.advance(Duration::from_millis(20)).await;
    let found: Vec<_> = script.forgotten().iter().map(|f| f.found.0).collect();
    assert_eq!(found, [256, 256, 88]);
    assert!(script.forgotten().iter().all(|f| f.limit == 256));
    engine.advance(Duration::from_millis(20)).await;
    assert_eq!(script.forgotten().len(), 3, "then it is quiet for a second");
}

#[tokio::test(start_paused = true)]
async fn a_busy_engine_cleans_too() {
    let (store, script) = Scripted::free(selling(1_000_000, terms()).await);
    let engine = Running::start_with(store, Clock::manual(START), retention()).await;
    let handle = engine.handle.clone();
    let buyers: Vec<_> = (0..20_u128)
        .map(|buyer| {
            let handle = handle.clone();
            tokio::spawn(async move {
                for n in 0..50 {
                    let command: Command = hold(buyer * 1_000 + n, 1);
                    let trace = doorbuster_engine::Trace::none();
                    held(handle.submit(command, trace).await);
                }
            })
        })
        .collect();
    while script.attempts() < 5 {
        tokio::task::yield_now().await;
    }
    engine.clock.advance(SECOND);
    while script.attempts() < 15 {
        tokio::task::yield_now().await;
    }
    assert_eq!(script.forgotten().len(), 1, "it waited for a pause that does not come");
    for buyer in buyers {
        buyer.await.unwrap();
    }
}
