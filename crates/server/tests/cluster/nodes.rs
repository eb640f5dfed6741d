//! Nodes: servers that share a database.

use std::ops::Index;
use std::time::Duration;

use serde_json::json;

use crate::database::Database;
use crate::harness::{Client, Launch, Server, at_once, eventually};

/// Servers over one database. When it is dropped, the audit of each that runs must be clean.
pub(crate) struct Cluster {
    /// Dropped before the database, or their last audit would find none.
    pub(crate) nodes: Vec<Server>,
    pub(crate) database: Database,
}

impl Cluster {
    /// So many nodes, all started at the same instant, over an empty schema.
    pub(crate) fn start(nodes: usize) -> Self {
        Self::over(Database::shared(), nodes)
    }

    /// The same over a database that exists.
    pub(crate) fn over(database: Database, nodes: usize) -> Self {
        let nodes = at_once(nodes, |_| node(database.url()));
        Self { nodes, database }
    }

    /// Clients of all nodes.
    pub(crate) fn clients(&self) -> Vec<Client> {
        self.nodes.iter().map(|node| Client::clone(node)).collect()
    }

    /// Many products with so many units each.
    pub(crate) fn products(&self, count: usize, units: u32) -> Vec<i64> {
        at_once(count.min(8), |part| {
            let mine = (0..count).filter(|n| n % 8 == part);
            mine.map(|_| self.nodes[0].units(units)).collect::<Vec<_>>()
        })
        .concat()
    }

    /// A node shows a product that another one made a moment later.
    #[track_caller]
    pub(crate) fn wait_until_all_know(&self, product: i64) {
        for node in &self.nodes {
            eventually(Duration::from_secs(5), "every node knows the product", || {
                let answer = node.get(&format!("/api/products/{product}")).send();
                (answer.status == 200).then_some(())
            });
        }
    }

    /// The recount of all rows, by each node.
    #[track_caller]
    pub(crate) fn assert_audits_are_clean(&self) {
        for node in &self.nodes {
            node.assert_audit_is_clean();
        }
    }
}

impl Index<usize> for Cluster {
    type Output = Server;

    fn index(&self, node: usize) -> &Server {
        &self.nodes[node]
    }
}

/// One more node over the database at `url`.
pub(crate) fn node(url: &str) -> Server {
    Launch::new().arg("--database", url).start()
}

/// Units on sale that are held for so many seconds.
pub(crate) fn fleeting(client: &Client, hold_seconds: u32) -> i64 {
    client.product(json!({"total_stock": 1_000_000, "hold_seconds": hold_seconds}))
}
