//! Several nodes that start at the same instant on an empty schema.

use std::collections::BTreeSet;

use crate::database::Database;
use crate::harness::{Launch, at_once, made_key};
use crate::nodes::node;

/// How often they start.
const ROUNDS: usize = 5;

/// Nodes that start at the same instant.
const NODES: usize = 5;

#[test]
fn of_several_nodes_that_start_at_once_all_come_up_and_one_makes_the_admin_key() {
    for round in 0..ROUNDS {
        let database = Database::shared();
        if round % 2 == 1 {
            // With the schema made, they all come to the key at the same instant.
            node(database.url()).kill();
        }
        let mut nodes =
            at_once(NODES, |_| Launch::bare().arg("--database", database.url()).start());
        let keys: BTreeSet<String> =
            nodes.iter().filter_map(|node| made_key(&node.stdout())).collect();
        assert!(!keys.is_empty(), "nobody printed a key");
        let good: Vec<_> = keys
            .iter()
            .filter(|key| {
                let taken = nodes.iter().map(|node| {
                    let answer = node.with_admin_key(key).get("/api/audit").admin().send();
                    assert!([200, 401].contains(&answer.status), "{}", answer.text());
                    answer.status == 200
                });
                let taken: BTreeSet<bool> = taken.collect();
                assert_eq!(taken.len(), 1, "nodes disagree about a key");
                taken.contains(&true)
            })
            .collect();
        println!("round {round}: {} keys printed, {} counts", keys.len(), good.len());
        assert_eq!(good.len(), 1, "of {} keys", keys.len());
        let stored = database.query("SELECT count(*) FROM admin_key_row");
        assert_eq!(stored, ["1"]);
        // Whoever knows the key can use it, and a node that comes later makes none.
        let late = Launch::bare().arg("--database", database.url()).client_key(good[0]).start();
        assert_eq!(made_key(&late.stdout()), None);
        nodes[0].with_admin_key(good[0]).units(1);
        for node in &mut nodes {
            node.kill(); // most have no key that would let them be asked for an audit
        }
    }
}
