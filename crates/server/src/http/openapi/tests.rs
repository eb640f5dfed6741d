//! The document says what the server does.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::http::router::{Access, ROUTES};

fn document() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

/// Every operation with its method and path.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
    });
    operations.collect()
}

#[test]
fn it_has_every_route_and_no_other() {
    let document = document();
    let documented: BTreeSet<_> =
        operations(&document).into_iter().map(|(method, path, _)| (method, path)).collect();
    let served: BTreeSet<_> = ROUTES
        .iter()
        .map(|route| (route.method.as_str().to_owned(), route.path.to_owned()))
        .collect();
    assert_eq!(documented, served);
}

#[test]
fn it_asks_for_what_each_route_asks_for() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let route = ROUTES.iter().find(|route| route.method == *method && route.path == path);
        let scheme = match route.unwrap().access {
            Access::Public | Access::Operations => None,
            Access::Admin => Some("admin_key"),
            Access::Signed => Some("webhook_signature"),
            Access::SignedByStripe => Some("stripe_signature"),
        };
        let documented = operation["security"][0]
            .as_object()
            .map(|schemes| schemes.keys().next().unwrap().as_str());
        assert_eq!(documented, scheme, "{method} {path}");
        for name in route.unwrap().query {
            let parameters = operation["parameters"].as_array().unwrap();
            let found = parameters
                .iter()
                .any(|parameter| parameter["name"] == *name && parameter["in"] == "query");
            assert!(found, "{method} {path} has the parameter {name}");
        }
    }
}

#[test]
fn its_requests_have_the_fields_that_are_read() {
    let document = document();
    for (schema, read, aliases) in [
        ("NewHold", holds::PLACE, &["quantity"][..]),
        ("NewOrder", orders::CREATE, &["hold_token"]),
        ("NewProduct", products::CREATE, &[]),
        ("ProductChange", products::CHANGE, &[]),
        ("Refund", orders::REFUND, &[]),
        ("PaymentEvent", payments::WEBHOOK, &["idempotency_key"]),
        ("StripeEvent", stripe::EVENT, &[]),
    ] {
        let schema = &document["components"]["schemas"][schema];
        let mut documented: BTreeSet<_> =
            schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        documented.remove("failure_reason"); // stored with the body, read by nobody
        documented.extend(aliases);
        assert_eq!(documented, read.iter().copied().collect(), "{schema}");
    }
}

#[test]
fn every_operation_has_an_id_a_summary_and_its_problems() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} is used twice");
        assert!(problems::of(id).is_some(), "{id} has no row in the table of problems");
        assert!(operation["summary"].is_string(), "{method} {path}");
    }
}

#[test]
fn every_json_body_has_an_example() {
    let document = document();
    let has_example = |media: &Value| {
        media["example"].is_object() || media["examples"].as_object().is_some_and(|e| !e.is_empty())
    };
    for (method, path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().unwrap();
        let bodies = responses.values().chain([&operation["requestBody"]]);
        for content in bodies.filter_map(|body| body["content"].as_object()) {
            for (content_type, media) in content {
                if content_type.ends_with("json") {
                    assert!(has_example(media), "{method} {path} {content_type}");
                }
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.contains("#/components/schemas/Hold"));
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}
