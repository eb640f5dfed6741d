//! Every change of one bit, anywhere in what was sent, is noticed.

use doorbuster_domain::Timestamp;

use super::{at, standard, stripe};
use crate::http::{Field, Headers};
use crate::signature::SignatureError;

/// A delivery's parts: the headers' values, then the body.
type Parts = Vec<Vec<u8>>;

/// Changes every bit of every part, one at a time, and counts those changes; none may pass.
fn assert_every_bit_counts(
    names: &[&str],
    parts: &Parts,
    now: Timestamp,
    verify: impl Fn(Headers<'_>, &[u8], Timestamp) -> Result<(), SignatureError>,
) -> usize {
    let told = |parts: &Parts| {
        let (body, values) = parts.split_last().unwrap();
        let fields: Vec<_> =
            names.iter().zip(values).map(|(name, value)| Field { name, value }).collect();
        verify(Headers::of(&fields), body, now)
    };
    assert_eq!(told(parts), Ok(()), "as it was sent");
    let mut changes = 0;
    for part in 0..parts.len() {
        for bit in 0..parts[part].len() * 8 {
            let mut changed = parts.clone();
            changed[part][bit / 8] ^= 1 << (bit % 8);
            assert!(told(&changed).is_err(), "bit {bit} of {:?}", names.get(part));
            changes += 1;
        }
    }
    changes
}

#[test]
fn of_standard_webhooks() {
    use standard::{PUBLISHED_BODY, PUBLISHED_ID, PUBLISHED_SIGNATURE, PUBLISHED_TIME};
    let webhooks = standard::published_webhooks();
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let parts: Parts = vec![
        PUBLISHED_ID.into(),
        PUBLISHED_TIME.to_string().into(),
        PUBLISHED_SIGNATURE.into(),
        PUBLISHED_BODY.into(),
    ];
    let changes = assert_every_bit_counts(&names, &parts, at(PUBLISHED_TIME), |h, body, now| {
        webhooks.verify(h, body, now)
    });
    assert_eq!(changes, 8 * (28 + 10 + 47 + 20));
}

#[test]
fn of_stripes_scheme() {
    let (webhooks, header, body, time) = stripe::good();
    let parts: Parts = vec![header.into(), body.into()];
    let changes = assert_every_bit_counts(&["stripe-signature"], &parts, at(time), |h, b, now| {
        webhooks.verify(h, b, now)
    });
    assert_eq!(changes, 8 * (80 + 57));
}
