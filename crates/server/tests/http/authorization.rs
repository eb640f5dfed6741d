//! Who may call what: every route, with every kind of key. A route that is not in the table fails.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::harness::{ADMIN_KEY, Launch, Server, eventually, run};

/// A route and a good body for it; what it answers without a key, to a wrong one, to one of scope
/// `read` and to one of scope `admin`. `{…}` in path and body stands for something that exists.
type Row = (&'static str, &'static str, &'static str, [u16; 4]);

#[rustfmt::skip]
const ROUTES: &[Row] = &[
    ("GET",    "/api/products",                      "",                                        [200; 4]),
    ("GET",    "/api/products/{product_id}",         "",                                        [200; 4]),
    ("POST",   "/api/holds",                         r#"{"product_id": {product_id}, "qty": 1}"#, [201; 4]),
    ("GET",    "/api/holds/{hold_id}",               "",                                        [200; 4]),
    ("DELETE", "/api/holds/{hold_id}",               "",                                        [200; 4]),
    ("POST",   "/api/holds/{hold_id}/extend",        "",                                        [200; 4]),
    ("POST",   "/api/orders",                        r#"{"hold_id": "{hold_id}"}"#,             [201; 4]),
    ("GET",    "/api/orders/{order_id}",             "",                                        [200; 4]),
    ("POST",   "/api/orders/{order_id}/cancel",      "",                                        [200; 4]),

    // A key is no signature.
    ("POST",   "/api/payments/webhook",              "{}",                                      [401; 4]),
    ("POST",   "/api/payments/webhook/stripe",       "{}",                                      [401; 4]),

    ("POST",   "/api/products",                      r#"{"name": "x", "total_stock": 1, "price": 1}"#, [401, 401, 403, 201]),
    ("PATCH",  "/api/products/{product_id}",         r#"{"paused": false}"#,                    [401, 401, 403, 200]),
    ("GET",    "/api/products/{product_id}/journal", "",                                        [401, 401, 200, 200]),
    ("GET",    "/api/holds",                         "",                                        [401, 401, 200, 200]),
    ("GET",    "/api/orders",                        "",                                        [401, 401, 200, 200]),
    ("POST",   "/api/orders/{paid_order_id}/refund", r#"{"restock": true}"#,                    [401, 401, 403, 200]),
    ("GET",    "/api/payments",                      "",                                        [401, 401, 200, 200]),
    ("GET",    "/api/audit",                         "",                                        [401, 401, 200, 200]),

    ("GET",    "/api/products/{product_id}/events",  "",                                        [200; 4]),
    ("GET",    "/api/admin/events",                  "",                                        [401, 401, 200, 200]),
    ("GET",    "/api/admin/status",                  "",                                        [401, 401, 200, 200]),
    ("GET",    "/api/admin/story?id={hold_id}",      "",                                        [401, 401, 200, 200]),

    ("GET",    "/",                                  "",                                        [200; 4]),
    ("GET",    "/assets/{folder}/{script}",          "",                                        [200; 4]),
    ("GET",    "/healthz",                           "",                                        [200; 4]),
    ("GET",    "/readyz",                            "",                                        [200; 4]),
    ("GET",    "/metrics",                           "",                                        [200; 4]),
    ("GET",    "/openapi.json",                      "",                                        [200; 4]),
    ("GET",    "/docs",                              "",                                        [200; 4]),
    ("GET",    "/docs/{file}",                       "",                                        [200; 4]),
    ("GET",    "/docs/problems/{code}",              "",                                        [200; 4]),
];

/// The same for what only a demonstration has; the key of scope `read` is left out. It has one
/// crowd at a time.
const DEMO_ROUTES: &[(&str, &str, &str, [u16; 3])] = &[
    ("GET", "/shop", "", [200; 3]),
    ("GET", "/demo/shop", "", [200; 3]),
    ("POST", "/demo/doors", "{}", [200; 3]),
    ("POST", "/demo/pay", r#"{"order_id": "{order_id}", "ending": "never"}"#, [202; 3]),
    ("GET", "/demo/deliveries?order_id={told_order_id}", "", [200; 3]),
    ("GET", "/demo/crowd", "", [200; 3]),
    ("POST", "/demo/crowd", r#"{"buyers": 100}"#, [202, 409, 409]),
];

/// The table's routes, as the router and the document write them.
fn listed() -> BTreeSet<String> {
    ROUTES
        .iter()
        .map(|(method, path, ..)| {
            let path = path.split('?').next().unwrap_or(path);
            format!(
                "{method} {}",
                path.replace("paid_order_id", "order_id").replace("{script}", "{file}")
            )
        })
        .collect()
}

#[test]
fn every_route_of_the_router_is_in_the_table() {
    let routed: BTreeSet<String> =
        doorbuster::http::routes().map(|(method, path)| format!("{method} {path}")).collect();
    assert_eq!(listed(), routed, "the table (left) and the router (right) differ");
}

#[test]
fn every_operation_of_the_document_is_in_the_table() {
    let document = serde_json::to_value(doorbuster::http::openapi()).unwrap();
    let documented: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    assert_eq!(listed(), documented, "the table (left) and the document (right) differ");
}

/// The text with everything it asks for made afresh.
fn filled(server: &Server, product: i64, text: &str) -> String {
    let mut filled = text.replace("{product_id}", &product.to_string());
    for (name, make) in [
        ("{hold_id}", (|server, product| server.hold_id(product, 1)) as fn(&Server, i64) -> String),
        ("{order_id}", |server, product| server.order_id(product, 1)),
        ("{paid_order_id}", |server, product| server.paid_order_id(product, 1)),
        ("{folder}", |_, _| "control".into()),
        ("{script}", |_, _| "main.js".into()),
        ("{file}", |_, _| "start.js".into()),
        ("{code}", |_, _| "hold_used".into()),
    ] {
        if filled.contains(name) {
            filled = filled.replace(name, &make(server, product));
        }
    }
    filled
}

#[test]
fn every_route_answers_each_kind_of_key_as_the_table_says() {
    let server = Server::start();
    let home = server.home();
    let database = home.database_url();
    let args = ["keys", "make", "--name", "till", "--scope", "read", "--database", &database];
    let said = String::from_utf8(run(home, &args).stdout).unwrap();
    let read = said.strip_prefix("key: ").unwrap().lines().next().unwrap().to_owned();
    eventually(Duration::from_secs(5), "the key is known", || {
        let answer = server.with_admin_key(&read).get("/api/audit").admin().send();
        (answer.status == 200).then_some(())
    });

    let product = server.units(1_000);
    let keys = [None, Some("db_wrong"), Some(&*read), Some(ADMIN_KEY)];
    for (method, path, body, expected) in ROUTES {
        let mut got = Vec::new();
        for key in keys {
            let path = filled(&server, product, path);
            let body = filled(&server, product, body);
            let mut call = server.call(method, &path);
            if let Some(key) = key {
                call = call.header("Authorization", &format!("Bearer {key}"));
            }
            if !body.is_empty() {
                call = call.header("Content-Type", "application/json").bytes(body);
            }
            let answer = call.send();
            match answer.status {
                401 if path.contains("webhook") => _ = answer.any_problem(),
                401 => {
                    assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
                    assert_eq!(answer.any_problem()["code"], "unauthorized", "{path}");
                }
                403 => assert_eq!(answer.any_problem()["code"], "forbidden", "{path}"),
                _ => {}
            }
            got.push(answer.status);
        }
        assert_eq!(got, expected, "{method} {path}: no key, a wrong one, read, admin");
    }
}

#[test]
fn every_route_of_a_demonstration_is_anybodys_and_in_the_table() {
    let listed: BTreeSet<String> = DEMO_ROUTES
        .iter()
        .map(|(method, path, ..)| format!("{method} {}", path.split('?').next().unwrap_or(path)))
        .collect();
    let routed: BTreeSet<String> =
        doorbuster::http::demo_routes().map(|(method, path)| format!("{method} {path}")).collect();
    assert_eq!(listed, routed, "the table (left) and the router (right) differ");

    let server = Launch::demo().arg("--admin-key", ADMIN_KEY).start();
    for (method, path, body, expected) in DEMO_ROUTES {
        let answered = [None, Some("db_wrong"), Some(ADMIN_KEY)].map(|key| {
            let told = server.order_id(1, 1);
            let pay = serde_json::json!({"order_id": told, "ending": "never"});
            server.post("/demo/pay").json(&pay).send().expect(202);
            let path = path.replace("{told_order_id}", &told);
            let mut call = server.call(method, &path);
            if let Some(key) = key {
                call = call.header("Authorization", &format!("Bearer {key}"));
            }
            if !body.is_empty() {
                let body = filled(&server, 1, body);
                call = call.header("Content-Type", "application/json").bytes(body);
            }
            call.send().status
        });
        assert_eq!(&answered, expected, "{method} {path}: no key, a wrong one, admin");
    }
}

#[test]
fn a_key_is_taken_from_one_header_and_from_nowhere_else() {
    let server = Server::start();
    let bearer = format!("Bearer {ADMIN_KEY}");
    let twice = server.get("/api/audit").header("Authorization", &bearer);
    twice.header("Authorization", &bearer).send().problem(401, "unauthorized");
    for path in ["/api/audit?key=", "/api/holds?access_token=", "/api/payments?limit=1&admin_key="]
    {
        server.get(&format!("{path}{ADMIN_KEY}")).send().problem(401, "unauthorized");
    }
    server.call("HEAD", "/api/audit").send().expect_status(401);
}
