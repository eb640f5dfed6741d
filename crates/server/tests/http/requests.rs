//! What HTTP itself asks of a server, on every route.

use std::collections::BTreeSet;

use crate::harness::{Client, Server, uuid};
use serde_json::json;

/// Every path of the contract with the methods it has.
const ROUTES: &[(&str, &str)] = &[
    ("/api/products", "GET POST"),
    ("/api/products/1", "GET PATCH"),
    ("/api/products/1/journal", "GET"),
    ("/api/holds", "GET POST"),
    ("/api/holds/{uuid}", "GET DELETE"),
    ("/api/holds/{uuid}/extend", "POST"),
    ("/api/orders", "GET POST"),
    ("/api/orders/{uuid}", "GET"),
    ("/api/orders/{uuid}/cancel", "POST"),
    ("/api/orders/{uuid}/refund", "POST"),
    ("/api/payments", "GET"),
    ("/api/payments/webhook", "POST"),
    ("/api/audit", "GET"),
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/metrics", "GET"),
    ("/openapi.json", "GET"),
    ("/docs", "GET"),
    ("/", "GET"),
];

/// The calls that need the admin key.
const ADMIN: &[(&str, &str)] = &[
    ("POST", "/api/products"),
    ("PATCH", "/api/products/1"),
    ("GET", "/api/products/1/journal"),
    ("GET", "/api/holds"),
    ("GET", "/api/orders"),
    ("GET", "/api/payments"),
    ("POST", "/api/orders/{uuid}/refund"),
    ("GET", "/api/audit"),
];

fn path(route: &str) -> String {
    route.replace("{uuid}", &uuid())
}

#[test]
fn an_unknown_path_is_a_problem() {
    let server = Server::start();
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/holds/",
        "/api/products/1/",
        "/api//holds",
        "/API/products",
        "/api/products/1/journal/2",
        "/favicon.ico",
        "/.env",
        "/api/holds/a/b/c",
        "/%2e%2e/etc/passwd",
    ] {
        server.get(path).send().problem(404, "not_found");
        server.post(path).bytes("{}").send().problem(404, "not_found");
    }
}

#[test]
fn a_method_that_a_path_does_not_have_is_refused_with_those_it_has() {
    let server = Server::start();
    server.units(1);
    for (route, methods) in ROUTES {
        let has: BTreeSet<&str> = methods.split(' ').collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FROBNICATE"] {
            if has.contains(method) {
                continue;
            }
            let answer = server.call(method, &path(route)).admin().send();
            assert_eq!(answer.status, 405, "{method} {route}: {}", answer.text());
            answer.any_problem();
            let allow = answer.header("allow").unwrap_or_default().to_owned();
            let allowed: BTreeSet<&str> = allow.split(',').map(str::trim).collect();
            assert!(has.is_subset(&allowed), "{route} allows {methods}, says {allow}");
            assert!(!allowed.contains(method), "{method} {route}: Allow: {allow}");
        }
    }
}

#[test]
fn head_answers_like_get_without_the_body() {
    let server = Server::start();
    server.units(1);
    for (route, methods) in ROUTES {
        if !methods.contains("GET") || route.contains("{uuid}") {
            continue;
        }
        let get = server.get(route).admin().send();
        let head = server.call("HEAD", route).admin().send();
        assert_eq!(head.status, get.status, "{route}");
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-type"), get.header("content-type"), "{route}");
        if *route != "/metrics" {
            assert_eq!(head.header("content-length"), get.header("content-length"), "{route}");
        }
    }
}

#[test]
fn admin_calls_need_the_key() {
    let server = Server::start();
    server.units(1);
    let key = crate::harness::ADMIN_KEY;
    let wrong = [
        None,
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Bearer wrong".to_owned()),
        Some(format!("Bearer {key}x")),
        Some(format!("Bearer {}", &key[..key.len() - 1])),
        Some(format!("Basic {key}")),
        Some(key.to_owned()),
        Some(format!("Bearer {} ", key.to_uppercase())),
        Some(format!("Bearer {}", "k".repeat(5_000))),
    ];
    for (method, route) in ADMIN {
        for authorization in &wrong {
            let mut call = server.call(method, &path(route));
            if let Some(value) = authorization {
                call = call.header("Authorization", value);
            }
            // The key comes first: who has none learns nothing about the body.
            if *method != "GET" {
                call = call.bytes("not json");
            }
            let answer = call.send();
            assert_eq!(answer.status, 401, "{method} {route} {authorization:?}");
            let challenge = answer.header("www-authenticate").unwrap_or_default();
            assert!(challenge.starts_with("Bearer"), "{challenge}");
            answer.problem(401, "unauthorized");
        }
    }
    // RFC 9110 §11.1: the name of the scheme has no case.
    let call = server.get("/api/audit").header("Authorization", &format!("bearer {key}"));
    call.send().expect(200);
}

#[test]
fn storefront_calls_need_no_key_and_are_not_hurt_by_one() {
    let server = Server::start();
    let product = server.units(10);
    let stranger: Client = server.with_admin_key("somebody-elses");
    stranger.get("/api/products").admin().send().expect(200);
    stranger.place(product, 1).admin().send().expect(201);
}

#[test]
fn a_body_of_another_type_is_refused() {
    let server = Server::start();
    let product = server.units(10);
    let body = format!(r#"{{"product_id": {product}, "qty": 1}}"#);
    let ask = |content_type: &str| {
        let call = server.post("/api/holds").header("Content-Type", content_type);
        call.bytes(body.clone()).send()
    };
    for refused in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "json",
    ] {
        let answer = ask(refused);
        assert_eq!(answer.status, 415, "{refused}");
        answer.any_problem();
    }
    assert_eq!(server.stock(product).held, 0);
    for taken in
        ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
    {
        ask(taken).expect(201);
    }
    server.post("/api/holds").bytes(body.clone()).send().expect(201);
}

#[test]
fn calls_without_a_body_take_an_empty_object_too() {
    let server = Server::start();
    let product = server.units(10);
    let hold_id = server.hold_id(product, 1);
    let extend = format!("/api/holds/{hold_id}/extend");
    server.post(&extend).json(&json!({})).send().expect(200);
    let order_id = server.order_id(product, 1);
    let cancel = format!("/api/orders/{order_id}/cancel");
    server.post(&cancel).json(&json!({})).send().expect(200);
}

#[test]
fn the_request_id_is_taken_or_made_and_stands_on_every_answer() {
    let server = Server::start();
    let product = server.units(10);
    let id = |answer: &crate::harness::Answer| {
        answer.header("x-request-id").expect("no X-Request-Id").to_owned()
    };
    let with = |value: &str| {
        let call = server.get("/api/products").header("X-Request-Id", value);
        id(&call.send())
    };
    assert_eq!(with("trace-7f3a"), "trace-7f3a");
    let made: BTreeSet<String> = (0..10).map(|_| id(&server.get("/api/products").send())).collect();
    assert_eq!(made.len(), 10, "ids repeat: {made:?}");
    for bad in ["", &"x".repeat(2_000)] {
        let found = with(bad);
        assert!(!found.is_empty() && found.len() < 300, "{found}");
    }
    for answer in [
        server.get("/nothing").send(),
        server.call("PUT", "/api/holds").send(),
        server.get("/api/audit").send(),
        server.post("/api/holds").bytes("{").send(),
        server.post("/api/holds").bytes("x".repeat(70_000)).send(),
        server.place(product, 1_000).send(),
        server.get("/healthz").send(),
        server.get("/metrics").send(),
    ] {
        assert!(!id(&answer).is_empty());
    }
}

#[test]
fn the_request_id_stands_in_the_log() {
    let server = Server::start();
    let product = server.units(10);
    let call = server.place(product, 1).header("X-Request-Id", "find-me-in-the-log");
    call.send().expect(201);
    server.logged(&["hold placed", "find-me-in-the-log"]);
}
