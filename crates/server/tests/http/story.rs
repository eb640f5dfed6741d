//! What the control room asks: the server's status, and whole stories.

use serde_json::{Value, json};

use crate::harness::{Client, Server, assert_keys, millis, now_millis, text, uuid};

fn stories(server: &Client, id: &str) -> Value {
    server.get(&format!("/api/admin/story?id={id}")).admin().send().expect(200)
}

fn kinds(journal: &Value) -> Vec<&str> {
    journal.as_array().unwrap().iter().map(|entry| text(&entry["kind"])).collect()
}

#[test]
fn a_story_is_found_by_every_id_that_is_in_it() {
    let server = Server::start();
    let product = server.units(100);
    let customer = "customer 17";
    let place = json!({"product_id": product, "qty": 2, "customer_id": customer});
    let hold = server.post("/api/holds").json(&place).send().expect(201);
    let hold = text(&hold["hold_id"]);
    let order = json!({"hold_id": hold});
    let order = server.post("/api/orders").json(&order).send().expect(201);
    let order = text(&order["order_id"]);
    let event = uuid();
    server.deliver(&event, order, "paid").expect(200);
    // Others, which do not belong to it.
    for _ in 0..30 {
        server.place(product, 1).send().expect(201);
    }
    let again = server.post("/api/holds").json(&place).send().expect(201);

    for id in [hold, order, &event] {
        let found = stories(&server, id);
        let story = &found["stories"][0];
        assert_keys(story, "hold order payments journal");
        assert_eq!(found["stories"].as_array().unwrap().len(), 1, "{id}");
        assert_eq!(story["hold"]["hold_id"], hold);
        assert_eq!(story["order"], server.get(&format!("/api/orders/{order}")).send().expect(200));
        assert_eq!(story["payments"][0]["event_id"], event);
        assert_eq!(kinds(&story["journal"]), ["hold_placed", "order_paid"]);
        assert!(story["journal"].as_array().unwrap().iter().all(|e| e["hold_id"] == hold));
    }
    let of_customer = stories(&server, "customer%2017");
    let of_customer = of_customer["stories"].as_array().unwrap();
    let newest_first: Vec<_> = of_customer.iter().map(|s| text(&s["hold"]["hold_id"])).collect();
    assert_eq!(newest_first, [text(&again["hold_id"]), hold]);
    assert_eq!(of_customer[0]["order"], Value::Null);

    // A payment that came before its order.
    let early = uuid();
    server.deliver(&early, &uuid(), "paid").expect(202);
    let found = stories(&server, &early);
    assert_eq!(found["early"][0]["event_id"], early);
    assert_eq!(found["stories"], json!([]));

    assert_eq!(stories(&server, "nobody"), json!({"stories": [], "early": []}));
    for none in ["", "?id=", &format!("?id={}", "x".repeat(256))] {
        let none = server.get(&format!("/api/admin/story{none}")).admin().send();
        assert_eq!(none.problem(422, "validation_failed")["errors"][0]["field"], "id");
    }
}

#[test]
fn the_story_of_a_refunded_order_ends_with_the_refund_and_its_time() {
    let server = Server::start();
    let product = server.units(4);
    let refund = |order: &str| {
        let call = server.post(&format!("/api/orders/{order}/refund")).admin();
        call.json(&json!({"restock": false})).send().expect(200);
    };
    // One that was paid too late, and one that keeps its units sold.
    let due = server.order_id(product, 2);
    server.post(&format!("/api/orders/{due}/cancel")).send().expect(200);
    let paid = server.paid_order_id(product, 2);
    server.hold(product, 1);
    assert_eq!(server.report(&due, "paid").expect(200)["order_status"], "refund_due");
    let before = [("hold_placed order_cancelled", &due), ("hold_placed order_paid", &paid)];
    for (kinds_before, order) in before {
        let stock = server.stock(product);
        let kinds_before: Vec<_> = kinds_before.split(' ').collect();
        assert_eq!(kinds(&stories(&server, order)["stories"][0]["journal"]), kinds_before);
        refund(order);
        refund(order); // without effect
        let journal = stories(&server, order)["stories"][0]["journal"].clone();
        assert_eq!(kinds(&journal), [&kinds_before[..], &["order_refunded"]].concat());
        let last = journal.as_array().unwrap().last().unwrap();
        let all = "seq at kind qty total_stock held_stock sold_stock hold_id order_id";
        assert_keys(last, all);
        assert_eq!((&last["order_id"], &last["qty"]), (&json!(order), &json!(2)));
        assert!((now_millis() - millis(&last["at"])).abs() < 60_000, "{last}");
        assert_eq!(server.stock(product), stock);
    }
    server.assert_offline_audit_is_clean();
}

#[test]
fn a_server_tells_what_it_is() {
    let server = Server::start();
    let status = server.get("/api/admin/status").admin().send().expect(200);
    assert_keys(&status, "version store started_at ready scope node nodes");
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&status["store"], &status["ready"]), (&json!("sqlite"), &json!(true)));
    assert_eq!(status["scope"], "admin");
    assert!(millis(&status["started_at"]) <= now_millis());
    assert_eq!(status["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(status["nodes"][0]["name"], status["node"]);
}
