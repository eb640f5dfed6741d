//! Payment webhooks: whose they are, and which event they tell of.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::*;
use crate::signature::TOLERANCE_SECONDS;

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

/// The headers of a delivery at [`NOW`] that was signed with the key `secret`, for either scheme.
fn signed(secret: &[u8], body: &str) -> [(&'static str, String); 4] {
    use base64::Engine as _;
    let time = NOW.as_millis() / 1000;
    let mac = |text: String| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes()
    };
    let encoded = base64::prelude::BASE64_STANDARD.encode(mac(format!("msg_1.{time}.{body}")));
    let stripe = mac(format!("{time}.{body}"));
    let digits: String = stripe.iter().map(|byte| format!("{byte:02x}")).collect();
    [
        ("webhook-id", "msg_1".into()),
        ("webhook-timestamp", time.to_string()),
        ("webhook-signature", format!("v1,{encoded}")),
        ("stripe-signature", format!("t={time},v1={digits}")),
    ]
}

#[tokio::test]
async fn a_captured_delivery_is_a_duplicate_at_first_and_then_too_old() {
    const KEY: &[u8] = b"key";
    const SECRET: &str = "whsec_a2V5"; // the same key in base64
    let order = "019ab3c4-5d6e-4f80-9a1b-2c3d4e5f6071";
    let generic = json!({"event_id": "e", "order_id": order, "status": "paid"}).to_string();
    // Named by its signed header; another name that is not signed changes nothing.
    let unnamed = json!({"order_id": order, "status": "paid"}).to_string();
    let object = json!({"metadata": {"order_id": order}});
    let stripes =
        json!({"id": "e", "type": "payment_intent.succeeded", "data": {"object": object}})
            .to_string();
    for (path, key, body) in [
        (WEBHOOK, KEY, &generic),
        (WEBHOOK, KEY, &unnamed),
        ("/api/payments/webhook/stripe", SECRET.as_bytes(), &stripes),
    ] {
        let secrets = vec![SECRET.to_owned()];
        let shop = Shop::with(&Settings { allow_unsigned: false, secrets, ..Settings::default() });
        let headers = signed(key, body);
        let tolerance = TOLERANCE_SECONDS.unsigned_abs();
        for (wait, status, told) in
            [(0, 202, "stored"), (0, 200, "duplicate"), (tolerance, 200, "duplicate"), (1, 401, "")]
        {
            shop.clock.advance(Duration::from_secs(wait));
            // Whoever captured it can add what is not signed.
            let another_name = format!("{told} {wait}");
            let mut headers: Vec<_> = headers.iter().map(|(n, value)| (*n, &**value)).collect();
            headers.push(("idempotency-key", &another_name));
            let answer = shop.call("POST", path, &headers, body.as_bytes()).await;
            let got = (answer.status.as_u16(), &*answer.text("result"));
            assert_eq!(got, (status, told), "{path} {}", answer.body);
        }
    }
}
