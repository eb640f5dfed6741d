//! Holds: units set aside for one buyer for a short time.

use doorbuster_domain::{Command, CustomerId, Effect, HoldId, PlaceHold, ProductId, Refusal};
use doorbuster_engine::{HoldFilter, Page};

use super::answer::{self, Answer, Location};
use super::call::{Call, another_command};
use super::head::Headers;
use super::input::list::{self, Filters, PageOf};
use super::input::value::{product_id, quantity, text};
use super::input::{Fields, idempotency};
use super::openapi::{examples, requests};
use super::problem::Problem;
use super::resources::{HoldJson, List};

/// What `POST /api/holds` takes.
pub(super) const PLACE: &[&str] = &["product_id", "qty", "quantity", "customer_id"];

/// Place a hold
///
/// Sets units aside for one buyer until `expires_at`, at the price of this moment. A product with a
/// limit per customer needs a `customer_id`. `quantity` is taken for `qty`.
#[utoipa::path(
    post, path = "/api/holds", tag = "storefront", operation_id = "placeHold",
    params(requests::IdempotencyKeyHeader),
    request_body(
        content = requests::NewHold,
        examples(
            ("hold" = (value = json!({"product_id": 1, "qty": 2}))),
            ("hold for a customer" = (
                value = json!({"product_id": 1, "qty": 2, "customer_id": "customer-17"})
            )),
        )
    ),
    responses(
        (
            status = 201, description = "The hold, with its address", body = HoldJson<'_>,
            headers(("Location" = String, description = "The hold's address")),
            example = json!(examples::hold())
        ),
        (
            status = 200,
            description = "The hold that an earlier request with the same key made, as it is now",
            body = HoldJson<'_>,
            headers(("Idempotency-Replayed" = String, description = "`true`")),
            example = json!(examples::hold())
        ),
    )
)]
pub(super) async fn place(call: Call<'_>) -> Answer {
    let fresh_id = |product_id| call.app.engine.fresh_hold_id(product_id);
    let place = read_place(call.fields(PLACE)?, call.headers(), fresh_id)?;
    let Effect::Hold { hold, replayed } = call.submit(Command::PlaceHold(place)).await? else {
        return Err(another_command());
    };
    let json = HoldJson::of(&hold, call.now());
    answer::created_once(Location::Hold(hold.id), &json, replayed)
}

/// What a request to place a hold asks for; the hold gets a `fresh_id`.
///
/// # Errors
/// When a field or the idempotency key is wrong.
pub(super) fn read_place(
    mut fields: Fields<'_>,
    headers: Headers<'_>,
    fresh_id: impl FnOnce(ProductId) -> HoldId,
) -> Result<PlaceHold, Problem> {
    let product_id = fields.required("product_id", product_id);
    let qty = fields.required_as(&["qty", "quantity"], quantity);
    let customer_id = fields.optional("customer_id", text(CustomerId::new));
    let idempotency_key = fields.header(idempotency::key(headers)).flatten();
    let (product_id, qty) = fields.finish(product_id.zip(qty))?;
    let hold_id = fresh_id(product_id);
    Ok(PlaceHold { hold_id, product_id, qty, customer_id, idempotency_key })
}

/// Get a hold
///
/// The hold as it is now, with `order_id` once it was used.
#[utoipa::path(
    get, path = "/api/holds/{hold_id}", tag = "storefront", operation_id = "getHold",
    params(requests::HoldPath),
    responses((
        status = 200, description = "The hold", body = HoldJson<'_>, example = json!(examples::hold())
    ))
)]
pub(super) async fn show(call: Call<'_>) -> Answer {
    let found = call.app.reader.hold(call.hold_id()?).await?;
    let hold = found.ok_or(Refusal::HoldNotFound)?;
    answer::ok(&HoldJson::of(&hold, call.now()))
}

/// Release a hold
///
/// Gives the units back at once. Releasing a released hold changes nothing.
#[utoipa::path(
    delete, path = "/api/holds/{hold_id}", tag = "storefront", operation_id = "releaseHold",
    params(requests::HoldPath),
    responses((
        status = 200, description = "The hold, released", body = HoldJson<'_>,
        example = json!(examples::released_hold())
    ))
)]
pub(super) async fn release(call: Call<'_>) -> Answer {
    let hold_id = call.hold_id()?;
    call.no_fields()?;
    changed(&call, Command::ReleaseHold(hold_id)).await
}

/// Extend a hold
///
/// Moves `expires_at` by the product's `hold_seconds`, counted from the old deadline, at most
/// `max_extensions` times.
#[utoipa::path(
    post, path = "/api/holds/{hold_id}/extend", tag = "storefront", operation_id = "extendHold",
    params(requests::HoldPath),
    responses((
        status = 200, description = "The hold with its later deadline", body = HoldJson<'_>,
        example = json!(examples::extended_hold())
    ))
)]
pub(super) async fn extend(call: Call<'_>) -> Answer {
    let hold_id = call.hold_id()?;
    call.no_fields()?;
    changed(&call, Command::ExtendHold(hold_id)).await
}

async fn changed(call: &Call<'_>, command: Command) -> Answer {
    let Effect::Hold { hold, .. } = call.submit(command).await? else {
        return Err(another_command());
    };
    answer::ok(&HoldJson::of(&hold, call.now()))
}

/// List holds
///
/// Newest first; every filter must match.
#[utoipa::path(
    get, path = "/api/holds", tag = "admin", operation_id = "listHolds",
    security(("admin_key" = [])),
    params(requests::Page, requests::HoldFilters),
    responses((
        status = 200, description = "One page of holds", body = List<HoldJson<'_>>,
        example = json!(examples::list(&examples::hold()))
    ))
)]
pub(super) async fn list(call: Call<'_>) -> Answer {
    let mut query = call.query();
    let page = PageOf::<HoldId>::of(&mut query);
    let filters = Filters::of(&mut query, list::hold_status);
    let Filters { product_id, status, customer_id, order_id } = query.finish(Some(filters))?;
    let filter = HoldFilter { product_id, status, customer_id, order_id };
    let rows = Page { before: page.after, limit: page.fetch() };
    let mut holds = call.app.reader.holds(filter, rows).await?;
    let next_cursor = page.cut(&mut holds, |hold| hold.id);
    let now = call.now();
    let data = holds.iter().map(|hold| HoldJson::of(hold, now)).collect();
    answer::ok(&List { data, next_cursor })
}
