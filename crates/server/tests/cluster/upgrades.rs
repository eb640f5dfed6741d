//! A schema that a newer program has changed under running nodes.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::crowd::{Crowd, GoHome};
use crate::harness::{Client, Launch, Stopwatch, eventually, text};
use crate::nodes::{Cluster, node};

/// Longer than nodes take to look at the schema again, which is three seconds.
const A_WHILE: Duration = Duration::from_secs(5);

/// How long nodes may go on with a schema that they do not know.
const ENDED_WITHIN: Duration = Duration::from_secs(8);

/// How many holds there are before the schema changes.
const HOLDS: usize = 100;

/// Where the schema stands, as `version oldest_program`.
const STANDING: &str = "SELECT version || ' ' || oldest_program FROM schema_row";

#[test]
fn nodes_go_on_with_a_newer_schema_that_they_can_use_and_others_join_them() {
    let mut cluster = Cluster::start(2);
    let crowd = Crowd::of(cluster.clients());
    let third = crowd.during(|| {
        crowd.wait_for(HOLDS, &[0, 1]);
        let step = "BEGIN;
            ALTER TABLE product_row ADD note text;
            ALTER TABLE hold_row ADD note text;
            UPDATE schema_row SET version = version + 1;
            COMMIT";
        cluster.database.query(step);
        let changed = Stopwatch::start();
        crowd.wait_for(HOLDS, &[0, 1]);
        let third = node(cluster.database.url());
        let product = third.units(30);
        for _ in 0..10 {
            for node in [&cluster[0], &cluster[1], &third] {
                node.order_id(product, 1);
            }
        }
        third.place(product, 1).send().problem(409, "insufficient_stock");
        eventually(2 * A_WHILE, "time passes", || (changed.elapsed() > A_WHILE).then_some(()));
        crowd.wait_for(HOLDS, &[0, 1]);
        third
    });
    cluster.nodes.push(third);
    for node in &cluster.nodes {
        crowd.verify(node);
        assert!(!node.printed().contains("ERROR"), "{}", node.printed());
    }
    assert_eq!(cluster.database.query(STANDING), ["3 2"]);
}

/// Who buys while nodes end.
#[derive(Default)]
struct Buyers {
    done: AtomicBool,
    /// The holds that were answered.
    held: Mutex<BTreeSet<String>>,
}

impl Buyers {
    /// Places holds until the node has ended.
    fn buy(&self, node: &Client, product: i64) {
        while !self.done.load(Ordering::SeqCst)
            && let Ok(answer) = node.place(product, 1).try_send()
        {
            if answer.status == 201 {
                self.held.lock().unwrap().insert(text(&answer.value()["hold_id"]).to_owned());
            } else {
                answer.problem(503, "unavailable");
            }
        }
    }
}

#[test]
fn nodes_end_with_a_schema_that_they_cannot_use_and_do_not_start_again() {
    let mut cluster = Cluster::start(2);
    let product = cluster[0].units(1_000_000);
    cluster.wait_until_all_know(product);
    let buyers = Buyers::default();
    let clients = cluster.clients();
    thread::scope(|scope| {
        let _done = GoHome(&buyers.done);
        for client in &clients {
            let buyers = &buyers;
            scope.spawn(move || buyers.buy(client, product));
        }
        eventually(A_WHILE, "buyers are at it", || {
            (buyers.held.lock().unwrap().len() > HOLDS).then_some(())
        });
        let step = "UPDATE schema_row SET version = version + 1, oldest_program = version + 1";
        cluster.database.query(step);
        let changed = Stopwatch::start();
        for node in &mut cluster.nodes {
            assert_eq!(node.ended().code(), Some(1), "{}", node.printed());
            node.logged(&["another node has changed the schema"]);
        }
        println!("ended after {:?}", changed.elapsed());
        assert!(changed.elapsed() < ENDED_WITHIN);
    });
    let url = cluster.database.url().to_owned();
    let refused = Launch::new().arg("--database", &url).output();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    let version = "its schema has version 3, and this program knows versions up to 2";
    assert!(said.contains(version) && said.contains("run a newer Doorbuster"), "{said}");
    assert!(!said.contains("panicked"), "{said}");

    // It was only a number.
    cluster.database.query("UPDATE schema_row SET version = 2, oldest_program = 2");
    cluster.nodes = vec![node(&url)];
    let rows = cluster[0].walk(&format!("/api/holds?product_id={product}"), "hold_id", 200);
    let listed: BTreeSet<_> = rows.iter().map(|hold| text(&hold["hold_id"]).to_owned()).collect();
    let held = buyers.held.into_inner().unwrap();
    println!("{} answered, {} there", held.len(), listed.len());
    let lost: Vec<_> = held.difference(&listed).collect();
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
}
