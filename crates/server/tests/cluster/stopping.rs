//! A node that is told to stop while everyone buys.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::crowd::Crowd;
use crate::harness::{Client, eventually, text};
use crate::nodes::Cluster;

/// Who buys at the node that stops.
const BUYERS: usize = 8;

/// Places holds until nobody answers, and returns whether the last one was a refusal.
fn buy_until_it_stops(node: &Client, product: i64, held: &Mutex<BTreeSet<String>>) -> bool {
    while let Ok(answer) = node.place(product, 1).try_send() {
        if answer.status != 201 {
            assert!(answer.header("retry-after").is_some());
            answer.problem(503, "unavailable");
            return true;
        }
        held.lock().unwrap().insert(text(&answer.value()["hold_id"]).to_owned());
    }
    false
}

#[test]
fn a_node_that_is_told_to_stop_answers_all_that_it_accepted() {
    let mut cluster = Cluster::start(3);
    let crowd = Crowd::of(cluster.clients());
    let product = cluster[2].units(1_000_000);
    let stopping = Client::clone(&cluster[2]);
    let held = Mutex::default();
    let refused = AtomicUsize::new(0);
    crowd.during(|| {
        let node = &mut cluster.nodes[2];
        let status = thread::scope(|scope| {
            for _ in 0..BUYERS {
                scope.spawn(|| {
                    if buy_until_it_stops(&stopping, product, &held) {
                        refused.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            eventually(Duration::from_secs(30), "buyers are at it", || {
                (held.lock().unwrap().len() > 200).then_some(())
            });
            node.signal(Signal::TERM);
            node.ended()
        });
        assert_eq!(status.code(), Some(0), "{}", node.printed());
        assert!(!node.printed().contains("ERROR"), "{}", node.printed());
        crowd.wait_for(100, &[0, 1]);
    });
    let held = held.into_inner().unwrap();
    println!("{} held, {} refused at the end", held.len(), refused.into_inner());
    let rows = cluster[0].walk(&format!("/api/holds?product_id={product}"), "hold_id", 200);
    let listed: BTreeSet<_> = rows.iter().map(|hold| text(&hold["hold_id"]).to_owned()).collect();
    assert_eq!(listed, held, "left: rows, right: answers");
    cluster.nodes.truncate(2);
    crowd.verify(&cluster[0]);
    crowd.verify(&cluster[1]);
}
