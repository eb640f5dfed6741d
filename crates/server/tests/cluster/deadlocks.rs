//! Somebody who locks products in another order than batches do.

use std::time::Duration;

use crate::database::{Database, Session};
use crate::harness::{Client, Launch, Stock, at_once, eventually, uuid};

const LIMIT: Duration = Duration::from_secs(10);

fn lock(session: &Session, product: i64) {
    session.query(&format!("SELECT 1 FROM product_row WHERE product_id = {product} FOR UPDATE"));
}

/// A transaction, and its server process.
fn begin(database: &Database) -> (Session, String) {
    let session = database.session();
    // Whoever has waited for so long looks for a deadlock and is its victim: not this one.
    session.query("BEGIN; SET LOCAL deadlock_timeout = '60s'");
    let pid = session.query("SELECT pg_backend_pid()").remove(0);
    (session, pid)
}

fn metric(node: &Client, name: &str) -> u64 {
    let metrics = node.get("/metrics").send().text();
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().unwrap()
}

#[test]
fn a_batch_that_is_the_victim_of_a_deadlock_is_tried_again() {
    let database = Database::shared();
    let name = uuid();
    let url = format!("{}&application_name={name}", database.url());
    let node = Launch::new().arg("--lanes", "1").arg("--database", &url).start();
    let [one, two, first] = [0; 3].map(|_| node.units(10));
    assert!(one < two, "batches lock products in the order of their ids");
    let before = metric(&node, "doorbuster_transaction_retries_total");
    let (stopping, stopping_pid) = begin(&database);
    let (crossing, crossing_pid) = begin(&database);
    let watching = database.session();
    let blocked_by = |pid: &str| {
        let sql = format!(
            "SELECT 1 FROM pg_stat_activity
             WHERE application_name = '{name}' AND {pid} = ANY (pg_blocking_pids(pid))"
        );
        eventually(LIMIT, "the lane waits for a lock", || watching.query(&sql).pop());
    };
    lock(&stopping, first);
    lock(&crossing, two);
    at_once(4, |i| match i {
        // The lane is kept waiting until two holds are there for its next batch.
        0 => node.place(first, 1).send().expect_status(201),
        1 | 2 => {
            blocked_by(&stopping_pid);
            node.place(if i == 1 { one } else { two }, 1).send().expect_status(201);
        }
        _ => {
            eventually(LIMIT, "two holds wait", || {
                (metric(&node, "doorbuster_mailbox_depth") == 2).then_some(())
            });
            stopping.query("COMMIT");
            blocked_by(&crossing_pid);
            lock(&crossing, one); // which the batch has, and ends with the batch
            crossing.query("COMMIT");
        }
    });
    assert!(metric(&node, "doorbuster_transaction_retries_total") > before);
    println!("{}", node.logged(&["deadlock", "40P01"]));
    for product in [one, two, first] {
        assert_eq!(node.stock(product), Stock::of(9, 1, 0));
    }
    node.assert_audit_is_clean();
}
