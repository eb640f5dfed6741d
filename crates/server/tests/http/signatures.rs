//! Standard Webhooks signatures: who may report a payment.

use crate::harness::{Answer, Client, Launch, SECRET, Server, Stock, sign, unix_seconds, uuid};
use serde_json::json;

const OTHER_SECRET: &str = "whsec_YW5vdGhlci1zZWNyZXQtZm9yLXJvdGF0aW9u";
const WRONG_SECRET: &str = "whsec_bm9ib2R5LWdhdmUtdGhpcy1zZWNyZXQtb3V0";

/// A delivery whose every part can be wrong.
struct Delivery {
    body: Vec<u8>,
    id: String,
    timestamp: String,
    signature: String,
}

impl Delivery {
    /// A delivery that the secret signed.
    fn new(secret: &str, order_id: &str) -> Self {
        let event = json!({"event_id": uuid(), "order_id": order_id, "status": "paid"});
        let (body, id, timestamp) = (event.to_string().into_bytes(), uuid(), unix_seconds());
        let signature = sign(secret, &id, &timestamp, &body);
        Self { body, id, timestamp, signature }
    }

    /// The same, signed `seconds` from now.
    fn dated(seconds: i64, order_id: &str) -> Self {
        let delivery = Self::new(SECRET, order_id);
        let timestamp = (unix_seconds().parse::<i64>().unwrap() + seconds).to_string();
        let signature = sign(SECRET, &delivery.id, &timestamp, &delivery.body);
        Self { timestamp, signature, ..delivery }
    }

    fn send(&self, server: &Client) -> Answer {
        server
            .post("/api/payments/webhook")
            .header("Content-Type", "application/json")
            .header("webhook-id", &self.id)
            .header("webhook-timestamp", &self.timestamp)
            .header("webhook-signature", &self.signature)
            .bytes(self.body.clone())
            .send()
    }
}

fn order(server: &Server) -> (i64, String) {
    let product = server.units(50);
    let order_id = server.order_id(product, 1);
    (product, order_id)
}

#[test]
fn the_specifications_own_example_is_reproduced() {
    // From the Standard Webhooks repository; this guards the test's own signer.
    let signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        br#"{"test": 2432232314}"#,
    );
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn a_signed_delivery_is_taken() {
    let server = Server::start();
    let (_, order_id) = order(&server);
    let answer = Delivery::new(SECRET, &order_id).send(&server);
    assert_eq!(answer.expect(200)["result"], "applied");
}

#[test]
fn whatever_is_wrong_with_a_signature_nothing_happens() {
    let server = Server::start();
    let (product, order_id) = order(&server);
    let delivery = |change: fn(&mut Delivery)| {
        let mut delivery = Delivery::new(SECRET, &order_id);
        change(&mut delivery);
        delivery.send(&server)
    };
    let rows: [(&str, Answer); 15] = [
        ("another secret", Delivery::new(WRONG_SECRET, &order_id).send(&server)),
        ("body changed", delivery(|d| d.body.push(b' '))),
        ("id changed", delivery(|d| d.id.push('x'))),
        ("timestamp changed", delivery(|d| d.timestamp.push_str(".0"))),
        (
            "a second later",
            delivery(|d| {
                d.timestamp = (d.timestamp.parse::<i64>().unwrap() + 1).to_string();
            }),
        ),
        ("timestamp no number", delivery(|d| d.timestamp = "now".into())),
        ("timestamp empty", delivery(|d| d.timestamp.clear())),
        ("timestamp huge", delivery(|d| d.timestamp = "9".repeat(40))),
        ("signature empty", delivery(|d| d.signature.clear())),
        ("no version", delivery(|d| d.signature = d.signature.replace("v1,", ""))),
        ("other version", delivery(|d| d.signature = d.signature.replace("v1,", "v1a,"))),
        ("truncated", delivery(|d| d.signature.truncate(40))),
        ("no base64", delivery(|d| d.signature = "v1,ÄÖ".into())),
        ("too old", Delivery::dated(-310, &order_id).send(&server)),
        ("from the future", Delivery::dated(310, &order_id).send(&server)),
    ];
    for (what, answer) in rows {
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
        answer.problem(401, "invalid_signature");
    }
    assert_eq!(server.stock(product), Stock::of(49, 1, 0));
    assert!(server.walk("/api/payments", "event_id", 50).is_empty());
}

#[test]
fn a_header_missing_or_all_of_them_is_refused() {
    let server = Server::start();
    let (product, order_id) = order(&server);
    let delivery = Delivery::new(SECRET, &order_id);
    let headers = [
        ("webhook-id", &delivery.id),
        ("webhook-timestamp", &delivery.timestamp),
        ("webhook-signature", &delivery.signature),
    ];
    for left_out in 0..=headers.len() {
        let mut call = server.post("/api/payments/webhook").bytes(delivery.body.clone());
        for (i, (name, value)) in headers.iter().enumerate() {
            // The last round leaves out all of them.
            if i != left_out && left_out != headers.len() {
                call = call.header(name, value);
            }
        }
        call.send().problem(401, "invalid_signature");
    }
    assert_eq!(server.stock(product), Stock::of(49, 1, 0));
}

#[test]
fn five_minutes_either_way_are_tolerated() {
    let server = Server::start();
    for seconds in [-290, 290] {
        let (_, order_id) = order(&server);
        Delivery::dated(seconds, &order_id).send(&server).expect(200);
    }
}

#[test]
fn any_of_several_signatures_will_do() {
    let server = Server::start();
    let (_, order_id) = order(&server);
    let mut delivery = Delivery::new(SECRET, &order_id);
    let wrong = sign(WRONG_SECRET, &delivery.id, &delivery.timestamp, &delivery.body);
    delivery.signature = format!("v1a,AAAA {wrong} {} v2,garbage", delivery.signature);
    delivery.send(&server).expect(200);
}

#[test]
fn two_secrets_are_active_during_a_rotation() {
    let both = format!("{SECRET},{OTHER_SECRET}");
    for launch in [
        Launch::new().arg("--webhook-secret", OTHER_SECRET),
        Launch::bare()
            .env("DOORBUSTER_WEBHOOK_SECRET", &both)
            .arg("--admin-key", crate::harness::ADMIN_KEY),
    ] {
        let server = launch.start();
        for secret in [SECRET, OTHER_SECRET] {
            let (_, order_id) = order(&server);
            Delivery::new(secret, &order_id).send(&server).expect(200);
        }
        let (_, order_id) = order(&server);
        let answer = Delivery::new(WRONG_SECRET, &order_id).send(&server);
        answer.problem(401, "invalid_signature");
    }
}

#[test]
fn a_secret_may_hold_commas_only_as_separators_and_must_be_base64() {
    for secret in ["", "whsec_", "whsec_!!!", "plain-text-secret", "whsec_c2hvcnQ= trailing"] {
        let output = Launch::bare().arg("--webhook-secret", secret).output();
        assert!(!output.status.success(), "{secret:?} was taken");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("webhook"), "{said}");
        assert!(secret.len() < 7 || !said.contains(secret), "a secret was printed: {said}");
    }
}

#[test]
fn unsigned_deliveries_are_taken_only_where_the_operator_said_so() {
    let server = Launch::new().flag("--allow-unsigned-webhooks").start();
    server.logged(&["WARN", "signature"]);
    let (_, order_id) = order(&server);
    let body = json!({"event_id": "evt_1", "order_id": order_id, "status": "paid"});
    let unsigned = server.post("/api/payments/webhook").json(&body).send();
    assert_eq!(unsigned.expect(200)["result"], "applied");

    // A signature that is there is checked even then.
    let (product, order_id) = order(&server);
    let wrong = Delivery::new(WRONG_SECRET, &order_id).send(&server);
    wrong.problem(401, "invalid_signature");
    assert_eq!(server.stock(product), Stock::of(49, 1, 0));
    Delivery::new(SECRET, &order_id).send(&server).expect(200);
}

#[test]
fn without_a_secret_nothing_can_be_verified_so_nothing_is_taken() {
    let server = Launch::bare().arg("--admin-key", crate::harness::ADMIN_KEY).start();
    let (product, order_id) = order(&server);
    for secret in [SECRET, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let answer = Delivery::new(secret, &order_id).send(&server);
        answer.problem(401, "invalid_signature");
    }
    assert_eq!(server.stock(product), Stock::of(49, 1, 0));
}

#[test]
fn an_event_without_any_name_is_refused_by_the_missing_field() {
    let server = Launch::new().flag("--allow-unsigned-webhooks").start();
    let (_, order_id) = order(&server);
    let body = json!({"order_id": order_id, "status": "paid"});
    let answer = server.post("/api/payments/webhook").json(&body).send();
    let problem = answer.problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["field"], "event_id", "{problem}");
}
