//! Nodes that are killed, or stand still, while everyone buys.

use std::time::Duration;

use rustix::process::Signal;

use crate::crowd::Crowd;
use crate::database::Database;
use crate::harness::{
    Launch, Stock, Stopwatch, eventually, kill_at_random_moments, millis, now_millis, uuid,
};
use crate::nodes::{Cluster, fleeting, node};

/// How long the others may be silent because of a node that has stopped: its locks last 2 seconds.
const SILENT_AT_MOST: Duration = Duration::from_secs(5);

/// How long a stopped node stands still: longer than its locks may last.
const STANDSTILL: Duration = Duration::from_secs(6);

/// How long after its deadline a hold of a dead node may still take units.
const LATE_MS: i64 = 1_000;

#[test]
fn what_was_answered_survives_a_kill_at_any_moment_and_nothing_else_appears() {
    kill_at_random_moments(|| Launch::new().arg("--database", Database::shared().url()));
}

#[test]
fn what_a_killed_node_answered_is_kept_and_the_others_go_on() {
    let mut cluster = Cluster::start(3);
    let crowd = Crowd::of(cluster.clients());
    let product = fleeting(&cluster[2], 3);
    crowd.during(|| {
        crowd.wait_for(150, &[0, 1, 2]);
        let deadlines = (0..20).map(|_| millis(&cluster[2].hold(product, 1)["expires_at"]));
        let deadline = deadlines.max().unwrap();
        crowd.measure_silence();
        cluster.nodes[2].kill();
        crowd.wait_for(150, &[0, 1]);
        for node in [0, 1] {
            let silence = crowd.longest_silence(node);
            println!("node {node} was silent for {silence:?} at most");
            assert!(silence < SILENT_AT_MOST, "node {node}: {silence:?}");
        }
        assert!(now_millis() < deadline, "this machine is too slow for holds of 3 seconds");
        // A look may take long on a busy machine: its time is that of its beginning.
        let free = eventually(Duration::from_secs(10), "a dead node's holds expire", || {
            let now = now_millis();
            let free = |node: usize| cluster[node].stock(product) == Stock::of(1_000_000, 0, 0);
            (free(0) && free(1)).then_some(now)
        });
        println!("free {} ms after the deadline", free - deadline);
        assert!(free >= deadline, "{} ms too early", deadline - free);
        assert!(free <= deadline + LATE_MS, "{} ms late", free - deadline);
    });
    cluster.nodes.truncate(2);
    crowd.verify(&cluster[0]);
    crowd.verify(&cluster[1]);
}

#[test]
fn a_killed_node_that_starts_again_goes_on_where_the_others_are() {
    let mut cluster = Cluster::start(2);
    let crowd = Crowd::of(cluster.clients());
    crowd.during(|| {
        crowd.wait_for(100, &[0, 1]);
        cluster.nodes[1].kill();
        crowd.wait_for(20, &[0]);
    });
    let url = cluster.database.url().to_owned();
    cluster.nodes[1] = node(&url);
    crowd.verify(&cluster[1]);
    cluster[1].place(cluster[0].units(1), 1).send().expect(201);
}

#[test]
fn a_node_that_stands_still_with_locks_holds_nobody_up_and_goes_on_afterwards() {
    let mut cluster = Cluster::start(2);
    let name = uuid();
    let url = format!("{}&application_name={name}", cluster.database.url());
    cluster.nodes.push(node(&url));
    let crowd = Crowd::of(cluster.clients());
    crowd.during(|| {
        crowd.wait_for(100, &[0, 1, 2]);
        stop_with_locks(&cluster, &crowd, &name);
        let standstill = Stopwatch::start();
        eventually(2 * STANDSTILL, "time passes", || {
            (standstill.elapsed() >= STANDSTILL).then_some(())
        });
        for node in [0, 1] {
            let silence = crowd.longest_silence(node);
            println!("node {node} was silent for {silence:?} at most");
            assert!(silence < SILENT_AT_MOST, "node {node}: {silence:?}");
        }
        cluster[2].signal(Signal::CONT);
        let awake = Stopwatch::start();
        crowd.wait_for(1, &[2]);
        println!("the stopped node answered after {:?}", awake.elapsed());
        assert!(awake.elapsed() < SILENT_AT_MOST);
        crowd.wait_for(100, &[0, 1, 2]);
    });
    for node in &cluster.nodes {
        crowd.verify(node);
    }
}

/// Stops the third node, whose connections have this name, while it has a transaction open.
fn stop_with_locks(cluster: &Cluster, crowd: &Crowd, name: &str) {
    // What it had sent may still be worked on; a transaction that waits this long, waits for it.
    let open = format!(
        "SELECT pg_sleep(0.2);
         SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'
             AND state = 'idle in transaction' AND state_change < clock_timestamp() - interval '0.1s'"
    );
    eventually(Duration::from_secs(30), "it stops in the middle of a batch", || {
        crowd.measure_silence();
        cluster[2].signal(Signal::STOP);
        let transactions = cluster.database.query(&open).pop().unwrap();
        if transactions != "0" {
            println!("it stands still with {transactions} transactions");
            return Some(());
        }
        cluster[2].signal(Signal::CONT);
        crowd.wait_for(1, &[2]);
        None
    });
}
