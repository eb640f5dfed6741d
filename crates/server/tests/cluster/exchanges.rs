//! How often a batch waits for its database: each exchange costs it the way there and back.

use std::time::Duration;

use serde_json::json;

use crate::crowd::Crowd;
use crate::database::Database;
use crate::harness::{Answer, Client, Launch, Server, at_once, eventually, millis, text, uuid};
use crate::proxy::Proxy;
use crate::wire::{Exchange, Wire};

const LIMIT: Duration = Duration::from_secs(10);

/// A node of one lane, and what it says to its database.
struct Heard {
    node: Server,
    _proxy: Proxy,
    wire: Wire,
    database: Database,
    /// What its connections are called.
    name: String,
}

impl Heard {
    fn start() -> Self {
        let database = Database::shared();
        let wire = Wire::default();
        let proxy = Proxy::hearing(&database.address(), Some(wire.clone()));
        let name = uuid();
        let url = format!("{}&application_name={name}", database.url_through(&proxy.address));
        let node = Launch::new().arg("--lanes", "1").arg("--database", &url).start();
        Self { node, _proxy: proxy, wire, database, name }
    }

    /// The batches that wrote something since this was last asked.
    fn batches(&self) -> Vec<Vec<Exchange>> {
        let committed = self.wire.committed().into_iter();
        committed.filter(|batch| writes(batch, "batch_row")).collect()
    }
}

/// Whether it writes rows of this table.
fn writes(batch: &[Exchange], table: &str) -> bool {
    let statement = format!("INSERT INTO {table} ");
    batch.iter().flatten().any(|text| text.contains(&statement))
}

/// A step of a purchase, and what it needs to be known from the steps before.
type Step = fn(&Client, &mut Ids) -> Answer;

struct Ids {
    product: i64,
    /// Of this one, a customer gets so many at most.
    limited: i64,
    hold: String,
    order: String,
}

const STEPS: [(&str, Step); 12] = [
    ("a hold", |node, ids| held(node.place(ids.product, 1).send(), ids)),
    ("it is extended", |node, ids| node.post(&format!("/api/holds/{}/extend", ids.hold)).send()),
    ("it is released", |node, ids| node.delete(&format!("/api/holds/{}", ids.hold)).send()),
    ("a hold by its key", |node, ids| {
        held(node.place(ids.product, 1).header("Idempotency-Key", "hold").send(), ids)
    }),
    ("an order by its key", |node, ids| {
        ordered(node.order(&ids.hold).header("Idempotency-Key", "order").send(), ids)
    }),
    ("it is paid", |node, ids| node.report(&ids.order, "paid")),
    ("it is refunded", |node, ids| {
        let refund = node.post(&format!("/api/orders/{}/refund", ids.order)).admin();
        refund.json(&json!({"restock": true})).send()
    }),
    ("a customer's hold", |node, ids| {
        let body = json!({"product_id": ids.limited, "qty": 1, "customer_id": "somebody"});
        held(node.post("/api/holds").json(&body).send(), ids)
    }),
    ("its payment, before its order", |node, ids| {
        ids.order = uuid();
        node.report(&ids.order, "paid")
    }),
    ("its order, which is paid", |node, ids| {
        let body = json!({"hold_id": ids.hold, "order_id": ids.order});
        ordered(node.post("/api/orders").json(&body).send(), ids)
    }),
    ("one more hold", |node, ids| held(node.place(ids.product, 1).send(), ids)),
    ("its order", |node, ids| ordered(node.order(&ids.hold).send(), ids)),
];

fn held(answer: Answer, ids: &mut Ids) -> Answer {
    ids.hold = text(&answer.value()["hold_id"]).to_owned();
    answer
}

fn ordered(answer: Answer, ids: &mut Ids) -> Answer {
    ids.order = text(&answer.value()["order_id"]).to_owned();
    answer
}

#[test]
fn every_step_of_a_purchase_takes_two_exchanges() {
    let heard = Heard::start();
    let product = heard.node.product(json!({"total_stock": 100, "max_extensions": 1}));
    let limited = heard.node.product(json!({"total_stock": 100, "max_per_customer": 5}));
    let mut ids = Ids { product, limited, hold: String::new(), order: String::new() };
    heard.batches();
    for (step, take) in STEPS {
        let answer = take(&heard.node, &mut ids);
        assert!((200..300).contains(&answer.status), "{step}: {}", answer.text());
        let batches = heard.batches();
        assert_eq!(batches.len(), 1, "{step}: {batches:#?}");
        assert_eq!(batches[0].len(), 2, "{step}: {:#?}", batches[0]);
    }
    heard.node.assert_audit_is_clean();
}

#[test]
fn a_hold_that_needs_units_of_an_overdue_one_takes_three_exchanges() {
    let heard = Heard::start();
    let node = &heard.node;
    let product = node.product(json!({"total_stock": 1, "hold_seconds": 1}));
    let session = heard.database.session();
    let deadline = millis(&node.hold(product, 1)["expires_at"]);
    // Whoever expires what is overdue leaves products alone that somebody has locked.
    session.query("BEGIN");
    session.query(&format!("SELECT 1 FROM product_row WHERE product_id = {product} FOR UPDATE"));
    assert!(session.now_ms() < deadline, "this machine is too slow for holds of one second");
    eventually(LIMIT, "the hold is overdue", || (session.now_ms() > deadline).then_some(()));
    heard.batches();
    at_once(2, |i| {
        if i == 0 {
            // By a key, because without one it is refused at once while nobody knows better.
            let next = node.place(product, 1).header("Idempotency-Key", "next");
            next.send().expect(201);
        } else {
            let waits = format!(
                "SELECT 1 FROM pg_stat_activity
                 WHERE application_name = '{}' AND wait_event_type = 'Lock'",
                heard.name
            );
            eventually(LIMIT, "the batch waits", || session.query(&waits).pop());
            session.query("COMMIT");
        }
    });
    let batches = heard.batches();
    let [batch] = &batches[..] else { panic!("{batches:#?}") };
    assert!(writes(batch, "hold_row"), "{batch:#?}");
    assert_eq!(batch.len(), 3, "{batch:#?}");
    node.assert_audit_is_clean();
}

#[test]
fn no_batch_of_a_crowd_takes_more_than_three_exchanges() {
    let heard = Heard::start();
    let crowd = Crowd::of(vec![Client::clone(&heard.node)]);
    crowd.during(|| crowd.wait_for(500, &[0]));
    crowd.verify(&heard.node);
    let batches = heard.batches();
    let counts: Vec<_> = (0..=3).map(|n| batches.iter().filter(|b| b.len() == n).count()).collect();
    println!("batches with so many exchanges: {counts:?} of {}", batches.len());
    assert_eq!(counts[2] + counts[3], batches.len());
    assert!(counts[3] > 0, "nothing was overdue");
}
