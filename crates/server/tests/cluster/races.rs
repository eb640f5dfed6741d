//! Two nodes at the same instant: one of them wins, or both agree.

use std::time::Duration;

use serde_json::{Value, json};

use crate::crowd::Crowd;
use crate::harness::{Answer, Call, Stock, Stopwatch, at_once, campaign, eventually, text, uuid};
use crate::nodes::Cluster;

/// How often each race is run; more with `RACES`.
const RACES: usize = 200;

/// Races that are run at the same time.
const AT_ONCE: usize = 20;

/// Audits of a database before the next one.
const AUDITS: usize = 25;

/// How many products they are spread over: fewer make nodes wait for each other's locks more often.
const PRODUCTS: usize = 8;

/// Has two nodes do something at the same instant, once for each race; what they answered.
fn race<'c>(each: impl Fn(usize, usize) -> Call<'c> + Sync) -> Vec<[Answer; 2]> {
    let races: Vec<usize> = (0..campaign("RACES", RACES)).collect();
    let mut answers = Vec::new();
    for some in races.chunks(AT_ONCE) {
        let mut sides = at_once(2 * some.len(), |i| each(some[i / 2], i % 2).send()).into_iter();
        while let (Some(one), Some(other)) = (sides.next(), sides.next()) {
            answers.push([one, other]);
        }
    }
    answers
}

/// Of the two answers, the first of which has this status, and the other one.
#[track_caller]
fn winner([one, other]: [Answer; 2], status: u16) -> (Value, Answer) {
    let (one, other) = if one.status == status { (one, other) } else { (other, one) };
    (one.expect(status), other)
}

fn races() -> usize {
    campaign("RACES", RACES)
}

#[track_caller]
fn assert_stock(cluster: &Cluster, product: i64, stock: Stock) {
    for node in &cluster.nodes {
        eventually(Duration::from_secs(5), &format!("{stock:?}"), || {
            (node.stock(product) == stock).then_some(())
        });
    }
}

#[test]
fn one_idempotency_key_on_two_nodes_makes_one_hold() {
    let cluster = Cluster::start(2);
    let products = cluster.products(PRODUCTS, 1_000_000);
    let answers = race(|n, side| {
        let place = cluster[side].place(products[n % PRODUCTS], 1);
        place.header("Idempotency-Key", &format!("key-{n}"))
    });
    for answers in answers {
        let (made, other) = winner(answers, 201);
        assert_eq!(other.expect_replay(), made);
    }
    let held = cluster[0].walk("/api/holds", "hold_id", 200);
    assert_eq!(held.len(), races());
}

#[test]
fn one_idempotency_key_for_two_products_on_two_nodes_makes_one_hold() {
    let cluster = Cluster::start(2);
    let products = cluster.products(PRODUCTS, 1_000_000);
    let answers = race(|n, side| {
        let place = cluster[side].place(products[(n + side) % PRODUCTS], 1);
        place.header("Idempotency-Key", &format!("key-{n}"))
    });
    for answers in answers {
        let (_, other) = winner(answers, 201);
        other.problem(422, "idempotency_key_reused");
    }
    let held = cluster[0].walk("/api/holds", "hold_id", 200);
    assert_eq!(held.len(), races());
}

#[test]
fn one_idempotency_key_on_two_nodes_makes_one_order() {
    let cluster = Cluster::start(2);
    let products = cluster.products(PRODUCTS, 1_000_000);
    let holds: Vec<_> =
        (0..races()).map(|n| cluster[n % 2].hold_id(products[n % PRODUCTS], 1)).collect();
    let answers = race(|n, side| {
        cluster[side].order(&holds[n]).header("Idempotency-Key", &format!("key-{n}"))
    });
    for answers in answers {
        let (made, other) = winner(answers, 201);
        assert_eq!(other.expect_replay(), made);
    }
    assert_eq!(cluster[1].walk("/api/orders", "order_id", 200).len(), races());
}

#[test]
fn one_chosen_order_id_for_two_holds_on_two_nodes_belongs_to_one() {
    let cluster = Cluster::start(2);
    let products = cluster.products(PRODUCTS, 1_000_000);
    // Of different products, so that no product's lock keeps them apart.
    let holds: Vec<_> =
        (0..races() + 1).map(|n| cluster[n % 2].hold_id(products[n % PRODUCTS], 1)).collect();
    let ids: Vec<_> = (0..races()).map(|_| uuid()).collect();
    let (first, second) = (&holds, &holds);
    let answers = race(|n, side| {
        let hold_id = if side == 0 { &first[n] } else { &second[n + 1] };
        let body = json!({"hold_id": hold_id, "order_id": ids[n]});
        cluster[side].post("/api/orders").json(&body)
    });
    // A hold is wanted by two races, so it may be used already; then it makes no second order.
    let mut made = 0;
    for answers in answers {
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert!(won.len() <= 1, "{} and {}", answers[0].text(), answers[1].text());
        made += won.len();
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            let code = answer.any_problem()["code"].clone();
            assert!(code == "order_id_taken" || code == "hold_used", "{}", answer.text());
        }
    }
    assert_eq!(cluster[0].walk("/api/orders", "order_id", 200).len(), made);
    assert_eq!(cluster[0].walk("/api/holds?status=used", "hold_id", 200).len(), made);
}

#[test]
fn one_payment_event_on_two_nodes_has_one_effect() {
    let cluster = Cluster::start(2);
    let products = cluster.products(PRODUCTS, u32::try_from(races()).unwrap());
    let orders: Vec<_> =
        (0..races()).map(|n| cluster[n % 2].order_id(products[n % PRODUCTS], 1)).collect();
    let answers = race(|n, side| {
        let event_id = format!("evt_{n}");
        let body = json!({"event_id": event_id, "order_id": orders[n], "status": "paid"});
        cluster[side].webhook(&body)
    });
    for answers in answers {
        let [one, other] = answers.map(|answer| answer.expect(200));
        assert_eq!([&one["order_status"], &other["order_status"]], ["paid", "paid"]);
        let mut results = [text(&one["result"]), text(&other["result"])];
        results.sort_unstable();
        assert_eq!(results, ["applied", "duplicate"]);
    }
    let total = i64::try_from(races()).unwrap();
    for (n, product) in products.iter().enumerate() {
        let sold = i64::try_from((0..races()).filter(|race| race % PRODUCTS == n).count()).unwrap();
        assert_stock(&cluster, *product, Stock::of(total - sold, 0, sold));
    }
    assert_eq!(cluster[0].walk("/api/payments", "event_id", 200).len(), races());
}

#[test]
fn one_event_id_for_two_orders_on_two_nodes_pays_one() {
    let cluster = Cluster::start(2);
    let products = cluster.products(PRODUCTS, 1_000_000);
    let order = |n: usize| cluster[n % 2].order_id(products[n % PRODUCTS], 1);
    let orders: Vec<_> = (0..races()).map(|n| [order(n), order(n + 1)]).collect();
    let answers = race(|n, side| {
        let body =
            json!({"event_id": format!("evt_{n}"), "order_id": orders[n][side], "status": "paid"});
        cluster[side].webhook(&body)
    });
    for answers in answers {
        let (paid, other) = winner(answers, 200);
        assert_eq!(paid["result"], "applied");
        other.problem(422, "event_id_reused");
    }
    let paid = cluster[0].walk("/api/orders?status=paid", "order_id", 200);
    assert_eq!(paid.len(), races());
}

#[test]
fn an_early_payment_and_the_creation_of_its_order_on_two_nodes_never_miss_each_other() {
    let cluster = Cluster::start(2);
    let products = cluster.products(PRODUCTS, 1_000_000);
    let holds: Vec<_> =
        (0..races()).map(|n| cluster[n % 2].hold_id(products[n % PRODUCTS], 1)).collect();
    let ids: Vec<_> = (0..races()).map(|_| uuid()).collect();
    let answers = race(|n, side| {
        let node = &cluster[(n + side) % 2];
        if side == 0 {
            let body =
                json!({"event_id": format!("evt_{n}"), "order_id": ids[n], "status": "paid"});
            return node.webhook(&body);
        }
        node.post("/api/orders").json(&json!({"hold_id": holds[n], "order_id": ids[n]}))
    });
    let mut early = 0;
    for (n, [event, order]) in answers.into_iter().enumerate() {
        let order = order.expect(201);
        if event.status == 202 {
            assert_eq!(event.expect(202)["result"], "stored");
            assert_eq!(order["status"], "paid", "the event was there before the order");
            early += 1;
        } else {
            let event = event.expect(200);
            assert_eq!([&event["result"], &event["order_status"]], ["applied", "paid"]);
            assert_eq!(order["status"], "pending", "the order was there before the event");
        }
        let found = cluster[n % 2].get(&format!("/api/orders/{}", ids[n])).send().expect(200);
        assert_eq!(found["status"], "paid");
    }
    println!("{early} of {} events were there before their order", races());
    let events = cluster[0].walk("/api/payments", "event_id", 200);
    assert!(events.iter().all(|event| event["result"] == "applied"));
    assert_eq!(events.len(), races());
}

#[test]
fn the_last_unit_wanted_on_two_nodes_goes_to_one() {
    let cluster = Cluster::start(2);
    let products = cluster.products(races(), 1);
    let answers = race(|n, side| cluster[side].place(products[n], 1));
    for answers in answers {
        let (_, other) = winner(answers, 201);
        assert_eq!(other.problem(409, "insufficient_stock")["available_stock"], 0);
    }
    for product in products {
        assert_stock(&cluster, product, Stock::of(0, 1, 0));
    }
}

#[test]
fn a_customer_on_two_nodes_gets_no_more_than_the_limit() {
    let cluster = Cluster::start(2);
    let limited = json!({"total_stock": 1_000_000, "max_per_customer": 3});
    let products: Vec<_> = (0..PRODUCTS).map(|_| cluster[0].product(limited.clone())).collect();
    let answers = race(|n, side| {
        let (product, customer) = (products[n % PRODUCTS], format!("customer-{n}"));
        let body = json!({"product_id": product, "qty": 2, "customer_id": customer});
        cluster[side].post("/api/holds").json(&body)
    });
    for answers in answers {
        let (_, other) = winner(answers, 201);
        assert_eq!(other.problem(409, "customer_limit_reached")["remaining"], 1);
    }
}

/// Has two nodes audit at the same instant, again and again, while everyone buys.
fn audit_at_once(rounds: usize) {
    let cluster = Cluster::start(2);
    let crowd = Crowd::of(cluster.clients());
    crowd.during(|| {
        crowd.wait_for(50, &[0, 1]);
        for round in 0..rounds {
            // Now and then two on each node, of which one waits for the other.
            let audits = if round % 20 == 0 { 4 } else { 2 };
            let auditing = Stopwatch::start();
            at_once(audits, |i| cluster[i % 2].assert_audit_is_clean());
            assert!(auditing.elapsed() < Duration::from_secs(20));
        }
        crowd.wait_for(50, &[0, 1]);
    });
    crowd.verify(&cluster[0]);
}

#[test]
fn audits_on_two_nodes_at_once_are_clean_while_everyone_buys() {
    // Each begins with empty tables, because an audit reads everything that was ever bought.
    for first in (0..races()).step_by(AUDITS) {
        audit_at_once(AUDITS.min(races() - first));
    }
}
