//! What the engine does when its store fails.

use std::time::Duration;

use doorbuster_domain::{HoldState, Product, Refusal};
use doorbuster_engine::{EngineError, Reader, Store, SubmitError};

use crate::running::{Running, Sight, idle};
use crate::scripted::{DOUBT_LASTS, Fault, Scripted};
use crate::shop::{
    HOLD_SECONDS, START, TICKET, committed, held, hold, hold_id, release, selling, terms,
};

const UNAVAILABLE: Result<doorbuster_domain::Outcome, SubmitError> = Err(SubmitError::Unavailable);

#[tokio::test(start_paused = true)]
async fn a_conflict_is_tried_again_up_to_five_times() {
    let faults = [Fault::Conflict, Fault::LoadConflicts];
    for (fault, conflicts) in faults.into_iter().flat_map(|f| (1..=5).map(move |n| (f, n))) {
        let (store, script) = Scripted::free(selling(10, terms()).await);
        let engine = Running::start(store).await;
        script.faults(vec![fault; conflicts]);
        held(engine.answer(hold(1, 3)).await);
        let batches = script.batches();
        assert_eq!(batches.len(), conflicts + 1);
        assert!(batches.iter().all(|batch| *batch == batches[0]), "the same commands again");
        let sights = engine.seen.all();
        let retried = (1..).take(conflicts).map(Sight::Retried).collect::<Vec<_>>();
        assert_eq!(sights[..conflicts], retried);
        assert_eq!(engine.ticket().held, 3, "one effect");
        assert!(engine.handle.is_ready());
    }
}

#[tokio::test(start_paused = true)]
async fn after_five_retries_the_batch_is_given_up() {
    let inner = selling(10, terms()).await;
    let reader = inner.reader();
    let (store, script) = Scripted::free(inner);
    let engine = Running::start(store).await;
    script.faults([Fault::Conflict; 6]);
    let before = tokio::time::Instant::now();
    assert_eq!(engine.answer(hold(1, 3)).await, UNAVAILABLE);
    // 2, 4, 8, 16 and 32 ms, each shortened by chance by up to half.
    let waited = before.elapsed();
    let (shortest, longest) = (Duration::from_millis(31), Duration::from_millis(70));
    assert!((shortest..=longest).contains(&waited), "waited {waited:?}");
    assert_eq!(script.attempts(), 6);
    assert_eq!(engine.seen.all().last(), Some(&Sight::Failed(1)));
    assert!(!engine.handle.is_ready());
    assert_eq!(reader.hold(hold_id(1)).await.unwrap(), None);

    held(engine.answer(hold(1, 3)).await);
    assert!(engine.handle.is_ready());
    assert_eq!(engine.ticket().held, 3);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_committed_or_not_loaded_is_unavailable_at_once() {
    for fault in [Fault::NotCommitted, Fault::LoadFails] {
        let inner = selling(10, terms()).await;
        let reader = inner.reader();
        let (store, script) = Scripted::free(inner);
        let engine = Running::start(store).await;
        script.faults([fault]);
        assert_eq!(engine.answer(hold(1, 3)).await, UNAVAILABLE);
        assert_eq!(script.attempts(), 1, "{fault:?} is not tried again");
        assert_eq!(engine.seen.all(), [Sight::Failed(1)]);
        assert!(!engine.handle.is_ready());
        assert_eq!(reader.hold(hold_id(1)).await.unwrap(), None);
        assert_eq!(engine.ticket().held, 0);

        held(engine.answer(hold(1, 3)).await);
        assert!(engine.handle.is_ready());
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_commit_is_answered_so_where_the_store_goes_on_without_knowing() {
    let (store, script) = Scripted::free(selling(10, terms()).await);
    let engine = Running::start(store).await;
    script.faults([Fault::UnknownButHarmless]);
    assert_eq!(engine.answer(hold(1, 3)).await, Err(SubmitError::Unknown));
    assert_eq!(script.attempts(), 1, "not done twice");
    assert!(!engine.handle.is_ready());
    held(engine.answer(hold(2, 3)).await);
    assert!(engine.handle.is_ready());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_somebody_elses_doubt() {
    let (store, script) = Scripted::free(selling(10, terms()).await);
    let engine = Running::start(store).await;
    script.faults([Fault::UnknownForAWhile]);
    let began = tokio::time::Instant::now();
    let in_doubt = engine.ask(hold(1, 3));
    tokio::task::yield_now().await;
    assert_eq!(engine.answer(hold(2, 3)).await, UNAVAILABLE);
    let waited = began.elapsed();
    assert!(waited < Duration::from_secs(2) && !engine.handle.is_ready(), "{waited:?}");
    assert_eq!(engine.answer(hold(3, 3)).await, UNAVAILABLE);
    assert_eq!(began.elapsed(), waited, "who comes later is refused at once");
    held(in_doubt.await.unwrap());
    assert!(began.elapsed() >= DOUBT_LASTS);
    held(engine.answer(hold(4, 3)).await);
    assert_eq!(engine.ticket().held, 6);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_commit_that_is_there_is_answered_as_committed() {
    let inner = selling(10, terms()).await;
    let reader = inner.reader();
    let (store, script) = Scripted::free(inner);
    let engine = Running::start(store).await;
    script.faults([Fault::UnknownButThere]);
    let hold = held(engine.answer(hold(1, 3)).await);
    assert_eq!(script.attempts(), 1, "not done twice");
    assert_eq!(engine.ticket().held, 3);
    assert_eq!(reader.hold(hold.id).await.unwrap(), Some(hold));
    assert!(engine.handle.is_ready());
    held(engine.answer(release(1)).await);
    assert_eq!(engine.ticket().held, 0);
    assert!(reader.audit().await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_commit_that_is_not_there_is_tried_again() {
    let inner = selling(10, terms()).await;
    let reader = inner.reader();
    let (store, script) = Scripted::free(inner);
    let engine = Running::start(store).await;
    script.faults([Fault::UnknownAndGone, Fault::Conflict, Fault::UnknownAndGone]);
    held(engine.answer(hold(1, 3)).await);
    assert_eq!(script.attempts(), 4);
    assert_eq!(engine.ticket().held, 3, "one effect");
    assert!(reader.audit().await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_commit_that_nobody_can_resolve_stops_the_engine() {
    let (store, script, mut commits) = Scripted::gated(selling(10, terms()).await);
    let engine = Running::start(store).await;
    script.faults([Fault::UnknownForGood]);
    let in_commit = engine.ask(hold(1, 3));
    commits.begun().await;
    let in_mailbox = [engine.ask(hold(2, 1)), engine.ask(release(1))];
    idle().await;
    script.open_gate();
    assert_eq!(in_commit.await.unwrap(), Err(SubmitError::Unknown));
    for answer in in_mailbox {
        assert_eq!(answer.await.unwrap(), UNAVAILABLE);
    }
    idle().await;
    assert!(engine.has_ended() && !engine.handle.is_ready());
    assert_eq!(engine.answer(hold(3, 1)).await, UNAVAILABLE);
    assert_eq!(engine.ticket().held, 0, "what may not be durable is not shown");
    let error: EngineError = engine.ended().await.unwrap_err();
    assert!(error.to_string().contains("not known"), "{error}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "the test says that this commit fails");
}

#[tokio::test(start_paused = true)]
async fn rows_that_do_not_fit_together_stop_the_engine_before_anything_is_committed() {
    let mut inner = selling(10, terms()).await;
    committed(&mut inner, START, &[hold(1, 3)]).await;
    let reader = inner.reader();
    // A product that knows nothing of its hold, as in a damaged store.
    let product = inner.ledger().product(TICKET).unwrap().clone();
    inner.ledger().recover_product(Product { held: 0, ..product });
    let (store, _) = Scripted::free(inner);
    let engine = Running::start(store).await;
    assert_eq!(engine.answer(release(1)).await, UNAVAILABLE);
    idle().await;
    assert!(!engine.handle.is_ready());
    let hold = reader.hold(hold_id(1)).await.unwrap().unwrap();
    assert_eq!(hold.state, HoldState::Active, "nothing was committed");
    engine.ended().await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_down_is_not_asked_without_pause() {
    let mut inner = selling(10, terms()).await;
    committed(&mut inner, START, &[hold(1, 3)]).await;
    let (store, script) = Scripted::free(inner);
    let engine = Running::start(store).await;
    script.faults([Fault::LoadFails; 1_000]);
    engine.clock.advance(Duration::from_secs(HOLD_SECONDS.into()));
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert!(script.attempts() <= 2, "{} attempts at one instant", script.attempts());
}

#[tokio::test(start_paused = true)]
async fn what_is_overdue_expires_once_the_store_works_again() {
    let mut inner = selling(10, terms()).await;
    committed(&mut inner, START, &[hold(1, 3)]).await;
    for fault in [Fault::LoadFails, Fault::NotCommitted, Fault::Conflict] {
        let reader = inner.reader();
        let (store, script) = Scripted::free(reader.reopen());
        let engine = Running::start(store).await;
        script.faults([fault; 6]);
        engine.advance(Duration::from_secs(HOLD_SECONDS.into())).await;
        for _ in 0..10 {
            engine.advance(Duration::from_secs(1)).await;
        }
        assert_eq!(engine.ticket().held, 0, "{fault:?}: nobody asked, and yet it must expire");
        assert!(engine.handle.is_ready(), "{fault:?}");
        inner = selling(10, terms()).await;
        committed(&mut inner, START, &[hold(1, 3)]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn readiness_comes_back_without_anyones_command() {
    let (store, script) = Scripted::free(selling(10, terms()).await);
    let engine = Running::start(store).await;
    script.faults([Fault::NotCommitted]);
    assert_eq!(engine.answer(hold(1, 3)).await, UNAVAILABLE);
    assert!(!engine.handle.is_ready());
    for _ in 0..5 {
        engine.advance(Duration::from_secs(1)).await;
    }
    assert!(
        engine.handle.is_ready(),
        "who is not ready is not asked, so asking must not be needed"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_from_the_snapshot_needs_a_store_that_answers() {
    let (store, script) = Scripted::free(selling(10, terms()).await);
    let engine = Running::start(store).await;
    held(engine.answer(hold(1, 10)).await);
    let sold_out = Ok(Err(Refusal::InsufficientStock { available: 0 }));
    assert_eq!(engine.answer(hold(2, 1)).await, sold_out);
    script.faults([Fault::NotCommitted; 2]);
    assert_eq!(engine.answer(release(1)).await, UNAVAILABLE);
    assert_eq!(engine.answer(hold(2, 1)).await, UNAVAILABLE, "it may have been released");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_panics_leaves_nobody_waiting_or_misled() {
    let (store, script, mut commits) = Scripted::gated(selling(10, terms()).await);
    let engine = Running::start(store).await;
    script.faults([Fault::Panics]);
    let in_commit = engine.ask(hold(1, 3));
    commits.begun().await;
    let in_mailbox = engine.ask(hold(2, 1));
    idle().await;
    script.open_gate();
    assert_eq!(in_commit.await.unwrap(), Err(SubmitError::Unknown));
    assert!(in_mailbox.await.unwrap().is_err());
    assert!(!engine.handle.is_ready());
    assert_eq!(engine.answer(hold(3, 1)).await, UNAVAILABLE);
    assert!(engine.has_ended());
}
