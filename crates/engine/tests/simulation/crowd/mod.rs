//! The clients, and the network between them and the engine.

mod requests;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use doorbuster_domain::{Command, Outcome};
use doorbuster_engine::{SubmitError, Trace};

pub(crate) use self::requests::{Known, Role, opening};
use crate::dice::Dice;
use crate::plan::Fault;
use crate::world::World;

/// How often a client tries the same request at most; all of them must be done some day.
const TRIES: usize = 8;

/// How long a message takes, and how long where others overtake it.
const MESSAGE_MS: u64 = 2;
const SLOW_MESSAGE_MS: u64 = 60;

/// How long a client thinks, and how long it waits before it tries again.
const THINKS_MS: u64 = 12;
const TRIES_AGAIN_MS: u64 = 150;

type Answer = Result<Outcome, SubmitError>;

/// One client: asks for one thing after the other, and retries what failed.
pub(crate) async fn client(world: World, role: Role, mut dice: Dice) {
    while world.with(|it| it.commands_left > 0) {
        let wait = Duration::from_millis(dice.between(0, THINKS_MS));
        tokio::time::sleep(wait).await;
        if dice.chance(30) {
            read(&world, &mut dice);
        }
        let command = world.with(|it| it.known.request(role, it.clock.now(), &mut dice));
        insist(&world, command, &mut dice).await;
    }
}

/// Whether a command that is sent once was answered.
pub(crate) async fn answered(world: &World, command: &Command) -> bool {
    match submit(world, command).await {
        Some(Ok(outcome)) => {
            world.with(|it| it.known.learn(&outcome));
            true
        }
        Some(Err(_)) | None => {
            world.pause(TRIES_AGAIN_MS).await;
            false
        }
    }
}

/// Sends a request until it is answered for good, or the client has enough.
async fn insist(world: &World, mut command: Command, dice: &mut Dice) {
    for _ in 0..TRIES {
        let repeated = world.strikes(Fault::RequestRepeated).then(|| {
            let mut again = command.clone();
            world.with(|it| it.known.resend(&mut again, dice));
            tokio::spawn(repeat(world.clone(), again))
        });
        let answer = exchange(world, &command).await;
        if let Some(repeated) = repeated {
            repeated.await.unwrap();
        }
        match answer {
            Some(Ok(outcome)) => {
                world.with(|it| it.known.learn(&outcome));
                return;
            }
            Some(Err(_)) | None if dice.chance(10) => return, // it lost patience
            Some(Err(_)) | None => {}
        }
        let wait = Duration::from_millis(dice.between(1, TRIES_AGAIN_MS));
        tokio::time::sleep(wait).await;
        world.with(|it| it.known.resend(&mut command, dice));
    }
}

/// The network delivers a request once more; nobody waits for the answer.
async fn repeat(world: World, command: Command) {
    exchange(&world, &command).await;
}

/// Sends a command, and returns the answer where it arrives.
async fn exchange(world: &World, command: &Command) -> Option<Answer> {
    message(world).await;
    if world.strikes(Fault::RequestLost) {
        return None;
    }
    let answer = submit(world, command).await?;
    message(world).await;
    if world.strikes(Fault::AnswerLost) {
        return None;
    }
    Some(answer)
}

async fn message(world: &World) {
    let slow = world.strikes(Fault::SlowMessage);
    world.pause(if slow { SLOW_MESSAGE_MS } else { MESSAGE_MS }).await;
}

/// Hands a command to the engine; `None` where the client hung up before it was answered.
async fn submit(world: &World, command: &Command) -> Option<Answer> {
    let (handle, number) = world.with(|it| {
        it.commands_left = it.commands_left.saturating_sub(1);
        it.calm |= it.commands_left == 0;
        let number = it.history.sends(command);
        it.tell(|| format!("{number} sent: {command:?}"));
        (it.handle.clone().unwrap(), number)
    });
    let trace = Trace::request(Arc::from(number.to_string()));
    let mut answering = pin!(handle.submit(command.clone(), trace));
    // Whatever is not decided by the engine is answered without waiting.
    if let Poll::Ready(answer) = poll_fn(|cx| Poll::Ready(answering.as_mut().poll(cx))).await {
        return Some(at_once(world, number, command, answer));
    }
    if world.strikes(Fault::HungUp) {
        let patience = Duration::from_millis(world.with(|it| it.dice.between(0, 3)));
        let Ok(answer) = tokio::time::timeout(patience, answering).await else {
            world.with(|it| {
                it.tell(|| format!("{number} hung up"));
                it.history.hangs_up(number);
            });
            return None;
        };
        note_answer(world, number, &answer);
        return Some(answer);
    }
    let answer = answering.await;
    note_answer(world, number, &answer);
    Some(answer)
}

fn note_answer(world: &World, number: usize, answer: &Answer) {
    world.with(|it| {
        match answer {
            Ok(_) => {}
            Err(SubmitError::Overloaded) => it.counts.add("told Overloaded", 1),
            Err(SubmitError::Unavailable) => it.counts.add("told Unavailable", 1),
            Err(SubmitError::Unknown) => it.counts.add("told Unknown", 1),
        }
        it.tell(|| format!("{number} answered: {answer:?}"));
        let right = it.history.answers(number, answer);
        it.check(right);
    });
}

/// Judges what was said without asking the engine.
fn at_once(world: &World, number: usize, command: &Command, answer: Answer) -> Answer {
    if let (Command::PlaceHold(place), Ok(outcome)) = (command, &answer) {
        world.with(|it| {
            it.counts.add("refused from the snapshot", 1);
            it.counts.outcome(outcome);
            it.tell(|| format!("{number} refused at once: {answer:?}"));
            it.history.refuses_at_once(number);
            let now = it.handle.as_ref().unwrap().now();
            let judged = it.replay.judge_refusal(now, place, outcome);
            it.check(judged);
        });
    } else {
        note_answer(world, number, &answer);
    }
    answer
}

/// Looks at a product: it is one that was durable, and never an older one than anybody has seen.
fn read(world: &World, dice: &mut Dice) {
    world.with(|it| {
        let Some(id) = it.known.product(dice) else { return };
        let Some(published) = it.handle.as_ref().unwrap().product(id) else { return };
        it.counts.add("read of a product", 1);
        let product = &published.product;
        if it.disk.tables.versions.get(&(id, product.version)) != Some(product) {
            it.breaks(|| format!("read what was never durable: {product:?}"));
        }
        let seen = it.known.seen.insert(id, product.version);
        if seen.is_some_and(|seen| seen > product.version) {
            it.breaks(|| format!("read {product:?} after version {seen:?}"));
        }
    });
}
