//! Stripe's scheme, against a header that Stripe's own library for Python made.

use super::{SECRET, at, headers};
use crate::http::{Field, Headers};
use crate::signature::{MAX_SECRETS, SecretError, SignatureError, StripeWebhooks};

const OTHER_SECRET: &str = "another secret, of any form";
const TIME: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"id":"evt_1","object":"event","type":"charge.succeeded"}"#;
const FITS: &str = "a33c0929285c2f4884243eef2976f385258c033a9c709c64845500f889d1ecde";

const MISMATCH: SignatureError = SignatureError::Mismatch("stripe-signature");
const BAD_TIME: SignatureError = SignatureError::BadTimestamp("t in stripe-signature");
const STALE: SignatureError = SignatureError::Stale("t in stripe-signature");
const MISSING: SignatureError = SignatureError::Missing("the header Stripe-Signature is");

fn stripe(secrets: &[&str], allow_unsigned: bool) -> StripeWebhooks {
    let secrets: Vec<String> = secrets.iter().map(|&secret| secret.into()).collect();
    StripeWebhooks::new(&secrets, allow_unsigned).unwrap()
}

fn signed(header: &str) -> Vec<Field<'_>> {
    headers(&[("Stripe-Signature", header)])
}

fn verify(secrets: &[&str], header: &str, body: &[u8]) -> Result<(), SignatureError> {
    stripe(secrets, false).verify(Headers::of(&signed(header)), body, at(TIME))
}

#[test]
fn a_header_is_believed_by_its_time_and_any_signature_of_version_1() {
    let zeros = "0".repeat(64);
    for (header, expected) in [
        (format!("t={TIME},v1={FITS}"), Ok(())),
        (format!("v1={FITS},t={TIME}"), Ok(())),
        (format!("t={TIME},v1={zeros},v1={FITS},v0={zeros}"), Ok(())),
        (format!("t={TIME},v1={FITS},v1={zeros}"), Ok(())),
        (format!("t={TIME},v1={FITS},v2,,=,x=y=z"), Ok(())),
        (format!("t={TIME},v0={FITS}"), Err(MISMATCH)),
        (format!("t={TIME},v2={FITS}"), Err(MISMATCH)),
        (format!("t={TIME},V1={FITS}"), Err(MISMATCH)),
        (format!("t={TIME},v1={}", FITS.to_uppercase()), Err(MISMATCH)),
        (format!("t={TIME},v1={}", &FITS[..63]), Err(MISMATCH)),
        (format!("t={TIME},v1={FITS}0"), Err(MISMATCH)),
        (format!("t={TIME},v1="), Err(MISMATCH)),
        (format!("t={TIME}"), Err(MISMATCH)),
        (format!("t={TIME}, v1={FITS}"), Err(MISMATCH)),
        (format!("t=+{TIME},v1={FITS}"), Err(MISMATCH)),
        (format!("t=0{TIME},v1={FITS}"), Err(MISMATCH)),
        (format!("v1={FITS}"), Err(BAD_TIME)),
        (format!("t=,v1={FITS}"), Err(BAD_TIME)),
        (format!("t=now,v1={FITS}"), Err(BAD_TIME)),
        (format!("t={TIME}.5,v1={FITS}"), Err(BAD_TIME)),
        (format!("t={TIME},t={TIME},v1={FITS}"), Err(BAD_TIME)),
        (String::new(), Err(BAD_TIME)),
    ] {
        assert_eq!(verify(&[SECRET], &header, BODY), expected, "{header}");
    }
}

#[test]
fn another_secret_or_body_is_not_believed_and_either_active_secret_is() {
    let header = format!("t={TIME},v1={FITS}");
    let padded = [BODY, b" "].concat();
    for (secrets, body, expected) in [
        (&[OTHER_SECRET][..], BODY, Err(MISMATCH)),
        (&[], BODY, Err(MISMATCH)),
        (&[SECRET], &padded, Err(MISMATCH)),
        (&[SECRET], b"", Err(MISMATCH)),
        (&[SECRET, OTHER_SECRET], BODY, Ok(())),
        (&[OTHER_SECRET, SECRET], BODY, Ok(())),
    ] {
        assert_eq!(verify(secrets, &header, body), expected, "{} secrets", secrets.len());
    }
}

#[test]
fn a_time_may_be_300_seconds_away_and_no_more() {
    let header = format!("t={TIME},v1={FITS}");
    for (away, expected) in [(-301, Err(STALE)), (-300, Ok(())), (300, Ok(())), (301, Err(STALE))] {
        let fields = signed(&header);
        let result = stripe(&[SECRET], false).verify(Headers::of(&fields), BODY, at(TIME + away));
        assert_eq!(result, expected, "{away} s");
    }
}

#[test]
fn the_header_is_needed_once_unless_unsigned_deliveries_are_taken() {
    let header = format!("t={TIME},v1={FITS}");
    let (none, one) = (headers(&[]), signed(&header));
    let two = headers(&[("stripe-signature", &header), ("Stripe-Signature", &header)]);
    let forged = signed("t=1614265330,v1=00");
    let twice = Err(SignatureError::BadHeader("stripe-signature"));
    for (secrets, allow_unsigned, fields, expected) in [
        (&[SECRET][..], false, &none, Err(MISSING)),
        (&[], false, &none, Err(MISSING)),
        (&[SECRET], false, &two, twice),
        (&[SECRET], true, &none, Ok(())),
        (&[], true, &none, Ok(())),
        (&[SECRET], true, &one, Ok(())),
        (&[SECRET], true, &forged, Err(MISMATCH)),
        (&[], true, &one, Err(MISMATCH)),
    ] {
        let webhooks = stripe(secrets, allow_unsigned);
        assert_eq!(webhooks.verify(Headers::of(fields), BODY, at(TIME)), expected);
    }
}

#[test]
fn no_more_secrets_than_a_rotation_needs() {
    let many = vec![SECRET.to_owned(); MAX_SECRETS + 1];
    assert_eq!(StripeWebhooks::new(&many, false).err(), Some(SecretError::TooMany));
}

/// A delivery that is believed, for changing it bit by bit.
pub(super) fn good() -> (StripeWebhooks, String, &'static [u8], i64) {
    (stripe(&[SECRET, OTHER_SECRET], false), format!("t={TIME},v1={FITS}"), BODY, TIME)
}
