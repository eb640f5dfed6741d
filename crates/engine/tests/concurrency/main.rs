//! What several threads do to one engine at the same time, in thousands of orders that are drawn at
//! random: `docs/TESTING.md` says more.
//!
//!     CONCURRENCY_ORDERS=1000000    how many orders of each test are tried (2,000)

#![expect(clippy::unwrap_used, reason = "a test that fails must panic, and says where")]

mod handle;
mod published;
mod shop;
mod sync;

#[allow(dead_code, unreachable_pub, reason = "the engine's own file, of which this uses a part")]
#[path = "../../src/snapshot.rs"]
mod snapshot;

/// How many orders of each test are tried where nobody says how many.
const ORDERS: usize = 2_000;

/// Tries a test in many orders of its threads. A failure says which one, and shuttle repeats it.
fn in_many_orders(test: impl Fn() + Send + Sync + 'static) {
    let orders = std::env::var("CONCURRENCY_ORDERS").map_or(ORDERS, |n| n.parse().unwrap());
    shuttle::check_random(test, orders);
}
