//! Request ids: one name for a request, in its answer and in every log line.

use std::sync::Arc;

use doorbuster_domain::Timestamp;
use doorbuster_engine::fresh_uuid;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use uuid::Uuid;

/// The header that carries it, both ways.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A longer id is not taken over: it would stand in every log line.
const MAX_CHARS: usize = 128;

/// A request's id: the client's, if it is sane, or ours.
#[derive(Clone, Debug)]
pub(super) struct RequestId(Arc<str>);

impl RequestId {
    /// The id of a request with these headers that arrives at `now`.
    pub(super) fn of(headers: &HeaderMap, now: Timestamp) -> Self {
        match headers.get(X_REQUEST_ID).and_then(sane) {
            Some(theirs) => Self(theirs.into()),
            None => {
                let ours = fresh_uuid(now);
                Self((&*ours.hyphenated().encode_lower(&mut Uuid::encode_buffer())).into())
            }
        }
    }

    /// The id as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as the engine's trace takes it.
    pub(super) fn shared(&self) -> Arc<str> {
        self.0.clone()
    }

    /// The id as a header's value.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

fn sane(header: &HeaderValue) -> Option<&str> {
    let text = header.to_str().ok()?;
    let fits = (1..=MAX_CHARS).contains(&text.len());
    (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_id_is_taken_and_any_other_replaced() {
        let longest = "r".repeat(MAX_CHARS);
        let too_long = "r".repeat(MAX_CHARS + 1);
        for (theirs, taken) in [
            ("abc-123", true),
            (&*longest, true),
            (&*too_long, false),
            ("", false),
            ("two words", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, theirs.parse().unwrap());
            let id = RequestId::of(&headers, Timestamp::from_millis(0));
            assert_eq!(id.as_str() == theirs, taken, "{theirs:?}");
            assert_eq!(id.header().unwrap(), id.as_str());
        }
    }

    #[test]
    fn ids_of_ours_differ() {
        let none = HeaderMap::new();
        let now = Timestamp::from_millis(1_795_770_000_000);
        assert_ne!(RequestId::of(&none, now).as_str(), RequestId::of(&none, now).as_str());
    }
}
