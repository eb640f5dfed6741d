//! A node that is told to stop while everyone buys.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::crowd::Crowd;
use crate::harness::{Client, Server, eventually, text};
use crate::nodes::{Cluster, node};

/// Who buys at the node that stops.
const BUYERS: usize = 32;

/// How often one stops.
const ROUNDS: usize = 4;

/// How many holds there are before it stops.
const HOLDS: usize = 300;

/// Places holds until nobody answers any more.
fn buy_until_it_stops(node: &Client, product: i64, held: &Mutex<BTreeSet<String>>) {
    while let Ok(answer) = node.place(product, 1).try_send() {
        if answer.status != 201 {
            assert!(answer.header("retry-after").is_some());
            answer.problem(503, "unavailable");
            return;
        }
        held.lock().unwrap().insert(text(&answer.value()["hold_id"]).to_owned());
    }
}

/// Has the node stop while everyone buys there; the holds that it answered.
fn stop_under_load(stopping: &mut Server, products: &[i64]) -> BTreeSet<String> {
    let client = Client::clone(stopping);
    let held = Mutex::default();
    let status = thread::scope(|scope| {
        for buyer in 0..BUYERS {
            let (client, held) = (&client, &held);
            let product = products[buyer % products.len()];
            scope.spawn(move || buy_until_it_stops(client, product, held));
        }
        eventually(Duration::from_secs(30), "buyers are at it", || {
            (held.lock().unwrap().len() > HOLDS).then_some(())
        });
        stopping.signal(Signal::TERM);
        stopping.ended()
    });
    assert_eq!(status.code(), Some(0), "{}", stopping.printed());
    assert!(!stopping.printed().contains("ERROR"), "{}", stopping.printed());
    held.into_inner().unwrap()
}

#[test]
fn a_node_that_is_told_to_stop_answers_all_that_it_accepted() {
    let cluster = Cluster::start(2);
    // One for each lane, so that several commits are under way whenever it stops.
    let products = cluster.products(4, 1_000_000);
    let crowd = Crowd::of(cluster.clients());
    let mut held = BTreeSet::new();
    crowd.during(|| {
        for _ in 0..ROUNDS {
            let mut stopping = node(cluster.database.url());
            held.extend(stop_under_load(&mut stopping, &products));
        }
        crowd.wait_for(20, &[0, 1]);
    });
    let mut listed = BTreeSet::new();
    for product in products {
        let path = format!("/api/holds?product_id={product}");
        let rows = cluster[0].walk(&path, "hold_id", 200);
        listed.extend(rows.iter().map(|hold| text(&hold["hold_id"]).to_owned()));
    }
    println!("{} answered in {ROUNDS} rounds", held.len());
    let lost: Vec<_> = held.difference(&listed).collect();
    let unanswered: Vec<_> = listed.difference(&held).collect();
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
    assert!(unanswered.is_empty(), "accepted and never answered: {unanswered:?}");
    crowd.verify(&cluster[0]);
    crowd.verify(&cluster[1]);
}
