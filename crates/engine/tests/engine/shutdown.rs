//! Stopping: nothing more is taken, and everyone who was let in gets an answer.

use std::time::Duration;

use doorbuster_domain::HoldState;
use doorbuster_engine::{Clock, Engine, Options, Reader, SubmitError, Trace, Unobserved};

use crate::running::{Running, idle};
use crate::scripted::Scripted;
use crate::shop::{HOLD_SECONDS, START, held, hold, hold_id, selling, terms};

#[tokio::test(start_paused = true)]
async fn shutdown_takes_no_more_and_answers_what_it_took() {
    let inner = selling(100, terms()).await;
    let reader = inner.reader();
    let (store, script, mut commits) = Scripted::gated(inner);
    let mut engine = Running::start(store).await;
    let in_commit = engine.ask(hold(1, 1));
    commits.begun().await;
    let in_mailbox: Vec<_> = (2..=6).map(|n| engine.ask(hold(n, 1))).collect();
    idle().await;
    engine.shut_down();
    script.let_through(1);
    held(in_commit.await.unwrap());
    assert_eq!(commits.begun().await, 5);
    // The last batch is in its commit, and the engine takes no more.
    assert_eq!(engine.answer(hold(7, 1)).await, Err(SubmitError::Unavailable));
    assert!(!engine.handle.is_ready());
    script.let_through(1);
    for answer in in_mailbox {
        held(answer.await.unwrap());
    }
    assert!(!engine.handle.is_ready(), "a committed batch does not make it ready again");
    idle().await;
    assert!(engine.has_ended());
    assert_eq!(engine.answer(hold(8, 1)).await, Err(SubmitError::Unavailable));
    for n in 1..=6 {
        assert!(reader.hold(hold_id(n)).await.unwrap().is_some());
    }
    for n in 7..=8 {
        assert!(reader.hold(hold_id(n)).await.unwrap().is_none());
    }
    engine.ended().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn shutdown_of_an_idle_engine_is_immediate() {
    let (store, script) = Scripted::free(selling(10, terms()).await);
    let mut engine = Running::start(store).await;
    held(engine.answer(hold(1, 1)).await);
    engine.shut_down();
    idle().await;
    assert!(engine.has_ended());
    assert_eq!(script.attempts(), 1);
    engine.ended().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn shutdown_comes_through_however_busy_the_engine_is() {
    let (store, script) = Scripted::free(selling(1_000_000, terms()).await);
    let mut engine = Running::start(store).await;
    // Each of them submits again at once, so that the mailbox is never empty.
    let buyers: Vec<_> = (0..50_u128)
        .map(|buyer| {
            let handle = engine.handle.clone();
            tokio::spawn(async move {
                let mut placed = 0_u128;
                loop {
                    let n = buyer * 1_000_000 + placed;
                    match handle.submit(hold(n, 1), Trace::none()).await {
                        Ok(_) => placed += 1,
                        Err(error) => return (placed, error),
                    }
                }
            })
        })
        .collect();
    while script.attempts() < 20 {
        tokio::task::yield_now().await;
    }
    engine.shut_down();
    let mut placed = 0;
    for buyer in buyers {
        let (done, error) = buyer.await.unwrap();
        assert_eq!(error, SubmitError::Unavailable);
        placed += done;
    }
    assert_eq!(u128::from(engine.ticket().held), placed, "nobody was lost");
    engine.ended().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_nobody_can_reach_any_more_ends() {
    let (engine, handle) = Engine::new(
        selling(10, terms()).await,
        Unobserved,
        Clock::manual(START),
        Options::default(),
    );
    let running = tokio::spawn(engine.run(std::future::pending()));
    let other = handle.clone();
    drop(handle);
    held(other.submit(hold(1, 1), Trace::none()).await);
    assert!(!running.is_finished());
    drop(other);
    running.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_was_dropped_is_not_ready_and_takes_nothing() {
    let (store, _, mut commits) = Scripted::gated(selling(10, terms()).await);
    let mut engine = Running::start(store).await;
    let in_commit = engine.ask(hold(1, 10));
    commits.begun().await;
    let in_mailbox = engine.ask(hold(2, 1));
    idle().await;
    engine.kill().await;
    assert_eq!(in_commit.await.unwrap(), Err(SubmitError::Unknown));
    assert!(in_mailbox.await.unwrap().is_err());
    assert!(!engine.handle.is_ready());
    assert_eq!(engine.answer(hold(3, 1)).await, Err(SubmitError::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn before_it_runs_an_engine_is_not_ready_but_takes_commands() {
    let clock = Clock::manual(START);
    let (engine, handle) =
        Engine::new(selling(10, terms()).await, Unobserved, clock, Options::default());
    assert!(!handle.is_ready());
    let waiting = handle.clone();
    let answer = tokio::spawn(async move { waiting.submit(hold(1, 1), Trace::none()).await });
    idle().await;
    assert!(!answer.is_finished());
    tokio::spawn(engine.run(std::future::pending()));
    held(answer.await.unwrap());
    assert!(handle.is_ready());
}

#[tokio::test(start_paused = true)]
async fn what_falls_due_while_it_stops_is_left_for_the_next_start() {
    let inner = selling(10, terms()).await;
    let reader = inner.reader();
    let (store, _) = Scripted::free(inner);
    let mut engine = Running::start(store).await;
    held(engine.answer(hold(1, 4)).await);
    engine.shut_down();
    idle().await;
    engine.clock.advance(Duration::from_secs(HOLD_SECONDS.into()));
    let clock = engine.clock.clone();
    engine.ended().await.unwrap();
    let hold = reader.hold(hold_id(1)).await.unwrap().unwrap();
    assert_eq!(hold.state, HoldState::Active);
    let engine = Running::start_with(reader.reopen(), clock, Options::default()).await;
    assert_eq!(engine.ticket().held, 0);
}
