//! What requests look like, for the document. Requests are read by hand (see `input`), so that all
//! that is wrong with one is told at once; a test keeps the names here and there the same.

#![expect(dead_code, reason = "these types describe requests; none is ever made")]

use utoipa::{IntoParams, ToSchema};

use crate::http::resources::{
    CurrencyCode, EventResultName, EventStatusName, HoldStatusName, Id, OrderStatusName, Time,
};

/// What to hold.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewHold {
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, examples(1))]
    product_id: u64,
    /// How many units. Also taken as `quantity`.
    #[schema(minimum = 1, maximum = 1_000_000, examples(2))]
    qty: u32,
    /// The storefront's name for the buyer; needed where the product has a limit per customer.
    #[schema(min_length = 1, max_length = 255, examples("customer-17"))]
    customer_id: Option<String>,
}

/// What to order.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewOrder {
    /// Also taken as `hold_token`.
    hold_id: Id,
    /// The id that the order is to have; made by the server where absent.
    order_id: Option<Id>,
}

/// What to sell.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NewProduct {
    #[schema(min_length = 1, max_length = 200, examples("Limited Edition Flash Sale Item"))]
    name: String,
    #[schema(minimum = 0, maximum = 1_000_000_000, examples(100))]
    total_stock: u32,
    /// The price of one unit in minor units (cents of a dollar).
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, examples(9999))]
    price: u64,
    /// `USD` where absent.
    currency: Option<CurrencyCode>,
    /// Your own code for it (a SKU); unique among products.
    #[schema(min_length = 1, max_length = 64, examples("DOOR-1"))]
    code: Option<String>,
    /// The one above the highest in use where absent.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    id: Option<u64>,
    /// Holds are refused before this time.
    opens_at: Option<Time>,
    /// Holds are refused from this time on.
    closes_at: Option<Time>,
    /// The most units one customer may have held, pending and paid together.
    #[schema(minimum = 1, maximum = 1_000_000)]
    max_per_customer: Option<u32>,
    /// How many seconds a hold lasts.
    #[schema(minimum = 1, maximum = 2_592_000, default = 120)]
    hold_seconds: Option<u32>,
    /// How many seconds an order waits for its payment.
    #[schema(minimum = 1, maximum = 2_592_000, default = 600)]
    payment_seconds: Option<u32>,
    /// How often a hold may be extended.
    #[schema(minimum = 0, maximum = 1000, default = 1)]
    max_extensions: Option<u32>,
}

/// What to change; what is absent stays as it is.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ProductChange {
    #[schema(required = false, min_length = 1, max_length = 200)]
    name: String,
    /// The new total; never below what is held and sold.
    #[schema(required = false, minimum = 0, maximum = 1_000_000_000)]
    total_stock: u32,
    /// How many units to add, or to take away where negative. Not together with `total_stock`.
    #[schema(required = false, minimum = -1_000_000_000, maximum = 1_000_000_000)]
    add_stock: i64,
    #[schema(required = false, minimum = 0, maximum = 1_000_000_000_000_i64)]
    price: u64,
    #[schema(required = false)]
    currency: CurrencyCode,
    /// `null` takes it away.
    #[schema(min_length = 1, max_length = 64)]
    code: Option<String>,
    /// `null`: open at once.
    opens_at: Option<Time>,
    /// `null`: never closes.
    closes_at: Option<Time>,
    /// Whether holds are refused for now.
    #[schema(required = false)]
    paused: bool,
    /// `null`: no limit.
    #[schema(minimum = 1, maximum = 1_000_000)]
    max_per_customer: Option<u32>,
    #[schema(required = false, minimum = 1, maximum = 2_592_000)]
    hold_seconds: u32,
    #[schema(required = false, minimum = 1, maximum = 2_592_000)]
    payment_seconds: u32,
    #[schema(required = false, minimum = 0, maximum = 1000)]
    max_extensions: u32,
}

/// How to refund.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Refund {
    /// Whether the order's units go back on sale.
    restock: bool,
}

/// A payment provider's event.
#[derive(ToSchema)]
pub(in crate::http) struct PaymentEvent {
    /// The provider's name for the event. Also taken as `idempotency_key`, or from a header.
    #[schema(required = false, min_length = 1, max_length = 255, examples("evt_1"))]
    event_id: String,
    /// May name an order that does not exist yet.
    order_id: Id,
    status: WebhookStatus,
    /// In minor units; checked against the order where given.
    #[schema(minimum = 0, examples(19998))]
    amount: Option<u64>,
    /// In any case; checked against the order where given.
    currency: Option<CurrencyCode>,
    #[schema(examples("card_declined"))]
    failure_reason: Option<String>,
}

/// One of Stripe's events (<https://docs.stripe.com/api/events/object>).
#[derive(ToSchema)]
pub(in crate::http) struct StripeEvent {
    #[schema(min_length = 1, max_length = 255, examples("evt_1RqJ4kLkdIwHu7ixWb9Vn2Yd"))]
    id: String,
    #[schema(examples("checkout.session.completed"))]
    r#type: String,
    /// The order is `metadata.order_id` of its `object` or, failing that, `client_reference_id`.
    #[schema(required = false, value_type = Object)]
    data: serde_json::Value,
}

/// What happened: paid under three names, failed under two.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum WebhookStatus {
    Paid,
    Success,
    Succeeded,
    Failed,
    Failure,
}

/// Names a product in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct ProductPath {
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 1)]
    product_id: u64,
}

/// Whose story.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct StoryOf {
    /// The id of a hold, an order, a customer or a payment event.
    #[param(min_length = 1, max_length = 255)]
    id: String,
}

/// Where a stream goes on.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(in crate::http) struct LastEventId {
    /// The id of the last event that the client has had.
    #[param(rename = "Last-Event-ID")]
    last_event_id: Option<String>,
}

/// The same, for pages, which cannot set headers.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Resume {
    /// The id of the last event that the client has had.
    last_event_id: Option<String>,
}

/// Names a hold in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct HoldPath {
    hold_id: Id,
}

/// Names an order in the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct OrderPath {
    order_id: Id,
}

/// Names a request.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(in crate::http) struct IdempotencyKeyHeader {
    /// Your name for this request, bare or quoted: 1 to 255 visible ASCII characters. The same
    /// request under the same key has one effect.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$",
        nullable = false
    )]
    idempotency_key: Option<String>,
}

/// What signs a webhook.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(in crate::http) struct WebhookHeaders {
    /// The delivery's id; also the event's where nothing else names it.
    #[param(rename = "webhook-id", example = "msg_p5jXN8AQM9LWM0D4loKWxJek", nullable = false)]
    webhook_id: Option<String>,
    /// Seconds since 1970; at most 300 away from the present.
    #[param(rename = "webhook-timestamp", example = "1795770000", nullable = false)]
    webhook_timestamp: Option<String>,
    /// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several, space-separated.
    #[param(
        rename = "webhook-signature",
        example = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        nullable = false
    )]
    webhook_signature: Option<String>,
    /// The event's id where the body has none.
    #[param(rename = "Idempotency-Key", nullable = false)]
    idempotency_key: Option<String>,
}

/// What signs one of Stripe's webhooks.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(in crate::http) struct StripeHeaders {
    /// `t=`, the seconds since 1970, at most 300 away from the present, and `v1=`, the HMAC-SHA256
    /// over `t.body` in hexadecimal; several `v1`, separated by commas.
    #[param(
        rename = "Stripe-Signature",
        example = "t=1795770000,v1=a33c0929285c2f4884243eef2976f385258c033a9c709c64845500f889d1ecde",
        nullable = false
    )]
    stripe_signature: Option<String>,
}

/// Names a part of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Page {
    /// How many rows.
    #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(min_length = 1, pattern = "^[A-Za-z0-9_-]+$", nullable = false)]
    cursor: Option<String>,
}

macro_rules! filters {
    ($(#[$doc:meta])* $name:ident, $status:ty) => {
        $(#[$doc])*
        #[derive(IntoParams)]
        #[into_params(parameter_in = Query)]
        pub(in crate::http) struct $name {
            #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
            product_id: Option<u64>,
            #[param(nullable = false)]
            status: Option<$status>,
            #[param(min_length = 1, max_length = 255, nullable = false)]
            customer_id: Option<String>,
            #[param(nullable = false)]
            order_id: Option<Id>,
        }
    };
}

filters! {
    /// Narrows a list of holds.
    HoldFilters, HoldStatusName
}
filters! {
    /// Narrows a list of orders.
    OrderFilters, OrderStatusName
}
filters! {
    /// Narrows a list of payment events.
    PaymentFilters, EventStatusName
}

/// Narrows a list of payment events further.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct PaymentResults {
    #[param(nullable = false)]
    result: Option<EventResultName>,
}
