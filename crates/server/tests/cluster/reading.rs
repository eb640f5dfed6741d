//! What one node answered, and when the others see it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::crowd::Crowd;
use crate::harness::{Stock, Stopwatch, eventually, text};
use crate::nodes::Cluster;

/// How soon other nodes must show a product's change: it is promised within half a second, and a
/// busy machine gets some more.
const SEEN_WITHIN: Duration = Duration::from_secs(3);

#[test]
fn an_answer_is_visible_in_its_node_at_once_and_in_others_soon() {
    let cluster = Cluster::start(3);
    let product = cluster[0].units(1_000);
    cluster.wait_until_all_know(product);
    let mut latest = Duration::ZERO;
    for n in 1..=30 {
        let writer = &cluster[usize::try_from(n).unwrap() % 3];
        let hold = writer.hold(product, 1);
        let stock = Stock::of(1_000 - n, n, 0);
        assert_eq!(writer.stock(product), stock, "its own node");
        let seen = Stopwatch::start();
        for node in &cluster.nodes {
            let path = format!("/api/holds/{}", text(&hold["hold_id"]));
            assert_eq!(node.get(&path).send().expect(200), hold, "single holds are never late");
        }
        for node in &cluster.nodes {
            eventually(SEEN_WITHIN, "another node shows it", || {
                (node.stock(product) == stock).then_some(())
            });
        }
        latest = latest.max(seen.elapsed());
    }
    println!("seen by all nodes within {latest:?}");
}

#[test]
fn a_product_made_on_one_node_can_be_bought_on_another_at_once() {
    let cluster = Cluster::start(2);
    for _ in 0..30 {
        let product = cluster[0].units(1);
        cluster[1].hold(product, 1);
        let refused = cluster[0].place(product, 1).send();
        refused.problem(409, "insufficient_stock");
    }
}

#[test]
fn units_that_come_back_on_one_node_are_soon_not_refused_on_another() {
    let cluster = Cluster::start(2);
    let product = cluster[0].units(1);
    cluster.wait_until_all_know(product);
    for _ in 0..20 {
        let hold_id = cluster[0].hold_id(product, 1);
        eventually(SEEN_WITHIN, "the other node shows that it is sold out", || {
            (cluster[1].stock(product) == Stock::of(0, 1, 0)).then_some(())
        });
        cluster[1].place(product, 1).send().problem(409, "insufficient_stock");
        cluster[0].delete(&format!("/api/holds/{hold_id}")).send().expect(200);
        let hold = eventually(SEEN_WITHIN, "the other node sells it again", || {
            let answer = cluster[1].place(product, 1).send();
            (answer.status == 201).then(|| answer.value())
        });
        let path = format!("/api/holds/{}", text(&hold["hold_id"]));
        cluster[1].delete(&path).send().expect(200);
        eventually(SEEN_WITHIN, "it is on sale everywhere", || {
            (cluster[0].stock(product) == Stock::of(1, 0, 0)).then_some(())
        });
    }
}

#[test]
fn what_a_node_shows_never_goes_back() {
    let cluster = Cluster::start(3);
    let crowd = Crowd::of(cluster.clients());
    let products = cluster[0].walk("/api/products", "id", 50);
    let done = AtomicBool::new(false);
    let looks: usize = thread::scope(|scope| {
        let readers: Vec<_> = cluster
            .nodes
            .iter()
            .map(|node| {
                let (done, products) = (&done, &products);
                scope.spawn(move || {
                    let mut seen = vec![0; products.len()];
                    let mut looks = 0;
                    while !done.load(Ordering::SeqCst) {
                        for (product, seen) in products.iter().zip(&mut seen) {
                            let path = format!("/api/products/{}", product["id"]);
                            let answer = node.get(&path).send();
                            if answer.status == 404 && *seen == 0 {
                                continue; // this node has not heard of it yet
                            }
                            let version = answer.expect(200)["version"].as_i64().unwrap();
                            assert!(version >= *seen, "{version} after {seen}");
                            *seen = version;
                            looks += 1;
                        }
                    }
                    looks
                })
            })
            .collect();
        crowd.during(|| crowd.wait_for(100, &[0, 1, 2]));
        done.store(true, Ordering::SeqCst);
        readers.into_iter().map(|reader| reader.join().unwrap()).sum()
    });
    println!("{looks} looks");
    crowd.verify(&cluster[2]);
}
