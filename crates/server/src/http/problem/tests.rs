//! Codes and headers, against the contract's table.

use doorbuster_domain::Refusal;
use hyper::HeaderMap;
use serde_json::{Value, json};

use super::*;

/// The contract's table of problem codes, with those for what HTTP means itself.
const CONTRACT: &[(u16, &[&str])] = &[
    (400, &["malformed_json"]),
    (401, &["unauthorized", "invalid_signature"]),
    (403, &["forbidden"]),
    (404, &["not_found", "product_not_found", "hold_not_found", "order_not_found"]),
    (405, &["method_not_allowed"]),
    (408, &["request_timeout"]),
    (
        409,
        &[
            "insufficient_stock",
            "sale_not_open",
            "sale_closed",
            "sale_paused",
            "customer_limit_reached",
            "hold_expired",
            "hold_released",
            "hold_used",
            "extension_limit_reached",
            "order_not_pending",
            "order_not_refundable",
            "order_id_taken",
            "stock_committed",
            "product_exists",
        ],
    ),
    (413, &["payload_too_large"]),
    (415, &["unsupported_media_type"]),
    (422, &["validation_failed", "idempotency_key_reused", "event_id_reused", "amount_mismatch"]),
    (429, &["rate_limited"]),
    (500, &["internal"]),
    (503, &["overloaded", "unavailable"]),
];

#[test]
fn the_codes_are_those_of_the_contract() {
    let contract: Vec<_> = CONTRACT
        .iter()
        .flat_map(|(status, codes)| codes.iter().map(|code| (*status, *code)))
        .collect();
    let ours: Vec<_> =
        Code::ALL.iter().map(|code| (code.status().as_u16(), code.as_str())).collect();
    assert_eq!(ours, contract);
    for (place, code) in Code::ALL.iter().enumerate() {
        assert_eq!(*code as usize, place);
        assert_eq!(Code::named(code.as_str()), Some(*code));
        assert_eq!(PROBLEM_CODES[place], code.as_str());
    }
}

async fn told(problem: impl Into<Problem>, now_ms: i64) -> (Value, HeaderMap) {
    let response = problem.into().into_response(Timestamp::from_millis(now_ms));
    let body = response.body.clone();
    let (head, _) = hyper::Response::<answer::Body>::from(response).into_parts();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["status"], head.status.as_u16());
    (body, head.headers)
}

#[tokio::test]
async fn a_problem_tells_what_a_program_needs() {
    let (body, headers) = told(Refusal::InsufficientStock { available: 3 }, 0).await;
    assert_eq!(
        body,
        json!({
            "type": "/docs/problems/insufficient_stock",
            "title": "Not enough units are available",
            "status": 409,
            "detail": "only 3 units are available",
            "code": "insufficient_stock",
            "available_stock": 3,
        })
    );
    assert_eq!(headers["content-type"], "application/problem+json");

    let (body, _) = told(Refusal::CustomerLimitReached { remaining: 1 }, 0).await;
    assert_eq!(body["remaining"], 1);
    let (body, _) = told(Refusal::CustomerRequired, 0).await;
    assert_eq!(body["code"], "validation_failed");
    assert_eq!(body["errors"][0]["field"], "customer_id");
}

#[tokio::test]
async fn a_sale_that_is_not_open_says_when_it_is() {
    let opens_at = Timestamp::from_millis(10_000);
    for (now_ms, retry_after) in
        [(0, "10"), (9_000, "1"), (9_001, "1"), (8_999, "2"), (10_000, "1")]
    {
        let (body, headers) = told(Refusal::SaleNotOpen { opens_at }, now_ms).await;
        assert_eq!(body["opens_at"], "1970-01-01T00:00:10.000Z");
        assert_eq!(headers["retry-after"], retry_after, "at {now_ms} ms");
    }
}

#[tokio::test]
async fn a_server_that_cannot_says_when_to_come_back_and_nothing_of_itself() {
    let unreadable = ReadError("secret path of the database".into());
    for problem in [
        Problem::from(SubmitError::Overloaded),
        SubmitError::Unavailable.into(),
        SubmitError::Unknown.into(),
        unreadable.into(),
        Problem::NotReady,
    ] {
        let (body, headers) = told(problem, 0).await;
        assert_eq!(body["status"], 503);
        assert_eq!(body["retry_after_ms"], 1000);
        assert_eq!(headers["retry-after"], "1");
        assert!(!body.to_string().contains("secret"));
    }
    for problem in [Problem::Internal("secret cause".into()), Refusal::HoldIdTaken.into()] {
        assert!(problem.internals().is_some(), "the log has it");
        let (body, _) = told(problem, 0).await;
        assert_eq!(body["code"], "internal");
        assert_eq!(body["detail"], Code::Internal.meaning());
    }
}

#[tokio::test]
async fn http_headers_go_with_their_statuses() {
    let (_, headers) = told(Problem::Unauthorized, 0).await;
    assert_eq!(headers["www-authenticate"], "Bearer");
    let allow = HeaderValue::from_static("GET, HEAD");
    let (_, headers) = told(Problem::MethodNotAllowed { allow }, 0).await;
    assert_eq!(headers["allow"], "GET, HEAD");
    for problem in [Problem::PayloadTooLarge, Problem::RequestTimeout] {
        let (_, headers) = told(problem, 0).await;
        assert_eq!(headers["connection"], "close");
    }
}

#[tokio::test]
async fn whoever_asks_too_much_is_told_when_to_come_back() {
    for (nanos, seconds, millis) in [
        (1, "1", 1),
        (1_000_000_000, "1", 1_000),
        (1_000_000_001, "2", 1_001),
        (59_999_000_000, "60", 59_999),
    ] {
        let (body, headers) =
            told(Problem::RateLimited { wait: Duration::from_nanos(nanos) }, 0).await;
        assert_eq!((&body["status"], &body["code"]), (&429.into(), &"rate_limited".into()));
        assert_eq!(headers["retry-after"], seconds, "{nanos} ns");
        assert_eq!(body["retry_after_ms"], millis, "{nanos} ns");
    }
}
