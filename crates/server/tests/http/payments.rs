//! Payment webhooks: at most one effect, in any order of arrival, and no payment is ever lost.

use std::time::Duration;

use crate::harness::{Client, Server, Stock, assert_keys, eventually, text, uuid};
use serde_json::{Value, json};

#[track_caller]
fn status_of(server: &Client, order_id: &str) -> String {
    let order = server.get(&format!("/api/orders/{order_id}")).send();
    text(&order.expect(200)["status"]).into()
}

/// Takes an order through its payment deadline.
fn expired_order(server: &Client, qty: u32, total_stock: u32) -> (i64, String) {
    let product = server.product(json!({"total_stock": total_stock, "payment_seconds": 1}));
    let order_id = server.order_id(product, qty);
    eventually(Duration::from_secs(4), "the order expires", || {
        (server.stock(product).held == 0).then_some(())
    });
    (product, order_id)
}

#[track_caller]
fn assert_answer(answer: &Value, result: &str, order_id: &str, order_status: &str) {
    let expected = json!({"result": result, "order_id": order_id, "order_status": order_status});
    assert_eq!(*answer, expected);
}

#[test]
fn a_success_pays_and_its_repetition_is_a_duplicate() {
    let server = Server::start();
    let product = server.units(10);
    let order_id = server.order_id(product, 2);
    let first = server.deliver("evt_1", &order_id, "paid").expect(200);
    assert_answer(&first, "applied", &order_id, "paid");
    for _ in 0..3 {
        let again = server.deliver("evt_1", &order_id, "paid").expect(200);
        assert_answer(&again, "duplicate", &order_id, "paid");
    }
    // The same status by another of its names is the same status.
    let again = server.deliver("evt_1", &order_id, "succeeded").expect(200);
    assert_answer(&again, "duplicate", &order_id, "paid");
    assert_eq!(server.stock(product), Stock::of(8, 0, 2));
}

#[test]
fn a_duplicate_shows_the_order_as_it_is_now() {
    let server = Server::start();
    let product = server.units(10);
    let order_id = server.order_id(product, 2);
    server.deliver("evt_fail", &order_id, "failed").expect(200);
    server.deliver("evt_pay", &order_id, "paid").expect(200);
    let again = server.deliver("evt_fail", &order_id, "failed").expect(200);
    assert_answer(&again, "duplicate", &order_id, "paid");
    assert_eq!(server.stock(product), Stock::of(8, 0, 2));
}

#[test]
fn a_failure_cancels_and_gives_the_units_back() {
    let server = Server::start();
    let product = server.units(10);
    let order_id = server.order_id(product, 2);
    let failed = server.report(&order_id, "failed").expect(200);
    assert_answer(&failed, "applied", &order_id, "cancelled");
    assert_eq!(server.stock(product), Stock::of(10, 0, 0));
}

#[test]
fn success_and_failure_end_the_same_in_both_orders() {
    let server = Server::start();
    let product = server.units(10);
    for (first, second) in [("paid", "failed"), ("failed", "paid")] {
        let order_id = server.order_id(product, 1);
        server.report(&order_id, first).expect(200);
        let answer = server.report(&order_id, second).expect(200);
        assert_eq!(answer["order_status"], "paid", "{first}, then {second}");
    }
    assert_eq!(server.stock(product), Stock::of(8, 0, 2));
}

#[test]
fn a_failure_never_un_pays() {
    let server = Server::start();
    let product = server.units(10);
    let order_id = server.paid_order_id(product, 2);
    let failed = server.report(&order_id, "failed").expect(200);
    assert_answer(&failed, "ignored", &order_id, "paid");
    assert_eq!(server.stock(product), Stock::of(8, 0, 2));
}

#[test]
fn a_second_success_is_recorded_and_ignored() {
    let server = Server::start();
    let product = server.units(10);
    let order_id = server.paid_order_id(product, 2);
    let second = server.report(&order_id, "paid").expect(200);
    assert_answer(&second, "ignored", &order_id, "paid");
    let refund = server.post(&format!("/api/orders/{order_id}/refund"));
    refund.admin().json(&json!({"restock": true})).send().expect(200);
    let third = server.report(&order_id, "paid").expect(200);
    assert_answer(&third, "ignored", &order_id, "refunded");
    assert_eq!(server.stock(product), Stock::of(10, 0, 0));
    assert_eq!(server.walk("/api/payments", "event_id", 50).len(), 3);
}

#[test]
fn an_early_event_is_stored_and_applied_when_its_order_is_created() {
    let server = Server::start();
    let product = server.units(10);
    for (status, order_status, stock) in
        [("paid", "paid", Stock::of(9, 0, 1)), ("failed", "cancelled", Stock::of(9, 0, 1))]
    {
        let (order_id, event_id) = (uuid(), uuid());
        let early = server.deliver(&event_id, &order_id, status).expect(202);
        assert_eq!(early, json!({"result": "stored", "order_id": order_id}));
        let again = server.deliver(&event_id, &order_id, status).expect(200);
        let duplicate = json!({"result": "duplicate", "order_id": order_id, "order_status": null});
        assert_eq!(again, duplicate);

        let hold_id = server.hold_id(product, 1);
        let order = server
            .post("/api/orders")
            .json(&json!({"hold_id": hold_id, "order_id": order_id}))
            .send()
            .expect(201);
        assert_eq!(order["order_id"], *order_id);
        assert_eq!(order["status"], order_status);
        assert_eq!(status_of(&server, &order_id), order_status);
        assert_eq!(server.stock(product), stock);

        let again = server.deliver(&event_id, &order_id, status).expect(200);
        assert_answer(&again, "duplicate", &order_id, order_status);
    }
}

#[test]
fn an_early_event_survives_a_crash() {
    let mut server = Server::start();
    let product = server.units(10);
    let order_id = uuid();
    server.deliver("evt_early", &order_id, "paid").expect(202);
    server.kill();
    let server = server.again();
    let hold_id = server.hold_id(product, 2);
    let order = server
        .post("/api/orders")
        .json(&json!({"hold_id": hold_id, "order_id": order_id}))
        .send()
        .expect(201);
    assert_eq!(order["status"], "paid");
    assert_eq!(server.stock(product), Stock::of(8, 0, 2));
}

#[test]
fn early_success_and_failure_pay_in_both_orders() {
    let server = Server::start();
    let product = server.units(10);
    for pair in [["paid", "failed"], ["failed", "paid"]] {
        let order_id = uuid();
        for status in pair {
            server.report(&order_id, status).expect(202);
        }
        let hold_id = server.hold_id(product, 1);
        let body = json!({"hold_id": hold_id, "order_id": order_id});
        let order = server.post("/api/orders").json(&body).send().expect(201);
        assert_eq!(order["status"], "paid", "{pair:?}");
    }
    assert_eq!(server.stock(product), Stock::of(8, 0, 2));
}

#[test]
fn a_late_success_takes_its_units_back_while_there_are_any() {
    let server = Server::start();
    let (product, order_id) = expired_order(&server, 3, 5);
    server.hold(product, 2);
    let late = server.report(&order_id, "paid").expect(200);
    assert_answer(&late, "applied", &order_id, "paid");
    assert_eq!(server.stock(product), Stock::of(0, 2, 3));
}

#[test]
fn a_late_success_without_stock_left_is_refund_due_and_never_dropped() {
    let server = Server::start();
    let (product, order_id) = expired_order(&server, 3, 5);
    server.hold(product, 3);
    let late = server.deliver("evt_late", &order_id, "paid").expect(200);
    assert_answer(&late, "applied", &order_id, "refund_due");
    assert_eq!(server.stock(product), Stock::of(2, 3, 0));
    let again = server.deliver("evt_late", &order_id, "paid").expect(200);
    assert_answer(&again, "duplicate", &order_id, "refund_due");
    let failed = server.report(&order_id, "failed").expect(200);
    assert_answer(&failed, "ignored", &order_id, "refund_due");
}

#[test]
fn a_success_after_a_cancellation_takes_the_units_back_or_is_refund_due() {
    let server = Server::start();
    let product = server.units(3);
    let cancelled = |qty| {
        let order_id = server.order_id(product, qty);
        let cancel = server.post(&format!("/api/orders/{order_id}/cancel"));
        assert_eq!(cancel.send().expect(200)["status"], "cancelled");
        order_id
    };
    let (first, second) = (cancelled(2), cancelled(2));
    let paid = server.report(&first, "paid").expect(200);
    assert_answer(&paid, "applied", &first, "paid");
    let due = server.report(&second, "paid").expect(200);
    assert_answer(&due, "applied", &second, "refund_due");
    assert_eq!(server.stock(product), Stock::of(1, 0, 2));
}

#[test]
fn a_late_success_beyond_the_customers_limit_is_refund_due() {
    let server = Server::start();
    let product = server.product(json!({"total_stock": 10, "max_per_customer": 2}));
    let hold = |qty| {
        let body = json!({"product_id": product, "qty": qty, "customer_id": "c"});
        server.post("/api/holds").json(&body).send().expect(201)
    };
    let first = hold(2);
    let order = server.order(text(&first["hold_id"])).send().expect(201);
    let order_id = text(&order["order_id"]);
    server.post(&format!("/api/orders/{order_id}/cancel")).send().expect(200);
    hold(1);
    let late = server.report(order_id, "paid").expect(200);
    assert_answer(&late, "applied", order_id, "refund_due");
    assert_eq!(server.stock(product), Stock::of(9, 1, 0));
}

#[test]
fn an_event_id_used_for_another_order_or_status_is_refused() {
    let server = Server::start();
    let product = server.units(10);
    let (one, other) = (server.order_id(product, 1), server.order_id(product, 1));
    server.deliver("evt_1", &one, "paid").expect(200);
    let before = server.stock(product);
    server.deliver("evt_1", &other, "paid").problem(422, "event_id_reused");
    server.deliver("evt_1", &one, "failed").problem(422, "event_id_reused");
    server.deliver("evt_1", &uuid(), "paid").problem(422, "event_id_reused");
    assert_eq!(server.stock(product), before);
    assert_eq!(status_of(&server, &other), "pending");
    // Also where the first delivery is still waiting for its order.
    let (early, another) = (uuid(), uuid());
    server.deliver("evt_2", &early, "paid").expect(202);
    server.deliver("evt_2", &another, "paid").problem(422, "event_id_reused");
    server.deliver("evt_2", &early, "failed").problem(422, "event_id_reused");
}

#[test]
fn a_wrong_amount_or_currency_is_refused_each_time_and_recorded() {
    let server = Server::start();
    let product = server.product(json!({"price": 250, "currency": "EUR"}));
    let order_id = server.order_id(product, 3);
    let deliver = |event_id: &str, amount: Value, currency: &str| {
        let mut body = json!({"event_id": event_id, "order_id": order_id, "status": "paid"});
        body["amount"] = amount;
        body["currency"] = currency.into();
        server.webhook(&body).send()
    };
    for (event_id, amount, currency) in [
        ("evt_less", 749, "EUR"),
        ("evt_more", 751, "EUR"),
        ("evt_unit", 250, "EUR"),
        ("evt_usd", 750, "USD"),
    ] {
        for _ in 0..2 {
            deliver(event_id, amount.into(), currency).problem(422, "amount_mismatch");
        }
    }
    assert_eq!(status_of(&server, &order_id), "pending");
    let rows = server.walk(&format!("/api/payments?order_id={order_id}"), "event_id", 50);
    assert_eq!(rows.len(), 4);
    for row in &rows {
        assert_eq!(row["result"], "amount_mismatch", "{row}");
    }
    // The right amount under a fresh event id pays; the currency's case does not matter.
    let paid = deliver("evt_right", 750.into(), "eur").expect(200);
    assert_answer(&paid, "applied", &order_id, "paid");
    deliver("evt_less", 749.into(), "EUR").problem(422, "amount_mismatch");
    assert_eq!(server.stock(product), Stock::of(97, 0, 3));
}

#[test]
fn an_early_event_with_a_wrong_amount_leaves_its_order_pending() {
    let server = Server::start();
    let product = server.product(json!({"price": 250}));
    let order_id = uuid();
    let event = json!({
        "event_id": "evt_early", "order_id": order_id, "status": "paid", "amount": 249,
    });
    server.webhook(&event).send().expect(202);
    let hold_id = server.hold_id(product, 1);
    let body = json!({"hold_id": hold_id, "order_id": order_id});
    let order = server.post("/api/orders").json(&body).send().expect(201);
    assert_eq!(order["status"], "pending");
    server.webhook(&event).send().problem(422, "amount_mismatch");
    let row = &server.walk("/api/payments", "event_id", 50)[0];
    assert_eq!(row["result"], "amount_mismatch");
    assert_eq!(server.stock(product), Stock::of(99, 1, 0));
}

#[test]
fn a_recorded_event_shows_everything_that_arrived() {
    let server = Server::start();
    let product = server.product(json!({"price": 700}));
    let order_id = server.order_id(product, 1);
    let body = json!({
        "event_id": "evt_rich", "order_id": order_id, "status": "success", "amount": 700,
        "currency": "usd", "failure_reason": null, "data": {"card": "visa", "tries": [1, 2]},
    });
    server.webhook(&body).send().expect(200);
    let rows = server.walk("/api/payments", "event_id", 50);
    let row = &rows[0];
    assert_keys(
        row,
        "event_id order_id provider status result amount currency received_at payload",
    );
    assert_eq!(row["event_id"], "evt_rich");
    assert_eq!(row["order_id"], *order_id);
    assert_eq!((&row["status"], &row["result"]), (&json!("paid"), &json!("applied")));
    assert_eq!((&row["amount"], &row["currency"]), (&json!(700), &json!("USD")));
    assert_eq!(row["payload"], body);

    let order_id = server.order_id(product, 1);
    server.deliver("evt_bare", &order_id, "failure").expect(200);
    let rows = server.walk(&format!("/api/payments?order_id={order_id}"), "event_id", 50);
    assert_keys(&rows[0], "event_id order_id provider status result received_at payload");
    assert_eq!(rows[0]["status"], "failed");
}
