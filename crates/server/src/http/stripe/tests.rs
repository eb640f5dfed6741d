//! What each type of event comes to, for objects as Stripe documents them.

use serde_json::{Value, json};

use super::*;

const ORDER: &str = "019ab3c4-9f21-7b3c-8d4e-5f60718293a4";

/// What an event of this type about `object` says, in a few words.
fn told(event_type: &str, object: &Value) -> String {
    let event = json!({"id": "evt_1", "type": event_type, "data": {"object": object}});
    match read(event_type, &event.to_string()) {
        Ok(None) => "ignored".into(),
        Ok(Some(Told { order_id, kind, amount, currency })) => {
            assert_eq!(order_id.to_string(), ORDER);
            let amount = amount.map_or("-".into(), |amount| amount.to_string());
            let currency = currency.map_or("-".into(), |currency| currency.to_string());
            format!("{kind:?} {amount} {currency}")
        }
        Err(Problem::Invalid(errors)) => format!("{} is wrong", errors[0].field),
        Err(problem) => format!("{problem:?}"),
    }
}

/// A Checkout session, with these members over its own.
fn session(members: Value) -> Value {
    with(
        json!({
            "id": "cs_1", "object": "checkout.session", "client_reference_id": ORDER,
            "metadata": {}, "amount_total": 1999, "currency": "usd", "payment_status": "unpaid",
        }),
        members,
    )
}

fn intent(members: Value) -> Value {
    with(
        json!({
            "id": "pi_1", "object": "payment_intent", "metadata": {"order_id": ORDER},
            "amount": 1999, "amount_received": 0, "currency": "usd",
        }),
        members,
    )
}

fn charge(members: Value) -> Value {
    with(
        json!({
            "id": "ch_1", "object": "charge", "metadata": {"order_id": ORDER}, "amount": 1999,
            "amount_refunded": 0, "refunded": false, "currency": "usd",
        }),
        members,
    )
}

fn with(mut object: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("not an object: {members}") };
    object.as_object_mut().unwrap().extend(members);
    object
}

#[test]
fn every_type_of_event_has_its_result() {
    let paid = json!({"payment_status": "paid"});
    let received = json!({"amount_received": 1999});
    for (event_type, object, expected) in [
        ("checkout.session.completed", session(paid.clone()), "Paid 1999 USD"),
        ("checkout.session.completed", session(json!({})), "ignored"),
        ("checkout.session.async_payment_succeeded", session(paid), "Paid 1999 USD"),
        ("checkout.session.expired", session(json!({})), "Failed 1999 USD"),
        ("checkout.session.async_payment_failed", session(json!({})), "Failed 1999 USD"),
        ("payment_intent.succeeded", intent(received), "Paid 1999 USD"),
        ("payment_intent.canceled", intent(json!({})), "Failed 1999 USD"),
        ("payment_intent.payment_failed", intent(json!({})), "Noted - -"),
        (
            "charge.refunded",
            charge(json!({"amount_refunded": 1999, "refunded": true})),
            "Refunded 1999 USD",
        ),
        ("charge.refunded", charge(json!({"amount_refunded": 500})), "Noted - -"),
        ("payment_intent.created", intent(json!({})), "ignored"),
        ("charge.succeeded", charge(json!({})), "ignored"),
        ("charge.dispute.created", charge(json!({})), "ignored"),
        ("invoice.paid", json!(17), "ignored"),
        ("checkout.session.completed.not", session(json!({})), "ignored"),
        ("", json!(null), "ignored"),
    ] {
        assert_eq!(told(event_type, &object), expected, "{event_type} {object}");
    }
}

#[test]
fn a_session_without_anything_to_pay_pays_only_an_order_that_costs_nothing() {
    let nothing = json!({"payment_status": "no_payment_required", "amount_total": null});
    assert_eq!(told("checkout.session.completed", &session(nothing)), "Paid 0 USD");
    let discounted = json!({"payment_status": "no_payment_required", "amount_total": 0});
    assert_eq!(told("checkout.session.completed", &session(discounted)), "Paid 0 USD");
}

#[test]
fn the_order_is_named_by_the_metadata_before_the_reference() {
    let other = "019ab3c4-0000-7000-8000-000000000000";
    let paid = |members| with(session(json!({"payment_status": "paid"})), members);
    for (members, expected) in [
        (json!({"metadata": {"order_id": ORDER}, "client_reference_id": other}), "Paid 1999 USD"),
        (json!({"metadata": null}), "Paid 1999 USD"),
        (json!({"metadata": {"order_id": null}}), "Paid 1999 USD"),
        (json!({"metadata": {"order": other}}), "Paid 1999 USD"),
        (json!({"client_reference_id": ORDER.to_uppercase()}), "Paid 1999 USD"),
        (json!({"metadata": {"order_id": "1001"}}), "ignored"),
        (json!({"client_reference_id": "cart-17"}), "ignored"),
        (json!({"client_reference_id": null}), "ignored"),
        // Somebody else's event is nobody's business here, whatever is in it.
        (json!({"client_reference_id": null, "currency": "usdc", "amount_total": -1}), "ignored"),
    ] {
        assert_eq!(
            told("checkout.session.completed", &paid(members.clone())),
            expected,
            "{members}"
        );
    }
}

#[test]
fn what_cannot_be_compared_is_wrong() {
    let paid = |members| with(session(json!({"payment_status": "paid"})), members);
    for (members, expected) in [
        (json!({"amount_total": "1999"}), "amount_total is wrong"),
        (json!({"amount_total": -1}), "amount_total is wrong"),
        (json!({"currency": "usdc"}), "currency is wrong"),
        (json!({"payment_status": 1}), "payment_status is wrong"),
        (json!({"metadata": {"order_id": 1}}), "order_id is wrong"),
        (json!({"amount_total": null, "currency": null}), "Paid - -"),
    ] {
        assert_eq!(
            told("checkout.session.completed", &paid(members.clone())),
            expected,
            "{members}"
        );
    }
    let refunded = charge(json!({"refunded": "yes"}));
    assert_eq!(told("charge.refunded", &refunded), "refunded is wrong");
    for event in
        [json!({}), json!({"data": 1}), json!({"data": {}}), json!({"data": {"object": 1}})]
    {
        assert!(read("charge.refunded", &event.to_string()).is_err(), "{event}");
    }
}
