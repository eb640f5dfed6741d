//! Orders: created, read, cancelled, refunded; and the journal that records what they did to stock.

use crate::harness::{Answer, Server, Stock, assert_keys, millis, text, uuid};
use serde_json::{Value, json};

const KEYS: &str = "order_id hold_id product_id qty unit_price total_price currency status \
                    created_at pay_by";

fn refund(server: &Server, order_id: &str, restock: bool) -> Answer {
    server
        .post(&format!("/api/orders/{order_id}/refund"))
        .admin()
        .json(&json!({"restock": restock}))
        .send()
}

#[test]
fn an_order_has_the_shape_of_the_contract() {
    let server = Server::start();
    let product = server.product(json!({"price": 1_000_000_000_000_i64, "payment_seconds": 33}));
    let hold_id = server.hold_id(product, 3);
    let answer = server.order(&hold_id).send();
    let location = answer.header("location").unwrap().to_owned();
    let order = answer.expect(201);
    assert_keys(&order, KEYS);
    assert_eq!(location, format!("/api/orders/{}", text(&order["order_id"])));
    assert_eq!((&order["hold_id"], &order["product_id"]), (&json!(hold_id), &json!(product)));
    assert_eq!((&order["qty"], &order["status"]), (&json!(3), &json!("pending")));
    assert_eq!(order["unit_price"], 1_000_000_000_000_i64);
    assert_eq!(order["total_price"], 3_000_000_000_000_i64);
    assert_eq!(order["currency"], "USD");
    assert_eq!(millis(&order["pay_by"]), millis(&order["created_at"]) + 33_000);
    assert_eq!(server.get(&location).send().expect(200), order);
    let order_id: uuid::Uuid = text(&order["order_id"]).parse().unwrap();
    assert_eq!(order_id.get_version_num(), 7);
}

#[test]
fn the_dearest_order_is_charged_exactly() {
    let server = Server::start();
    let product = server.product(json!({
        "price": 1_000_000_000_000_i64, "total_stock": 1_000_000_000,
    }));
    let hold_id = server.hold_id(product, 1_000_000);
    let order = server.order(&hold_id).send().expect(201);
    assert_eq!(order["total_price"], 1_000_000_000_000_000_000_i64);
}

#[test]
fn a_storefront_may_choose_the_order_id() {
    let server = Server::start();
    let product = server.units(10);
    let (one, other) = (server.hold_id(product, 1), server.hold_id(product, 1));
    let order_id = uuid();
    let ask = |hold_id: &str| {
        let body = json!({"hold_id": hold_id, "order_id": order_id});
        server.post("/api/orders").json(&body).send()
    };
    let order = ask(&one).expect(201);
    assert_eq!(order["order_id"], *order_id);
    ask(&other).problem(409, "order_id_taken");
    assert_eq!(ask(&one).expect_replay(), order);
    let found = server.get(&format!("/api/holds/{other}")).send().expect(200);
    assert_eq!(found["status"], "active", "the refused order must leave its hold alone");
}

#[test]
fn cancelling_gives_the_units_back_and_may_be_repeated() {
    let server = Server::start();
    let product = server.units(10);
    let path = format!("/api/orders/{}", server.order_id(product, 4));
    for _ in 0..3 {
        let cancelled = server.post(&format!("{path}/cancel")).send().expect(200);
        assert_keys(&cancelled, KEYS);
        assert_eq!(cancelled["status"], "cancelled");
        assert_eq!(server.stock(product), Stock::of(10, 0, 0));
    }
    let paid = server.paid_order_id(product, 4);
    let refused = server.post(&format!("/api/orders/{paid}/cancel")).send();
    refused.problem(409, "order_not_pending");
    refund(&server, &paid, true).expect(200);
    let refused = server.post(&format!("/api/orders/{paid}/cancel")).send();
    refused.problem(409, "order_not_pending");
}

#[test]
fn a_refund_restocks_once_if_told_to() {
    let server = Server::start();
    for (restock, after) in [(true, Stock::of(10, 0, 0)), (false, Stock::of(6, 0, 4))] {
        let product = server.units(10);
        let order_id = server.paid_order_id(product, 4);
        let refunded = refund(&server, &order_id, restock).expect(200);
        assert_keys(&refunded, KEYS);
        assert_eq!(refunded["status"], "refunded");
        assert_eq!(server.stock(product), after);
        // Again, also with the other choice, has no effect.
        for again in [restock, !restock] {
            assert_eq!(refund(&server, &order_id, again).expect(200)["status"], "refunded");
            assert_eq!(server.stock(product), after);
        }
    }
}

#[test]
fn a_refund_of_an_order_without_units_has_none_to_give_back() {
    let server = Server::start();
    let product = server.units(2);
    let order_id = server.order_id(product, 2);
    server.post(&format!("/api/orders/{order_id}/cancel")).send().expect(200);
    server.hold(product, 1);
    let due = server.report(&order_id, "paid").expect(200);
    assert_eq!(due["order_status"], "refund_due");
    assert_eq!(refund(&server, &order_id, true).expect(200)["status"], "refunded");
    assert_eq!(server.stock(product), Stock::of(1, 1, 0));
}

#[test]
fn only_what_was_paid_can_be_refunded() {
    let server = Server::start();
    let product = server.units(10);
    let pending = server.order_id(product, 1);
    refund(&server, &pending, true).problem(409, "order_not_refundable");
    server.report(&pending, "failed").expect(200);
    refund(&server, &pending, true).problem(409, "order_not_refundable");
    assert_eq!(server.stock(product), Stock::of(10, 0, 0));
}

/// One journal entry as the table below writes it.
fn line(entry: &Value) -> String {
    let number = |field: &str| entry[field].as_i64().unwrap();
    let kind = text(&entry["kind"]);
    let (total, held, sold) = (number("total_stock"), number("held_stock"), number("sold_stock"));
    format!("{} {kind} {} → {total} {held} {sold}", number("seq"), number("qty"))
}

#[test]
fn the_journal_records_every_stock_change_in_order() {
    let server = Server::start();
    let product = server.units(10);
    let path = format!("/api/products/{product}");
    let change = |body: Value| server.patch(&path).admin().json(&body).send().expect(200);
    let released = server.hold_id(product, 1);
    server.delete(&format!("/api/holds/{released}")).send().expect(200);
    let cancelled = server.order_id(product, 2);
    server.post(&format!("/api/orders/{cancelled}/cancel")).send().expect(200);
    server.deliver("evt_late", &cancelled, "paid").expect(200);
    let paid = server.order_id(product, 3);
    server.deliver("evt_paid", &paid, "paid").expect(200);
    server.deliver("evt_paid", &paid, "paid").expect(200);
    refund(&server, &paid, true).expect(200);
    change(json!({"add_stock": -4}));
    change(json!({"total_stock": 9}));
    change(json!({"name": "Renamed"}));

    let journal = server.walk(&format!("{path}/journal"), "seq", 3);
    let lines: Vec<String> = journal.iter().map(line).collect();
    let expected = [
        "1 product_created 10 → 10 0 0",
        "2 hold_placed 1 → 10 1 0",
        "3 hold_released 1 → 10 0 0",
        "4 hold_placed 2 → 10 2 0",
        "5 order_cancelled 2 → 10 0 0",
        "6 order_retaken 2 → 10 0 2",
        "7 hold_placed 3 → 10 3 2",
        "8 order_paid 3 → 10 0 5",
        "9 order_restocked 3 → 10 0 2",
        "10 stock_changed -4 → 6 0 2",
        "11 stock_changed 3 → 9 0 2",
    ];
    assert_eq!(lines, expected);

    let base = "seq at kind qty total_stock held_stock sold_stock";
    assert_keys(&journal[0], base);
    assert_keys(&journal[1], &format!("{base} hold_id"));
    assert_eq!(journal[2]["hold_id"], *released);
    assert_eq!(journal[4]["order_id"], *cancelled);
    assert_eq!(journal[5]["event_id"], "evt_late");
    assert_eq!(
        (&journal[7]["order_id"], &journal[7]["event_id"]),
        (&json!(paid), &json!("evt_paid"))
    );
    let times: Vec<i64> = journal.iter().map(|entry| millis(&entry["at"])).collect();
    assert!(times.is_sorted(), "{times:?}");
}
