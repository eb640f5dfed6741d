//! The engine and the rules in a simulated world that one seed decides: clock, chance, store,
//! network, clients, and everything that goes wrong between them. `docs/TESTING.md` says more.
//!
//!     SIMULATION_SEEDS=100000    how many seeds are run (2,000)
//!     SIMULATION_FROM=7          the first of them (0)
//!     SIMULATION_OPERATIONS=50   how many commands one has at least (1,000)
//!     SIMULATION_SEED=7          runs this one only, and prints what happens

#![expect(clippy::unwrap_used, reason = "a test that fails must panic, and says where")]

mod counts;
mod crowd;
mod dice;
mod disk;
mod history;
mod plan;
mod replay;
mod rules;
mod run;
mod store;
mod witness;
mod world;

#[path = "../../../domain/tests/domain/model/mod.rs"]
mod model;
#[allow(dead_code, reason = "the domain's tests compare more than these")]
#[path = "../../../domain/tests/domain/rows.rs"]
mod rows;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::counts::Counts;
use crate::run::{Report, Task, run};

/// How many seeds are run where nobody says how many.
const SEEDS: u64 = 2_000;

/// How many commands a seed has at least where nobody says how many.
const OPERATIONS: u64 = 1_000;

/// Fewer seeds than this may well miss what happens seldom.
const TELLING_SEEDS: u64 = 500;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

fn operations() -> u64 {
    number("SIMULATION_OPERATIONS").unwrap_or(OPERATIONS)
}

fn task(seed: u64) -> Task {
    Task { seed, operations: operations(), traced: false, trusts_torn_batches: false }
}

/// What a seed that failed says: what is wrong, and how to see how it came about.
fn failure(report: &Report) -> String {
    let (seed, broken) = (report.seed, report.broken.join("\n"));
    let operations = operations();
    let size = if operations == OPERATIONS {
        String::new()
    } else {
        format!("SIMULATION_OPERATIONS={operations} ")
    };
    let command = "cargo test -p doorbuster-engine --test simulation every_seed -- --nocapture";
    format!("seed {seed}:\n{broken}\n\nagain: SIMULATION_SEED={seed} {size}{command}")
}

#[test]
fn every_seed_keeps_the_rules() {
    if let Some(seed) = number("SIMULATION_SEED") {
        let report = run(Task { traced: true, ..task(seed) });
        println!("{}{}", report.trace, report.counts.told());
        assert!(report.broken.is_empty(), "{}", failure(&report));
        return;
    }
    let (first, seeds) = (number("SIMULATION_FROM").unwrap_or(0), number("SIMULATION_SEEDS"));
    let seeds = seeds.unwrap_or(SEEDS);
    let (next, done) = (AtomicU64::new(first), AtomicU64::new(0));
    let failed: Mutex<Option<Report>> = Mutex::default();
    let counts = Mutex::new(Counts::default());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = Counts::default();
                while failed.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        break;
                    }
                    let report = run(task(seed));
                    done.fetch_add(report.operations, Ordering::Relaxed);
                    own.merge(&report.counts);
                    if !report.broken.is_empty() {
                        // Each thread finishes its seed, so it is always the same that fails first.
                        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                        if failed.as_ref().is_none_or(|first| report.seed < first.seed) {
                            *failed = Some(report);
                        }
                    }
                }
                counts.lock().unwrap_or_else(PoisonError::into_inner).merge(&own);
            });
        }
    });
    if let Some(report) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        panic!("{}", failure(&report));
    }
    let counts = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{}{seeds} seeds, {} commands", counts.told(), done.into_inner());
    let missing = counts.missing(seeds);
    let telling = seeds >= TELLING_SEEDS && operations() >= OPERATIONS;
    assert!(missing.is_empty() || !telling, "too seldom:\n{}", missing.join("\n"));
}

#[test]
fn a_seed_repeats_itself_to_the_letter() {
    for seed in 0..20 {
        let tell = || run(Task { traced: true, ..task(seed) }).trace;
        let (one, other) = (tell(), tell());
        assert!(one.len() > 10_000, "{one}");
        if one != other {
            let differ = one.lines().zip(other.lines()).find(|(one, other)| one != other);
            panic!("seed {seed} told two stories: {differ:#?}");
        }
    }
}

#[test]
fn a_store_that_takes_a_torn_batch_for_whole_is_found_out() {
    let trusting = |seed| run(Task { trusts_torn_batches: true, ..task(seed) });
    let found = (0..100).find(|seed| !trusting(*seed).broken.is_empty());
    assert!(found.is_some(), "a hundred seeds saw nothing");
}
