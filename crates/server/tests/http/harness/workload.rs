//! A fixed workload, and whatever may go wrong at any of its calls.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use super::{Client, Purchase, STOCK, campaign};

/// Each plan of a buyer once, and some again.
pub(crate) const PURCHASES: usize = 12;

/// What is bought, on a database that knows no other products.
pub(crate) const PRODUCTS: [i64; 2] = [1, 2];

/// Makes the products.
pub(crate) fn put_on_sale(client: &Client) {
    for product in PRODUCTS {
        assert_eq!(client.product(json!({"total_stock": STOCK})), product);
    }
}

/// One buyer after the other, until a step is not answered; all that they did. They go on as long
/// as they are `wanted`.
pub(crate) fn buy(
    mut step: impl FnMut(&mut Purchase) -> bool,
    wanted: impl Fn() -> bool,
) -> Vec<Purchase> {
    let mut bought = Vec::new();
    for n in 0.. {
        if n >= PURCHASES && !wanted() {
            break;
        }
        let mut purchase = Purchase::new("buyer", n, PRODUCTS[n % PRODUCTS.len()]);
        while !purchase.is_complete() && step(&mut purchase) {}
        let broken = purchase.is_in_doubt();
        bought.push(purchase);
        if broken {
            break;
        }
    }
    bought
}

/// Tries as many of `all` faults as the environment says, spread over the whole of them; how often
/// each end was reached.
pub(crate) fn try_faults<F: Debug + Sync, E: Debug + Ord + Send>(
    variable: &str,
    default: usize,
    all: &[F],
    try_one: impl Fn(&F) -> E + Sync,
) {
    let chosen = campaign(variable, default).min(all.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut ends = BTreeMap::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= chosen {
                return ends;
            }
            let fault = &all[n * all.len() / chosen];
            println!("{n}: {fault:?}");
            *ends.entry(try_one(fault)).or_insert(0) += 1;
        }
    };
    let ends = thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.map(|thread| thread.join().unwrap())
    });
    let mut sum: BTreeMap<E, usize> = BTreeMap::new();
    for (end, count) in ends.into_iter().flatten() {
        *sum.entry(end).or_default() += count;
    }
    println!("{chosen} of {} faults: {sum:?}", all.len());
}
