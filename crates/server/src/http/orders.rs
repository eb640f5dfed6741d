//! Orders: used holds on their way to being paid.

use doorbuster_domain::{
    Command, CreateOrder, Effect, HoldId, NewOrderId, OrderId, RefundOrder, Refusal,
};
use doorbuster_engine::{OrderFilter, Page};

use super::answer::{self, Answer, Location};
use super::call::{Call, another_command};
use super::head::Headers;
use super::input::list::{self, Filters, PageOf};
use super::input::value::{boolean, hold_id, order_id};
use super::input::{Fields, idempotency};
use super::openapi::{examples, requests};
use super::problem::Problem;
use super::resources::{List, OrderJson};

/// What `POST /api/orders` takes.
pub(super) const CREATE: &[&str] = &["hold_id", "hold_token", "order_id"];

/// Turn a hold into an order
///
/// The order waits for its payment until `pay_by`. Choose its `order_id` to know it before the
/// payment provider does: an event that names it early is kept and applied when the order is made.
/// `hold_token` is taken for `hold_id`.
#[utoipa::path(
    post, path = "/api/orders", tag = "storefront", operation_id = "createOrder",
    params(requests::IdempotencyKeyHeader),
    request_body(
        content = requests::NewOrder, example = json!({"hold_id": examples::HOLD_ID})
    ),
    responses(
        (
            status = 201, description = "The order, with its address", body = OrderJson<'_>,
            headers(("Location" = String, description = "The order's address")),
            example = json!(examples::order())
        ),
        (
            status = 200, description = "The order that an earlier request made, as it is now",
            body = OrderJson<'_>,
            headers(("Idempotency-Replayed" = String, description = "`true`")),
            example = json!(examples::order())
        ),
    )
)]
pub(super) async fn create(call: Call<'_>) -> Answer {
    let fresh_id = |hold_id| call.app.engine.fresh_order_id(hold_id);
    let create = read_create(call.fields(CREATE)?, call.headers(), fresh_id)?;
    let effect = call.submit(Command::CreateOrder(create)).await?;
    let Effect::Order { order, replayed, .. } = effect else {
        return Err(another_command());
    };
    let json = OrderJson::of(&order, call.now());
    answer::created_once(Location::Order(order.id), &json, replayed)
}

/// What a request for an order asks for; an order whose id nobody chose gets a `fresh_id`.
///
/// # Errors
/// When a field or the idempotency key is wrong.
pub(super) fn read_create(
    mut fields: Fields<'_>,
    headers: Headers<'_>,
    fresh_id: impl FnOnce(HoldId) -> OrderId,
) -> Result<CreateOrder, Problem> {
    let hold_id = fields.required_as(&["hold_id", "hold_token"], hold_id);
    let chosen = fields.optional("order_id", order_id);
    let idempotency_key = fields.header(idempotency::key(headers)).flatten();
    let hold_id = fields.finish(hold_id)?;
    let order_id = chosen.map_or_else(|| NewOrderId::Fresh(fresh_id(hold_id)), NewOrderId::Chosen);
    Ok(CreateOrder { hold_id, order_id, idempotency_key })
}

/// Get an order
#[utoipa::path(
    get, path = "/api/orders/{order_id}", tag = "storefront", operation_id = "getOrder",
    params(requests::OrderPath),
    responses((
        status = 200, description = "The order", body = OrderJson<'_>,
        example = json!(examples::order())
    ))
)]
pub(super) async fn show(call: Call<'_>) -> Answer {
    let found = call.app.reader.order(call.order_id()?).await?;
    let order = found.ok_or(Refusal::OrderNotFound)?;
    answer::ok(&OrderJson::of(&order, call.now()))
}

/// Cancel an order
///
/// Gives the units of a pending order back at once. Cancelling a cancelled order changes nothing.
#[utoipa::path(
    post, path = "/api/orders/{order_id}/cancel", tag = "storefront",
    operation_id = "cancelOrder", params(requests::OrderPath),
    responses((
        status = 200, description = "The order, cancelled", body = OrderJson<'_>,
        example = json!(examples::cancelled_order())
    ))
)]
pub(super) async fn cancel(call: Call<'_>) -> Answer {
    let order_id = call.order_id()?;
    call.no_fields()?;
    changed(&call, Command::CancelOrder(order_id)).await
}

/// What `POST /api/orders/{order_id}/refund` takes.
pub(super) const REFUND: &[&str] = &["restock"];

/// Mark an order as refunded
///
/// For a `paid` or `refund_due` order whose money went back. With `restock` its units go back on
/// sale, once; an order that never got its units has none to give back. Refunding a refunded order
/// changes nothing.
#[utoipa::path(
    post, path = "/api/orders/{order_id}/refund", tag = "admin", operation_id = "refundOrder",
    security(("admin_key" = [])),
    params(requests::OrderPath),
    request_body(content = requests::Refund, example = json!({"restock": true})),
    responses((
        status = 200, description = "The order, refunded", body = OrderJson<'_>,
        example = json!(examples::refunded_order())
    ))
)]
pub(super) async fn refund(call: Call<'_>) -> Answer {
    let order_id = call.order_id()?;
    let restock = read_restock(call.fields(REFUND)?)?;
    changed(&call, Command::RefundOrder(RefundOrder { order_id, restock })).await
}

/// Whether a refund puts the units on sale again.
///
/// # Errors
/// When a field is wrong.
pub(super) fn read_restock(mut fields: Fields<'_>) -> Result<bool, Problem> {
    let restock = fields.required("restock", boolean);
    fields.finish(restock)
}

async fn changed(call: &Call<'_>, command: Command) -> Answer {
    let Effect::Order { order, .. } = call.submit(command).await? else {
        return Err(another_command());
    };
    answer::ok(&OrderJson::of(&order, call.now()))
}

/// List orders
///
/// Newest first (by the age of their holds); every filter must match.
#[utoipa::path(
    get, path = "/api/orders", tag = "admin", operation_id = "listOrders",
    security(("admin_key" = [])),
    params(requests::Page, requests::OrderFilters),
    responses((
        status = 200, description = "One page of orders", body = List<OrderJson<'_>>,
        example = json!(examples::list(&examples::order()))
    ))
)]
pub(super) async fn list(call: Call<'_>) -> Answer {
    let mut query = call.query();
    let page = PageOf::<HoldId>::of(&mut query);
    let filters = Filters::of(&mut query, list::order_status);
    let Filters { product_id, status, customer_id, order_id } = query.finish(Some(filters))?;
    let filter = OrderFilter { product_id, status, customer_id, order_id };
    let rows = Page { before: page.after, limit: page.fetch() };
    let mut orders = call.app.reader.orders(filter, rows).await?;
    let next_cursor = page.cut(&mut orders, |order| order.hold_id);
    let now = call.now();
    let data = orders.iter().map(|order| OrderJson::of(order, now)).collect();
    answer::ok(&List { data, next_cursor })
}
