//! Products: created, read, changed, opened, paused and closed.

use std::time::Duration;

use crate::harness::{
    Server, Stock, assert_keys, assert_millis, eventually, millis, now_millis, text,
};
use serde_json::{Value, json};

const KEYS: &str = "id code name price currency total_stock available_stock held_stock sold_stock \
                    status opens_at closes_at max_per_customer hold_seconds payment_seconds version";

/// A time this far from now, as the API writes it.
fn from_now(millis: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(now_millis() + millis).unwrap();
    format!("{at:.3}")
}

#[test]
fn a_product_gets_the_defaults_of_the_contract() {
    let server = Server::start();
    let body = json!({"name": "Plain", "total_stock": 7, "price": 9999});
    let created = server.post("/api/products").admin().json(&body).send();
    assert_eq!(created.header("location"), Some("/api/products/1"));
    let created = created.expect(201);
    assert_keys(&created, KEYS);
    let expected = json!({
        "id": 1, "code": null, "name": "Plain", "price": 9999, "currency": "USD",
        "total_stock": 7, "available_stock": 7, "held_stock": 0, "sold_stock": 0,
        "status": "open", "opens_at": null, "closes_at": null, "max_per_customer": null,
        "hold_seconds": 120, "payment_seconds": 600, "version": 1,
    });
    assert_eq!(created, expected);
    assert_eq!(server.get("/api/products/1").send().expect(200), created);
}

#[test]
fn a_product_keeps_everything_it_was_given() {
    let server = Server::start();
    let given = json!({
        "id": 9_007_199_254_740_991_i64, "code": "SKU-1", "name": "Größe ✓", "price": 0,
        "currency": "eur", "total_stock": 1_000_000_000, "opens_at": "2030-01-01T10:00:00+01:00",
        "closes_at": "2031-01-01T00:00:00Z", "max_per_customer": 1_000_000, "hold_seconds": 1,
        "payment_seconds": 2, "max_extensions": 0,
    });
    let created = server.post("/api/products").admin().json(&given).send().expect(201);
    for field in ["id", "code", "name", "price", "total_stock", "max_per_customer"] {
        assert_eq!(created[field], given[field], "{field}");
    }
    assert_eq!(created["currency"], "EUR");
    assert_eq!(created["opens_at"], "2030-01-01T09:00:00.000Z");
    assert_eq!(created["closes_at"], "2031-01-01T00:00:00.000Z");
    assert_eq!((&created["hold_seconds"], &created["payment_seconds"]), (&json!(1), &json!(2)));
    assert_eq!(created["status"], "scheduled");
}

#[test]
fn ids_are_given_out_above_the_highest_in_use() {
    let server = Server::start();
    assert_eq!(server.units(1), 1);
    assert_eq!(server.product(json!({"id": 40})), 40);
    assert_eq!(server.product(json!({"id": 7})), 7);
    assert_eq!(server.units(1), 41);
}

#[test]
fn an_id_or_code_in_use_is_refused() {
    let server = Server::start();
    server.product(json!({"id": 5, "code": "A"}));
    let other = server.product(json!({"code": "B"}));
    for taken in [json!({"id": 5}), json!({"code": "A"})] {
        let mut body = json!({"name": "Twin", "price": 1, "total_stock": 1});
        body.as_object_mut().unwrap().extend(taken.as_object().unwrap().clone());
        let answer = server.post("/api/products").admin().json(&body).send();
        answer.problem(409, "product_exists");
    }
    let change = server.patch(&format!("/api/products/{other}")).admin();
    change.json(&json!({"code": "A"})).send().problem(409, "product_exists");
    let keep = server.patch(&format!("/api/products/{other}")).admin();
    keep.json(&json!({"code": "B"})).send().expect(200);
    assert_eq!(server.walk("/api/products", "id", 50).len(), 2);
}

#[test]
fn a_change_touches_only_what_it_names() {
    let server = Server::start();
    let product = server.product(json!({
        "code": "X", "max_per_customer": 3, "opens_at": "2020-01-01T00:00:00Z",
        "closes_at": "2040-01-01T00:00:00Z",
    }));
    let path = format!("/api/products/{product}");
    let mut expected = server.get(&path).send().expect(200);
    let mut change = |change: Value, effect: Value| {
        let answer = server.patch(&path).admin().json(&change).send().expect(200);
        expected.as_object_mut().unwrap().extend(effect.as_object().unwrap().clone());
        expected["version"] = (expected["version"].as_i64().unwrap() + 1).into();
        assert_eq!(answer, expected, "{change}");
        assert_eq!(server.get(&path).send().expect(200), expected);
    };
    change(json!({"name": "New"}), json!({"name": "New"}));
    change(json!({"price": 5, "currency": "gbp"}), json!({"price": 5, "currency": "GBP"}));
    change(json!({"hold_seconds": 30}), json!({"hold_seconds": 30}));
    change(json!({"payment_seconds": 40}), json!({"payment_seconds": 40}));
    change(json!({"max_extensions": 3}), json!({}));
    change(json!({"paused": true}), json!({"status": "paused"}));
    change(json!({"paused": false}), json!({"status": "open"}));
    change(json!({"code": "Y"}), json!({"code": "Y"}));
    change(
        json!({"code": null, "max_per_customer": null, "opens_at": null, "closes_at": null}),
        json!({"code": null, "max_per_customer": null, "opens_at": null, "closes_at": null}),
    );
    change(json!({"total_stock": 50}), json!({"total_stock": 50, "available_stock": 50}));
    change(json!({"add_stock": -20}), json!({"total_stock": 30, "available_stock": 30}));
    change(json!({"add_stock": 5}), json!({"total_stock": 35, "available_stock": 35}));
}

#[test]
fn stock_never_falls_below_what_is_held_and_sold() {
    let server = Server::start();
    let product = server.units(10);
    server.hold(product, 2);
    server.paid_order_id(product, 3);
    let path = format!("/api/products/{product}");
    let change = |body: Value| server.patch(&path).admin().json(&body).send();
    for body in [json!({"total_stock": 4}), json!({"add_stock": -6}), json!({"total_stock": 0})] {
        change(body).problem(409, "stock_committed");
        assert_eq!(server.stock(product), Stock::of(5, 2, 3));
    }
    change(json!({"total_stock": 5})).expect(200);
    assert_eq!(server.stock(product), Stock::of(0, 2, 3));
    server.place(product, 1).send().problem(409, "insufficient_stock");
    change(json!({"add_stock": 1})).expect(200);
    server.place(product, 1).send().expect(201);
}

#[test]
fn the_price_is_frozen_in_the_hold() {
    let server = Server::start();
    let product = server.product(json!({"price": 100, "total_stock": 10}));
    let hold_id = server.hold_id(product, 2);
    let change = server.patch(&format!("/api/products/{product}")).admin();
    change.json(&json!({"price": 900, "currency": "EUR"})).send().expect(200);
    let order = server.order(&hold_id).send().expect(201);
    assert_eq!(
        (&order["unit_price"], &order["total_price"], &order["currency"]),
        (&json!(100), &json!(200), &json!("USD"))
    );
    assert_eq!(server.hold(product, 1)["unit_price"], 900);
}

#[test]
fn a_sale_that_has_not_opened_says_when_it_will() {
    let server = Server::start();
    let product = server.product(json!({"opens_at": from_now(90_000)}));
    let found = server.get(&format!("/api/products/{product}")).send().expect(200);
    assert_eq!(found["status"], "scheduled");
    let answer = server.place(product, 1).send();
    let seconds: i64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((85..=90).contains(&seconds), "Retry-After: {seconds}");
    let problem = answer.problem(409, "sale_not_open");
    assert_millis(&problem["opens_at"], millis(&found["opens_at"]));
}

#[test]
fn a_sale_opens_and_closes_by_itself() {
    let server = Server::start();
    let (opens_at, closes_at) = (now_millis() + 700, now_millis() + 1700);
    let product = server.product(json!({
        "opens_at": from_now(700), "closes_at": from_now(1700), "total_stock": 10,
    }));
    server.place(product, 1).send().problem(409, "sale_not_open");
    let path = format!("/api/products/{product}");
    let becomes = |status: &str, at: i64| {
        eventually(Duration::from_secs(4), status, || {
            let found = server.get(&path).send().expect(200);
            (found["status"] == status).then_some(())
        });
        assert!(now_millis() >= at - 50, "{status} {} ms early", at - now_millis());
    };
    becomes("open", opens_at);
    let hold_id = server.hold_id(product, 1);
    becomes("closed", closes_at);
    server.place(product, 1).send().problem(409, "sale_closed");
    // Closing a sale leaves existing holds payable.
    let order = server.order(&hold_id).send().expect(201);
    let paid = server.report(text(&order["order_id"]), "paid").expect(200);
    assert_eq!(paid["order_status"], "paid");
}

#[test]
fn the_status_is_the_first_that_applies() {
    let server = Server::start();
    let (past, past2) = ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z");
    let (future, future2) = ("2040-01-01T00:00:00Z", "2040-01-02T00:00:00Z");
    for (window, paused, status, code) in [
        (json!({"opens_at": past, "closes_at": past2}), true, "closed", "sale_closed"),
        (json!({"opens_at": future, "closes_at": future2}), true, "paused", "sale_paused"),
        (json!({"opens_at": future}), false, "scheduled", "sale_not_open"),
        (json!({}), true, "paused", "sale_paused"),
        (json!({"closes_at": past}), false, "closed", "sale_closed"),
    ] {
        let product = server.product(window.clone());
        let path = format!("/api/products/{product}");
        server.patch(&path).admin().json(&json!({"paused": paused})).send().expect(200);
        let found = server.get(&path).send().expect(200);
        assert_eq!(found["status"], status, "{window} paused: {paused}");
        server.place(product, 1).send().problem(409, code);
    }
}

#[test]
fn a_customer_gets_no_more_than_the_limit() {
    let server = Server::start();
    let product = server.product(json!({"total_stock": 20, "max_per_customer": 3}));
    let ask = |qty: u32, customer: &str| {
        let body = json!({"product_id": product, "qty": qty, "customer_id": customer});
        server.post("/api/holds").json(&body).send()
    };
    let problem = server.place(product, 1).send().problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["field"], "customer_id", "{problem}");
    assert_eq!(ask(4, "ann").problem(409, "customer_limit_reached")["remaining"], 3);
    let hold = ask(2, "ann").expect(201);
    assert_eq!(hold["customer_id"], "ann");
    assert_eq!(ask(2, "ann").problem(409, "customer_limit_reached")["remaining"], 1);
    ask(3, "bob").expect(201);

    // Release, cancellation and refund give the customer's units back.
    let hold_id = text(&hold["hold_id"]);
    server.delete(&format!("/api/holds/{hold_id}")).send().expect(200);
    let ordered = |qty| {
        let hold = ask(qty, "ann").expect(201);
        let order = server.order(text(&hold["hold_id"])).send().expect(201);
        text(&order["order_id"]).to_owned()
    };
    let order_id = ordered(3);
    ask(1, "ann").problem(409, "customer_limit_reached");
    server.post(&format!("/api/orders/{order_id}/cancel")).send().expect(200);
    let order_id = ordered(3);
    server.report(&order_id, "paid").expect(200);
    assert_eq!(ask(1, "ann").problem(409, "customer_limit_reached")["remaining"], 0);
    let refund = server.post(&format!("/api/orders/{order_id}/refund")).admin();
    refund.json(&json!({"restock": false})).send().expect(200);
    ask(3, "ann").expect(201);
    assert_eq!(server.stock(product), Stock::of(11, 6, 3));
}

#[test]
fn a_changed_limit_binds_new_holds_only() {
    let server = Server::start();
    let product = server.product(json!({"total_stock": 20, "max_per_customer": 5}));
    let ask = |qty: u32| {
        let body = json!({"product_id": product, "qty": qty, "customer_id": "ann"});
        server.post("/api/holds").json(&body).send()
    };
    let hold = ask(4).expect(201);
    let change = server.patch(&format!("/api/products/{product}")).admin();
    change.json(&json!({"max_per_customer": 2})).send().expect(200);
    assert_eq!(ask(1).problem(409, "customer_limit_reached")["remaining"], 0);
    let order = server.order(text(&hold["hold_id"])).send().expect(201);
    let paid = server.report(text(&order["order_id"]), "paid").expect(200);
    assert_eq!(paid["order_status"], "paid");
}

#[test]
fn a_customers_units_come_back_with_an_expired_hold() {
    let server = Server::start();
    let product = server.product(json!({
        "total_stock": 20, "max_per_customer": 1, "hold_seconds": 1,
    }));
    let body = json!({"product_id": product, "qty": 1, "customer_id": "ann"});
    let first = server.post("/api/holds").json(&body).send().expect(201);
    eventually(Duration::from_secs(4), "the customer may hold again", || {
        (server.post("/api/holds").json(&body).send().status == 201).then_some(())
    });
    assert!(now_millis() >= millis(&first["expires_at"]));
}
