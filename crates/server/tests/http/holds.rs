//! Holds: placed, read, extended, released.

use crate::harness::{Server, Stock, assert_keys, millis, now_millis, text, uuid};
use serde_json::json;

const KEYS: &str = "hold_id product_id qty unit_price currency status created_at expires_at";

#[test]
fn a_hold_has_the_shape_of_the_contract() {
    let server = Server::start();
    let product = server.product(json!({"price": 1234, "currency": "EUR", "hold_seconds": 77}));
    let asked = now_millis();
    let answer = server.place(product, 3).send();
    let location = answer.header("location").unwrap().to_owned();
    let hold = answer.expect(201);
    assert_keys(&hold, KEYS);
    assert_eq!(location, format!("/api/holds/{}", text(&hold["hold_id"])));
    assert_eq!(hold["product_id"], product);
    assert_eq!((&hold["qty"], &hold["unit_price"]), (&json!(3), &json!(1234)));
    assert_eq!((&hold["currency"], &hold["status"]), (&json!("EUR"), &json!("active")));
    let created = millis(&hold["created_at"]);
    assert!((asked - 1000..=now_millis() + 1000).contains(&created), "{hold}");
    assert_eq!(millis(&hold["expires_at"]), created + 77_000);
    assert_eq!(server.get(&location).send().expect(200), hold);

    let body = json!({"product_id": product, "qty": 1, "customer_id": "Änne/1"});
    let named = server.post("/api/holds").json(&body).send().expect(201);
    assert_keys(&named, &format!("{KEYS} customer_id"));
    assert_eq!(named["customer_id"], "Änne/1");
}

#[test]
fn hold_ids_are_version_7_and_share_no_random_bits() {
    let server = Server::start();
    let product = server.units(1000);
    let ids: Vec<u128> = (0..200)
        .map(|_| {
            let id: uuid::Uuid = server.hold_id(product, 1).parse().unwrap();
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
            id.as_u128()
        })
        .collect();
    // A counter in the random part would leave neighbours that differ in a few low bits.
    let random = |id: u128| id & 0x0fff_3fff_ffff_ffff_ffff;
    for pair in ids.windows(2) {
        let differing = (random(pair[0]) ^ random(pair[1])).count_ones();
        assert!((12..=62).contains(&differing), "{differing} of 74 random bits differ");
    }
}

#[test]
fn releasing_gives_the_units_back_and_may_be_repeated() {
    let server = Server::start();
    let product = server.units(10);
    let path = format!("/api/holds/{}", server.hold_id(product, 4));
    for _ in 0..3 {
        let released = server.delete(&path).send().expect(200);
        assert_keys(&released, KEYS);
        assert_eq!(released["status"], "released");
        assert_eq!(server.stock(product), Stock::of(10, 0, 0));
    }
    assert_eq!(server.get(&path).send().expect(200)["status"], "released");
}

#[test]
fn a_released_hold_is_good_for_nothing() {
    let server = Server::start();
    let product = server.units(10);
    let hold_id = server.hold_id(product, 4);
    let path = format!("/api/holds/{hold_id}");
    server.delete(&path).send().expect(200);
    server.order(&hold_id).send().problem(409, "hold_released");
    server.post(&format!("{path}/extend")).send().problem(409, "hold_released");
}

#[test]
fn a_used_hold_names_its_order_and_cannot_be_used_again() {
    let server = Server::start();
    let product = server.units(10);
    let hold_id = server.hold_id(product, 4);
    let path = format!("/api/holds/{hold_id}");
    let order = server.order(&hold_id).send().expect(201);
    let used = server.get(&path).send().expect(200);
    assert_keys(&used, &format!("{KEYS} order_id"));
    assert_eq!((&used["status"], &used["order_id"]), (&json!("used"), &order["order_id"]));
    for refused in [
        server.order(&hold_id).send(),
        server.delete(&path).send(),
        server.post(&format!("{path}/extend")).send(),
    ] {
        assert_eq!(refused.problem(409, "hold_used")["order_id"], order["order_id"]);
    }
    assert_eq!(server.stock(product), Stock::of(6, 4, 0));
}

#[test]
fn extending_counts_from_the_old_deadline_and_has_a_limit() {
    let server = Server::start();
    for (terms, allowed) in [
        (json!({"hold_seconds": 50}), 1),
        (json!({"hold_seconds": 50, "max_extensions": 3}), 3),
        (json!({"hold_seconds": 50, "max_extensions": 0}), 0),
    ] {
        let product = server.product(terms);
        let hold = server.hold(product, 1);
        let path = format!("/api/holds/{}", text(&hold["hold_id"]));
        let extend = || server.post(&format!("{path}/extend")).send();
        for n in 1..=allowed {
            let extended = extend().expect(200);
            assert_keys(&extended, KEYS);
            let deadline = millis(&hold["expires_at"]) + n * 50_000;
            assert_eq!(millis(&extended["expires_at"]), deadline);
        }
        extend().problem(409, "extension_limit_reached");
        let deadline = millis(&hold["expires_at"]) + allowed * 50_000;
        let found = server.get(&path).send().expect(200);
        assert_eq!(millis(&found["expires_at"]), deadline);
    }
}

#[test]
fn what_does_not_exist_is_not_found() {
    let server = Server::start();
    let (nobody, product) = (uuid(), server.units(1));
    let hold = format!("/api/holds/{nobody}");
    server.get(&hold).send().problem(404, "hold_not_found");
    server.delete(&hold).send().problem(404, "hold_not_found");
    server.post(&format!("{hold}/extend")).send().problem(404, "hold_not_found");
    server.order(&nobody).send().problem(404, "hold_not_found");
    let order = format!("/api/orders/{nobody}");
    server.get(&order).send().problem(404, "order_not_found");
    server.post(&format!("{order}/cancel")).send().problem(404, "order_not_found");
    let refund = server.post(&format!("{order}/refund")).admin();
    refund.json(&json!({"restock": true})).send().problem(404, "order_not_found");
    server.place(product + 1, 1).send().problem(404, "product_not_found");
    let other = format!("/api/products/{}", product + 1);
    server.get(&other).send().problem(404, "product_not_found");
    let change = server.patch(&other).admin().json(&json!({"name": "x"}));
    change.send().problem(404, "product_not_found");
    let journal = server.get(&format!("{other}/journal")).admin();
    journal.send().problem(404, "product_not_found");
}

#[test]
fn ids_are_read_in_any_case() {
    let server = Server::start();
    let product = server.units(5);
    let hold_id = server.hold_id(product, 1);
    let path = format!("/api/holds/{}", hold_id.to_uppercase());
    assert_eq!(server.get(&path).send().expect(200)["hold_id"], *hold_id);
    let order = server.order(&hold_id.to_uppercase()).send().expect(201);
    assert_eq!(order["hold_id"], *hold_id);
}

#[test]
fn too_much_is_refused_with_what_is_left() {
    let server = Server::start();
    let product = server.units(10);
    server.hold(product, 7);
    let problem = server.place(product, 4).send().problem(409, "insufficient_stock");
    assert_eq!(problem["available_stock"], 3);
    server.hold(product, 3);
    let problem = server.place(product, 1).send().problem(409, "insufficient_stock");
    assert_eq!(problem["available_stock"], 0);
}
