//! Random histories: long, and told twice.

use std::time::Duration;

use super::Bench;
use super::script::{Pace, Script};
use super::values::expire_all;
use super::witness::Witness;

/// How many histories are told where nobody says how many.
const CASES: u64 = 24;

/// How many batches one history has at most.
const BATCHES: usize = 40;

/// All ten rules at length: the same random commands are decided on one ledger that is never
/// settled, and through the store in batches, with the store reopened here and there. Every
/// outcome, counter, list and journal, and the audit, are the same.
///
/// `PROPERTY_CASES` says how many histories there are.
///
/// # Panics
/// Also when `PROPERTY_CASES` is not a number.
pub async fn random_histories_agree_with_one_ledger<B: Bench>(bench: B) {
    let cases = match std::env::var("PROPERTY_CASES") {
        Ok(cases) => cases.parse().expect("PROPERTY_CASES is a number"),
        Err(_) => CASES,
    };
    told(bench, 0).await;
    for seed in 1..cases {
        told(B::new(), seed).await;
    }
}

/// As crowded as the store can be followed: one that reads its rows anew for each batch may as well
/// be opened anew for each.
const fn crowded<B: Bench>() -> Pace {
    if B::KEEPS_LIVE_ROWS { Pace::Crowded } else { Pace::Spread }
}

/// How many orders and journal entries a rich history has.
const ORDERS: usize = 30;
const ENTRIES: usize = 200;

/// Tells one history to its end.
async fn told<B: Bench>(bench: B, seed: u64) {
    let pace = if seed.is_multiple_of(2) { Pace::Spread } else { crowded::<B>() };
    let mut script = Script::new(seed, pace);
    let mut witness = Witness::new(bench).await;
    witness.story = format!("seed {seed}, {pace:?}");
    witness.batch(&script.opening()).await;
    for _ in 0..script.dice.below(BATCHES) {
        witness = next(witness, &mut script, pace).await;
    }
    witness = after_everything_expired(witness).await;
    witness.agrees().await;
    witness.batch(&script.repeated()).await;
    let mut witness = witness.reopen().await;
    witness.agrees().await;
}

/// One more batch, and what may happen after it.
async fn next<B: Bench>(mut witness: Witness<B>, script: &mut Script, pace: Pace) -> Witness<B> {
    let batch = script.batch(&witness.plain);
    witness.batch(&batch).await;
    witness.agrees_in_memory();
    let restart = script.dice.chance(12);
    if restart && pace == Pace::Spread {
        witness = witness.reopen().await;
        witness.agrees().await;
    } else if restart {
        witness = after_everything_expired(witness).await;
        witness.agrees().await;
    }
    // Terms count whole seconds, so a millisecond more each time keeps all deadlines apart.
    let seconds = if script.dice.chance(50) { 0 } else { script.dice.between(0, 40) };
    witness.wait(Duration::from_secs(seconds.into()) + Duration::from_millis(1));
    witness
}

/// The witness after a night in which everything fell due, with the store reopened.
async fn after_everything_expired<B: Bench>(mut witness: Witness<B>) -> Witness<B> {
    witness.wait(Duration::from_secs(100_000));
    witness.batch(&[expire_all()]).await;
    witness.reopen().await
}

/// A store with a rich history of random commands.
pub(super) async fn lived<B: Bench>(bench: B, seed: u64) -> Witness<B> {
    let mut script = Script::new(seed, crowded::<B>());
    let mut witness = Witness::of(bench, &script.opening()).await;
    // A batch without a crowd has one deadline at most, and so one hold or order.
    for told in 0.. {
        let plain = &witness.plain;
        if told >= BATCHES && plain.orders().count() >= ORDERS && plain.journal().len() >= ENTRIES {
            break;
        }
        let batch = script.batch(&witness.plain);
        witness.batch(&batch).await;
        witness.wait(Duration::from_millis(script.dice.between(1, 9_000).into()));
    }
    witness
}
