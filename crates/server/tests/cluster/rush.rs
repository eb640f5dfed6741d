//! A crowd for one product, spread over all nodes.

use std::time::Duration;

use crate::harness::{Stock, at_once, eventually, text};
use crate::nodes::Cluster;

#[test]
fn a_thousand_buyers_on_three_nodes_for_a_hundred_units_get_a_hundred() {
    let cluster = Cluster::start(3);
    let product = cluster[0].units(100);
    cluster.wait_until_all_know(product);
    let answers = at_once(1_000, |i| cluster[i % 3].place(product, 1).send());
    let mut held = Vec::new();
    for answer in answers {
        if answer.status == 201 {
            held.push(text(&answer.value()["hold_id"]).to_owned());
        } else {
            assert_eq!(answer.problem(409, "insufficient_stock")["available_stock"], 0);
        }
    }
    assert_eq!(held.len(), 100);
    held.sort();
    let rows = cluster[1].walk(&format!("/api/holds?product_id={product}"), "hold_id", 50);
    let mut listed: Vec<_> = rows.iter().map(|hold| text(&hold["hold_id"]).to_owned()).collect();
    listed.sort();
    assert_eq!(listed, held);
    for node in &cluster.nodes {
        eventually(Duration::from_secs(5), "every node knows that it is sold out", || {
            (node.stock(product) == Stock::of(0, 100, 0)).then_some(())
        });
    }
    cluster.assert_audits_are_clean();
}
