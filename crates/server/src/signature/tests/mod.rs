//! Whom we believe, and that nothing else is believed.

mod bits;
mod standard;
mod stripe;

use doorbuster_domain::Timestamp;

use crate::http::Field;

/// The secret of the vector that the libraries of Standard Webhooks test with.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn headers<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<Field<'a>> {
    pairs.iter().map(|(name, value)| Field { name, value: value.as_bytes() }).collect()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}
