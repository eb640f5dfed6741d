//! A database that goes away and comes back.

use std::time::Duration;

use rustix::process::Signal;

use crate::crowd::Crowd;
use crate::database::Database;
use crate::harness::{Server, Stopwatch, at_once, eventually, uuid};
use crate::nodes::Cluster;

/// How soon a node must say that it is not ready.
const NOTICED_WITHIN: Duration = Duration::from_secs(5);

/// How long a node may take to go on once the database is back: it tries every second at least.
const RECOVERED_WITHIN: Duration = Duration::from_secs(4);

/// How long a request may take while the database is gone: as long as a node asks what became of
/// the commit before it, and some more.
const REFUSED_WITHIN: Duration = Duration::from_secs(13);

fn assert_not_ready(node: &Server) {
    eventually(NOTICED_WITHIN, "the node is not ready", || {
        let answer = node.get("/readyz").send();
        if answer.status == 200 {
            return None;
        }
        assert!(answer.header("retry-after").is_some(), "{}", answer.text());
        answer.problem(503, "unavailable");
        Some(())
    });
    node.get("/healthz").send().expect_status(200);
}

/// Everything that needs the database is refused and told when to come back.
fn assert_unavailable(node: &Server, product: i64) {
    for call in [
        node.place(product, 1),
        node.place(product, 1).header("Idempotency-Key", "while-it-is-gone"),
        node.get(&format!("/api/holds/{}", uuid())),
        node.get("/api/audit").admin(),
    ] {
        let asking = Stopwatch::start();
        let answer = call.send();
        assert!(asking.elapsed() < REFUSED_WITHIN, "{:?}", asking.elapsed());
        assert!(answer.header("retry-after").is_some(), "{}", answer.text());
        answer.problem(503, "unavailable");
    }
    // What is in memory can still be read.
    node.get(&format!("/api/products/{product}")).send().expect_status(200);
}

/// Measured at all nodes at once: each recovers on its own.
fn assert_recovers(cluster: &Cluster, product: i64) {
    let back = Stopwatch::start();
    let within = at_once(cluster.nodes.len(), |n| {
        eventually(RECOVERED_WITHIN, "the node is ready and sells", || {
            let ready = cluster[n].get("/readyz").send().status == 200;
            (ready && cluster[n].place(product, 1).send().status == 201).then(|| back.elapsed())
        })
    });
    println!("recovered within {within:?}");
}

#[test]
fn a_database_that_is_shut_down_ended_or_killed_comes_back_with_all_that_was_answered() {
    let cluster = Cluster::over(Database::own(), 2);
    let product = cluster[0].units(1_000);
    cluster.wait_until_all_know(product);
    let crowd = Crowd::of(cluster.clients());
    // A fast shutdown, an immediate one, and none at all.
    for signal in [Signal::INT, Signal::QUIT, Signal::KILL] {
        crowd.during(|| {
            crowd.wait_for(100, &[0, 1]);
            cluster.database.stop(signal);
            at_once(2, |n| assert_not_ready(&cluster[n]));
            if signal == Signal::QUIT {
                at_once(2, |n| assert_unavailable(&cluster[n], product));
            }
            cluster.database.start();
            assert_recovers(&cluster, product);
            crowd.wait_for(100, &[0, 1]);
        });
        for node in &cluster.nodes {
            crowd.verify(node);
        }
    }
}
