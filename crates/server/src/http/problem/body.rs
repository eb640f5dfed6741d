//! What a problem document says.

use std::borrow::Cow;
use std::fmt::Write as _;

use doorbuster_domain::Refusal;
use doorbuster_engine::SubmitError;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Code, Problem, RETRY_SECONDS};
use crate::http::resources::{Id, OrderStatusName, Time};

/// Room for what most refusals say, so that the text does not grow while it is written.
const DETAIL_BYTES: usize = 64;

/// A failure (RFC 9457). `code` is what programs tell failures apart by; the fields after it are
/// there where the code calls for them.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(in crate::http) struct ProblemBody {
    /// The kind of problem: an address on this server that explains it.
    #[schema(examples("/docs/problems/insufficient_stock"))]
    r#type: &'static str,
    /// The kind of problem in a few words.
    #[schema(examples("Not enough units are available"))]
    title: &'static str,
    /// The HTTP status.
    #[schema(examples(409))]
    status: u16,
    /// What went wrong this time.
    #[schema(value_type = String, examples("only 3 units are available"))]
    detail: Cow<'static, str>,
    /// The kind of problem, for programs.
    #[schema(examples("insufficient_stock"))]
    code: &'static str,
    /// `insufficient_stock`: how many units a hold could take.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    available_stock: Option<u32>,
    /// `customer_limit_reached`: how many units the customer could still take.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    remaining: Option<u32>,
    /// `sale_not_open`: when holds are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    opens_at: Option<Time>,
    /// `hold_used`: the order that the hold became.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    order_id: Option<Id>,
    /// `order_not_pending`, `order_not_refundable`: where the order stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    order_status: Option<OrderStatusName>,
    /// `stock_committed`: how many units are held or sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    committed_stock: Option<u32>,
    /// `product_exists`: what is taken, `id` or `code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<&'static str>,
    /// `amount_mismatch`: what the order costs, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expected_amount: Option<u64>,
    /// `amount_mismatch`: the currency of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expected_currency: Option<String>,
    /// `rate_limited`, `overloaded`, `unavailable`: when to try again, in milliseconds from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_ms: Option<u32>,
    /// `validation_failed`: every field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// One field of the request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::http) struct FieldError {
    /// The field, query parameter or header.
    #[schema(examples("qty"))]
    pub(in crate::http) field: String,
    /// What is wrong with it.
    #[schema(examples("must be an integer from 1 to 1000000"))]
    pub(in crate::http) message: String,
}

impl FieldError {
    pub(in crate::http) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl ProblemBody {
    /// What to say about `problem`.
    pub(in crate::http) fn of(problem: &Problem) -> Self {
        let code = problem.code();
        let mut body = Self {
            r#type: code.type_uri(),
            title: code.title(),
            status: code.status().as_u16(),
            detail: Cow::Borrowed(code.meaning()),
            code: code.as_str(),
            ..Self::default()
        };
        match problem {
            Problem::MalformedJson(detail) => body.detail = detail.clone().into(),
            Problem::Invalid(errors) => body.set_errors(errors.clone()),
            Problem::Signature(error) => body.detail = error.to_string().into(),
            Problem::Refused(refusal) => body.add_refusal(refusal),
            Problem::RateLimited { wait } => {
                let millis = wait.as_nanos().div_ceil(1_000_000).max(1);
                body.retry_after_ms = Some(u32::try_from(millis).unwrap_or(u32::MAX));
            }
            Problem::TooManyStreams => {
                body.retry_after_ms = Some(RETRY_SECONDS * 1000);
                body.detail = Cow::Borrowed("There are as many event streams as there may be.");
            }
            Problem::Undecided(error) => {
                body.retry_after_ms = Some(RETRY_SECONDS * 1000);
                if *error == SubmitError::Unknown {
                    body.detail = Cow::Borrowed(
                        "The store failed during the commit: the request may or may not have had \
                         its effect. Repeating it with the same idempotency key is safe.",
                    );
                }
            }
            Problem::Unreadable(_) | Problem::NotReady => {
                body.retry_after_ms = Some(RETRY_SECONDS * 1000);
            }
            Problem::NotFound
            | Problem::MethodNotAllowed { .. }
            | Problem::PayloadTooLarge
            | Problem::UnsupportedMediaType
            | Problem::RequestTimeout
            | Problem::Unauthorized
            | Problem::Forbidden
            | Problem::Internal(_) => {}
        }
        body
    }

    /// What went wrong this time.
    pub(in crate::http) fn detail(&self) -> &str {
        &self.detail
    }

    fn set_errors(&mut self, errors: Vec<FieldError>) {
        let mut detail = String::new();
        for FieldError { field, message } in &errors {
            let separator = if detail.is_empty() { "" } else { "; " };
            detail.extend([separator, field, " ", message]);
        }
        self.detail = detail.into();
        self.errors = errors;
    }

    fn add_refusal(&mut self, refusal: &Refusal) {
        let mut detail = String::with_capacity(DETAIL_BYTES);
        let _ = write!(detail, "{refusal}"); // a text takes whatever there is
        self.detail = detail.into();
        match refusal {
            Refusal::InsufficientStock { available } => self.available_stock = Some(*available),
            Refusal::CustomerLimitReached { remaining } => self.remaining = Some(*remaining),
            Refusal::SaleNotOpen { opens_at } => self.opens_at = Some(Time(*opens_at)),
            Refusal::HoldUsed { order_id } => self.order_id = Some(Id(order_id.uuid())),
            Refusal::OrderNotPending { state } | Refusal::OrderNotRefundable { state } => {
                self.order_status = Some((*state).into());
            }
            Refusal::StockCommitted { committed } => self.committed_stock = Some(*committed),
            Refusal::ProductExists { what } => self.field = Some(what),
            Refusal::AmountMismatch { expected_amount, expected_currency } => {
                self.expected_amount = Some(*expected_amount);
                self.expected_currency = Some(expected_currency.to_string());
            }
            Refusal::CustomerRequired => {
                self.set_error("customer_id", "is required: this product has a limit per customer")
            }
            Refusal::StockOutOfRange => {
                self.set_error("add_stock", "must leave the total at most 1000000000")
            }
            Refusal::UnsoundWindow => self.set_error("closes_at", "must be later than opens_at"),
            Refusal::TooManyExtensions => self.set_error("max_extensions", "is too large"),
            Refusal::HoldIdTaken => self.detail = Cow::Borrowed(Code::Internal.meaning()),
            Refusal::ProductNotFound
            | Refusal::HoldNotFound
            | Refusal::OrderNotFound
            | Refusal::SaleClosed
            | Refusal::SalePaused
            | Refusal::HoldExpired
            | Refusal::HoldReleased
            | Refusal::ExtensionLimitReached
            | Refusal::OrderIdTaken
            | Refusal::IdempotencyKeyReused
            | Refusal::EventIdReused => {}
        }
    }

    fn set_error(&mut self, field: &str, message: &str) {
        self.set_errors(vec![FieldError::new(field, message)]);
    }
}
