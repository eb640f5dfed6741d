//! Stripe's own events (<https://docs.stripe.com/api/events/types>), as far as they say something
//! about an order.

use std::collections::HashMap;

use doorbuster_domain::{
    Currency, EventId, EventKey, OrderId, PaymentKind, PaymentReport, PaymentResult, Provider,
    TextError,
};
use serde_json::value::RawValue;

use super::answer::{self, Answer};
use super::body::require_json;
use super::call::Call;
use super::input::value::{amount, boolean, canonical_uuid, currency, text};
use super::input::{Fields, json};
use super::openapi::{examples, requests};
use super::payments;
use super::problem::Problem;
use super::resources::PaymentAnswerJson;

/// What is read of an event; all of it is stored.
pub(super) const EVENT: &[&str] = &["id", "type", "data"];

/// What is read of the object that an event is about: a Checkout session, a payment intent or a
/// charge.
const OBJECT: &[&str] = &[
    "payment_status",
    "refunded",
    "amount",
    "amount_total",
    "amount_received",
    "amount_refunded",
    "currency",
];

/// Take one of Stripe's events
///
/// Signed by Stripe with the secret of its endpoint. The order is `metadata.order_id` of the
/// event's object or, failing that, `client_reference_id`. `checkout.session.completed` (when
/// paid), `checkout.session.async_payment_succeeded` and `payment_intent.succeeded` pay it;
/// `checkout.session.expired`, `checkout.session.async_payment_failed` and
/// `payment_intent.canceled` fail it; `payment_intent.payment_failed` is recorded and leaves it
/// pending; a full `charge.refunded` refunds it without restocking, a partial one is recorded. Any
/// other event is `ignored` and not recorded.
#[utoipa::path(
    post, path = "/api/payments/webhook/stripe", tag = "webhooks",
    operation_id = "receiveStripeEvent",
    security(("stripe_signature" = [])),
    params(requests::StripeHeaders),
    request_body(content = requests::StripeEvent, example = json!(examples::stripe_event())),
    responses(
        (
            status = 200, description = "What became of the event", body = PaymentAnswerJson,
            examples(
                ("applied" = (value = json!(examples::payment_answer(PaymentResult::Applied)))),
                ("duplicate" = (value = json!(examples::payment_answer(PaymentResult::Duplicate)))),
                ("ignored" = (value = json!(examples::payment_answer(PaymentResult::Ignored)))),
                ("no order" = (value = json!(examples::no_order_answer()))),
            )
        ),
        (
            status = 202,
            description = "The order does not exist yet: the event is kept, and applied in the \
                           commit that creates it",
            body = PaymentAnswerJson,
            example = json!(examples::payment_answer(PaymentResult::Stored))
        ),
    )
)]
pub(super) async fn webhook(call: Call<'_>) -> Answer {
    require_json(call.headers())?;
    match read_event(call.body)? {
        Some(report) => payments::record(&call, report).await,
        None => answer::ok(&PaymentAnswerJson::of_no_order()),
    }
}

/// What a delivery reports; `None` where that is nothing, or about no order of ours.
///
/// # Errors
/// When it is not JSON, or a field is wrong.
pub(super) fn read_event(body: &[u8]) -> Result<Option<PaymentReport>, Problem> {
    let payload = json::text(body)?;
    let mut event = Fields::lenient(payload, EVENT)?;
    let event_id = event.required("id", text(EventId::new));
    let event_type = event.required("type", text(any));
    let (event_id, event_type) = event.finish(event_id.zip(event_type))?;
    let Some(told) = read(&event_type, payload)? else { return Ok(None) };
    let Told { order_id, kind, amount, currency } = told;
    let key = EventKey { provider: Provider::Stripe, event_id };
    let payload = payload.into();
    Ok(Some(PaymentReport { key, order_id, kind, amount, currency, payload }))
}

/// What an event says about an order.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    order_id: OrderId,
    kind: PaymentKind,
    amount: Option<u64>,
    currency: Option<Currency>,
}

/// What an event of this type says; `None` where that is nothing, or about no order of ours.
fn read(event_type: &str, payload: &str) -> Result<Option<Told>, Problem> {
    let Some(about) = About::of(event_type) else { return Ok(None) };
    let Some(object) = member(payload, "data").and_then(|data| member(data, "object")) else {
        return Err(Problem::field("data", "must have the object that the event is about"));
    };
    let Some(order_id) = order_id(object)? else { return Ok(None) };
    let mut fields = Fields::lenient(object, OBJECT)?;
    let paid = fields.optional("payment_status", text(any));
    let refunded = fields.optional("refunded", boolean);
    let amounts = [
        fields.optional("amount", amount),
        fields.optional("amount_total", amount),
        fields.optional("amount_received", amount),
        fields.optional("amount_refunded", amount),
    ];
    let currency = fields.optional("currency", currency);
    fields.finish(Some(()))?;

    let [amount, amount_total, amount_received, amount_refunded] = amounts;
    let (kind, amount) = match (about, paid.as_deref()) {
        (About::Completed, Some("paid")) => (PaymentKind::Paid, amount_total),
        // Nothing was to be paid: right for an order that costs nothing, and for no other.
        (About::Completed, Some("no_payment_required")) => {
            (PaymentKind::Paid, Some(amount_total.unwrap_or(0)))
        }
        (About::Completed, _) => return Ok(None), // its payment takes time, and has its own event
        (About::SessionPaid, _) => (PaymentKind::Paid, amount_total),
        (About::SessionFailed, _) => (PaymentKind::Failed, amount_total),
        (About::IntentPaid, _) => (PaymentKind::Paid, amount_received),
        (About::IntentFailed, _) => (PaymentKind::Failed, amount),
        (About::Refund, _) if refunded == Some(true) => (PaymentKind::Refunded, amount_refunded),
        (About::Attempt | About::Refund, _) => return Ok(Some(Told::noted(order_id))),
    };
    Ok(Some(Told { order_id, kind, amount, currency }))
}

impl Told {
    /// Nothing that changes the order. Its amount is not the order's, and need not be.
    const fn noted(order_id: OrderId) -> Self {
        Self { order_id, kind: PaymentKind::Noted, amount: None, currency: None }
    }
}

/// What types of events are about, of those that say something about an order.
#[derive(Clone, Copy, Debug)]
enum About {
    /// A buyer came to the end of a Checkout session; whether it is paid is in the session.
    Completed,
    /// The payment of a session arrived later.
    SessionPaid,
    /// A session can no longer be paid.
    SessionFailed,
    /// The payment arrived.
    IntentPaid,
    /// There will be no payment.
    IntentFailed,
    /// One attempt at paying failed; the buyer may try another card.
    Attempt,
    /// Money went back, all of it or a part.
    Refund,
}

impl About {
    fn of(event_type: &str) -> Option<Self> {
        Some(match event_type {
            "checkout.session.completed" => Self::Completed,
            "checkout.session.async_payment_succeeded" => Self::SessionPaid,
            "checkout.session.expired" | "checkout.session.async_payment_failed" => {
                Self::SessionFailed
            }
            "payment_intent.succeeded" => Self::IntentPaid,
            "payment_intent.canceled" => Self::IntentFailed,
            "payment_intent.payment_failed" => Self::Attempt,
            "charge.refunded" => Self::Refund,
            _ => return None,
        })
    }
}

/// The order that an object names. A name that is no id of an order's is somebody else's: one
/// account of Stripe's may serve several shops.
fn order_id(object: &str) -> Result<Option<OrderId>, Problem> {
    let metadata = member(object, "metadata").filter(|metadata| metadata.starts_with('{'));
    let name = match metadata {
        Some(metadata) => named(metadata, &["order_id"])?,
        None => None,
    };
    let name = match name {
        Some(name) => Some(name),
        None => named(object, &["client_reference_id"])?,
    };
    Ok(name.as_deref().and_then(canonical_uuid).map(OrderId::new))
}

/// The text that an object has under this one name.
fn named(object: &str, name: &'static [&'static str; 1]) -> Result<Option<String>, Problem> {
    let mut fields = Fields::lenient(object, name)?;
    let text = fields.optional(name[0], text(any));
    fields.finish(Some(text))
}

/// A member of a JSON object, as it is written there.
fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let members: HashMap<String, &RawValue> = serde_json::from_str(json).ok()?;
    members.get(name).map(|value| value.get())
}

/// Any text.
fn any(text: &str) -> Result<String, TextError> {
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests;
