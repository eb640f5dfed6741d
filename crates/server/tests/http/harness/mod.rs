//! The harness: the real binary on a real file, and a client that says what it expects.

mod bench;
mod certificates;
mod client;
mod crook;
mod disk;
mod events;
mod kills;
mod launch;
mod preload;
mod purchase;
mod shape;
mod sign;
mod storefront;
mod time;
mod told;
mod workload;

pub(crate) use bench::{bench, measured, result};
pub(crate) use certificates::{Authority, Files};
pub(crate) use client::{Answer, Call, Client};
pub(crate) use crook::{Crook, Exchange};
pub(crate) use disk::Disk;
pub(crate) use events::Events;
pub(crate) use kills::kill_at_random_moments;
pub(crate) use launch::{ADMIN_KEY, Home, Launch, Server, command, made_key, run, said};
pub(crate) use preload::Preload;
pub(crate) use purchase::Purchase;
pub(crate) use shape::{assert_keys, assert_millis, millis, text, uuid};
pub(crate) use sign::{SECRET, STRIPE_SECRET, sign, sign_stripe};
pub(crate) use storefront::{Stock, unix_seconds};
pub(crate) use time::{Stopwatch, eventually, now_millis};
pub(crate) use told::{STOCK, assert_rows_are_as_told};
pub(crate) use workload::{PRODUCTS, PURCHASES, buy, put_on_sale, try_faults};

use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;

/// Runs `each` on `count` threads that all begin at the same instant; what they return, in order.
pub(crate) fn at_once<T: Send>(count: usize, each: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(count);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|i| {
                let (start, each) = (&start, &each);
                scope.spawn(move || {
                    start.wait();
                    each(i)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// A number from the environment, for longer campaigns than the default.
pub(crate) fn campaign(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |value| {
        value.parse().unwrap_or_else(|_| panic!("{variable} must be a number"))
    })
}

/// A Python that has what others wrote and these tests use; its tools are beside it.
pub(crate) fn python() -> PathBuf {
    let python = std::env::var("TEST_PYTHON").unwrap_or_else(|_| {
        panic!(
            "this test needs what others wrote in Python: run scripts/test, or first \
             export TEST_PYTHON=$(scripts/python)"
        )
    });
    python.into()
}
