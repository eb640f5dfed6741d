//! Stripe's own events: who may send them, and what each type does to its order.

use serde_json::{Value, json};

use crate::harness::{
    ADMIN_KEY, Answer, Client, Launch, STRIPE_SECRET, Server, Stock, sign_stripe, text,
    unix_seconds, uuid,
};

const WEBHOOK: &str = "/api/payments/webhook/stripe";
const OTHER_SECRET: &str = "whsec_another_secret_during_a_rotation";

fn stripe() -> Launch {
    Launch::new().arg("--stripe-secret", STRIPE_SECRET)
}

/// Delivers `body` with this header, if any.
fn send(server: &Client, header: Option<&str>, body: &[u8]) -> Answer {
    let mut call = server.post(WEBHOOK).header("Content-Type", "application/json; charset=utf-8");
    if let Some(header) = header {
        call = call.header_bytes("Stripe-Signature", header.as_bytes());
    }
    call.bytes(body).send()
}

/// Delivers an event as Stripe does.
fn deliver(server: &Client, event: &Value) -> Answer {
    let body = event.to_string();
    let header = sign_stripe(STRIPE_SECRET, &unix_seconds(), body.as_bytes());
    send(server, Some(&header), body.as_bytes())
}

fn event(event_type: &str, object: &Value) -> Value {
    let id = format!("evt_{}", uuid());
    json!({"id": id, "object": "event", "type": event_type, "data": {"object": object}})
}

/// What every object says that is about this order: 1999 cents.
fn about(order_id: &str) -> Value {
    json!({
        "metadata": {"order_id": order_id}, "payment_status": "paid", "currency": "usd",
        "amount": 1999, "amount_total": 1999, "amount_received": 1999, "amount_refunded": 1999,
        "refunded": true,
    })
}

#[test]
fn every_type_of_event_does_to_its_order_what_the_contract_says() {
    let server = stripe().start();
    let product = server.units(50);
    // The states of the order before and after, and what the events are answered.
    for (events, answers) in [
        (&["checkout.session.completed"][..], &["applied paid"][..]),
        (&["checkout.session.async_payment_succeeded"], &["applied paid"]),
        (&["payment_intent.succeeded"], &["applied paid"]),
        (&["checkout.session.expired"], &["applied cancelled"]),
        (&["checkout.session.async_payment_failed"], &["applied cancelled"]),
        (&["payment_intent.canceled"], &["applied cancelled"]),
        (
            &["payment_intent.payment_failed", "payment_intent.succeeded"],
            &["ignored pending", "applied paid"],
        ),
        (
            &["checkout.session.completed", "payment_intent.succeeded", "charge.refunded"],
            &["applied paid", "ignored paid", "applied refunded"],
        ),
        (
            &["charge.refunded", "payment_intent.succeeded"],
            &["ignored pending", "applied refunded"],
        ),
        (
            &["payment_intent.canceled", "payment_intent.succeeded"],
            &["applied cancelled", "applied paid"],
        ),
        (&["charge.succeeded", "payment_intent.succeeded"], &["ignored -", "applied paid"]),
    ] {
        let order_id = server.order_id(product, 1);
        let told: Vec<String> = events
            .iter()
            .map(|event_type| {
                let answer = deliver(&server, &event(event_type, &about(&order_id))).expect(200);
                let state = answer["order_status"].as_str().unwrap_or("-");
                format!("{} {state}", text(&answer["result"]))
            })
            .collect();
        assert_eq!(told, answers, "{events:?}");
    }
}

#[test]
fn a_partial_refund_and_a_failed_attempt_are_recorded_and_leave_the_order_as_it_is() {
    let server = stripe().start();
    let product = server.units(9);
    let order_id = server.order_id(product, 1);
    let failed = event("payment_intent.payment_failed", &about(&order_id));
    deliver(&server, &failed).expect(200);
    deliver(&server, &event("payment_intent.succeeded", &about(&order_id))).expect(200);
    let mut part = about(&order_id);
    part["refunded"] = false.into();
    part["amount_refunded"] = 500.into();
    let part = event("charge.refunded", &part);
    for result in ["ignored", "duplicate"] {
        let answer = deliver(&server, &part).expect(200);
        assert_eq!((&answer["result"], &answer["order_status"]), (&result.into(), &"paid".into()));
    }
    let all = event("charge.refunded", &about(&order_id));
    assert_eq!(deliver(&server, &all).expect(200)["order_status"], "refunded");
    assert_eq!(server.stock(product), Stock::of(8, 0, 1), "not restocked");
    let story = server.get(&format!("/api/admin/story?id={order_id}")).admin().send().expect(200);
    let refund = story["stories"][0]["journal"].as_array().unwrap().last().unwrap();
    assert_eq!((&refund["kind"], &refund["event_id"]), (&"order_refunded".into(), &all["id"]));

    let noted = server.get("/api/payments?status=noted").admin().send().expect(200);
    let noted = noted["data"].as_array().unwrap();
    let ids: Vec<_> = noted.iter().map(|payment| &payment["event_id"]).collect();
    assert_eq!(ids, [&part["id"], &failed["id"]]);
    assert!(noted.iter().all(|payment| payment["provider"] == "stripe"));
    assert_eq!(noted[0]["payload"], part);
}

#[test]
fn an_event_that_says_nothing_about_an_order_is_ignored_and_not_recorded() {
    let server = stripe().start();
    let nothing = json!({"metadata": {}, "payment_status": "paid"});
    let foreign = json!({"metadata": {"order_id": "1001"}, "payment_status": "paid"});
    let unpaid = json!({"client_reference_id": uuid(), "payment_status": "unpaid"});
    for event in [
        event("customer.created", &json!({"id": "cus_1"})),
        event("checkout.session.completed", &nothing),
        event("checkout.session.completed", &foreign),
        event("checkout.session.completed", &unpaid),
        json!({"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found"}),
    ] {
        assert_eq!(deliver(&server, &event).expect(200), json!({"result": "ignored"}), "{event}");
    }
    assert!(server.walk("/api/payments", "event_id", 50).is_empty());
}

#[test]
fn an_early_event_waits_for_its_order_and_a_wrong_amount_changes_nothing() {
    let server = stripe().start();
    let product = server.units(9);
    let order_id = uuid();
    let early = event("payment_intent.succeeded", &about(&order_id));
    assert_eq!(deliver(&server, &early).expect(202)["result"], "stored");
    let hold_id = server.hold_id(product, 1);
    let order = json!({"hold_id": hold_id, "order_id": order_id});
    let order = server.post("/api/orders").json(&order).send().expect(201);
    assert_eq!(order["status"], "paid");

    for (field, value) in [("amount_received", json!(1998)), ("currency", json!("eur"))] {
        let order_id = server.order_id(product, 1);
        let mut object = about(&order_id);
        object[field] = value;
        let wrong = event("payment_intent.succeeded", &object);
        for _ in 0..2 {
            let problem = deliver(&server, &wrong).problem(422, "amount_mismatch");
            assert_eq!(problem["expected_amount"], 1999);
        }
        let order = server.get(&format!("/api/orders/{order_id}")).send().expect(200);
        assert_eq!(order["status"], "pending");
    }
}

#[test]
fn malformed_events_are_refused_and_named() {
    let server = stripe().start();
    let paid = |field: &str, value: Value| {
        let mut object = about(&uuid());
        object[field] = value;
        event("payment_intent.succeeded", &object)
    };
    for (event, field) in [
        (json!({"type": "charge.refunded"}), "id"),
        (json!({"id": "evt_1"}), "type"),
        (json!({"id": "evt_1", "type": "charge.refunded"}), "data"),
        (json!([1]), "body"),
        (paid("amount_received", json!("1999")), "amount_received"),
        (paid("currency", json!("usdc")), "currency"),
    ] {
        let problem = deliver(&server, &event).problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let header = sign_stripe(STRIPE_SECRET, &unix_seconds(), b"not json");
    send(&server, Some(&header), b"not json").problem(400, "malformed_json");
}

#[test]
fn a_change_of_any_byte_is_refused() {
    let server = stripe().start();
    let product = server.units(9);
    let order_id = server.order_id(product, 1);
    let body = event("payment_intent.succeeded", &about(&order_id)).to_string();
    let header = sign_stripe(STRIPE_SECRET, &unix_seconds(), body.as_bytes());
    let changed = |text: &str, byte: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[byte] ^= 1; // every character of these stays a visible one
        String::from_utf8(bytes).unwrap()
    };
    for byte in 0..header.len() {
        let header = changed(&header, byte);
        let answer = send(&server, Some(&header), body.as_bytes());
        assert_eq!(answer.any_problem()["code"], "invalid_signature", "{header}");
    }
    for byte in 0..body.len() {
        let body = changed(&body, byte);
        let answer = send(&server, Some(&header), body.as_bytes());
        assert_eq!(answer.any_problem()["code"], "invalid_signature", "{body}");
    }
    assert_eq!(server.stock(product), Stock::of(8, 1, 0));
    assert_eq!(send(&server, Some(&header), body.as_bytes()).expect(200)["result"], "applied");
}

#[test]
fn a_delivery_from_too_long_ago_or_from_the_future_is_refused() {
    let server = stripe().start();
    let product = server.units(9);
    let order_id = server.order_id(product, 1);
    let body = event("payment_intent.succeeded", &about(&order_id)).to_string();
    let now: i64 = unix_seconds().parse().unwrap();
    for (seconds, status) in [(-310, 401), (310, 401), (-290, 200), (290, 200)] {
        let header = sign_stripe(STRIPE_SECRET, &(now + seconds).to_string(), body.as_bytes());
        send(&server, Some(&header), body.as_bytes()).expect_status(status);
    }
}

#[test]
fn two_secrets_are_active_during_a_rotation_and_one_after_it() {
    let with = |secrets: &str| {
        Launch::bare().env("DOORBUSTER_STRIPE_SECRET", secrets).arg("--admin-key", ADMIN_KEY)
    };
    let both = stripe().arg("--stripe-secret", OTHER_SECRET);
    for (launch, old) in [
        (both, 200),
        (with(&format!("{STRIPE_SECRET},{OTHER_SECRET}")), 200),
        (with(OTHER_SECRET), 401),
    ] {
        let server = launch.start();
        let body = event("customer.created", &json!({})).to_string();
        for (secret, status) in [(STRIPE_SECRET, old), (OTHER_SECRET, 200), ("whsec_third", 401)] {
            let header = sign_stripe(secret, &unix_seconds(), body.as_bytes());
            send(&server, Some(&header), body.as_bytes()).expect_status(status);
        }
    }
    let three = with("whsec_a,whsec_b,whsec_c").output();
    let said = String::from_utf8_lossy(&three.stderr);
    assert!(!three.status.success() && said.contains("stripe_secret"), "{said}");
    assert!(!said.contains("whsec_a"), "a secret was printed: {said}");
}

#[test]
fn without_a_secret_nothing_is_believed_unless_the_operator_said_so() {
    let body = event("customer.created", &json!({})).to_string();
    let header = sign_stripe(STRIPE_SECRET, &unix_seconds(), body.as_bytes());
    let believes = |server: &Server, header: Option<&str>| {
        let answer = send(server, header, body.as_bytes());
        if answer.status == 200 {
            return true;
        }
        answer.problem(401, "invalid_signature");
        false
    };
    // The secret of the generic webhook is not one of Stripe's.
    for (launch, unsigned, signed) in [
        (Launch::new(), false, false),
        (stripe(), false, true),
        (Launch::new().flag("--allow-unsigned-webhooks"), true, false),
        (stripe().flag("--allow-unsigned-webhooks"), true, true),
    ] {
        let server = launch.start();
        assert_eq!(believes(&server, None), unsigned);
        assert_eq!(believes(&server, Some(&header)), signed);
        assert!(!believes(&server, Some("t=1,v1=00")));
    }
}
