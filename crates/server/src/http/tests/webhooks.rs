//! Payment webhooks: whose they are, and which event they tell of.

use super::*;

const WEBHOOK: &str = "/api/payments/webhook";

#[tokio::test]
async fn every_word_and_name_of_the_source_systems_is_taken() {
    let shop = Shop::open().await;
    for (name, status, order_status) in [
        ("event_id", "paid", "paid"),
        ("idempotency_key", "success", "paid"),
        ("event_id", "succeeded", "paid"),
        ("idempotency_key", "failure", "cancelled"),
        ("event_id", "failed", "cancelled"),
    ] {
        let order = shop.order().await;
        let event = json!({name: format!("e-{order}"), "order_id": order, "status": status});
        let answer = shop.post(WEBHOOK, &event).await;
        let expected =
            json!({"result": "applied", "order_id": order, "order_status": order_status});
        assert_eq!((answer.status.as_u16(), answer.body), (200, expected), "{event}");
    }
}

#[tokio::test]
async fn an_event_without_an_id_takes_it_from_a_header() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let body = json!({"order_id": order, "status": "paid", "failure_reason": null}).to_string();
    let named = json!({"event_id": "in-body", "order_id": order, "status": "paid"}).to_string();
    for (headers, body, result, event_id) in [
        (&[("idempotency-key", "k-1"), ("webhook-id", "w-1")][..], &body, "applied", "k-1"),
        (&[("idempotency-key", "\"k-1\"")], &body, "duplicate", "k-1"),
        (&[("webhook-id", "w-1")], &body, "ignored", "w-1"),
        (&[("idempotency-key", "k-1")], &named, "ignored", "in-body"),
    ] {
        let answer = shop.call("POST", WEBHOOK, headers, body.as_bytes()).await;
        assert_eq!(answer.body["result"], result, "{headers:?}");
        let payments = shop.admin("GET", "/api/payments", &Value::Null).await;
        let events = payments.body["data"].as_array().unwrap();
        assert!(events.iter().any(|event| event["event_id"] == event_id), "{event_id}");
    }
    for (headers, field) in [
        (&[][..], "event_id"),
        (&[("idempotency-key", "")], "Idempotency-Key"),
        (&[("idempotency-key", "a"), ("idempotency-key", "b")], "Idempotency-Key"),
    ] {
        let answer = shop.call("POST", WEBHOOK, headers, body.as_bytes()).await;
        assert_eq!(answer.wrong_fields(), [field], "{headers:?}");
    }
}

#[tokio::test]
async fn an_early_event_is_stored_and_kept_as_it_came() {
    let shop = Shop::open().await;
    let order = "019ab3c4-5d6e-4f80-9a1b-2c3d4e5f6071";
    let body = format!(r#"{{ "event_id":"e", "order_id":"{order}", "status":"paid", "n":1.50 }}"#);
    let first = shop.call("POST", WEBHOOK, &[], body.as_bytes()).await;
    let expected = json!({"result": "stored", "order_id": order});
    assert_eq!((first.status.as_u16(), first.body), (202, expected));
    let again = shop.call("POST", WEBHOOK, &[], body.as_bytes()).await;
    let expected = json!({"result": "duplicate", "order_id": order, "order_status": null});
    assert_eq!((again.status.as_u16(), again.body), (200, expected));

    let payments = shop.admin("GET", "/api/payments", &Value::Null).await;
    let row = &payments.body["data"][0];
    assert_eq!(row["payload"]["n"], 1.5);
    assert_eq!(row["result"], "stored");
    assert_eq!(row["provider"], "generic");

    let hold = shop.hold().await;
    let created = shop.post("/api/orders", &json!({"hold_id": hold, "order_id": order})).await;
    assert_eq!((created.status.as_u16(), &*created.text("status")), (201, "paid"));
}

#[tokio::test]
async fn a_delivery_that_is_not_believed_is_not_even_read() {
    let strict = Shop::with(&Settings { allow_unsigned: false, ..Settings::default() });
    let lax = Shop::open().await;
    let forged = [
        ("webhook-id", "w"),
        ("webhook-timestamp", "1795770000"),
        ("webhook-signature", "v1,AAAA"),
    ];
    for (shop, headers) in [(&strict, &[][..]), (&strict, &forged), (&lax, &forged)] {
        let answer = shop.call("POST", WEBHOOK, headers, b"not json").await;
        assert_eq!((answer.status.as_u16(), &*answer.code()), (401, "invalid_signature"));
        assert!(!answer.headers.contains_key("www-authenticate"));
    }
}
