//! Request ids: one name for a request, in its answer and in every log line.

use std::sync::Arc;

use doorbuster_domain::Timestamp;
use doorbuster_engine::fresh_uuid;
use uuid::fmt::Hyphenated;

use super::head::{self, Headers};

/// The header that carries it, both ways.
pub(super) const X_REQUEST_ID: &str = "x-request-id";

/// A longer id is not taken over: it would stand in every log line.
const MAX_CHARS: usize = 128;

/// A request's id: the client's, if it is sane, or ours.
#[derive(Clone, Copy, Debug)]
pub(super) enum RequestId<'a> {
    Theirs(&'a str),
    Ours([u8; Hyphenated::LENGTH]),
}

impl<'a> RequestId<'a> {
    /// The id of a request with these headers that arrives at `now`.
    pub(super) fn of(headers: Headers<'a>, now: Timestamp) -> Self {
        headers.first(X_REQUEST_ID).and_then(sane).map_or_else(|| Self::fresh(now), Self::Theirs)
    }

    fn fresh(now: Timestamp) -> Self {
        let mut text = [0; Hyphenated::LENGTH];
        fresh_uuid(now).hyphenated().encode_lower(&mut text);
        Self::Ours(text)
    }

    /// The id as text.
    pub(super) fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default() // it is ASCII
    }

    /// The id as the bytes of its text.
    pub(super) const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Theirs(text) => text.as_bytes(),
            Self::Ours(text) => text,
        }
    }

    /// The id as the engine's trace takes it.
    pub(super) fn shared(&self) -> Arc<str> {
        self.as_str().into()
    }
}

fn sane(value: &[u8]) -> Option<&str> {
    let text = head::text(value)?;
    let fits = (1..=MAX_CHARS).contains(&text.len());
    (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::head::Field;

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
            let fields = [Field { name: X_REQUEST_ID, value: theirs.as_bytes() }];
            let id = RequestId::of(Headers::of(&fields), Timestamp::from_millis(0));
            assert_eq!(id.as_str() == theirs, taken, "{theirs:?}");
            assert!(taken || id.as_str().len() == Hyphenated::LENGTH);
        }
    }

    #[test]
    fn ids_of_ours_differ() {
        let none = Headers::of(&[]);
        let now = Timestamp::from_millis(1_795_770_000_000);
        assert_ne!(RequestId::of(none, now).as_str(), RequestId::of(none, now).as_str());
    }
}
