//! Admin keys: made and revoked once, and every node knows.

use std::time::Duration;

use crate::database::Database;
use crate::harness::{Home, eventually, run};
use crate::nodes::Cluster;

/// Within how long a node notices, with room for a busy machine.
const NOTICED: Duration = Duration::from_secs(5);

fn keys(database: &Database, args: &[&str]) -> String {
    let args = [&["keys"], args, &["--database", database.url()]].concat();
    let output = run(&Home::new(), &args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_node_notices_a_key_that_is_made_or_revoked() {
    let cluster = Cluster::start(3);
    let said = keys(&cluster.database, &["make", "--name", "till", "--scope", "read"]);
    let key = said.strip_prefix("key: ").unwrap().lines().next().unwrap();
    let id = &said.split_once("id is ").unwrap().1[..8];
    let all_answer = |method: &str, path: &str, expected: u16| {
        for node in &cluster.nodes {
            eventually(NOTICED, &format!("a node answers {expected}"), || {
                let answer = node.with_admin_key(key).call(method, path).admin().send();
                (answer.status == expected).then_some(())
            });
        }
    };
    all_answer("GET", "/api/orders", 200);
    all_answer("POST", "/api/products", 403);
    let list = keys(&cluster.database, &["list"]);
    assert!(list.lines().any(|line| line.starts_with(id) && line.ends_with("till")), "{list}");
    keys(&cluster.database, &["revoke", id]);
    all_answer("GET", "/api/orders", 401);
    let stored = cluster.database.query("SELECT scope || (revoked_at_ms > 0) FROM admin_key_row");
    assert_eq!(stored, ["readtrue"]);
}
