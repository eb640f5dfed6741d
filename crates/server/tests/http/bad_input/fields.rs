//! Every field of every body with every kind of bad value.

use super::Endpoint::{ChangeProduct, CreateOrder, CreateProduct, PlaceHold, Refund, Webhook};
use super::{Endpoint, Sale, assert_names};
use serde_json::Value;

/// Never right where a number is wanted.
const NOT_A_WHOLE_NUMBER: &str = r#"1.5 1.0 0.1 "1" "" "one" true [] [1] {} -0.5 1e-7"#;

/// Beyond every bound, and beyond what 53, 63 and 64 bits hold.
const HUGE: &str = "9007199254740993 9223372036854775808 18446744073709551616 1e30 \
                    -9223372036854775809 99999999999999999999999999999999";

const NOT_A_TEXT: &str = r#"1 0 1.5 true [] ["a"] {} {"a":"b"} "" "\u0000" "line\nbreak" "\ud800""#;

const NOT_A_UUID: &str = r#"1 true [] {} "" "x" "1" "018f0000-0000-7000-8000-00000000000"
    "018f0000-0000-7000-8000-0000000000000" "g18f0000-0000-7000-8000-000000000000" "null""#;

const NOT_A_TIME: &str = r#"1 1700000000 true [] {} "" "tomorrow" "2030-13-01T00:00:00Z"
    "2030-02-30T00:00:00Z" "2030-01-01" "2030-01-01T00:00:00" "10:00""#;

const NOT_A_CURRENCY: &str = r#"1 true [] {} "" "US" "USDX" "U5D" "ÄÖÜ" "ZZZ" "$""#;

/// Endpoint, field, and values (besides those of its kind) that it must not take. `null` is listed
/// where it is not a way to leave the field out or to clear it.
const FIELDS: &[(Endpoint, &str, &[&str])] = &[
    (PlaceHold, "product_id", &[NOT_A_WHOLE_NUMBER, HUGE, "null 0 -1 9007199254740992"]),
    (PlaceHold, "qty", &[NOT_A_WHOLE_NUMBER, HUGE, "null 0 -1 -0 1000001 4294967297"]),
    (PlaceHold, "customer_id", &[NOT_A_TEXT, "«256»"]),
    (CreateOrder, "hold_id", &[NOT_A_UUID, "null"]),
    (CreateOrder, "order_id", &[NOT_A_UUID]),
    (CreateProduct, "name", &[NOT_A_TEXT, r#"null «201» "\u0020""#]),
    (CreateProduct, "total_stock", &[NOT_A_WHOLE_NUMBER, HUGE, "null -1 1000000001"]),
    (CreateProduct, "price", &[NOT_A_WHOLE_NUMBER, HUGE, "null -1 1000000000001"]),
    (CreateProduct, "currency", &[NOT_A_CURRENCY]),
    (CreateProduct, "code", &[NOT_A_TEXT, "«65» \"two\\u0020words\" \"ü\""]),
    (CreateProduct, "id", &[NOT_A_WHOLE_NUMBER, HUGE, "0 -1 9007199254740992"]),
    (CreateProduct, "opens_at", &[NOT_A_TIME]),
    (
        CreateProduct,
        "closes_at",
        &[NOT_A_TIME, "\"2030-01-01T00:00:00Z\" \"2029-01-01T00:00:00Z\""],
    ),
    (CreateProduct, "max_per_customer", &[NOT_A_WHOLE_NUMBER, HUGE, "0 -1 1000001"]),
    (CreateProduct, "hold_seconds", &[NOT_A_WHOLE_NUMBER, HUGE, "0 -1"]),
    (CreateProduct, "payment_seconds", &[NOT_A_WHOLE_NUMBER, HUGE, "0 -1"]),
    (CreateProduct, "max_extensions", &[NOT_A_WHOLE_NUMBER, HUGE, "-1"]),
    (ChangeProduct, "name", &[NOT_A_TEXT, "null «201»"]),
    (ChangeProduct, "total_stock", &[NOT_A_WHOLE_NUMBER, HUGE, "null -1 1000000001"]),
    (ChangeProduct, "price", &[NOT_A_WHOLE_NUMBER, HUGE, "null -1 1000000000001"]),
    (ChangeProduct, "currency", &[NOT_A_CURRENCY, "null"]),
    (ChangeProduct, "code", &[NOT_A_TEXT, "«65»"]),
    (ChangeProduct, "opens_at", &[NOT_A_TIME]),
    (ChangeProduct, "closes_at", &[NOT_A_TIME, "\"2030-01-01T00:00:00Z\""]),
    (ChangeProduct, "max_per_customer", &[NOT_A_WHOLE_NUMBER, HUGE, "0 -1 1000001"]),
    (ChangeProduct, "hold_seconds", &[NOT_A_WHOLE_NUMBER, HUGE, "null 0 -1"]),
    (ChangeProduct, "payment_seconds", &[NOT_A_WHOLE_NUMBER, HUGE, "null 0 -1"]),
    (ChangeProduct, "max_extensions", &[NOT_A_WHOLE_NUMBER, HUGE, "null -1"]),
    (ChangeProduct, "paused", &[r#"null 0 1 "true" "" [] {}"#]),
    (Refund, "restock", &[r#"null 0 1 "true" "" [] {}"#]),
    (Webhook, "event_id", &[NOT_A_TEXT, "«256»"]),
    (Webhook, "order_id", &[NOT_A_UUID, "null"]),
    (
        Webhook,
        "status",
        &[r#"null 1 true [] {} "" "PAID" "pending" "refunded" "cancelled" "success\u0020""#],
    ),
    (Webhook, "amount", &[NOT_A_WHOLE_NUMBER, "-1 18446744073709551616 1e30"]),
    (Webhook, "currency", &[NOT_A_CURRENCY]),
];

/// The values of a table cell; `«n»` stands for a text of n letters.
fn values(cell: &str) -> impl Iterator<Item = String> + '_ {
    cell.split_whitespace().map(|value| {
        match value.strip_prefix('«').and_then(|rest| rest.strip_suffix('»')) {
            Some(length) => format!("\"{}\"", "x".repeat(length.parse().unwrap())),
            None => value.into(),
        }
    })
}

/// The body as text with `field` set to `value`, which need not be anything a parser can hold.
fn with(mut body: Value, field: &str, value: &str) -> String {
    body[field] = "@@".into();
    body.to_string().replace("\"@@\"", value)
}

#[test]
fn a_bad_value_is_refused_by_the_name_of_its_field() {
    let sale = Sale::new();
    sale.assert_unmoved(|| {
        let mut requests = 0;
        for (endpoint, field, cells) in FIELDS {
            for value in cells.iter().flat_map(|cell| values(cell)) {
                let body = with(sale.good(*endpoint), field, &value);
                let answer = sale.send(*endpoint, body.clone());
                let shown = format!("{endpoint:?} {field} = {value}");
                assert_eq!(answer.status, 422, "{shown}: {}", answer.text());
                let problem = answer.problem(422, "validation_failed");
                assert_names(&problem, field, &shown);
                requests += 1;
            }
        }
        requests
    });
}

#[test]
fn the_good_bodies_of_these_tables_are_good() {
    for endpoint in Endpoint::ALL {
        let sale = Sale::new();
        let answer = sale.send(endpoint, sale.good(endpoint).to_string());
        assert!(answer.status < 300, "{endpoint:?}: {}", answer.text());
    }
}

#[test]
fn a_missing_field_is_named() {
    let sale = Sale::new();
    sale.assert_unmoved(|| {
        let missing = [
            (PlaceHold, "product_id"),
            (PlaceHold, "qty"),
            (CreateOrder, "hold_id"),
            (CreateProduct, "name"),
            (CreateProduct, "total_stock"),
            (CreateProduct, "price"),
            (Refund, "restock"),
            (Webhook, "order_id"),
            (Webhook, "status"),
        ];
        for (endpoint, field) in missing {
            let mut body = sale.good(endpoint);
            body.as_object_mut().unwrap().remove(field);
            let problem = sale.send(endpoint, body.to_string()).problem(422, "validation_failed");
            assert_names(&problem, field, &format!("{endpoint:?} without {field}"));
        }
        // An object without anything names every field it lacks.
        let problem = sale.send(PlaceHold, "{}").problem(422, "validation_failed");
        for field in ["product_id", "qty"] {
            assert_names(&problem, field, "an empty object");
        }
        missing.len() + 1
    });
}

#[test]
fn both_names_of_one_field_are_refused() {
    let sale = Sale::new();
    sale.assert_unmoved(|| {
        let aliases = [
            (PlaceHold, "qty", "quantity"),
            (CreateOrder, "hold_id", "hold_token"),
            (Webhook, "event_id", "idempotency_key"),
        ];
        for (endpoint, name, alias) in aliases {
            let mut body = sale.good(endpoint);
            body[alias] = body[name].clone();
            let answer = sale.send(endpoint, body.to_string());
            let problem = answer.problem(422, "validation_failed");
            let field = problem["errors"][0]["field"].clone();
            assert!(field == name || field == alias, "{problem}");
        }
        aliases.len()
    });
}

#[test]
fn an_alias_with_a_bad_value_is_refused_too() {
    let sale = Sale::new();
    sale.assert_unmoved(|| {
        for body in [
            format!(r#"{{"product_id": {}, "quantity": 0}}"#, sale.product),
            format!(r#"{{"product_id": {}, "quantity": "2"}}"#, sale.product),
        ] {
            let problem = sale.send(PlaceHold, body.clone()).problem(422, "validation_failed");
            let field = problem["errors"][0]["field"].clone();
            assert!(field == "quantity" || field == "qty", "{body}: {problem}");
        }
        2
    });
}

#[test]
fn an_unknown_field_is_refused_by_name_except_on_webhooks() {
    let sale = Sale::new();
    let refusing = Endpoint::ALL.into_iter().filter(|endpoint| *endpoint != Webhook);
    sale.assert_unmoved(|| {
        let mut requests = 0;
        for endpoint in refusing {
            for typo in ["quantitty", "Qty", "", "constructor", "status "] {
                let mut body = sale.good(endpoint);
                body[typo] = 1.into();
                let answer = sale.send(endpoint, body.to_string());
                let problem = answer.problem(422, "validation_failed");
                assert_names(&problem, typo, &format!("{endpoint:?} with {typo:?}"));
                requests += 1;
            }
        }
        requests
    });
    let mut body = sale.good(Webhook);
    body["anything"] = serde_json::json!({"deep": [1, 2, {"er": null}]});
    assert_eq!(sale.send(Webhook, body.to_string()).expect(200)["result"], "applied");
}

#[test]
fn fields_that_only_exist_elsewhere_or_exclude_each_other_are_refused() {
    let sale = Sale::new();
    sale.assert_unmoved(|| {
        let rows = [
            (CreateProduct, "paused", "true"),
            (CreateProduct, "add_stock", "1"),
            (ChangeProduct, "id", "9"),
            (ChangeProduct, "version", "9"),
            (ChangeProduct, "available_stock", "9"),
            (PlaceHold, "expires_at", "\"2040-01-01T00:00:00Z\""),
            (PlaceHold, "unit_price", "1"),
            (CreateOrder, "customer_id", "\"ann\""),
        ];
        for (endpoint, field, value) in rows {
            let body = with(sale.good(endpoint), field, value);
            let problem = sale.send(endpoint, body).problem(422, "validation_failed");
            assert_names(&problem, field, &format!("{endpoint:?} with {field}"));
        }
        let both = sale.send(ChangeProduct, r#"{"total_stock": 50, "add_stock": 1}"#);
        let problem = both.problem(422, "validation_failed");
        let field = problem["errors"][0]["field"].clone();
        assert!(field == "total_stock" || field == "add_stock", "{problem}");
        rows.len() + 1
    });
}

#[test]
fn add_stock_is_checked_like_every_other_number() {
    let sale = Sale::new();
    sale.assert_unmoved(|| {
        let bad = format!("{NOT_A_WHOLE_NUMBER} {HUGE} null 1000000001 1000000000");
        let mut requests = 0;
        for value in values(&bad) {
            let body = format!(r#"{{"add_stock": {value}}}"#);
            let answer = sale.send(ChangeProduct, body.clone());
            // Far below zero is also below what is committed.
            if answer.status == 409 {
                assert!(value.starts_with('-'), "{body}");
                answer.problem(409, "stock_committed");
            } else {
                let problem = answer.problem(422, "validation_failed");
                assert_names(&problem, "add_stock", &body);
            }
            requests += 1;
        }
        requests
    });
}
