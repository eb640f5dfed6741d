//! Lists: pages without gaps or repetitions, and filters.

use std::collections::BTreeSet;

use crate::harness::{Server, assert_keys, text, uuid};
use serde_json::json;

#[test]
fn every_page_has_the_shape_of_the_contract() {
    let server = Server::start();
    let product = server.units(10);
    server.paid_order_id(product, 1);
    for list in [
        "/api/products".into(),
        "/api/holds".into(),
        "/api/orders".into(),
        "/api/payments".into(),
        format!("/api/products/{product}/journal"),
    ] {
        let page = server.get(&list).admin().send().expect(200);
        assert_keys(&page, "data next_cursor");
        assert!(!page["data"].as_array().unwrap().is_empty(), "{list}");
        assert!(page["next_cursor"].is_null(), "{list}");
    }
}

#[test]
fn pages_together_are_the_whole_list_once() {
    let server = Server::start();
    let product = server.units(1000);
    let holds: BTreeSet<String> = (0..61).map(|_| server.hold_id(product, 1)).collect();
    let orders: BTreeSet<String> = holds
        .iter()
        .take(31)
        .map(|hold_id| {
            let order = server.order(hold_id).send().expect(201);
            text(&order["order_id"]).to_owned()
        })
        .collect();
    for order_id in &orders {
        server.report(order_id, "paid").expect(200);
    }
    for _ in 0..20 {
        server.units(1);
    }
    let ids = |list: &str, key: &str, limit: usize| -> BTreeSet<String> {
        let rows = server.walk(list, key, limit);
        rows.iter().map(|row| text(&row[key]).to_owned()).collect()
    };
    for limit in [1, 7, 31, 61, 62, 200] {
        assert_eq!(ids("/api/holds", "hold_id", limit), holds, "limit {limit}");
        assert_eq!(ids("/api/orders", "order_id", limit), orders, "limit {limit}");
        assert_eq!(ids("/api/payments", "order_id", limit), orders, "limit {limit}");
        assert_eq!(server.walk("/api/products", "id", limit).len(), 21);
        let journal = server.walk(&format!("/api/products/{product}/journal"), "seq", limit);
        let numbers: Vec<_> = journal.iter().map(|entry| entry["seq"].as_i64()).collect();
        assert_eq!(numbers, (1..=93).map(Some).collect::<Vec<_>>(), "limit {limit}");
    }
    let page = server.get("/api/holds").admin().send().expect(200);
    assert_eq!(page["data"].as_array().unwrap().len(), 50, "the default page size");
}

#[test]
fn rows_added_while_a_list_is_walked_neither_repeat_nor_hide_others() {
    let server = Server::start();
    let product = server.units(100);
    let before: BTreeSet<String> = (0..20).map(|_| server.hold_id(product, 1)).collect();
    let mut found = BTreeSet::new();
    let mut path = "/api/holds?limit=4".to_owned();
    loop {
        let page = server.get(&path).admin().send().expect(200);
        for row in page["data"].as_array().unwrap() {
            assert!(found.insert(text(&row["hold_id"]).to_owned()), "{row} twice");
        }
        server.hold(product, 1);
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/holds?limit=4&cursor={cursor}"),
            None => break,
        }
    }
    assert!(before.is_subset(&found), "{} of 20 found", before.intersection(&found).count());
}

#[test]
fn filters_select_and_combine() {
    let server = Server::start();
    let products = [server.units(50), server.units(50)];
    let hold = |product: i64, customer: &str| {
        let body = json!({"product_id": product, "qty": 1, "customer_id": customer});
        let hold = server.post("/api/holds").json(&body).send().expect(201);
        text(&hold["hold_id"]).to_owned()
    };
    let order = |hold_id: &str| {
        let order = server.order(hold_id).send().expect(201);
        text(&order["order_id"]).to_owned()
    };
    // For each product and customer: an active hold, a released one, a paid and a failed order.
    let mut paid = Vec::new();
    for product in products {
        for customer in ["ann", "bob & co"] {
            hold(product, customer);
            let released = hold(product, customer);
            server.delete(&format!("/api/holds/{released}")).send().expect(200);
            let order_id = order(&hold(product, customer));
            server.report(&order_id, "paid").expect(200);
            paid.push(order_id);
            let order_id = order(&hold(product, customer));
            server.report(&order_id, "failed").expect(200);
        }
    }
    let [one, _] = products;
    let known = &paid[0];
    for (list, key, expected) in [
        (format!("/api/holds?product_id={one}"), "hold_id", 8),
        ("/api/holds?status=active".into(), "hold_id", 4),
        ("/api/holds?status=released&customer_id=ann".into(), "hold_id", 2),
        ("/api/holds?customer_id=bob%20%26%20co".into(), "hold_id", 8),
        ("/api/holds?customer_id=bob+%26+co".into(), "hold_id", 8),
        (format!("/api/holds?product_id={one}&status=used&customer_id=ann"), "hold_id", 2),
        (format!("/api/holds?order_id={known}"), "hold_id", 1),
        ("/api/holds?status=expired".into(), "hold_id", 0),
        (format!("/api/orders?product_id={one}&status=paid"), "order_id", 2),
        ("/api/orders?status=cancelled".into(), "order_id", 4),
        ("/api/orders?status=refund_due".into(), "order_id", 0),
        ("/api/orders?customer_id=ann".into(), "order_id", 4),
        (format!("/api/orders?order_id={known}"), "order_id", 1),
        ("/api/payments?status=paid".into(), "event_id", 4),
        ("/api/payments?status=failed&customer_id=ann".into(), "event_id", 2),
        (format!("/api/payments?product_id={one}"), "event_id", 4),
        (format!("/api/payments?order_id={known}"), "event_id", 1),
        (format!("/api/payments?order_id={}", uuid()), "event_id", 0),
    ] {
        let found = server.walk(&list, key, 3).len();
        assert_eq!(found, expected, "{list}");
    }
}

#[test]
fn a_filter_on_an_expired_state_sees_what_a_buyer_sees() {
    let server = Server::start();
    let product = server.product(json!({"hold_seconds": 1}));
    let hold_id = server.hold_id(product, 1);
    crate::harness::eventually(std::time::Duration::from_secs(4), "the hold expires", || {
        let rows = server.walk("/api/holds?status=expired", "hold_id", 50);
        (rows.len() == 1 && rows[0]["hold_id"] == *hold_id).then_some(())
    });
    assert!(server.walk("/api/holds?status=active", "hold_id", 50).is_empty());
}
