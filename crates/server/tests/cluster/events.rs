//! Streams on every node: what one commits, all tell.

use std::time::Duration;

use crate::harness::{ADMIN_KEY, Client, Events, Stock, eventually, text};
use crate::nodes::{Cluster, node};

fn follow(node: &Client, from: &str) -> Events {
    Events::with_key(node, &format!("/api/admin/events?last_event_id={from}"), ADMIN_KEY)
}

#[test]
fn a_listener_sees_what_other_nodes_commit_and_goes_on_with_another() {
    let cluster = Cluster::start(2);
    let product = cluster[0].units(100);
    let path = format!("/api/products/{product}/events");
    cluster.wait_until_all_know(product);
    let mut events = Events::open(&cluster[1], &path, "");
    let mut seen = vec![events.event()];
    for left in (90..100).rev() {
        cluster[0].place(product, 1).send().expect(201);
        while seen.last().unwrap().value()["available_stock"] != left {
            seen.push(events.event());
        }
    }
    // Versions only grow, and the last one is good on any node: nothing old comes again.
    let versions: Vec<u64> = seen.iter().map(|event| event.id.parse().unwrap()).collect();
    assert!(versions.is_sorted_by(|before, after| before < after), "{versions:?}");
    let last = format!("Last-Event-ID: {}", versions.last().unwrap());
    let mut elsewhere = Events::open(&cluster[0], &path, &last);
    cluster[1].place(product, 5).send().expect(201);
    assert_eq!(elsewhere.event().value()["available_stock"], 85);
}

#[test]
fn the_journal_is_followed_from_node_to_node_without_a_gap() {
    let cluster = Cluster::start(2);
    let products = [cluster[0].units(1_000), cluster[0].units(1_000)];
    products.iter().for_each(|product| cluster.wait_until_all_know(*product));
    let mut next = [1, 1];
    let mut id = "0".to_owned();
    for turn in 0..40 {
        for n in 0..5 {
            let product = products[(turn + n) % 2];
            cluster[(turn + n / 2) % 2].place(product, 1).send().expect(201);
        }
        // The entries so far, and perhaps some that come later, on one node after the other.
        let mut events = follow(&cluster[turn % 2], &id);
        let total = 2 + 5 * (turn + 1);
        while next[0] + next[1] - 2 < total as u64 {
            let entry = events.event().value();
            let place = products.iter().position(|product| entry["product_id"] == *product);
            let seq = entry["seq"].as_u64().unwrap();
            let next = &mut next[place.unwrap()];
            assert!(seq <= *next, "{seq} of {place:?} came instead of {next}");
            *next = (*next).max(seq + 1);
        }
        id = events.told_id();
    }
    for product in products {
        eventually(Duration::from_secs(5), "the node knows of all holds", || {
            (cluster[0].stock(product) == Stock::of(900, 100, 0)).then_some(())
        });
    }
}

#[test]
fn every_node_knows_all_nodes() {
    let mut cluster = Cluster::start(1);
    // Nodes are known by the name that they give themselves where the URL gives them none.
    let url = cluster.database.url().split("&application_name").next().unwrap().to_owned();
    cluster.nodes = (0..3).map(|_| node(&url)).collect();
    let status = |node: usize| cluster[node].get("/api/admin/status").admin().send().expect(200);
    let names: Vec<String> = (0..3).map(|node| text(&status(node)["node"]).to_owned()).collect();
    for node in 0..3 {
        let status = status(node);
        let nodes = status["nodes"].as_array().unwrap().iter();
        let known: Vec<&str> = nodes.map(|node| text(&node["name"])).collect();
        for name in &names {
            assert!(known.contains(&name.as_str()), "{name} is not among {known:?}");
        }
        assert_eq!(status["store"], "postgres");
    }
}
