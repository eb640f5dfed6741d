//! Deliveries signed by the libraries that payment services publish, and not by ours.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Client, Launch, SECRET, STRIPE_SECRET, python, text, unix_seconds, uuid};

const SIGNER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/python/sign.py");

/// The headers that the libraries make for these deliveries.
fn signed(deliveries: &Value) -> Vec<Vec<(String, String)>> {
    let mut signer = Command::new(python())
        .arg(SIGNER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    signer.stdin.take().unwrap().write_all(deliveries.to_string().as_bytes()).unwrap();
    let output = signer.wait_with_output().unwrap();
    assert!(output.status.success());
    let headers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let pairs = |headers: &Value| {
        let headers = headers.as_object().unwrap().iter();
        headers.map(|(name, value)| (name.clone(), text(value).to_owned())).collect()
    };
    headers.iter().map(pairs).collect()
}

fn send(server: &Client, path: &str, headers: &[(String, String)], body: &str) -> Value {
    let mut call = server.post(path).header("Content-Type", "application/json; charset=utf-8");
    for (name, value) in headers {
        call = call.header(name, value);
    }
    call.bytes(body).send().expect(200)
}

#[test]
fn what_they_sign_is_believed_with_either_secret_of_a_rotation() {
    const NEW: &str = "whsec_bmV3LXNlY3JldC1hZnRlci1yb3RhdGlvbg==";
    let launch = Launch::new().arg("--stripe-secret", STRIPE_SECRET);
    let server = launch.arg("--stripe-secret", NEW).arg("--webhook-secret", NEW).start();
    let product = server.units(50);
    let mut deliveries = Vec::new();
    for secret in [STRIPE_SECRET, NEW] {
        let order_id = server.order_id(product, 1);
        // Letters outside ASCII and pretty printing, as Stripe sends it.
        let event = json!({
            "id": format!("evt_{}", uuid()), "object": "event", "livemode": false,
            "type": "checkout.session.completed",
            "data": {"object": {
                "object": "checkout.session", "client_reference_id": order_id,
                "payment_status": "paid", "amount_total": 1999, "currency": "usd",
                "customer_details": {"name": "Zoë Müller-Łukasz 🛒"},
            }},
        });
        let body = serde_json::to_string_pretty(&event).unwrap();
        deliveries.push(("stripe", "/api/payments/webhook/stripe", secret, body));
    }
    for secret in [SECRET, NEW] {
        let order_id = server.order_id(product, 1);
        let event = json!({
            "event_id": uuid(), "order_id": order_id, "status": "paid", "buyer": "Zoë 🛒",
        });
        deliveries.push(("standard", "/api/payments/webhook", secret, event.to_string()));
    }
    let time: i64 = unix_seconds().parse().unwrap();
    let asked: Vec<Value> = deliveries
        .iter()
        .map(|(scheme, _, secret, body)| {
            json!({"scheme": scheme, "secret": secret, "id": "msg_1", "time": time, "body": body})
        })
        .collect();
    let headers = signed(&asked.into());
    assert_eq!(headers.len(), deliveries.len());
    for ((scheme, path, _, body), headers) in deliveries.iter().zip(&headers) {
        let answer = send(&server, path, headers, body);
        let (result, state) = (&answer["result"], &answer["order_status"]);
        assert_eq!((text(result), text(state)), ("applied", "paid"), "{scheme}: {answer}");
    }
    assert_eq!(server.stock(product).sold, 4);
}

#[test]
fn their_published_vector_is_what_their_library_makes() {
    let headers = signed(&json!([{
        "scheme": "standard",
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "time": 1_614_265_330,
        "body": "{\"test\": 2432232314}",
    }]));
    let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assert!(headers[0].iter().any(|(_, value)| value == expected), "{headers:?}");
}
