//! Connections to the database that break at any byte, also between a COMMIT and its answer.

use std::time::Duration;

use serde_json::Value;

use crate::crowd::Crowd;
use crate::database::Database;
use crate::harness::{Client, Launch, Stock, Stopwatch, at_once, campaign, eventually, text};
use crate::nodes::{Cluster, node};
use crate::proxy::Proxy;

/// Connections that are cut; more with `CONNECTION_CUTS`.
const CUTS: usize = 500;

/// How long the slowest machine may take for one of them, on average.
const CUT_LIMIT: Duration = Duration::from_millis(500);

/// How long a node may take to be ready once its database can be reached.
const READY_WITHIN: Duration = Duration::from_secs(10);

fn is_ready(node: &Client) -> Option<()> {
    (node.get("/readyz").send().status == 200).then_some(())
}

#[test]
fn connections_cut_at_any_byte_lose_nothing_and_double_nothing() {
    let database = Database::shared();
    let proxies = [(); 2].map(|()| Proxy::start(&database.address()));
    let nodes = proxies.iter().map(|proxy| node(&database.url_through(&proxy.address))).collect();
    let cluster = Cluster { nodes, database };
    let crowd = Crowd::of(cluster.clients());
    let cuts = campaign("CONNECTION_CUTS", CUTS);
    let sum = |count: fn(&Proxy) -> usize| proxies.iter().map(count).sum::<usize>();
    let cut = |cutting: bool| proxies.iter().for_each(|proxy| proxy.cut(cutting));
    crowd.during(|| {
        crowd.wait_for(50, &[0, 1]);
        cut(true);
        let limit = CUT_LIMIT * u32::try_from(cuts).unwrap() + Duration::from_secs(20);
        eventually(limit, "enough connections are cut", || {
            (sum(Proxy::cuts) >= cuts).then_some(())
        });
        cut(false);
        for node in &cluster.nodes {
            eventually(READY_WITHIN, "the node is ready again", || is_ready(node));
        }
        crowd.wait_for(50, &[0, 1]);
    });
    for proxy in &proxies {
        let (cut, lost) = (proxy.cuts(), proxy.lost_answers());
        println!("{cut} cuts, {lost} lost answers to COMMIT");
        assert!(cut * 4 > cuts, "too few cuts of one node");
        assert!(lost * 10 > cut, "too few lost answers to COMMIT");
    }
    crowd.verify(&cluster[0]);
    crowd.verify(&cluster[1]);
    // The nodes end before their networks do.
    drop(cluster);
}

/// The ids of all holds, as the database has them.
fn holds(node: &Client) -> Vec<String> {
    let id = |hold: &Value| text(&hold["hold_id"]).to_owned();
    node.walk("/api/holds", "hold_id", 50).iter().map(id).collect()
}

#[test]
fn a_commit_that_nobody_knows_of_is_answered_so_and_made_once_by_its_key() {
    let database = Database::shared();
    let proxy = Proxy::start(&database.address());
    let url = database.url_through(&proxy.address);
    let far = Launch::new().arg("--lanes", "1").arg("--database", &url).start();
    let near = node(database.url());
    let product = far.units(10);
    let place = || far.place(product, 1).header("Idempotency-Key", "once").send();
    proxy.cut_at_the_next_commit();
    let waiting = Stopwatch::start();
    let answers = at_once(2, |i| {
        if i == 0 {
            return Some(place());
        }
        eventually(READY_WITHIN, "the answer is lost", || {
            (proxy.lost_answers() == 1).then_some(())
        });
        eventually(Duration::from_secs(3), "a node in doubt is not ready", || {
            (far.get("/readyz").send().status == 503).then_some(())
        });
        None
    });
    println!("answered after {:?}", waiting.elapsed());
    let [Some(answer), None] = &answers[..] else { panic!("not one answer") };
    assert!(answer.header("retry-after").is_some());
    assert_eq!(answer.status, 503, "{}", answer.text());
    let detail = answer.any_problem()["detail"].clone();
    assert!(text(&detail).contains("may or may not"), "{detail}");
    let made = holds(&near);
    assert_eq!(made.len(), 1, "it was committed");

    proxy.cut(false);
    eventually(READY_WITHIN, "the node is ready again", || is_ready(&far));
    assert_eq!(text(&place().expect_replay()["hold_id"]), made[0]);
    assert_eq!(holds(&near), made);
    assert_eq!(far.stock(product), Stock::of(9, 1, 0));
    drop(far);
}
