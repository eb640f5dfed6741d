//! Expiry: at the deadline, by itself, and never in anyone's way.

use std::sync::mpsc;
use std::time::Duration;

use doorbuster_domain::{Command, Effect, EntryKind, HoldState, OrderState, Refusal, Timestamp};
use doorbuster_engine::{
    BatchReport, Clock, Engine, Observer, Options, Reader, Store, Trace, fresh_uuid,
};

use crate::running::{Running, Sight, idle};
use crate::scripted::Scripted;
use crate::shop::{
    HOLD_SECONDS, PAYMENT_SECONDS, START, committed, held, hold, hold_id, order, order_id, ordered,
    release, selling, terms,
};

const HOLD: Duration = Duration::from_secs(HOLD_SECONDS as u64);
const PAYMENT: Duration = Duration::from_secs(PAYMENT_SECONDS as u64);
const INSTANT: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn a_hold_expires_exactly_at_its_deadline_without_anyone_asking() {
    let inner = selling(10, terms()).await;
    let reader = inner.reader();
    let (store, script) = Scripted::free(inner);
    let engine = Running::start(store).await;
    let placed = held(engine.answer(hold(1, 10)).await);
    engine.advance(HOLD - INSTANT).await;
    assert_eq!((engine.ticket().held, script.attempts()), (10, 1), "not a millisecond early");
    engine.advance(INSTANT).await;
    assert_eq!(engine.ticket().held, 0);
    let expired = reader.hold(hold_id(1)).await.unwrap().unwrap();
    assert_eq!((expired.state, expired.ended_at), (HoldState::Expired, Some(placed.expires_at)));
    assert_eq!(script.batches()[1], [Command::ExpireDue { limit: 1_024 }]);
    assert_eq!(engine.handle.product(crate::shop::TICKET).unwrap().next_deadline, None);
}

#[tokio::test(start_paused = true)]
async fn an_order_expires_exactly_when_it_had_to_be_paid() {
    let inner = selling(10, terms()).await;
    let reader = inner.reader();
    let (store, _) = Scripted::free(inner);
    let engine = Running::start(store).await;
    held(engine.answer(hold(1, 10)).await);
    let created = ordered(engine.answer(order(1)).await);
    engine.advance(PAYMENT - INSTANT).await;
    assert_eq!(engine.ticket().held, 10);
    engine.advance(INSTANT).await;
    assert_eq!(engine.ticket().held, 0);
    let expired = reader.order(order_id(1)).await.unwrap().unwrap();
    assert_eq!((expired.state, expired.updated_at), (OrderState::Expired, created.pay_by));
}

#[tokio::test(start_paused = true)]
async fn what_ended_early_or_was_extended_wakes_nobody() {
    let mut limited = terms();
    limited.max_extensions = 1;
    let (store, script) = Scripted::free(selling(10, limited).await);
    let engine = Running::start(store).await;
    held(engine.answer(hold(1, 1)).await);
    held(engine.answer(hold(2, 1)).await);
    held(engine.answer(release(1)).await);
    held(engine.answer(Command::ExtendHold(hold_id(2))).await);
    let asked = script.attempts();
    engine.advance(2 * HOLD - INSTANT).await;
    assert_eq!((script.attempts(), engine.ticket().held), (asked, 1));
    engine.advance(INSTANT).await;
    assert_eq!((script.attempts(), engine.ticket().held), (asked + 1, 0));
}

#[tokio::test(start_paused = true)]
async fn deadlines_that_follow_one_another_are_all_kept() {
    let (store, _) = Scripted::free(selling(100, terms()).await);
    let engine = Running::start(store).await;
    for n in 1..=20 {
        held(engine.answer(hold(n, 1)).await);
        engine.advance(Duration::from_millis(7)).await;
    }
    engine.advance(HOLD - 20 * Duration::from_millis(7) - INSTANT).await;
    for left in (0..20).rev() {
        assert_eq!(engine.ticket().held, left + 1);
        engine.advance(INSTANT).await;
        assert_eq!(engine.ticket().held, left);
        engine.advance(Duration::from_millis(6)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn deadlines_are_kept_across_a_restart() {
    let mut inner = selling(10, terms()).await;
    committed(&mut inner, START, &[hold(1, 4), hold(2, 2), order(2)]).await;
    let reader = inner.reader();
    drop(inner);
    // The process was down when the order fell due, and is back before the hold does.
    let clock = Clock::manual(START);
    clock.advance(PAYMENT + INSTANT);
    let engine = Running::start_with(reader.reopen(), clock, Options::default()).await;
    assert_eq!(engine.ticket().held, 4, "the order expired on start");
    engine.advance(HOLD - PAYMENT - 2 * INSTANT).await;
    assert_eq!(engine.ticket().held, 4);
    engine.advance(INSTANT).await;
    assert_eq!(engine.ticket().held, 0);
    assert!(reader.audit().await.unwrap().is_ok());
}

/// How many of each kind of row are overdue at once in the tests of a rush.
const RUSH: u32 = 3_000;

#[tokio::test(start_paused = true)]
async fn a_rush_of_expiries_goes_in_bounded_steps_until_all_is_done() {
    let mut inner = selling(RUSH, terms()).await;
    let holds: Vec<_> = (1..=RUSH.into()).map(|n| hold(n, 1)).collect();
    committed(&mut inner, START, &holds).await;
    let reader = inner.reader();
    let (store, script) = Scripted::free(inner);
    let engine = Running::start(store).await;
    engine.advance(2 * HOLD).await;
    assert_eq!(engine.ticket().held, 0);
    assert!(script.batches().iter().all(|batch| *batch == [Command::ExpireDue { limit: 1_024 }]));
    let steps: Vec<_> = engine.seen.all().into_iter().map(expiries).collect();
    assert_eq!(steps, [1_024, 1_024, 952]);
    assert!(reader.audit().await.unwrap().is_ok());
}

fn expiries(sight: Sight) -> usize {
    let Sight::Committed(_, journal) = sight else { panic!("{sight:?}") };
    journal.iter().filter(|kind| **kind == EntryKind::HoldExpired).count()
}

#[tokio::test(start_paused = true)]
async fn buyers_are_served_during_a_rush_and_find_every_overdue_unit() {
    let mut inner = selling(RUSH, terms()).await;
    let holds: Vec<_> = (1..=RUSH.into()).map(|n| hold(n, 1)).collect();
    committed(&mut inner, START, &holds).await;
    let reader = inner.reader();
    let (store, script, mut commits) = Scripted::gated(inner);
    let engine = Running::start(store).await;
    engine.advance(2 * HOLD).await;
    assert_eq!(commits.begun().await, 1, "the first step");
    // More units than this step, or the next, gives back by itself.
    let buyers = [engine.ask(hold(10_001, 2_500)), engine.ask(hold(10_002, 500))];
    let too_late = engine.ask(hold(10_003, 1));
    idle().await;
    script.let_through(1);
    assert_eq!(commits.begun().await, 4, "buyers come with the second step");
    script.let_through(1);
    for buyer in buyers {
        held(buyer.await.unwrap());
    }
    let sold_out = Ok(Err(Refusal::InsufficientStock { available: 0 }));
    assert_eq!(too_late.await.unwrap(), sold_out);
    assert_eq!(engine.ticket().held, RUSH);
    script.open_gate();
    idle().await;
    assert!(reader.audit().await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn engine_time_never_runs_backwards_even_if_the_stores_clock_does() {
    let inner = selling(10, terms()).await;
    let reader = inner.reader();
    let (store, script) = Scripted::free(inner);
    let engine = Running::start(store).await;
    // The store's own clock, which the batch is decided at, jumps ahead and comes back.
    script.ahead([Duration::ZERO, Duration::from_secs(60), Duration::ZERO]);
    let mut times = vec![];
    for n in 1..=4 {
        times.push(held(engine.answer(hold(n, 1)).await).created_at.as_millis());
        engine.clock.advance(INSTANT);
    }
    let start = START.as_millis();
    assert_eq!(times, [start, start + 60_001, start + 60_001, start + 60_001]);
    engine.advance(Duration::from_secs(61)).await;
    let last = held(engine.answer(hold(5, 1)).await).created_at.as_millis();
    assert!(last > start + 60_001, "it goes on once the clock has caught up");
    let journal = reader.journal(crate::shop::TICKET, 0, 100).await.unwrap();
    assert!(journal.is_sorted_by_key(|entry| entry.at));
}

/// Tells when a hold's units were back, by the engine's own clock.
struct Watch {
    clock: Clock,
    back: mpsc::SyncSender<Timestamp>,
}

impl Observer for Watch {
    fn committed(&mut self, batch: &BatchReport<'_>) {
        if batch.journal.iter().any(|entry| entry.kind == EntryKind::HoldExpired) {
            self.back.send(self.clock.now()).unwrap();
        }
    }
}

/// On the machine's own clock, in real time.
#[test]
fn an_expired_holds_units_are_back_promptly_in_real_time() {
    let mut short = terms();
    short.hold_seconds = doorbuster_domain::Seconds::new(1).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let store = runtime.block_on(selling(10, short));
    let clock = Clock::system();
    let (back, backs) = mpsc::sync_channel(1);
    let watch = Watch { clock: clock.clone(), back };
    let (engine, handle) = Engine::new(store, watch, clock, Options::default());
    let engine = std::thread::spawn(move || runtime.block_on(engine.run(std::future::pending())));
    let outside = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let id = doorbuster_domain::HoldId::new(fresh_uuid(handle.now()));
    let place = doorbuster_domain::PlaceHold { hold_id: id, ..crate::shop::place(1, 10) };
    let placed = outside.block_on(handle.submit(Command::PlaceHold(place), Trace::none()));
    let Ok(Ok(Effect::Hold { hold, .. })) = placed else { panic!("{placed:?}") };
    let at = backs.recv().unwrap();
    let late_ms = at.as_millis() - hold.expires_at.as_millis();
    println!("the units were back {late_ms} ms after the deadline");
    assert!((0..1_000).contains(&late_ms), "{late_ms} ms late");
    let again = crate::shop::hold(2, 10);
    held(outside.block_on(handle.submit(again, Trace::none())));
    drop(handle); // without anyone to talk to, the engine ends
    engine.join().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_is_not_there_is_not_waited_for() {
    let (mut store, script) = Scripted::free(selling(10, terms()).await);
    assert_eq!(store.ledger().next_deadline(), None);
    let engine = Running::start(store).await;
    engine.advance(100 * HOLD).await;
    assert_eq!(script.attempts(), 0);
}
