//! Batches: whatever waits is decided and committed together, and nothing waits for more.

use doorbuster_domain::Refusal;
use doorbuster_engine::{Clock, Options, Reader, SubmitError, Trace};

use crate::running::{Running, Sight, idle};
use crate::scripted::{Fault, Scripted};
use crate::shop::{START, held, hold, hold_id, release, selling, terms};

#[tokio::test(start_paused = true)]
async fn a_lone_command_is_committed_at_once() {
    let (store, script) = Scripted::free(selling(10, terms()).await);
    let engine = Running::start(store).await;
    let before = tokio::time::Instant::now();
    held(engine.answer(hold(1, 1)).await);
    assert_eq!(before.elapsed(), std::time::Duration::ZERO, "it waited for more");
    assert_eq!(script.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_that_waits_is_one_batch_with_one_commit() {
    let (store, script, mut commits) = Scripted::gated(selling(1_000, terms()).await);
    let engine = Running::start(store).await;
    let first = engine.ask(hold(1, 1));
    assert_eq!(commits.begun().await, 1);
    let waiting: Vec<_> = (2..=300).map(|n| engine.ask(hold(n, 1))).collect();
    idle().await;
    assert_eq!(engine.handle.mailbox_depth(), 299);
    script.let_through(1);
    held(first.await.unwrap());
    assert_eq!(commits.begun().await, 299);
    script.let_through(1);
    for answer in waiting {
        held(answer.await.unwrap());
    }
    assert_eq!((script.attempts(), engine.seen.commits()), (2, 2));
    assert_eq!(engine.ticket().held, 300);
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_at_most_as_many_commands_as_the_options_say() {
    let (store, script, mut commits) = Scripted::gated(selling(1_000, terms()).await);
    let options = Options { batch: 64, ..Options::default() };
    let engine = Running::start_with(store, Clock::manual(START), options).await;
    let first = engine.ask(hold(1, 1));
    assert_eq!(commits.begun().await, 1);
    let waiting: Vec<_> = (2..=101).map(|n| engine.ask(hold(n, 1))).collect();
    idle().await;
    script.open_gate();
    held(first.await.unwrap());
    for answer in waiting {
        held(answer.await.unwrap());
    }
    let sizes: Vec<_> = script.batches().iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, 64, 36]);
}

#[tokio::test(start_paused = true)]
async fn who_arrives_while_a_batch_is_loaded_joins_it_up_to_the_first_who_cannot() {
    for (fault, loads) in [(None, 2), (Some(Fault::Conflict), 3)] {
        let (store, script) = Scripted::free(selling(1_000, terms()).await);
        script.let_join();
        script.faults(fault);
        let engine = Running::start(store).await;
        let mut asked = vec![engine.ask(hold(1, 1))];
        tokio::time::sleep(std::time::Duration::from_millis(1)).await; // it is being loaded
        asked.extend((2..=5).map(|n| engine.ask(hold(n, 1))));
        asked.push(engine.ask(release(1)));
        asked.push(engine.ask(hold(6, 1)));
        for answer in asked {
            held(answer.await.unwrap());
        }
        let sizes: Vec<_> = script.batches().iter().map(Vec::len).collect();
        assert_eq!(sizes[0], 1, "one was there");
        assert_eq!(sizes.last(), Some(&2), "one could not join, and another was behind");
        assert_eq!((sizes.len(), engine.seen.commits()), (loads, 2), "{sizes:?}");
        assert_eq!(engine.ticket().held, 5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_no_commands_is_no_option() {
    let (store, _) = Scripted::free(selling(10, terms()).await);
    let options = Options { batch: 0, mailbox: 0, ..Options::default() };
    let engine = Running::start_with(store, Clock::manual(START), options).await;
    assert!(engine.handle.is_ready(), "the engine runs");
    held(engine.answer(hold(1, 1)).await);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_answered_before_its_commit() {
    let inner = selling(10, terms()).await;
    let reader = inner.reader();
    let (store, script, mut commits) = Scripted::gated(inner);
    let engine = Running::start(store).await;
    let answer = engine.ask(hold(1, 4));
    commits.begun().await;
    idle().await;
    assert!(!answer.is_finished(), "answered before the commit");
    assert_eq!(reader.hold(hold_id(1)).await.unwrap(), None);
    assert_eq!(engine.ticket().held, 0, "published before the commit");
    assert_eq!(engine.seen.all(), [], "observed before the commit");
    script.let_through(1);
    let hold = held(answer.await.unwrap());
    assert_eq!(reader.hold(hold_id(1)).await.unwrap(), Some(hold));
}

#[tokio::test(start_paused = true)]
async fn commands_of_one_batch_see_one_another() {
    let (store, script, mut commits) = Scripted::gated(selling(10, terms()).await);
    let engine = Running::start(store).await;
    let first = engine.ask(hold(1, 1));
    commits.begun().await;
    let commands = [hold(2, 9), hold(3, 9), release(2), hold(4, 9), hold(5, 1)];
    let answers = commands.map(|command| engine.ask(command));
    idle().await;
    script.open_gate();
    held(first.await.unwrap());
    let mut answers = answers.into_iter();
    let mut next = async || answers.next().unwrap().await.unwrap();
    held(next().await);
    assert_eq!(next().await, Ok(Err(Refusal::InsufficientStock { available: 0 })));
    held(next().await);
    held(next().await);
    assert_eq!(next().await, Ok(Err(Refusal::InsufficientStock { available: 0 })));
    assert_eq!(engine.seen.commits(), 2);
}

#[tokio::test(start_paused = true)]
async fn answers_come_in_the_order_decided() {
    let (store, script, mut commits) = Scripted::gated(selling(50, terms()).await);
    let engine = Running::start(store).await;
    let first = engine.ask(hold(1_000, 1));
    commits.begun().await;
    let (arrived, mut arrivals) = tokio::sync::mpsc::channel(100);
    for n in 0..100_u128 {
        let (handle, arrived) = (engine.handle.clone(), arrived.clone());
        tokio::spawn(async move {
            let trace = Trace::request(n.to_string().into());
            let answer = handle.submit(hold(n, 1), trace).await;
            arrived.send((n, answer)).await.unwrap();
        });
    }
    idle().await;
    script.open_gate();
    held(first.await.unwrap());
    for n in 0..100 {
        let (which, answer) = arrivals.recv().await.unwrap();
        assert_eq!(which, n);
        assert_eq!(answer.unwrap().is_ok(), n < 49, "answer {n}");
    }
    let sights = engine.seen.all();
    let Some(Sight::Committed(100, _)) = sights.get(2) else { panic!("{sights:?}") };
    let mut observed = Vec::new();
    for sight in &sights[3..] {
        let Sight::Answered(Some(request_id), _) = sight else { panic!("{sight:?}") };
        observed.push(request_id.parse::<u32>().unwrap());
    }
    assert_eq!(observed, (0..100).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_cancels_nothing() {
    let inner = selling(10, terms()).await;
    let reader = inner.reader();
    let (store, script, mut commits) = Scripted::gated(inner);
    let engine = Running::start(store).await;
    let in_commit = engine.ask(hold(1, 1));
    commits.begun().await;
    let in_mailbox = engine.ask(hold(2, 1));
    idle().await;
    in_commit.abort();
    in_mailbox.abort();
    idle().await;
    script.open_gate();
    held(engine.answer(hold(3, 1)).await);
    for n in 1..=3 {
        assert!(reader.hold(hold_id(n)).await.unwrap().is_some(), "hold {n} was lost");
    }
    let answered = |sight: &&Sight| matches!(sight, Sight::Answered(..));
    assert_eq!(engine.seen.all().iter().filter(answered).count(), 3, "the log lost somebody");
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_refuses_at_once_and_stays_bounded() {
    let inner = selling(100, terms()).await;
    let reader = inner.reader();
    let (store, script, mut commits) = Scripted::gated(inner);
    let options = Options { mailbox: 8, ..Options::default() };
    let engine = Running::start_with(store, Clock::manual(START), options).await;
    let in_commit = engine.ask(hold(1, 1));
    commits.begun().await;
    let waiting: Vec<_> = (2..=9).map(|n| engine.ask(hold(n, 1))).collect();
    idle().await;
    for n in 10..50 {
        assert_eq!(engine.answer(hold(n, 1)).await, Err(SubmitError::Overloaded));
        assert_eq!(engine.handle.mailbox_depth(), 8);
    }
    assert!(engine.handle.is_ready(), "overloaded, but working");
    script.open_gate();
    held(in_commit.await.unwrap());
    for answer in waiting {
        held(answer.await.unwrap());
    }
    assert_eq!(engine.handle.mailbox_depth(), 0);
    held(engine.answer(hold(50, 1)).await);
    assert_eq!(reader.hold(hold_id(10)).await.unwrap(), None, "refused, and yet done");
    assert_eq!(engine.ticket().held, 10);
}
