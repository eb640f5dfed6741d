//! JSON bodies: each call's own reader and a general one agree on what is JSON, which requests are
//! taken and what they ask for; and answers are written as the general writer does.

use doorbuster_domain::{
    Command, CreateProduct, Effect, EventResult, HoldId, Ledger, OrderId, PaymentReport, ProductId,
    RefundOrder, Terms, Timestamp, TotalStock, decide,
};
use serde::Serialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

use super::general_json::Json;
use crate::http::flat_json;
use crate::http::head::{Field, Headers};
use crate::http::holds::{self, read_place};
use crate::http::input::Fields;
use crate::http::input::idempotency;
use crate::http::orders::{self, read_create, read_restock};
use crate::http::payments;
use crate::http::problem::Problem;
use crate::http::products::{self, read_change, read_creation};
use crate::http::resources::{HoldJson, PaymentJson, ProductJson};
use crate::http::stripe;

/// When everything happens: 2026-11-27T09:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_795_770_000_000);

/// From this many on, which wrong fields are told depends on their order.
const MANY_ERRORS: usize = 20;

/// A call that takes a JSON body, and the names that it knows if it refuses all others.
type Call = (fn(&[u8]) -> Result<Option<Command>, Problem>, Option<&'static [&'static str]>);

/// Every call that takes one.
const CALLS: [Call; 7] = [
    (place, Some(holds::PLACE)),
    (create_order, Some(orders::CREATE)),
    (refund, Some(orders::REFUND)),
    (create_product, Some(products::CREATE)),
    (change_product, Some(products::CHANGE)),
    (payment, None),
    (stripe_payment, None),
];

/// Takes the bytes for the body of every call, and for a text within one.
///
/// # Panics
/// When two readers or two writers differ.
pub fn bodies(data: &[u8]) {
    let body = Body::of(data);
    CALLS.iter().for_each(|call| body.check(call));
    let Ok(text) = str::from_utf8(data) else { return };
    let [hold, _, _, product, ..] = &CALLS;
    let with_text = serde_json::json!({"product_id": 1, "qty": 1, "customer_id": text});
    Body::of(with_text.to_string().as_bytes()).check(hold);
    let with_text = serde_json::json!({"name": text, "total_stock": 1, "price": 1});
    Body::of(with_text.to_string().as_bytes()).check(product);
}

/// A body, and what the general reader makes of it.
struct Body<'d> {
    data: &'d [u8],
    is_json: bool,
    /// It knows neither lone surrogates nor numbers and depths beyond its own.
    general: Option<Json>,
    rewritten: Option<String>,
}

impl<'d> Body<'d> {
    fn of(data: &'d [u8]) -> Self {
        let text = str::from_utf8(data).ok().filter(|text| !text.is_empty());
        let is_json = text.is_some_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        let general = text.and_then(|text| serde_json::from_str::<Json>(text).ok());
        let rewritten = general.as_ref().filter(|json| json.is_plain()).map(Json::rewritten);
        Self { data, is_json, general, rewritten }
    }

    /// What this call makes of the body is what the general reader makes of it.
    fn check(&self, (read, known): &Call) {
        let (told, problem) = told(read(self.data));
        if let Some(problem) = problem {
            let malformed = matches!(problem, Problem::MalformedJson(_));
            assert!(malformed || self.is_json, "what is not JSON was read: {told:?}");
            assert!(!malformed || self.general.is_none(), "JSON was not read: {told:?}");
            assert_is_told(problem);
        } else {
            assert!(self.is_json, "what is not JSON was taken");
        }
        let (Some(rewritten), Some(json)) = (&self.rewritten, &self.general) else { return };
        assert_eq!(self::told(read(rewritten.as_bytes())).0, told, "as {rewritten}");
        if let Ok(Some(command)) = &told {
            let members = json.members().expect("a body that was taken is an object");
            let is_known = |name: &str| known.is_none_or(|known| known.contains(&name));
            assert!(members.iter().all(|(name, _)| is_known(name)), "an unknown name");
            assert_says(json, command);
            assert_written(command);
        }
    }
}

/// What a body came to, made comparable: without the payload, and with errors in one order.
fn told(
    read: Result<Option<Command>, Problem>,
) -> (Result<Option<Command>, Vec<String>>, Option<Problem>) {
    match read {
        Ok(Some(Command::RecordPayment(report))) => {
            let report = PaymentReport { payload: "".into(), ..report };
            (Ok(Some(Command::RecordPayment(report))), None)
        }
        Ok(command) => (Ok(command), None),
        Err(Problem::Invalid(errors)) => {
            let mut lines: Vec<String> =
                errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
            lines.sort_unstable();
            lines.truncate(if lines.len() < MANY_ERRORS { MANY_ERRORS } else { 0 });
            (Err(lines), Some(Problem::Invalid(errors)))
        }
        Err(problem) => (Err(vec![format!("{problem:?}")]), Some(problem)),
    }
}

/// A refusal is the client's mistake, and JSON.
fn assert_is_told(problem: Problem) {
    let response = problem.into_response(NOW);
    assert!(matches!(response.status.as_u16(), 400 | 422), "{}", response.status);
    let body: Result<Json, _> = serde_json::from_slice(&response.body);
    assert!(body.is_ok_and(|body| body.members().is_some()), "{:?}", response.body);
}

/// The general reader finds in `json` what the command asks for.
fn assert_says(json: &Json, command: &Command) {
    let number = |name: &str| json.integer(&[name]);
    let id = |names: &[&str]| json.text(names).and_then(|id| Uuid::try_parse(id).ok());
    match command {
        Command::PlaceHold(place) => {
            assert_eq!(number("product_id"), Some(place.product_id.get().into()));
            assert_eq!(json.integer(&["qty", "quantity"]), Some(place.qty.get().into()));
            assert_eq!(
                json.text(&["customer_id"]),
                place.customer_id.as_ref().map(|it| it.as_str())
            );
        }
        Command::CreateOrder(create) => {
            assert_eq!(id(&["hold_id", "hold_token"]), Some(create.hold_id.uuid()));
            assert_eq!(id(&["order_id"]), create.order_id.chosen().map(OrderId::uuid));
        }
        Command::RefundOrder(refund) => {
            let restock = json.member(&["restock"]);
            assert!(matches!(restock, Some(Json::Bool(it)) if *it == refund.restock));
        }
        Command::CreateProduct(CreateProduct { id, terms, total }) => {
            assert_eq!(number("total_stock"), Some(total.get().into()));
            assert_eq!(number("id"), id.map(|id| id.get().into()));
            assert_terms(json, terms);
        }
        Command::ChangeProduct(change) => {
            assert_eq!(number("price"), change.price.map(|it| it.get().into()));
            assert_eq!(json.text(&["name"]), change.name.as_ref().map(|it| it.as_str()));
            let given =
                |name: &str| json.members().is_some_and(|it| it.iter().any(|m| m.0 == name));
            assert_eq!(given("closes_at"), change.closes_at.is_some());
            assert_eq!(given("total_stock") || given("add_stock"), change.stock.is_some());
        }
        // Stripe's say it deeper inside.
        Command::RecordPayment(report) if json.member(&["data"]).is_none() => {
            assert_eq!(id(&["order_id"]), Some(report.order_id.uuid()));
            assert_eq!(number("amount"), report.amount.map(Into::into));
            let event_id = json.text(&["event_id", "idempotency_key"]).unwrap_or(KEY);
            assert_eq!(event_id, report.key.event_id.as_str());
        }
        Command::RecordPayment(_)
        | Command::ReleaseHold(_)
        | Command::ExtendHold(_)
        | Command::CancelOrder(_)
        | Command::ExpireDue { .. } => {}
    }
}

fn assert_terms(json: &Json, terms: &Terms) {
    let number = |name: &str| json.integer(&[name]);
    assert_eq!(json.text(&["name"]), Some(terms.name.as_str()));
    assert_eq!(json.text(&["code"]), terms.code.as_ref().map(|it| it.as_str()));
    assert_eq!(number("price"), Some(terms.price.get().into()));
    assert_eq!(number("max_per_customer"), terms.max_per_customer.map(|it| it.get().into()));
    let of_holds = number("hold_seconds").unwrap_or(Terms::DEFAULT_HOLD_SECONDS.get().into());
    assert_eq!(of_holds, terms.hold_seconds.get().into());
    assert_eq!(json.text(&["opens_at"]).is_some(), terms.opens_at.is_some());
}

/// What is answered to the command, if its shop can do it, is written alike by both writers.
fn assert_written(command: &Command) {
    let mut ledger = Ledger::new();
    match command {
        Command::CreateProduct(_) => {
            if let Ok(Effect::Product(product)) = decide(&mut ledger, NOW, command) {
                assert_same_json(&ProductJson::of(&product, NOW));
            }
        }
        Command::PlaceHold(place) => {
            let (Ok(name), Some(price)) = (
                doorbuster_domain::ProductName::new("Flash Sale Item"),
                doorbuster_domain::Price::new(9_999),
            ) else {
                return;
            };
            let id = Some(place.product_id);
            let create =
                CreateProduct { id, terms: Terms::new(name, price), total: TotalStock::MAX };
            let created = decide(&mut ledger, NOW, &Command::CreateProduct(create));
            assert!(created.is_ok(), "{created:?}");
            if let Ok(Effect::Hold { hold, .. }) = decide(&mut ledger, NOW, command) {
                assert_same_json(&HoldJson::of(&hold, NOW));
            }
        }
        Command::RecordPayment(report) => {
            let report = PaymentReport { payload: "{\"as\": \"sent\"}".into(), ..report.clone() };
            assert_same_json(&PaymentJson::of(&report.recorded(NOW, EventResult::Applied)));
        }
        Command::ReleaseHold(_)
        | Command::ExtendHold(_)
        | Command::CreateOrder(_)
        | Command::CancelOrder(_)
        | Command::RefundOrder(_)
        | Command::ChangeProduct(_)
        | Command::ExpireDue { .. } => {}
    }
}

fn assert_same_json(value: &impl Serialize) {
    let general = serde_json::to_vec(value).expect("answers are JSON");
    let mut flat = Vec::new();
    if flat_json::write(value, &mut flat) {
        assert_eq!(String::from_utf8_lossy(&flat), String::from_utf8_lossy(&general));
    }
    let read: Result<Json, _> = serde_json::from_slice(&general);
    assert!(read.is_ok(), "{read:?}");
}

/// The idempotency key that comes with every body.
const KEY: &str = "k-1";

fn headers() -> Headers<'static> {
    const FIELDS: &[Field<'static>] = &[Field { name: idempotency::NAME, value: KEY.as_bytes() }];
    Headers::of(FIELDS)
}

fn place(body: &[u8]) -> Result<Option<Command>, Problem> {
    let id = |_| HoldId::new(Uuid::from_u128(1));
    let read = read_place(Fields::strict(body, holds::PLACE)?, headers(), id)?;
    Ok(Some(Command::PlaceHold(read)))
}

fn create_order(body: &[u8]) -> Result<Option<Command>, Problem> {
    let id = |_| OrderId::new(Uuid::from_u128(2));
    let read = read_create(Fields::strict(body, orders::CREATE)?, headers(), id)?;
    Ok(Some(Command::CreateOrder(read)))
}

fn refund(body: &[u8]) -> Result<Option<Command>, Problem> {
    let restock = read_restock(Fields::strict(body, orders::REFUND)?)?;
    let order_id = OrderId::new(Uuid::from_u128(2));
    Ok(Some(Command::RefundOrder(RefundOrder { order_id, restock })))
}

fn create_product(body: &[u8]) -> Result<Option<Command>, Problem> {
    let read = read_creation(Fields::strict(body, products::CREATE)?)?;
    Ok(Some(Command::CreateProduct(read)))
}

fn change_product(body: &[u8]) -> Result<Option<Command>, Problem> {
    let read = read_change(ProductId::MAX, Fields::strict(body, products::CHANGE)?)?;
    Ok(Some(Command::ChangeProduct(read)))
}

fn payment(body: &[u8]) -> Result<Option<Command>, Problem> {
    let report = payments::read_event(body, headers())?;
    assert_eq!(report.payload.as_bytes(), body, "the payload is the body as it came");
    Ok(Some(Command::RecordPayment(report)))
}

fn stripe_payment(body: &[u8]) -> Result<Option<Command>, Problem> {
    let Some(report) = stripe::read_event(body)? else { return Ok(None) };
    assert_eq!(report.payload.as_bytes(), body, "the payload is the body as it came");
    Ok(Some(Command::RecordPayment(report)))
}
