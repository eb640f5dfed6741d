//! Payment events: what providers tell us.

use doorbuster_domain::{
    Command, Effect, EventId, EventKey, PaymentReport, PaymentResult, Provider,
};
use doorbuster_engine::{Page, PaymentFilter};

use super::answer::{self, Answer};
use super::body::require_json;
use super::call::{Call, another_command};
use super::head::{self, Headers};
use super::input::cursor::RecordNumber;
use super::input::list::{self, Filters, PageOf};
use super::input::value::{amount, currency, order_id, payment_status, text};
use super::input::{Fields, idempotency, json};
use super::openapi::{examples, requests};
use super::problem::{FieldError, Problem};
use super::resources::{List, PaymentAnswerJson, PaymentJson};

/// What `POST /api/payments/webhook` reads; the rest of the body is stored with it.
pub(super) const WEBHOOK: &[&str] =
    &["event_id", "idempotency_key", "order_id", "status", "amount", "currency"];

/// The name of an event where the body has none, after `Idempotency-Key`.
const WEBHOOK_ID: &str = "webhook-id";

/// The header that a signature is in, which is checked wherever it is there.
const SIGNATURE: &str = "webhook-signature";

/// Take a payment event
///
/// Signed by Standard Webhooks. An event has at most one effect, however often, late or
/// concurrently it arrives. Fields beyond those below are taken and stored with the rest of the
/// body. `idempotency_key` is taken for `event_id`; a body without either takes its event id from
/// `webhook-id` if it is signed. Unsigned ones, where they are taken, have it from the header
/// `Idempotency-Key`, failing that from `webhook-id`.
#[utoipa::path(
    post, path = "/api/payments/webhook", tag = "webhooks", operation_id = "receivePayment",
    security(("webhook_signature" = [])),
    params(requests::WebhookHeaders),
    request_body(
        content = requests::PaymentEvent,
        examples(
            ("paid" = (value = json!(examples::paid_event()))),
            ("failed" = (value = json!(examples::failed_event()))),
        )
    ),
    responses(
        (
            status = 200, description = "What became of the event", body = PaymentAnswerJson,
            examples(
                ("applied" = (value = json!(examples::payment_answer(PaymentResult::Applied)))),
                ("duplicate" = (value = json!(examples::payment_answer(PaymentResult::Duplicate)))),
                ("ignored" = (value = json!(examples::payment_answer(PaymentResult::Ignored)))),
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
    record(&call, read_event(call.body, call.headers())?).await
}

/// What a delivery reports.
///
/// # Errors
/// When it is not JSON, or a field or header is wrong.
pub(super) fn read_event(body: &[u8], headers: Headers<'_>) -> Result<PaymentReport, Problem> {
    let payload = json::text(body)?;
    let mut fields = Fields::lenient(payload, WEBHOOK)?;
    let event_id = event_id(&mut fields, headers);
    let order_id = fields.required("order_id", order_id);
    let kind = fields.required("status", payment_status);
    let amount = fields.optional("amount", amount);
    let currency = fields.optional("currency", currency);
    let (event_id, (order_id, kind)) = fields.finish(event_id.zip(order_id.zip(kind)))?;

    let key = EventKey { provider: Provider::Generic, event_id };
    let payload = payload.into();
    Ok(PaymentReport { key, order_id, kind, amount, currency, payload })
}

/// Has a payment event decided and committed; says what became of it.
pub(super) async fn record(call: &Call<'_>, report: PaymentReport) -> Answer {
    let Effect::Payment(payment) = call.submit(Command::RecordPayment(report)).await? else {
        return Err(another_command());
    };
    let json = PaymentAnswerJson::of(&payment);
    match payment.result {
        PaymentResult::Stored => answer::accepted(&json),
        PaymentResult::Applied | PaymentResult::Duplicate | PaymentResult::Ignored => {
            answer::ok(&json)
        }
    }
}

/// The event's id: from the body under either name, else from a header. A delivery that is signed
/// is named by what its signature covers; otherwise whoever has captured one could send it again
/// under other names.
fn event_id(fields: &mut Fields<'_>, headers: Headers<'_>) -> Option<EventId> {
    const NAMES: [&str; 2] = ["event_id", "idempotency_key"];
    if NAMES.iter().any(|name| fields.is_given(name)) {
        return fields.optional_as(&NAMES, text(EventId::new));
    }
    let is_signed = headers.first(SIGNATURE).is_some();
    let in_header = idempotency::text(headers)
        .map_err(|message| FieldError::new(idempotency::NAME, message))
        .map(|text| text.map(|text| (idempotency::NAME, text)));
    let in_header = if is_signed { Ok(None) } else { in_header };
    let named = fields.header(in_header)?.or_else(|| {
        let id = headers.first(WEBHOOK_ID).and_then(head::text)?;
        Some((WEBHOOK_ID, id.into()))
    });
    let Some((header, id)) = named else {
        fields.wrong("event_id", "is required");
        return None;
    };
    let id = EventId::new(&id);
    fields.header(id.map_err(|error| FieldError::new(header, error.to_string())))
}

/// List payment events
///
/// Newest first; every filter must match. `status` is what the event says, `result` what became of
/// it: those that wait for their order are `stored`.
#[utoipa::path(
    get, path = "/api/payments", tag = "admin", operation_id = "listPayments",
    security(("admin_key" = [])),
    params(requests::Page, requests::PaymentFilters, requests::PaymentResults),
    responses((
        status = 200, description = "One page of payment events", body = List<PaymentJson<'_>>,
        example = json!(examples::list(&examples::payment()))
    ))
)]
pub(super) async fn list(call: Call<'_>) -> Answer {
    let mut query = call.query();
    let page = PageOf::<RecordNumber>::of(&mut query);
    let filters = Filters::of(&mut query, list::event_status);
    let result = query.optional("result", list::event_result);
    let Filters { product_id, status, customer_id, order_id } = query.finish(Some(filters))?;
    let filter =
        PaymentFilter { product_id, kind: status, customer_id, order_id, event_id: None, result };
    let before = page.after.map(|RecordNumber(number)| number);
    let rows = Page { before, limit: page.fetch() };
    let mut payments = call.app.reader.payments(filter, rows).await?;
    let next_cursor = page.cut(&mut payments, |(number, _)| RecordNumber(*number));
    let data = payments.iter().map(|(_, event)| PaymentJson::of(event)).collect();
    answer::ok(&List { data, next_cursor })
}
