//! Cross-origin requests (the Fetch standard's CORS protocol) from the origins that the operator
//! names. Without any, nothing is added to any answer.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, VARY,
};

use super::answer::Response;
use super::head::Headers;

/// Any origin, as an operator may write it.
const ANY: &str = "*";

/// What a page's script may send beyond the headers it always may.
const ALLOWED: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, last-event-id, x-request-id",
);

/// What a page's script may read beyond the headers it always may.
const EXPOSED: HeaderValue =
    HeaderValue::from_static("idempotency-replayed, location, retry-after, x-request-id");

/// How many seconds a browser may remember what it was allowed.
const MAX_AGE: HeaderValue = HeaderValue::from_static("3600");

/// What the answer depends on.
const BY_ORIGIN: HeaderValue = HeaderValue::from_static("origin");

/// Which origins' pages may read our answers.
#[derive(Debug)]
pub(super) struct Cors(Vec<HeaderValue>);

impl Cors {
    pub(super) fn new(origins: Vec<HeaderValue>) -> Self {
        Self(origins)
    }

    /// What a page of the request's origin may have.
    pub(super) fn grant(&self, request: Headers<'_>) -> Grant {
        Grant { depends_on_origin: !self.0.is_empty(), origin: self.allowed(request) }
    }

    /// Adds what a browser asks before it sends a request to a path with these methods.
    pub(super) fn preflight(
        &self,
        request: Headers<'_>,
        methods: &HeaderValue,
        answer: &mut Response,
    ) {
        if self.allowed(request).is_some() {
            answer.add(ACCESS_CONTROL_ALLOW_METHODS, methods.clone());
            answer.add(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED);
            answer.add(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
    }

    fn allowed(&self, request: Headers<'_>) -> Option<HeaderValue> {
        if self.0.is_empty() {
            return None;
        }
        let origin = HeaderValue::from_bytes(request.first("origin")?).ok()?;
        self.0.iter().any(|allowed| allowed == ANY || allowed == origin).then_some(origin)
    }
}

/// What an answer tells a browser.
#[derive(Debug)]
pub(super) struct Grant {
    depends_on_origin: bool,
    origin: Option<HeaderValue>,
}

impl Grant {
    /// Adds what the page needs to read the answer.
    pub(super) fn expose(self, answer: &mut Response) {
        if self.depends_on_origin {
            answer.add(VARY, BY_ORIGIN); // for caches on the way
        }
        if let Some(origin) = self.origin {
            answer.add(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            answer.add(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}
