//! Failures as clients see them: `application/problem+json` (RFC 9457).

mod body;
mod code;

use std::time::Duration;

use doorbuster_domain::{Refusal, Timestamp};
use doorbuster_engine::{ReadError, SubmitError};
use hyper::header::{ALLOW, CONNECTION, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};

pub(super) use body::{FieldError, ProblemBody};
pub(super) use code::Code;
pub use code::PROBLEM_CODES;

use super::answer::{self, Response};
use crate::signature::SignatureError;

/// After how many seconds a client that met a full or stopped server may come back. HTTP counts
/// whole seconds, and a full mailbox is empty again long before one is over.
const RETRY_SECONDS: u32 = 1;

/// Everything that can go wrong with a request.
#[derive(Debug)]
pub(super) enum Problem {
    /// The body is not JSON; says where it stops being it.
    MalformedJson(String),
    /// Fields, parameters or headers are wrong.
    Invalid(Vec<FieldError>),
    /// No route has this path.
    NotFound,
    /// The path has no route for this method.
    MethodNotAllowed {
        /// Those it has routes for.
        allow: HeaderValue,
    },
    /// The body does not end within the limit.
    PayloadTooLarge,
    /// The body is declared to be something else than JSON.
    UnsupportedMediaType,
    /// The body did not arrive in time.
    RequestTimeout,
    /// An admin call without a valid key.
    Unauthorized,
    /// An admin call with a key that is not good for it.
    Forbidden,
    /// A webhook that is not believed.
    Signature(SignatureError),
    /// The rules say no.
    Refused(Refusal),
    /// The client's address asked for too much.
    RateLimited {
        /// How long until it may ask again.
        wait: Duration,
    },
    /// There are as many event streams as there may be.
    TooManyStreams,
    /// The command was not decided, or nobody knows.
    Undecided(SubmitError),
    /// Rows could not be read.
    Unreadable(ReadError),
    /// The server cannot commit at the moment.
    NotReady,
    /// A mistake of ours, for the log only.
    Internal(String),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        Self::Undecided(error)
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self::Unreadable(error)
    }
}

impl Problem {
    /// One field, parameter or header is wrong.
    pub(super) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// What a program knows it by.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::MalformedJson(_) => Code::MalformedJson,
            Self::Invalid(_) => Code::ValidationFailed,
            Self::NotFound => Code::NotFound,
            Self::MethodNotAllowed { .. } => Code::MethodNotAllowed,
            Self::PayloadTooLarge => Code::PayloadTooLarge,
            Self::UnsupportedMediaType => Code::UnsupportedMediaType,
            Self::RequestTimeout => Code::RequestTimeout,
            Self::Unauthorized => Code::Unauthorized,
            Self::Forbidden => Code::Forbidden,
            Self::Signature(_) => Code::InvalidSignature,
            Self::Refused(refusal) => refusal_code(refusal),
            Self::RateLimited { .. } => Code::RateLimited,
            Self::TooManyStreams | Self::Undecided(SubmitError::Overloaded) => Code::Overloaded,
            Self::Undecided(SubmitError::Unavailable | SubmitError::Unknown)
            | Self::Unreadable(_)
            | Self::NotReady => Code::Unavailable,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// What the log says about a failure on our side; `None` where the client is told everything.
    pub(super) fn internals(&self) -> Option<String> {
        match self {
            Self::Unreadable(error) => Some(format!("{error}: {}", error.0)),
            Self::Internal(cause) => Some(cause.clone()),
            Self::Refused(refusal @ Refusal::HoldIdTaken) => Some(refusal.to_string()),
            Self::MalformedJson(_)
            | Self::Invalid(_)
            | Self::NotFound
            | Self::MethodNotAllowed { .. }
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType
            | Self::RequestTimeout
            | Self::Unauthorized
            | Self::Forbidden
            | Self::Signature(_)
            | Self::Refused(_)
            | Self::RateLimited { .. }
            | Self::TooManyStreams
            | Self::Undecided(_)
            | Self::NotReady => None,
        }
    }

    /// The answer to a request that met this problem at `now`.
    pub(super) fn into_response(self, now: Timestamp) -> Response {
        let body = ProblemBody::of(&self);
        let mut response = answer::problem_json(self.code().status(), &body);
        self.add_headers(&mut response, now);
        response
    }

    fn add_headers(self, response: &mut Response, now: Timestamp) {
        match self {
            Self::MethodNotAllowed { allow } => {
                response.add(ALLOW, allow);
            }
            Self::Unauthorized => {
                response.add(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // Whoever listens to nothing needs no connection either.
            Self::TooManyStreams => {
                response.add(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
                response.add(CONNECTION, HeaderValue::from_static("close"));
            }
            Self::Undecided(_) | Self::Unreadable(_) | Self::NotReady => {
                response.add(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
            }
            Self::RateLimited { wait } => {
                // Whoever comes as soon as this says is let through.
                let seconds = wait.as_nanos().div_ceil(1_000_000_000).max(1);
                let seconds = u64::try_from(seconds).unwrap_or(u64::MAX);
                response.add(RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::Refused(Refusal::SaleNotOpen { opens_at }) => {
                let wait_ms = opens_at.as_millis().saturating_sub(now.as_millis()).max(1);
                let seconds = wait_ms.saturating_add(999) / 1000;
                response.add(RETRY_AFTER, HeaderValue::from(seconds));
            }
            // What is left of the body must not be taken for the next request.
            Self::PayloadTooLarge | Self::RequestTimeout => {
                response.add(CONNECTION, HeaderValue::from_static("close"));
            }
            Self::MalformedJson(_)
            | Self::Invalid(_)
            | Self::NotFound
            | Self::UnsupportedMediaType
            | Self::Forbidden
            | Self::Signature(_)
            | Self::Refused(_)
            | Self::Internal(_) => {}
        }
    }
}

/// What a program knows a refusal by. What the edge should have caught is a mistake of ours.
fn refusal_code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::ProductNotFound => Code::ProductNotFound,
        Refusal::HoldNotFound => Code::HoldNotFound,
        Refusal::OrderNotFound => Code::OrderNotFound,
        Refusal::CustomerRequired
        | Refusal::StockOutOfRange
        | Refusal::UnsoundWindow
        | Refusal::TooManyExtensions => Code::ValidationFailed,
        Refusal::InsufficientStock { .. } => Code::InsufficientStock,
        Refusal::SaleNotOpen { .. } => Code::SaleNotOpen,
        Refusal::SaleClosed => Code::SaleClosed,
        Refusal::SalePaused => Code::SalePaused,
        Refusal::CustomerLimitReached { .. } => Code::CustomerLimitReached,
        Refusal::HoldExpired => Code::HoldExpired,
        Refusal::HoldReleased => Code::HoldReleased,
        Refusal::HoldUsed { .. } => Code::HoldUsed,
        Refusal::HoldIdTaken => Code::Internal,
        Refusal::ExtensionLimitReached => Code::ExtensionLimitReached,
        Refusal::OrderNotPending { .. } => Code::OrderNotPending,
        Refusal::OrderNotRefundable { .. } => Code::OrderNotRefundable,
        Refusal::OrderIdTaken => Code::OrderIdTaken,
        Refusal::StockCommitted { .. } => Code::StockCommitted,
        Refusal::ProductExists { .. } => Code::ProductExists,
        Refusal::IdempotencyKeyReused => Code::IdempotencyKeyReused,
        Refusal::EventIdReused => Code::EventIdReused,
        Refusal::AmountMismatch { .. } => Code::AmountMismatch,
    }
}

#[cfg(test)]
mod tests;
