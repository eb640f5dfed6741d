//! The shop of `serve --demo`: payments that end as the buyer chooses, a crowd, and doors that open
//! again. The provider and the crowd are the demonstration's own; they reach it over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    ADMIN_KEY, Authority, Files, Home, Launch, SECRET, Server, Stock, eventually, now_millis,
};

/// The product that the shop sells.
const RECORD: i64 = 2;

/// How many there are.
const UNITS: i64 = 24;

/// Longer than any payment or crowd takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

fn shop() -> Server {
    Launch::demo().arg("--admin-key", ADMIN_KEY).start()
}

fn change(server: &Server, changes: &Value) {
    let path = format!("/api/products/{RECORD}");
    server.patch(&path).admin().json(changes).send().expect(200);
}

fn pay(server: &Server, order_id: &str, ending: &str) -> Value {
    let body = json!({"order_id": order_id, "ending": ending});
    server.post("/demo/pay").json(&body).send().expect(202)
}

/// Waits until the provider has no more to tell of an order; what it told.
fn told(server: &Server, order_id: &str) -> Vec<Value> {
    eventually(LIMIT, "the provider is done", || {
        let path = format!("/demo/deliveries?order_id={order_id}");
        let account = server.get(&path).send().expect(200);
        let deliveries = account["deliveries"].as_array().unwrap().clone();
        (account["done"] == true).then_some(deliveries)
    })
}

fn order_status(server: &Server, order_id: &str) -> Value {
    server.get(&format!("/api/orders/{order_id}")).send().expect(200)["status"].clone()
}

/// What the server made of each delivery, and where the order stood then.
fn results(deliveries: &[Value]) -> Vec<String> {
    let result = |delivery: &Value| {
        assert_eq!(delivery["answered"], 200, "{delivery}");
        let text = |name: &str| delivery[name].as_str().unwrap().to_owned();
        format!("{} {} {}", text("status"), text("result"), text("order_status"))
    };
    deliveries.iter().map(result).collect()
}

#[test]
fn only_a_demonstration_has_a_shop() {
    let server = Server::start();
    for (method, path) in doorbuster::http::demo_routes() {
        server.call(method, path).send().problem(404, "not_found");
    }
    let demo = shop();
    assert!(demo.stdout().contains(&format!("http://{}/shop", demo.address)), "{}", demo.stdout());
    for server in [&server, &demo] {
        let document = server.get("/openapi.json").send().text();
        assert!(!document.contains("/demo/") && !document.contains("\"/shop\""));
    }
}

#[test]
fn the_page_and_its_files_are_served() {
    let server = shop();
    let page = server.get("/shop").send();
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self'; style-src 'self'; "), "{policy}");
    let page = page.text();
    let files = page.split('"').filter(|word| word.starts_with("/assets/"));
    let files: Vec<_> = files.collect();
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        server.get(file).send().expect_status(200);
    }
    let about = server.get("/demo/shop").send().expect(200);
    assert_eq!((&about["product_id"], &about["units"]), (&json!(RECORD), &json!(UNITS)));
}

#[test]
fn a_payment_ends_as_the_buyer_chose() {
    let server = shop();
    let orders = ["success", "failure", "twice", "never"].map(|ending| {
        let order_id = server.order_id(RECORD, 1);
        let account = pay(&server, &order_id, ending);
        assert_eq!(account["ending"], ending);
        // However often the page asks, and even if it asked for something else.
        assert_eq!(pay(&server, &order_id, "success")["ending"], ending);
        (ending, order_id)
    });
    for (ending, order_id) in orders {
        let deliveries = told(&server, &order_id);
        let (expected, status): (&[&str], _) = match ending {
            "success" => (&["paid applied paid"], "paid"),
            "failure" => (&["failed applied cancelled"], "cancelled"),
            "twice" => (&["paid applied paid", "paid duplicate paid"], "paid"),
            _ => (&[], "pending"),
        };
        assert_eq!(results(&deliveries), expected, "{ending}");
        assert!(deliveries.iter().all(|one| one["event_id"] == deliveries[0]["event_id"]));
        assert_eq!(order_status(&server, &order_id), status, "{ending}");
    }
    assert_eq!(server.stock(RECORD), Stock::of(UNITS - 3, 1, 2));
    server.assert_audit_is_clean();
}

#[test]
fn an_order_that_nobody_made_cannot_be_paid_and_other_endings_are_named() {
    let server = shop();
    let nobodys = json!({
        "order_id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "ending": "success",
    });
    server.post("/demo/pay").json(&nobodys).send().problem(404, "order_not_found");
    let order_id = server.order_id(RECORD, 1);
    let path = format!("/demo/deliveries?order_id={order_id}");
    server.get(&path).send().problem(404, "order_not_found");
    let strange = json!({"order_id": order_id, "ending": "sometimes"});
    let problem = server.post("/demo/pay").json(&strange).send().problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["field"], "ending");
    server.get("/demo/deliveries?order=1").send().problem(422, "validation_failed");
}

#[test]
fn a_late_payment_takes_its_unit_back_where_one_is_left() {
    let server = shop();
    change(&server, &json!({"payment_seconds": 1}));
    let order_id = server.order_id(RECORD, 1);
    let order = server.get(&format!("/api/orders/{order_id}")).send().expect(200);
    pay(&server, &order_id, "late");
    let deliveries = told(&server, &order_id);
    assert_eq!(results(&deliveries), ["paid applied paid"]);
    let at = |value: &Value| value.as_str().unwrap().to_owned();
    assert!(at(&deliveries[0]["sent_at"]) > at(&order["pay_by"]), "in time: {deliveries:?}");
    assert_eq!(server.stock(RECORD), Stock::of(UNITS - 1, 0, 1));
}

#[test]
fn a_late_payment_is_due_back_where_none_is_left() {
    let server = shop();
    change(&server, &json!({"payment_seconds": 5, "total_stock": 1}));
    let order_id = server.order_id(RECORD, 1);
    pay(&server, &order_id, "late");
    // The unit is free and taken long before the payment comes.
    server.post(&format!("/api/orders/{order_id}/cancel")).send().expect(200);
    change(&server, &json!({"total_stock": 0}));
    assert_eq!(results(&told(&server, &order_id)), ["paid applied refund_due"]);
    assert_eq!(order_status(&server, &order_id), "refund_due");
    server.assert_audit_is_clean();
}

#[test]
fn a_crowd_comes_once_takes_what_is_there_and_leaves_the_books_in_order() {
    let server = shop();
    let none = server.get("/demo/crowd").send().expect(200);
    assert_eq!((&none["running"], &none["began_at"]), (&json!(false), &Value::Null));
    let send = |buyers: i64| server.post("/demo/crowd").json(&json!({"buyers": buyers})).send();
    for wrong in [0, 5_001, -1] {
        send(wrong).problem(422, "validation_failed");
    }
    let sent = send(100).expect(202);
    assert_eq!((&sent["running"], &sent["buyers"]), (&json!(true), &json!(100)));
    send(1).problem(409, "crowd_running");

    let crowd = eventually(LIMIT, "the crowd has gone", || {
        let crowd = server.get("/demo/crowd").send().expect(200);
        (crowd["running"] == false).then_some(crowd)
    });
    let count = |name: &str| crowd[name].as_i64().unwrap();
    assert_eq!(count("asked"), 100, "{crowd}");
    assert_eq!(count("got") + count("sold_out") + count("unanswered"), 100, "{crowd}");
    assert!(count("got") >= UNITS && count("paid_twice") >= 1, "{crowd}");
    assert_eq!(count("got"), count("paid") + count("declined") + count("abandoned"), "{crowd}");
    assert_eq!(crowd["audit_ok"], true);

    let product = server.get(&format!("/api/products/{RECORD}")).send().expect(200);
    assert_eq!(product["sold_stock"], crowd["paid"], "{product} {crowd}");
    assert_eq!(product["total_stock"], UNITS);
    server.assert_audit_is_clean();
    send(1).expect(202);
}

#[test]
fn the_doors_open_again_with_as_many_as_were_sold() {
    let given = Launch::demo().arg("--admin-key", ADMIN_KEY).arg("--webhook-secret", SECRET);
    let server = given.start();
    let doors = |body: Value| server.post("/demo/doors").json(&body).send();
    assert_eq!(doors(json!({})).expect(200)["added_stock"], 0, "nothing was sold");
    server.hold(RECORD, 1);
    server.paid_order_id(RECORD, 3);
    let opened = doors(json!({"in_seconds": 60})).expect(200);
    assert_eq!(opened["added_stock"], 3);
    server.place(RECORD, 1).send().problem(409, "sale_not_open");
    assert_eq!(server.stock(RECORD), Stock::of(UNITS - 1, 1, 3));
    doors(json!({"in_seconds": 61})).problem(422, "validation_failed");

    server.paid_order_id(1, 1); // another product is another sale
    assert_eq!(doors(json!({})).expect(200)["added_stock"], 0);
    change(&server, &json!({"opens_at": null}));
    server.paid_order_id(RECORD, 1);
    let opened = doors(json!({})).expect(200);
    assert_eq!((&opened["added_stock"], &opened["opens_at"]), (&json!(1), &Value::Null));
    server.hold(RECORD, 1);
}

#[test]
fn the_shop_knows_the_servers_time() {
    let server = shop();
    let before = now_millis();
    let now = server.get("/demo/shop").send().expect(200)["now"].as_str().unwrap().to_owned();
    let now = now.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert!((before..=now_millis()).contains(&now), "{now}");
}

/// Its provider and its crowd speak plain HTTP only.
#[test]
fn an_encrypted_demonstration_has_no_shop() {
    let (home, authority) = (Home::new(), Authority::new());
    let files = Files::of(&home);
    files.write(&authority.issue());
    let demo = files.of_launch(Launch::demo()).trusting(&authority.root());
    let server = demo.start();
    server.get("/shop").send().problem(404, "not_found");
    assert!(!server.stdout().contains("/shop"));
}
