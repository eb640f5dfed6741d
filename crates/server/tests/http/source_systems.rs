//! The published request lines of the five systems that Doorbuster replaces, as they stand, with
//! our ids in the place of theirs.

use crate::harness::{Answer, Launch, Server, Stock, text, uuid};
use serde_json::{Value, json};

fn post(server: &Server, path: &str, body: &str) -> Answer {
    let call = server.post(path).header("Content-Type", "application/json");
    call.bytes(body).send()
}

/// A server whose product 1 has 100 units, as the systems seed it.
fn sale() -> Server {
    on_sale(Server::start())
}

fn on_sale(server: Server) -> Server {
    let product = server.product(json!({"id": 1, "total_stock": 100, "price": 9999}));
    assert_eq!(product, 1);
    server
}

#[test]
fn holds_by_quantity_and_by_qty() {
    let server = sale();
    let by_quantity = post(&server, "/api/holds", r#"{"product_id": 1, "quantity": 5}"#);
    assert_eq!(by_quantity.expect(201)["qty"], 5);
    let by_qty = post(&server, "/api/holds", r#"{"product_id": 1, "qty": 2}"#);
    assert_eq!(by_qty.expect(201)["qty"], 2);
    assert_eq!(server.stock(1), Stock::of(93, 7, 0));
}

#[test]
fn orders_by_hold_id_and_by_hold_token() {
    let server = sale();
    for name in ["hold_id", "hold_token"] {
        let hold_id = server.hold_id(1, 1);
        let body = format!(r#"{{"{name}": "{hold_id}"}}"#);
        let order = post(&server, "/api/orders", &body).expect(201);
        assert_eq!(order["hold_id"], *hold_id);
    }
}

#[test]
fn every_spelling_of_a_payment_webhook() {
    let server = sale();
    for (spelling, status, order_status) in [
        ("event_id", "paid", "paid"),
        ("event_id", "failed", "cancelled"),
        ("idempotency_key", "success", "paid"),
        ("idempotency_key", "failure", "cancelled"),
        ("idempotency_key", "succeeded", "paid"),
    ] {
        let order_id = server.order_id(1, 1);
        let mut body = json!({"order_id": order_id, "status": status});
        body[spelling] = uuid().into();
        for result in ["applied", "duplicate"] {
            let answer = server.webhook(&body).send().expect(200);
            assert_eq!(answer["result"], result, "{body}");
            assert_eq!(answer["order_status"], order_status, "{body}");
        }
    }
}

#[test]
fn a_webhook_named_by_its_idempotency_key_header() {
    let server = on_sale(Launch::new().flag("--allow-unsigned-webhooks").start());
    let deliver = |body: &Value, key: &str| {
        let call = server.post("/api/payments/webhook").json(body);
        call.header("Idempotency-Key", key).send().expect(200)
    };
    let order_id = server.order_id(1, 1);
    let body = json!({"status": "success", "order_id": order_id, "failure_reason": null});
    for result in ["applied", "duplicate"] {
        assert_eq!(deliver(&body, "provider-key-1")["result"], result);
    }
    let rows = server.walk("/api/payments", "event_id", 50);
    assert_eq!(rows[0]["event_id"], "provider-key-1");

    let order_id = server.order_id(1, 1);
    let body = json!({"status": "failed", "order_id": order_id, "failure_reason": "no funds"});
    assert_eq!(deliver(&body, "provider-key-2")["order_status"], "cancelled");
}

#[test]
fn the_body_names_the_event_before_the_headers_do() {
    let server = sale();
    let order_id = server.order_id(1, 1);
    let body = json!({"event_id": "from-body", "status": "paid", "order_id": order_id});
    let call = server.webhook(&body).header("Idempotency-Key", "from-header");
    call.send().expect(200);
    assert_eq!(server.walk("/api/payments", "event_id", 50)[0]["event_id"], "from-body");

    // What is signed names it where the body does not, whatever else stands in the headers.
    let order_id = server.order_id(1, 1);
    let body = json!({"status": "paid", "order_id": order_id});
    server.webhook(&body).header("Idempotency-Key", "not-signed").send().expect(200);
    let rows = server.walk(&format!("/api/payments?order_id={order_id}"), "event_id", 50);
    assert!(text(&rows[0]["event_id"]).starts_with("msg_"), "{}", rows[0]);
}

#[test]
fn products_and_lists_are_read_where_they_were() {
    let server = sale();
    let hold_id = server.hold_id(1, 2);
    let order_id = server.order_id(1, 3);
    let product = server.get("/api/products/1").send().expect(200);
    assert_eq!(product["available_stock"], 95);
    let read = |path: &str| -> Value { server.get(path).admin().send().expect(200) };
    assert_eq!(read("/api/holds")["data"].as_array().unwrap().len(), 2);
    assert_eq!(read("/api/orders")["data"].as_array().unwrap().len(), 1);
    assert_eq!(read(&format!("/api/holds/{hold_id}"))["qty"], 2);
    assert_eq!(read(&format!("/api/orders/{order_id}"))["qty"], 3);
}
