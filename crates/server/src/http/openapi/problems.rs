//! Which call can meet which problems, and what each looks like.

use std::collections::BTreeMap;

use doorbuster_domain::{Currency, OrderId, OrderState, Refusal, Timestamp};
use doorbuster_engine::SubmitError;
use hyper::header::HeaderValue;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use uuid::uuid;

use crate::http::problem::{Code, Problem, ProblemBody};
use crate::signature::SignatureError;

/// What any request with a body can meet.
const BODY: &[Code] = &[
    Code::MalformedJson,
    Code::RequestTimeout,
    Code::PayloadTooLarge,
    Code::UnsupportedMediaType,
    Code::ValidationFailed,
];

/// What any command can meet.
const COMMAND: &[Code] = &[Code::Overloaded, Code::Unavailable, Code::Internal];

/// What any reading of rows can meet.
const READING: &[Code] = &[Code::ValidationFailed, Code::Unavailable, Code::Internal];

/// What any admin call can meet.
const ADMIN: &[Code] = &[Code::Unauthorized];

/// What any admin call can meet that changes something.
const ADMIN_CHANGE: &[Code] = &[Code::Unauthorized, Code::Forbidden];

const PLACE: &[Code] = &[
    Code::ProductNotFound,
    Code::InsufficientStock,
    Code::SaleNotOpen,
    Code::SaleClosed,
    Code::SalePaused,
    Code::CustomerLimitReached,
    Code::IdempotencyKeyReused,
    Code::RateLimited,
];

const CREATE_ORDER: &[Code] = &[
    Code::HoldNotFound,
    Code::HoldExpired,
    Code::HoldReleased,
    Code::HoldUsed,
    Code::OrderIdTaken,
    Code::IdempotencyKeyReused,
    Code::RateLimited,
];

const HOLD_ENDED: &[Code] =
    &[Code::HoldNotFound, Code::HoldExpired, Code::HoldReleased, Code::HoldUsed];

/// The problems that the operation with this id can meet.
pub(super) fn of(operation_id: &str) -> Option<Vec<Code>> {
    let groups: &[&[Code]] = match operation_id {
        "listProducts" => &[&[Code::ValidationFailed]],
        "getProduct" => &[&[Code::ProductNotFound, Code::ValidationFailed]],
        "watchProduct" => &[&[Code::ProductNotFound, Code::ValidationFailed, Code::Overloaded]],
        "getStatus" => &[ADMIN],
        "followJournal" => &[ADMIN, &[Code::ValidationFailed, Code::Overloaded]],
        "placeHold" => &[BODY, COMMAND, PLACE],
        "getHold" => &[READING, &[Code::HoldNotFound]],
        "releaseHold" => &[BODY, COMMAND, &[Code::HoldNotFound, Code::HoldExpired, Code::HoldUsed]],
        "extendHold" => &[BODY, COMMAND, HOLD_ENDED, &[Code::ExtensionLimitReached]],
        "createOrder" => &[BODY, COMMAND, CREATE_ORDER],
        "getOrder" => &[READING, &[Code::OrderNotFound]],
        "cancelOrder" => &[BODY, COMMAND, &[Code::OrderNotFound, Code::OrderNotPending]],
        "receivePayment" | "receiveStripeEvent" => {
            const SIGNED: &[Code] =
                &[Code::InvalidSignature, Code::EventIdReused, Code::AmountMismatch];
            &[BODY, COMMAND, SIGNED]
        }
        "createProduct" => &[ADMIN_CHANGE, BODY, COMMAND, &[Code::ProductExists]],
        "changeProduct" => {
            const CHANGE: &[Code] =
                &[Code::ProductNotFound, Code::StockCommitted, Code::ProductExists];
            &[ADMIN_CHANGE, BODY, COMMAND, CHANGE]
        }
        "listJournal" => &[ADMIN, READING, &[Code::ProductNotFound]],
        "listHolds" | "listOrders" | "listPayments" | "audit" | "getStory" => &[ADMIN, READING],
        "refundOrder" => {
            &[ADMIN_CHANGE, BODY, COMMAND, &[Code::OrderNotFound, Code::OrderNotRefundable]]
        }
        "getReadiness" => &[&[Code::Unavailable]],
        "getDocsFile" | "getProblem" | "getAsset" => &[&[Code::NotFound]],
        "getHealth" | "getMetrics" | "getControlRoom" | "getOpenApi" | "getDocs" => &[],
        _ => return None,
    };
    Some(groups.concat())
}

/// Adds the answers that tell of these problems, one for each status.
pub(super) fn add(operation: &mut Operation, codes: &[Code]) {
    let mut by_status = BTreeMap::<u16, Vec<Code>>::new();
    for code in codes {
        by_status.entry(code.status().as_u16()).or_default().push(*code);
    }
    for (status, codes) in by_status {
        operation.responses.responses.insert(status.to_string(), RefOr::T(response(&codes)));
    }
}

fn response(codes: &[Code]) -> Response {
    let names: Vec<_> = codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
    let mut response = ResponseBuilder::new()
        .description(names.join(", "))
        .content("application/problem+json", content(codes));
    for code in codes {
        for (name, description) in headers(*code) {
            let header = HeaderBuilder::new().description(Some(*description)).build();
            response = response.header(*name, header);
        }
    }
    response.build()
}

fn content(codes: &[Code]) -> Content {
    let examples = codes.iter().map(|code| {
        let body = serde_json::to_value(ProblemBody::of(&sample(*code))).unwrap_or_default();
        let example = ExampleBuilder::new().summary(code.title()).value(Some(body)).build();
        (code.as_str(), RefOr::T(example))
    });
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build()
}

/// The headers that answers with this code have.
fn headers(code: Code) -> &'static [(&'static str, &'static str)] {
    const HEADERS: &[(Code, &[(&str, &str)])] = &[
        (Code::Unauthorized, &[("WWW-Authenticate", "`Bearer`")]),
        (Code::MethodNotAllowed, &[("Allow", "The methods that the path takes")]),
        (Code::SaleNotOpen, &[("Retry-After", "Seconds until the sale opens")]),
        (Code::RateLimited, &[("Retry-After", "Seconds to wait")]),
        (Code::Overloaded, &[("Retry-After", "Seconds to wait")]),
        (Code::Unavailable, &[("Retry-After", "Seconds to wait")]),
    ];
    HEADERS.iter().find(|(with, _)| *with == code).map_or(&[], |(_, headers)| *headers)
}

/// A problem with this code.
fn sample(code: Code) -> Problem {
    const ORDER: OrderId = OrderId::new(uuid!("019ab3c4-9f21-7b3c-8d4e-5f60718293a4"));
    const OPENS_AT: Timestamp = Timestamp::from_millis(1_795_770_000_000);
    let refusal = match code {
        Code::MalformedJson => {
            let detail = "the body is not JSON: expected `,` or `}` at line 1 column 17";
            return Problem::MalformedJson(detail.into());
        }
        Code::Unauthorized => return Problem::Unauthorized,
        Code::Forbidden => return Problem::Forbidden,
        Code::InvalidSignature => {
            return Problem::Signature(SignatureError::Mismatch("webhook-signature"));
        }
        Code::NotFound => return Problem::NotFound,
        Code::MethodNotAllowed => {
            return Problem::MethodNotAllowed { allow: HeaderValue::from_static("GET, HEAD") };
        }
        Code::RequestTimeout => return Problem::RequestTimeout,
        Code::PayloadTooLarge => return Problem::PayloadTooLarge,
        Code::UnsupportedMediaType => return Problem::UnsupportedMediaType,
        Code::ValidationFailed => {
            return Problem::field("qty", "must be an integer from 1 to 1000000");
        }
        Code::RateLimited => {
            return Problem::RateLimited { wait: std::time::Duration::from_millis(740) };
        }
        Code::Internal => return Problem::Internal(String::new()),
        Code::Overloaded => return Problem::Undecided(SubmitError::Overloaded),
        Code::Unavailable => return Problem::Undecided(SubmitError::Unavailable),
        Code::ProductNotFound => Refusal::ProductNotFound,
        Code::HoldNotFound => Refusal::HoldNotFound,
        Code::OrderNotFound => Refusal::OrderNotFound,
        Code::InsufficientStock => Refusal::InsufficientStock { available: 1 },
        Code::SaleNotOpen => Refusal::SaleNotOpen { opens_at: OPENS_AT },
        Code::SaleClosed => Refusal::SaleClosed,
        Code::SalePaused => Refusal::SalePaused,
        Code::CustomerLimitReached => Refusal::CustomerLimitReached { remaining: 1 },
        Code::HoldExpired => Refusal::HoldExpired,
        Code::HoldReleased => Refusal::HoldReleased,
        Code::HoldUsed => Refusal::HoldUsed { order_id: ORDER },
        Code::ExtensionLimitReached => Refusal::ExtensionLimitReached,
        Code::OrderNotPending => Refusal::OrderNotPending { state: OrderState::Paid },
        Code::OrderNotRefundable => Refusal::OrderNotRefundable { state: OrderState::Pending },
        Code::OrderIdTaken => Refusal::OrderIdTaken,
        Code::StockCommitted => Refusal::StockCommitted { committed: 12 },
        Code::ProductExists => Refusal::ProductExists { what: "code" },
        Code::IdempotencyKeyReused => Refusal::IdempotencyKeyReused,
        Code::EventIdReused => Refusal::EventIdReused,
        Code::AmountMismatch => {
            Refusal::AmountMismatch { expected_amount: 19_998, expected_currency: Currency::USD }
        }
    };
    Problem::Refused(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_the_code_it_is_for() {
        for code in Code::ALL {
            assert_eq!(sample(*code).code(), *code);
        }
    }
}
