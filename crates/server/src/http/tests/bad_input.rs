//! Bad input for every field of every call: the field is named, and nothing changes.

use super::*;

/// Each call with a good body, and what is bad for each of its fields.
const HOLD: (&str, &str, &str) = ("POST", "/api/holds", r#"{"product_id":1,"qty":1}"#);

#[tokio::test]
async fn a_bad_field_is_named() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let refund = format!("/api/orders/{order}/refund");
    let create = r#"{"name":"x","total_stock":1,"price":1}"#;
    let event =
        r#"{"event_id":"e","order_id":"019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071","status":"paid"}"#;
    let new_order = r#"{"hold_id":"019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071"}"#;
    let calls = [
        (HOLD, &["product_id", "qty", "customer_id"][..]),
        (("POST", "/api/orders", new_order), &["hold_id", "order_id"]),
        (
            ("POST", "/api/payments/webhook", event),
            &["event_id", "order_id", "status", "amount", "currency"],
        ),
        (("POST", "/api/products", create), crate::http::products::CREATE),
        (("PATCH", "/api/products/1", "{}"), crate::http::products::CHANGE),
        (("POST", &refund, r#"{"restock":true}"#), &["restock"]),
    ];
    let before = shop.get("/api/products/1").await.body;
    for ((method, path, good), fields) in calls {
        for field in fields {
            for bad in [json!([]), json!({}), json!(1.5), json!(-2_000_000_000_000_i64), json!("")]
            {
                let mut body: Value = serde_json::from_str(good).unwrap();
                body[field] = bad;
                let answer = shop.admin(method, path, &body).await;
                assert_eq!(answer.status, 422, "{method} {path} {body}");
                assert_eq!(answer.code(), "validation_failed");
                assert_eq!(answer.wrong_fields(), [*field], "{method} {path} {body}");
            }
        }
    }
    assert_eq!(shop.get("/api/products/1").await.body, before);
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    for (path, missing) in [
        ("/api/holds", &["product_id", "qty"][..]),
        ("/api/orders", &["hold_id"]),
        ("/api/payments/webhook", &["event_id", "order_id", "status"]),
        ("/api/products", &["name", "total_stock", "price"]),
        (&format!("/api/orders/{order}/refund"), &["restock"]),
    ] {
        let answer = shop.admin("POST", path, &json!({})).await;
        assert_eq!(answer.wrong_fields(), missing, "{path}");
    }
}

#[tokio::test]
async fn two_names_of_one_field_are_both_named() {
    let shop = Shop::open().await;
    let id = "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071";
    for (path, body, both) in [
        ("/api/holds", json!({"product_id": 1, "qty": 1, "quantity": 1}), ["qty", "quantity"]),
        ("/api/orders", json!({"hold_id": id, "hold_token": id}), ["hold_id", "hold_token"]),
        (
            "/api/payments/webhook",
            json!({"event_id": "e", "idempotency_key": "e", "order_id": id, "status": "paid"}),
            ["event_id", "idempotency_key"],
        ),
    ] {
        assert_eq!(shop.post(path, &body).await.wrong_fields(), both, "{path}");
    }
}

#[tokio::test]
async fn an_unknown_field_is_named_except_on_webhooks() {
    let shop = Shop::open().await;
    let (hold, order) = (shop.hold().await, shop.order().await);
    for (method, path) in [
        ("POST", "/api/holds".to_owned()),
        ("POST", "/api/orders".to_owned()),
        ("DELETE", format!("/api/holds/{hold}")),
        ("POST", format!("/api/holds/{hold}/extend")),
        ("POST", format!("/api/orders/{order}/cancel")),
        ("POST", format!("/api/orders/{order}/refund")),
        ("POST", "/api/products".to_owned()),
        ("PATCH", "/api/products/1".to_owned()),
    ] {
        let answer = shop.admin(method, &path, &json!({"surprise": 1})).await;
        assert!(answer.wrong_fields().contains(&"surprise"), "{method} {path}");
    }
    let event =
        json!({"event_id": "e", "order_id": order, "status": "paid", "surprise": {"a": [1]}});
    assert_eq!(shop.post("/api/payments/webhook", &event).await.status, 200);
}

#[tokio::test]
async fn what_is_not_json_is_told_so_everywhere() {
    let shop = Shop::open().await;
    let key = ("authorization", ADMIN);
    for (method, path) in [
        ("POST", "/api/holds"),
        ("POST", "/api/orders"),
        ("POST", "/api/payments/webhook"),
        ("POST", "/api/products"),
        ("PATCH", "/api/products/1"),
    ] {
        for bad in [&b""[..], b"{", b"qty=1", b"\xFF", b"{\"a\":\"\xC3\x28\"}", b"{} {}"] {
            let answer = shop.call(method, path, &[key], bad).await;
            assert_eq!((answer.status.as_u16(), &*answer.code()), (400, "malformed_json"));
        }
        let form = ("content-type", "application/x-www-form-urlencoded");
        let answer = shop.call(method, path, &[key, form], b"qty=1").await;
        assert_eq!((answer.status.as_u16(), &*answer.code()), (415, "unsupported_media_type"));
        let too_large = vec![b' '; 64 * 1024 + 1];
        let answer = shop.call(method, path, &[key], &too_large).await;
        assert_eq!((answer.status.as_u16(), &*answer.code()), (413, "payload_too_large"));
    }
}

#[tokio::test]
async fn stock_is_set_or_added_but_not_both() {
    let shop = Shop::open().await;
    let both = json!({"total_stock": 20, "add_stock": 5});
    let answer = shop.admin("PATCH", "/api/products/1", &both).await;
    assert_eq!(answer.wrong_fields(), ["add_stock"]);
    let answer = shop.admin("PATCH", "/api/products/1", &json!({"add_stock": -3})).await;
    assert_eq!(answer.body["total_stock"], 7);
    let answer = shop.admin("PATCH", "/api/products/1", &json!({"total_stock": 20})).await;
    assert_eq!(answer.body["total_stock"], 20);
}

#[tokio::test]
async fn null_clears_what_can_be_cleared() {
    let shop = Shop::open().await;
    let set = json!({
        "opens_at": "2026-11-27T10:00:00+01:00", "closes_at": "2026-11-28T09:00:00Z",
        "max_per_customer": 2, "code": "SKU-1",
    });
    let answer = shop.admin("PATCH", "/api/products/1", &set).await;
    assert_eq!(answer.body["opens_at"], "2026-11-27T09:00:00.000Z");
    assert_eq!(answer.body["code"], "SKU-1");
    let clear =
        json!({"opens_at": null, "closes_at": null, "max_per_customer": null, "code": null});
    let answer = shop.admin("PATCH", "/api/products/1", &clear).await;
    for field in ["opens_at", "closes_at", "max_per_customer", "code"] {
        assert!(answer.body[field].is_null(), "{field}");
    }
    for field in ["name", "price", "currency", "paused", "total_stock", "add_stock", "hold_seconds"]
    {
        let answer = shop.admin("PATCH", "/api/products/1", &json!({field: null})).await;
        assert_eq!(answer.wrong_fields(), [field]);
    }
}
