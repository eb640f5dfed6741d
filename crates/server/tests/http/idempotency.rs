//! Idempotency keys: a retried request finds the effect of the first.

use crate::harness::{Answer, Server, Stock, at_once, text, uuid};
use serde_json::{Value, json};

fn hold(server: &Server, key: &str, body: &Value) -> Answer {
    server.post("/api/holds").header("Idempotency-Key", key).json(body).send()
}

#[test]
fn the_same_key_and_request_give_the_same_hold() {
    let server = Server::start();
    let product = server.units(10);
    let body = json!({"product_id": product, "qty": 2});
    let first = hold(&server, "key-1", &body);
    assert_eq!(first.header("idempotency-replayed"), None);
    let first = first.expect(201);
    for _ in 0..3 {
        assert_eq!(hold(&server, "key-1", &body).expect_replay(), first);
    }
    assert_eq!(server.stock(product), Stock::of(8, 2, 0));
    let other = hold(&server, "key-2", &body).expect(201);
    assert_ne!(other["hold_id"], first["hold_id"]);
}

#[test]
fn requests_are_compared_as_parsed() {
    let server = Server::start();
    let product = server.units(10);
    let first = hold(&server, "k", &json!({"product_id": product, "qty": 2})).expect(201);
    let alias = json!({"quantity": 2, "product_id": product});
    assert_eq!(hold(&server, "k", &alias).expect_replay(), first);
    let spaced = format!("{{ \"qty\" : 2 ,\n \"product_id\":{product} }}");
    let spaced = server.post("/api/holds").header("Idempotency-Key", "k").bytes(spaced).send();
    assert_eq!(spaced.expect_replay(), first);
}

#[test]
fn bare_and_quoted_spelling_are_the_same_key() {
    let server = Server::start();
    let product = server.units(10);
    let body = json!({"product_id": product, "qty": 1});
    let first = hold(&server, "8e03978e-40d5", &body).expect(201);
    assert_eq!(hold(&server, "\"8e03978e-40d5\"", &body).expect_replay(), first);
    let quoted = hold(&server, "\"other\"", &body).expect(201);
    assert_eq!(hold(&server, "other", &body).expect_replay(), quoted);
}

#[test]
fn the_same_key_with_another_request_is_refused() {
    let server = Server::start();
    let (product, other) = (server.units(10), server.units(10));
    hold(&server, "k", &json!({"product_id": product, "qty": 1})).expect(201);
    for body in [json!({"product_id": product, "qty": 2}), json!({"product_id": other, "qty": 1})] {
        hold(&server, "k", &body).problem(422, "idempotency_key_reused");
    }
    assert_eq!(server.stock(product), Stock::of(9, 1, 0));
    assert_eq!(server.stock(other), Stock::of(10, 0, 0));
}

#[test]
fn a_key_belongs_to_one_customer_and_one_operation() {
    let server = Server::start();
    let product = server.units(10);
    let ask = |customer: &str| {
        let body = json!({"product_id": product, "qty": 1, "customer_id": customer});
        hold(&server, "k", &body)
    };
    let ann = ask("ann").expect(201);
    let bob = ask("bob").expect(201);
    assert_ne!(ann["hold_id"], bob["hold_id"]);
    assert_eq!(ask("ann").expect_replay(), ann);
    let nobody = hold(&server, "k", &json!({"product_id": product, "qty": 1})).expect(201);
    assert_ne!(nobody["hold_id"], ann["hold_id"]);

    let order = server.order(text(&nobody["hold_id"])).header("Idempotency-Key", "k").send();
    order.expect(201);
    assert_eq!(server.stock(product), Stock::of(7, 3, 0));
}

#[test]
fn two_at_once_both_answer_the_one_effect() {
    let server = Server::start();
    let product = server.units(100);
    for round in 0..10 {
        let body = json!({"product_id": product, "qty": 1});
        let answers = at_once(8, |_| hold(&server, &format!("race-{round}"), &body));
        let fresh = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(fresh, 1);
        let ids: Vec<Value> =
            answers.iter().map(|answer| answer.value()["hold_id"].clone()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        for replay in answers.into_iter().filter(|answer| answer.status != 201) {
            replay.expect_replay();
        }
    }
    assert_eq!(server.stock(product), Stock::of(90, 10, 0));
}

#[test]
fn a_refusal_is_not_remembered() {
    let server = Server::start();
    let product = server.units(1);
    let first = server.hold_id(product, 1);
    let body = json!({"product_id": product, "qty": 1});
    hold(&server, "k", &body).problem(409, "insufficient_stock");
    server.delete(&format!("/api/holds/{first}")).send().expect(200);
    hold(&server, "k", &body).expect(201);
    hold(&server, "k", &body).expect_replay();
}

#[test]
fn a_replay_shows_the_resource_as_it_is_now() {
    let server = Server::start();
    let product = server.units(10);
    let body = json!({"product_id": product, "qty": 1});
    let first = hold(&server, "k", &body).expect(201);
    let hold_id = text(&first["hold_id"]);
    server.delete(&format!("/api/holds/{hold_id}")).send().expect(200);
    assert_eq!(hold(&server, "k", &body).expect_replay()["status"], "released");
    // The key keeps meaning that one hold: the units are not taken again.
    assert_eq!(server.stock(product), Stock::of(10, 0, 0));

    let hold_id = server.hold_id(product, 1);
    let order = || server.order(&hold_id).header("Idempotency-Key", "o").send();
    let order_id = order().expect(201)["order_id"].clone();
    server.report(text(&order_id), "paid").expect(200);
    let replay = order().expect_replay();
    assert_eq!((&replay["order_id"], &replay["status"]), (&order_id, &json!("paid")));
}

#[test]
fn orders_are_idempotent_by_key_and_by_their_chosen_id() {
    let server = Server::start();
    let product = server.units(10);
    let (hold_id, other) = (server.hold_id(product, 1), server.hold_id(product, 1));
    let ask = |key: &str, body: &Value| {
        let call = server.post("/api/orders").header("Idempotency-Key", key);
        call.json(body).send()
    };
    let first = ask("k", &json!({"hold_id": hold_id})).expect(201);
    assert_eq!(ask("k", &json!({"hold_token": hold_id})).expect_replay(), first);
    let reused = ask("k", &json!({"hold_id": other}));
    reused.problem(422, "idempotency_key_reused");
    let used = ask("k2", &json!({"hold_id": hold_id}));
    assert_eq!(used.problem(409, "hold_used")["order_id"], first["order_id"]);

    let chosen = json!({"hold_id": other, "order_id": uuid()});
    let made = server.post("/api/orders").json(&chosen).send().expect(201);
    let again = server.post("/api/orders").json(&chosen).send();
    assert_eq!(again.expect_replay(), made);
    let elsewhere = json!({"hold_id": other, "order_id": uuid()});
    let elsewhere = server.post("/api/orders").json(&elsewhere).send();
    assert_eq!(elsewhere.problem(409, "hold_used")["order_id"], made["order_id"]);
}

#[test]
fn keys_are_remembered_across_a_crash() {
    let mut server = Server::start();
    let product = server.units(10);
    let body = json!({"product_id": product, "qty": 1});
    let first = hold(&server, "k", &body).expect(201);
    server.kill();
    let server = server.again();
    assert_eq!(hold(&server, "k", &body).expect_replay(), first);
    let other = json!({"product_id": product, "qty": 2});
    hold(&server, "k", &other).problem(422, "idempotency_key_reused");
    assert_eq!(server.stock(product), Stock::of(9, 1, 0));
}

#[test]
fn a_key_that_cannot_be_one_is_refused_by_name() {
    let server = Server::start();
    let product = server.units(10);
    let longest = "k".repeat(255);
    let body = json!({"product_id": product, "qty": 1});
    hold(&server, &longest, &body).expect(201);
    hold(&server, &format!("\"{longest}\""), &body).expect_replay();

    let order = json!({"hold_id": server.hold_id(product, 1)});
    let too_long = "k".repeat(256);
    let bad: [&[u8]; 6] = [b"", b"\"\"", too_long.as_bytes(), b"two words", b"t\tab", b"k\xc3\xa9"];
    for key in bad {
        for (path, body) in [("/api/holds", &body), ("/api/orders", &order)] {
            let call = server.post(path).header_bytes("Idempotency-Key", key);
            let problem = call.json(body).send().problem(422, "validation_failed");
            let field = text(&problem["errors"][0]["field"]).to_lowercase();
            assert_eq!(field, "idempotency-key", "{problem}");
        }
    }
    assert_eq!(server.stock(product), Stock::of(8, 2, 0));
}
