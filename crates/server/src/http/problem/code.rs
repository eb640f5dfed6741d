//! Problem codes: what a program tells failures apart by.

use hyper::StatusCode;

macro_rules! codes {
    ($($name:ident $status:ident $code:literal, $title:literal, $meaning:literal;)*) => {
        /// What a program tells failures apart by. A code never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::http) enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// Every code, in the order of their statuses.
            pub(in crate::http) const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as the answer names it.
            pub(in crate::http) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The problem type (RFC 9457 §3.1.1): a page of this server that explains it.
            pub(in crate::http) const fn type_uri(self) -> &'static str {
                match self { $(Self::$name => concat!("/docs/problems/", $code),)* }
            }

            /// The HTTP status it is answered with.
            pub(in crate::http) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The problem in a few words, the same every time.
            pub(in crate::http) const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it means and what the client can do, in a sentence or two.
            pub(in crate::http) const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

codes! {
    MalformedJson BAD_REQUEST "malformed_json",
        "The body is not JSON",
        "The body could not be read as JSON in UTF-8. The detail says where.";
    Unauthorized UNAUTHORIZED "unauthorized",
        "An admin key is required",
        "Admin calls need the header \"Authorization: Bearer KEY\" with a valid admin key.";
    InvalidSignature UNAUTHORIZED "invalid_signature",
        "The webhook's signature was not accepted",
        "The delivery is unsigned, its signature fits no active secret, or its timestamp is stale.";
    Forbidden FORBIDDEN "forbidden",
        "The key is for reading only",
        "The call changes something, and the key has the scope read. Present one of scope admin.";
    NotFound NOT_FOUND "not_found",
        "There is nothing at this address",
        "No call has this path. /openapi.json lists all calls.";
    ProductNotFound NOT_FOUND "product_not_found",
        "There is no such product",
        "No product has this id.";
    HoldNotFound NOT_FOUND "hold_not_found",
        "There is no such hold",
        "No hold has this id.";
    OrderNotFound NOT_FOUND "order_not_found",
        "There is no such order",
        "No order has this id.";
    MethodNotAllowed METHOD_NOT_ALLOWED "method_not_allowed",
        "The path does not take this method",
        "The header Allow lists the methods that this path takes.";
    RequestTimeout REQUEST_TIMEOUT "request_timeout",
        "The body did not arrive in time",
        "The request's body was not complete within the server's time limit. Nothing was done.";
    InsufficientStock CONFLICT "insufficient_stock",
        "Not enough units are available",
        "Fewer units are available than asked for; available_stock says how many. Units come back \
         when holds expire.";
    SaleNotOpen CONFLICT "sale_not_open",
        "The sale has not opened yet",
        "Holds are taken from opens_at on; Retry-After says how many seconds that is from now.";
    SaleClosed CONFLICT "sale_closed",
        "The sale is over",
        "The product's closes_at has passed. Existing holds can still be ordered and paid.";
    SalePaused CONFLICT "sale_paused",
        "The sale is paused",
        "The operator has paused the sale. Existing holds can still be ordered and paid.";
    CustomerLimitReached CONFLICT "customer_limit_reached",
        "The customer's limit is reached",
        "With this hold the customer would have more units than max_per_customer; remaining says \
         how many the customer can still take.";
    HoldExpired CONFLICT "hold_expired",
        "The hold has expired",
        "The hold's expires_at has passed and its units are back on sale.";
    HoldReleased CONFLICT "hold_released",
        "The hold was released",
        "The hold was given back and its units are back on sale.";
    HoldUsed CONFLICT "hold_used",
        "The hold has already become an order",
        "A hold makes at most one order; order_id says which.";
    ExtensionLimitReached CONFLICT "extension_limit_reached",
        "The hold cannot be extended again",
        "The hold was extended max_extensions times already.";
    OrderNotPending CONFLICT "order_not_pending",
        "The order is no longer pending",
        "Only a pending order can be cancelled; order_status says where it stands.";
    OrderNotRefundable CONFLICT "order_not_refundable",
        "The order was not paid",
        "Only an order that was paid can be refunded; order_status says where it stands.";
    OrderIdTaken CONFLICT "order_id_taken",
        "Another order has this id",
        "The chosen order_id belongs to another hold's order. Choose a fresh one.";
    StockCommitted CONFLICT "stock_committed",
        "Units are held or sold",
        "The total cannot go below the units that somebody has; committed_stock says how many.";
    ProductExists CONFLICT "product_exists",
        "Such a product exists",
        "Another product has this id or code; field says which.";
    PayloadTooLarge PAYLOAD_TOO_LARGE "payload_too_large",
        "The body is too large",
        "A body may have 64 KiB at most.";
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "unsupported_media_type",
        "The body must be JSON",
        "Send the body as \"Content-Type: application/json\".";
    ValidationFailed UNPROCESSABLE_ENTITY "validation_failed",
        "Some fields are wrong",
        "Each entry of errors names a field (or parameter, or header) and says what is wrong \
         with it.";
    IdempotencyKeyReused UNPROCESSABLE_ENTITY "idempotency_key_reused",
        "The idempotency key was used for another request",
        "A key names one request. Send the same request again, or choose a fresh key.";
    EventIdReused UNPROCESSABLE_ENTITY "event_id_reused",
        "The event id was used for another event",
        "An event id names one status of one order. Nothing was changed.";
    AmountMismatch UNPROCESSABLE_ENTITY "amount_mismatch",
        "The amount is not the order's",
        "The event's amount or currency is not what the order costs. It was recorded; the order \
         is unchanged.";
    RateLimited TOO_MANY_REQUESTS "rate_limited",
        "Too many requests from this address",
        "The request was not looked at and has no effect. Try again after Retry-After seconds; \
         retry_after_ms says it more exactly.";
    Internal INTERNAL_SERVER_ERROR "internal",
        "The server made a mistake",
        "The server's log has the cause under the request id. Repeating a write with the same \
         idempotency key is safe.";
    Overloaded SERVICE_UNAVAILABLE "overloaded",
        "Too many requests are waiting",
        "The request was not taken and has no effect; of event streams there are as many as there \
         may be. Try again after Retry-After seconds.";
    Unavailable SERVICE_UNAVAILABLE "unavailable",
        "The server cannot commit at the moment",
        "The store cannot be reached, or the server is stopping. Try again after Retry-After \
         seconds, a write with the same idempotency key.";
}

/// The names of all problem codes.
pub const PROBLEM_CODES: &[&str] = {
    const NAMES: [&str; Code::ALL.len()] = {
        let mut names = [""; Code::ALL.len()];
        let mut place = 0;
        while place < names.len() {
            names[place] = Code::ALL[place].as_str();
            place += 1;
        }
        names
    };
    &NAMES
};

impl Code {
    /// The code with this name.
    pub(in crate::http) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}
