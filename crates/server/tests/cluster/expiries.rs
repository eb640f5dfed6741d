//! A deadline that passes while others want the same hold.

use std::time::Duration;

use crate::harness::{Answer, Stock, at_once, campaign, eventually, millis, now_millis, text};
use crate::nodes::{Cluster, fleeting};

/// How often the race is run; more with `RACES`.
const RACES: usize = 200;

/// Holds that are wanted at the same time.
const AT_ONCE: usize = 50;

#[derive(Default, Debug)]
struct Won {
    ordered: usize,
    released: usize,
    expired: usize,
}

/// What became of a hold that one node was to release and another one to make an order of, while
/// all wait for its deadline.
fn won(won: &mut Won, cluster: &Cluster, hold_id: &str, [order, release]: [Answer; 2]) {
    let hold = || {
        let path = format!("/api/holds/{hold_id}");
        cluster.nodes.iter().map(|node| node.get(&path).send().expect(200)).collect::<Vec<_>>()
    };
    match (order.status, release.status) {
        (201, 409) => {
            let order_id = order.value()["order_id"].clone();
            assert_eq!(release.problem(409, "hold_used")["order_id"], order_id);
            let used = |hold: &serde_json::Value| hold["order_id"] == order_id;
            assert!(hold().iter().all(|hold| hold["status"] == "used" && used(hold)));
            won.ordered += 1;
        }
        (409, 200) => {
            assert_eq!(release.expect(200)["status"], "released");
            order.problem(409, "hold_released");
            assert!(hold().iter().all(|hold| hold["status"] == "released"));
            won.released += 1;
        }
        (409, 409) => {
            order.problem(409, "hold_expired");
            release.problem(409, "hold_expired");
            eventually(Duration::from_secs(5), "the hold has expired", || {
                hold().iter().all(|hold| hold["status"] == "expired").then_some(())
            });
            won.expired += 1;
        }
        both => panic!("{both:?}: {} {}", order.text(), release.text()),
    }
}

#[test]
fn of_order_release_and_expiry_on_different_nodes_one_wins() {
    let cluster = Cluster::start(3);
    let mut outcome = Won::default();
    let mut first = 0;
    let races = campaign("RACES", RACES);
    let products: Vec<_> = (0..AT_ONCE).map(|_| fleeting(&cluster[2], 1)).collect();
    while first < races {
        let count = AT_ONCE.min(races - first);
        let holds = at_once(count, |i| {
            let hold = cluster[2].hold(products[i], 1);
            (text(&hold["hold_id"]).to_owned(), millis(&hold["expires_at"]))
        });
        let mut answers = at_once(2 * count, |i| {
            let (hold_id, expires_at) = &holds[i / 2];
            // Sent a little before the deadline, so that some arrive before it and some after.
            let early = i64::try_from((first + i / 2) % 50).unwrap();
            eventually(Duration::from_secs(10), "the hold is about to expire", || {
                (now_millis() >= expires_at - early).then_some(())
            });
            if i % 2 == 0 {
                cluster[0].order(hold_id).send()
            } else {
                cluster[1].delete(&format!("/api/holds/{hold_id}")).send()
            }
        })
        .into_iter();
        for (hold_id, _) in &holds {
            let pair = [answers.next().unwrap(), answers.next().unwrap()];
            won(&mut outcome, &cluster, hold_id, pair);
        }
        first += count;
    }
    println!("{outcome:?}");
    assert_eq!(outcome.ordered + outcome.released + outcome.expired, races);
    let held = cluster[0].walk("/api/orders?status=pending", "order_id", 200).len();
    assert_eq!(held, outcome.ordered);
    for (i, product) in products.iter().enumerate() {
        let path = format!("/api/orders?product_id={product}");
        let held = i64::try_from(cluster[0].walk(&path, "order_id", 200).len()).unwrap();
        eventually(Duration::from_secs(5), &format!("product {i} has {held} held"), || {
            let stock = cluster[i % 3].stock(*product);
            (stock == Stock::of(1_000_000 - held, held, 0)).then_some(())
        });
    }
}
