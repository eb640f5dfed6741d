//! What must hold of every sequence of commands. `PROPERTY_CASES` sets how many are tried.

mod agreement;
mod batches;
mod events;
mod moves;
mod products;

use std::fmt::Debug;

use doorbuster_domain::{Command, CreateProduct, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use self::moves::{Cast, TimedMove, any_delay, any_hold, any_move, any_order};
use self::products::a_creation;

/// Sequences tried of each property unless `PROPERTY_CASES` says otherwise.
const CASES: u32 = 10_000;

/// Moves of one sequence at most: enough for a product to sell out, come back and sell out again.
const MAX_MOVES: usize = 60;

fn cases() -> u32 {
    std::env::var("PROPERTY_CASES").map_or(CASES, |cases| cases.parse().unwrap())
}

/// Tries a property with random values and shows the smallest failure in words.
fn prove<T: Debug>(
    one_in: u32,
    values: &impl Strategy<Value = T>,
    property: impl Fn(T) -> Result<(), String>,
) {
    let config = Config {
        cases: cases().div_ceil(one_in),
        // What failed is worth a line in the rule tables, not a file of seeds.
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let tried =
        TestRunner::new(config).run(values, |value| property(value).map_err(TestCaseError::fail));
    match tried {
        Ok(()) => {}
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(TestError::Abort(reason)) => panic!("no cases: {reason}"),
    }
}

/// A shop that opens with a product or two and a few buyers, and what happens there.
fn any_story() -> impl Strategy<Value = (Vec<CreateProduct>, Vec<TimedMove>)> {
    let products = prop::collection::vec(a_creation(), 1..3);
    let holds = prop::collection::vec((Just(0), any_hold()), 1..4);
    let orders = prop::collection::vec((Just(0), any_order()), 0..3);
    let then = prop::collection::vec((any_delay(), any_move()), 1..MAX_MOVES);
    (products, holds, orders, then)
        .prop_map(|(products, holds, orders, then)| (products, [holds, orders, then].concat()))
}

/// Tells a story command by command.
fn tell(
    (products, moves): (Vec<CreateProduct>, Vec<TimedMove>),
    mut step: impl FnMut(Timestamp, &Command, &mut Cast) -> Result<(), String>,
) -> Result<Timestamp, String> {
    let mut cast = Cast::default();
    let mut millis = 0i64;
    for create in products {
        step(Timestamp::from_millis(millis), &Command::CreateProduct(create), &mut cast)?;
    }
    for (delay, chosen) in moves {
        millis = millis.saturating_add(delay);
        let command = cast.command(&chosen);
        step(Timestamp::from_millis(millis), &command, &mut cast)?;
    }
    Ok(Timestamp::from_millis(millis))
}
