//! A crowd that arrives in the same instant.

use crate::harness::{Launch, Server, Stock, at_once, text, uuid};
use serde_json::json;

#[test]
fn thirty_holds_of_ten_on_a_hundred_units_ten_succeed() {
    let server = Server::start();
    let product = server.units(100);
    let answers = at_once(30, |_| server.place(product, 10).send());
    let placed = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(placed, 10);
    for refused in answers.into_iter().filter(|answer| answer.status != 201) {
        let problem = refused.problem(409, "insufficient_stock");
        assert_eq!(problem["available_stock"], 0);
    }
    assert_eq!(server.stock(product), Stock::of(0, 100, 0));
}

#[test]
fn five_hundred_buyers_for_the_last_unit_one_succeeds() {
    let server = Server::start();
    let product = server.units(1);
    let answers = at_once(500, |_| server.place(product, 1).send());
    let placed = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(placed, 1);
    for refused in answers.into_iter().filter(|answer| answer.status != 201) {
        refused.problem(409, "insufficient_stock");
    }
    assert_eq!(server.stock(product), Stock::of(0, 1, 0));
}

#[test]
fn holds_of_many_sizes_never_take_more_than_there_is() {
    let server = Server::start();
    let product = server.units(97);
    let sizes = [1, 2, 3, 5, 8, 13, 21, 34];
    let answers = at_once(64, |i| {
        let qty = sizes[i % sizes.len()];
        (qty, server.place(product, qty).send().status)
    });
    let taken: u32 = answers.iter().filter(|(_, status)| *status == 201).map(|(qty, _)| qty).sum();
    assert!(taken <= 97, "{taken} of 97 units held");
    let left = server.stock(product).available;
    assert_eq!(i64::from(taken), 97 - left);
    let refused_wrongly =
        answers.iter().filter(|(qty, status)| *status == 409 && i64::from(*qty) <= left).count();
    assert_eq!(refused_wrongly, 0, "refused although {left} units stayed available");
}

#[test]
fn fifty_orders_at_once_on_one_hold_make_one_order() {
    let server = Server::start();
    let product = server.units(10);
    let hold_id = server.hold_id(product, 3);
    let answers = at_once(50, |_| server.order(&hold_id).send());
    let (made, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(made.len(), 1);
    let order_id = made[0].value()["order_id"].clone();
    for refused in refused {
        assert_eq!(refused.problem(409, "hold_used")["order_id"], order_id);
    }
    let orders = server.walk(&format!("/api/orders?product_id={product}"), "order_id", 50);
    assert_eq!(orders.len(), 1);
    assert_eq!(server.stock(product), Stock::of(7, 3, 0));
}

#[test]
fn one_chosen_order_id_for_many_holds_belongs_to_one() {
    let server = Server::start();
    let product = server.units(20);
    let holds: Vec<_> = (0..20).map(|_| server.hold_id(product, 1)).collect();
    let order_id = uuid();
    let answers = at_once(holds.len(), |i| {
        server.post("/api/orders").json(&json!({"hold_id": holds[i], "order_id": order_id})).send()
    });
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1);
    for refused in answers.into_iter().filter(|answer| answer.status != 201) {
        refused.problem(409, "order_id_taken");
    }
    let used = server.walk("/api/holds?status=used", "hold_id", 50);
    assert_eq!(used.len(), 1, "a refused order must not use up its hold");
}

#[test]
fn the_same_webhook_a_hundred_times_at_once_has_one_effect() {
    let server = Server::start();
    let product = server.units(10);
    let order_id = server.order_id(product, 4);
    let answers = at_once(100, |_| server.deliver("evt_once", &order_id, "paid"));
    let mut applied = 0;
    for answer in answers {
        let answer = answer.expect(200);
        assert_eq!(answer["order_status"], "paid");
        match text(&answer["result"]) {
            "applied" => applied += 1,
            result => assert_eq!(result, "duplicate"),
        }
    }
    assert_eq!(applied, 1);
    assert_eq!(server.stock(product), Stock::of(6, 0, 4));
    let rows = server.walk("/api/payments", "event_id", 50);
    assert_eq!(rows.len(), 1);
}

#[test]
fn a_hundred_different_successes_at_once_sell_the_units_once() {
    let server = Server::start();
    let product = server.units(10);
    let order_id = server.order_id(product, 4);
    let answers = at_once(100, |i| server.deliver(&format!("evt_{i}"), &order_id, "paid"));
    let applied = answers
        .into_iter()
        .map(|answer| answer.expect(200))
        .filter(|answer| answer["result"] == "applied")
        .count();
    assert_eq!(applied, 1);
    assert_eq!(server.stock(product), Stock::of(6, 0, 4));
    assert_eq!(server.walk("/api/payments", "event_id", 50).len(), 100);
}

#[test]
fn success_and_failure_at_once_always_end_paid() {
    let server = Server::start();
    let product = server.units(100);
    let orders: Vec<_> = (0..20).map(|_| server.order_id(product, 1)).collect();
    at_once(2 * orders.len(), |i| {
        let status = ["paid", "failed"][i % 2];
        server.report(&orders[i / 2], status).expect(200)
    });
    for order_id in &orders {
        let order = server.get(&format!("/api/orders/{order_id}")).send();
        assert_eq!(order.expect(200)["status"], "paid");
    }
    assert_eq!(server.stock(product), Stock::of(80, 0, 20));
}

#[test]
fn ordering_and_releasing_at_once_give_the_units_to_one_of_them() {
    let server = Server::start();
    let product = server.units(30);
    let holds: Vec<_> = (0..30).map(|_| server.hold_id(product, 1)).collect();
    let answers = at_once(2 * holds.len(), |i| {
        let hold_id = &holds[i / 2];
        match i % 2 {
            0 => server.order(hold_id).send(),
            _ => server.delete(&format!("/api/holds/{hold_id}")).send(),
        }
    });
    let mut ordered = 0;
    for pair in answers.chunks(2) {
        match (pair[0].status, pair[1].status) {
            (201, 409) => ordered += 1,
            (409, 200) => {}
            both => panic!("order and release answered {both:?}"),
        }
    }
    assert_eq!(server.stock(product), Stock::of(30 - ordered, ordered, 0));
}

#[test]
fn units_given_back_are_sold_again_but_never_twice() {
    let server = Server::start();
    let product = server.units(5);
    // Buyers come and go at once; whoever holds units gives them back, so all succeed in the end.
    at_once(16, |_| {
        for _ in 0..25 {
            let answer = server.place(product, 2).send();
            if answer.status == 201 {
                let hold_id = answer.value()["hold_id"].clone();
                let path = format!("/api/holds/{}", text(&hold_id));
                assert_eq!(server.delete(&path).send().expect(200)["status"], "released");
            } else {
                answer.problem(409, "insufficient_stock");
            }
        }
    });
    assert_eq!(server.stock(product), Stock::of(5, 0, 0));
}

#[test]
fn more_than_the_mailbox_takes_is_refused_at_once_and_has_no_effect() {
    let server = Launch::new().arg("--mailbox", "1").arg("--batch", "1").start();
    let product = server.units(1_000_000);
    let mut placed = 0;
    let mut refused = 0;
    // One round overloads the server almost always; a lucky one is played again.
    for _ in 0..50 {
        for answer in at_once(64, |_| server.place(product, 1).send()) {
            if answer.status == 201 {
                placed += 1;
            } else {
                assert!(answer.header("retry-after").is_some());
                answer.problem(503, "overloaded");
                refused += 1;
            }
        }
        if refused > 0 {
            break;
        }
    }
    assert!(refused > 0, "never overloaded");
    assert_eq!(server.stock(product), Stock::of(1_000_000 - placed, placed, 0));
    server.logged(&["overloaded"]);
}
