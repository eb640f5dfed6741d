//! The OpenAPI document: complete, with examples and every problem, and readable without a network.

use std::collections::BTreeSet;

use crate::harness::{Server, text};
use serde_json::Value;

/// Every operation of the contract, and whether it needs the admin key.
const OPERATIONS: &[(&str, &str, bool)] = &[
    ("get", "/api/products", false),
    ("post", "/api/products", true),
    ("get", "/api/products/{id}", false),
    ("patch", "/api/products/{id}", true),
    ("get", "/api/products/{id}/journal", true),
    ("get", "/api/products/{id}/events", false),
    ("post", "/api/holds", false),
    ("get", "/api/holds", true),
    ("get", "/api/holds/{hold_id}", false),
    ("delete", "/api/holds/{hold_id}", false),
    ("post", "/api/holds/{hold_id}/extend", false),
    ("post", "/api/orders", false),
    ("get", "/api/orders", true),
    ("get", "/api/orders/{order_id}", false),
    ("post", "/api/orders/{order_id}/cancel", false),
    ("post", "/api/orders/{order_id}/refund", true),
    ("get", "/api/payments", true),
    ("post", "/api/payments/webhook", false),
    ("post", "/api/payments/webhook/stripe", false),
    ("get", "/api/audit", true),
    ("get", "/api/admin/events", true),
    ("get", "/api/admin/status", true),
    ("get", "/api/admin/story", true),
    ("get", "/healthz", false),
    ("get", "/readyz", false),
    ("get", "/metrics", false),
];

/// Every problem code of the contract that this server can answer with.
const CODES: &str = "malformed_json unauthorized invalid_signature forbidden not_found \
    product_not_found hold_not_found order_not_found insufficient_stock sale_not_open \
    sale_closed sale_paused customer_limit_reached hold_expired hold_released hold_used \
    extension_limit_reached order_not_pending order_not_refundable order_id_taken \
    stock_committed product_exists validation_failed idempotency_key_reused event_id_reused \
    amount_mismatch rate_limited overloaded unavailable internal";

fn document(server: &Server) -> Value {
    server.get("/openapi.json").send().expect(200)
}

/// The path without the names of its parameters, which the contract leaves open.
fn nameless(path: &str) -> String {
    let mut nameless = String::new();
    for (i, part) in path.split('/').enumerate() {
        nameless += if i > 0 { "/" } else { "" };
        nameless += if part.starts_with('{') { "{}" } else { part };
    }
    nameless
}

/// Every operation of the document: method, path, and what it says.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap().iter();
            item.filter(|(method, _)| methods.contains(&method.as_str()))
                .map(|(method, operation)| (method.clone(), path.clone(), operation))
        })
        .collect()
}

/// Whether it is for people and their browsers, and no part of the contract.
fn is_page(path: &str) -> bool {
    ["/", "/openapi.json"].contains(&path)
        || ["/docs", "/assets"].iter().any(|p| path.starts_with(p))
}

/// Follows a `$ref`, if the value is one.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').unwrap();
            document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
        }
        None => value,
    }
}

#[test]
fn the_document_has_every_operation_of_the_contract_and_no_other() {
    let server = Server::start();
    let document = document(&server);
    assert!(text(&document["openapi"]).starts_with("3.1"), "{}", document["openapi"]);
    let found: BTreeSet<(String, String)> = operations(&document)
        .into_iter()
        .filter(|(_, path, _)| !is_page(path))
        .map(|(method, path, _)| (method, nameless(&path)))
        .collect();
    let wanted: BTreeSet<(String, String)> =
        OPERATIONS.iter().map(|(method, path, _)| ((*method).into(), nameless(path))).collect();
    assert_eq!(found, wanted);
}

#[test]
fn every_operation_of_the_document_is_served() {
    let server = Server::start();
    let nobody = "018f0000-0000-7000-8000-000000000000";
    for (method, path, _) in operations(&document(&server)) {
        if is_page(&path) {
            continue;
        }
        let id = if path.contains("products") { "1" } else { nobody };
        let concrete = nameless(&path).replace("{}", id);
        let answer = server.call(&method.to_uppercase(), &concrete).admin().send();
        assert!(![405, 500, 501].contains(&answer.status), "{method} {path}: {}", answer.status);
        if answer.status == 404 {
            assert_ne!(answer.value()["code"], "not_found", "{method} {path} is not routed");
        }
    }
}

#[test]
fn admin_operations_say_that_they_need_the_key() {
    let server = Server::start();
    let document = document(&server);
    for (method, path, operation) in operations(&document) {
        let Some((.., admin)) =
            OPERATIONS.iter().find(|(m, p, _)| *m == method && nameless(p) == nameless(&path))
        else {
            continue;
        };
        let security = operation["security"].as_array().map_or(&[][..], Vec::as_slice);
        let bearer = security
            .iter()
            .flat_map(|one| one.as_object().unwrap().keys())
            .any(|name| document["components"]["securitySchemes"][name]["scheme"] == "bearer");
        assert_eq!(bearer, *admin, "{method} {path}");
        assert_eq!(operation["responses"]["401"].is_object(), *admin || path.contains("webhook"));
    }
}

#[test]
fn every_operation_is_explained_by_example_and_by_its_problems() {
    let server = Server::start();
    let document = document(&server);
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let shown = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && ids.insert(id.to_owned()), "{shown}: operationId {id:?}");
        let summary = operation["summary"].as_str().or(operation["description"].as_str());
        assert!(summary.is_some_and(|summary| !summary.is_empty()), "{shown} is not explained");
        if !path.starts_with("/api") {
            continue;
        }
        let body = &operation["requestBody"]["content"]["application/json"];
        if !body.is_null() {
            assert!(has_example(&document, body), "{shown}: no example of the request");
        }
        let responses = operation["responses"].as_object().unwrap();
        let mut problems = 0;
        for (status, response) in responses {
            let content = &resolved(&document, response)["content"];
            let problem = status.starts_with('4') || status.starts_with('5');
            let stream = path.ends_with("/events");
            let kind = match problem {
                true => "application/problem+json",
                false if stream => "text/event-stream",
                false => "application/json",
            };
            assert!(content[kind].is_object(), "{shown} {status}: no {kind}");
            assert!(has_example(&document, &content[kind]), "{shown} {status}: no example");
            problems += usize::from(problem);
        }
        assert!(responses.len() > problems, "{shown}: no success");
        assert!(problems > 0, "{shown}: no problem");
        assert_parameters(&document, &path, operation);
    }
}

/// The media type has an example of its own, or its schema has.
fn has_example(document: &Value, media: &Value) -> bool {
    let schema = resolved(document, &media["schema"]);
    [&media["example"], &media["examples"], &schema["example"], &schema["examples"]]
        .iter()
        .any(|example| !example.is_null())
}

/// Every `{name}` in the path is a parameter, and there is no other in the path.
fn assert_parameters(document: &Value, path: &str, operation: &Value) {
    let named: BTreeSet<&str> =
        path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    let declared: BTreeSet<&str> = operation["parameters"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .map(|parameter| resolved(document, parameter))
        .filter(|parameter| parameter["in"] == "path")
        .map(|parameter| text(&parameter["name"]))
        .collect();
    assert_eq!(named, declared, "{path}");
}

#[test]
fn every_problem_code_of_the_contract_occurs_in_the_document() {
    let server = Server::start();
    let document = server.get("/openapi.json").send().text();
    for code in CODES.split_whitespace() {
        assert!(document.contains(&format!("\"{code}\"")), "{code} is not in the document");
    }
}

#[test]
fn headers_of_the_contract_are_in_the_document() {
    let server = Server::start();
    let document = server.get("/openapi.json").send().text().to_lowercase();
    for header in [
        "idempotency-key",
        "idempotency-replayed",
        "retry-after",
        "location",
        "www-authenticate",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "stripe-signature",
        "x-request-id",
    ] {
        assert!(document.contains(&format!("\"{header}\"")), "{header} is not in the document");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let server = Server::start();
    let document = document(&server);
    let mut open = vec![&document];
    let mut references = 0;
    while let Some(value) = open.pop() {
        if value["$ref"].is_string() {
            resolved(&document, value);
            references += 1;
        }
        open.extend(value.as_object().into_iter().flat_map(|object| object.values()));
        open.extend(value.as_array().into_iter().flatten());
    }
    assert!(references > 0);
}

#[test]
fn the_docs_page_and_all_it_loads_come_from_the_server() {
    let server = Server::start();
    let page = server.get("/docs").send();
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let html = page.text();
    let mut loaded = 0;
    for (before, after) in [("src=\"", "\""), ("href=\"", "\""), ("url(", ")")] {
        for rest in html.split(before).skip(1) {
            let link = rest.split(after).next().unwrap().trim_matches(['\'', '"']);
            if link.starts_with('#') || link.starts_with("data:") {
                continue;
            }
            assert!(!link.contains("//"), "{link} is not ours");
            let path = if link.starts_with('/') { link.into() } else { format!("/{link}") };
            let asset = server.get(&path).send();
            assert_eq!(asset.status, 200, "{path}");
            assert!(!asset.body.is_empty(), "{path}");
            loaded += 1;
        }
    }
    println!("{loaded} assets");
    assert!(html.contains("/openapi.json") || loaded > 0, "the page shows no document");
}
