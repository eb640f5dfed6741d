//! Whom we believe, against the vector that the scheme's own libraries test with.

use super::{SECRET, at, headers};
use crate::http::{Field, Headers};
use crate::signature::{MAX_SECRETS, SecretError, SignatureError, Webhooks};

const NEEDED: &str = "the headers webhook-id, webhook-timestamp and webhook-signature are";
const OTHER_SECRET: &str = "whsec_YW5vdGhlciBzZWNyZXQgb2YgMjQgYnl0ZXM=";
pub(super) const PUBLISHED_ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
pub(super) const PUBLISHED_TIME: i64 = 1_614_265_330;
pub(super) const PUBLISHED_BODY: &[u8] = br#"{"test": 2432232314}"#;
pub(super) const PUBLISHED_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn webhooks(secrets: &[&str], allow_unsigned: bool) -> Webhooks {
    let secrets: Vec<String> = secrets.iter().map(|&secret| secret.into()).collect();
    Webhooks::new(&secrets, allow_unsigned).unwrap()
}

fn published(signature: &str) -> Vec<Field<'_>> {
    headers(&[
        ("webhook-id", PUBLISHED_ID),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", signature),
    ])
}

fn verify(secrets: &[&str], signature: &str, body: &[u8]) -> Result<(), SignatureError> {
    webhooks(secrets, false).verify(Headers::of(&published(signature)), body, at(PUBLISHED_TIME))
}

#[test]
fn the_published_vector_is_believed() {
    assert_eq!(verify(&[SECRET], PUBLISHED_SIGNATURE, PUBLISHED_BODY), Ok(()));
}

#[test]
fn any_active_secret_and_any_v1_signature_will_do() {
    for secrets in [[SECRET, OTHER_SECRET], [OTHER_SECRET, SECRET]] {
        let several = format!("v1a,AAAA v1,AAAA v2,xyz {PUBLISHED_SIGNATURE} v1,????");
        assert_eq!(verify(&secrets, &several, PUBLISHED_BODY), Ok(()));
    }
}

#[test]
fn padding_may_be_missing() {
    let unpadded = PUBLISHED_SIGNATURE.trim_end_matches('=');
    assert_eq!(verify(&[SECRET], unpadded, PUBLISHED_BODY), Ok(()));
}

#[test]
fn another_secret_body_or_version_is_not_believed() {
    let other_version = PUBLISHED_SIGNATURE.replace("v1,", "v2,");
    let bare = PUBLISHED_SIGNATURE.replace("v1,", "");
    for (secret, signature, body) in [
        (OTHER_SECRET, PUBLISHED_SIGNATURE, PUBLISHED_BODY),
        (SECRET, PUBLISHED_SIGNATURE, br#"{"test": 2432232315}"#),
        (SECRET, PUBLISHED_SIGNATURE, b""),
        (SECRET, &other_version, PUBLISHED_BODY),
        (SECRET, &bare, PUBLISHED_BODY),
        (SECRET, "", PUBLISHED_BODY),
        (SECRET, "v1,", PUBLISHED_BODY),
        (SECRET, "v1,g0hM9SsE", PUBLISHED_BODY),
    ] {
        assert_eq!(
            verify(&[secret], signature, body),
            Err(SignatureError::Mismatch("webhook-signature")),
            "{signature}"
        );
    }
}

#[test]
fn a_timestamp_may_be_300_seconds_away_and_no_more() {
    let webhooks = webhooks(&[SECRET], false);
    for (away, expected) in [
        (-301, Err(SignatureError::Stale("webhook-timestamp"))),
        (-300, Ok(())),
        (300, Ok(())),
        (301, Err(SignatureError::Stale("webhook-timestamp"))),
    ] {
        let result = webhooks.verify(
            Headers::of(&published(PUBLISHED_SIGNATURE)),
            PUBLISHED_BODY,
            at(PUBLISHED_TIME + away),
        );
        assert_eq!(result, expected, "{away} s");
    }
}

#[test]
fn a_timestamp_is_whole_seconds() {
    for bad in ["", "soon", "1614265330.5", "99999999999999999999"] {
        let headers = headers(&[
            ("webhook-id", PUBLISHED_ID),
            ("webhook-timestamp", bad),
            ("webhook-signature", PUBLISHED_SIGNATURE),
        ]);
        let result =
            webhooks(&[SECRET], false).verify(Headers::of(&headers), b"", at(PUBLISHED_TIME));
        assert_eq!(result, Err(SignatureError::BadTimestamp("webhook-timestamp")), "{bad:?}");
    }
}

#[test]
fn every_header_is_needed_once() {
    let all = [
        ("webhook-id", PUBLISHED_ID),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", PUBLISHED_SIGNATURE),
    ];
    for index in 0..all.len() {
        let mut without = all.to_vec();
        let (name, _) = without.remove(index);
        let webhooks = webhooks(&[SECRET], false);
        let result =
            webhooks.verify(Headers::of(&headers(&without)), PUBLISHED_BODY, at(PUBLISHED_TIME));
        assert_eq!(result, Err(SignatureError::Missing(NEEDED)), "{name}");

        let mut twice = all.to_vec();
        twice.push(all[index]);
        let result =
            webhooks.verify(Headers::of(&headers(&twice)), PUBLISHED_BODY, at(PUBLISHED_TIME));
        assert_eq!(result, Err(SignatureError::BadHeader(name)));
    }
}

#[test]
fn unsigned_deliveries_are_taken_only_where_allowed() {
    let unsigned = headers(&[("webhook-id", PUBLISHED_ID)]);
    let now = at(PUBLISHED_TIME);
    for secrets in [&[][..], &[SECRET][..]] {
        let strict = webhooks(secrets, false);
        assert_eq!(
            strict.verify(Headers::of(&unsigned), PUBLISHED_BODY, now),
            Err(SignatureError::Missing(NEEDED))
        );
        let lax = webhooks(secrets, true);
        assert_eq!(lax.verify(Headers::of(&unsigned), PUBLISHED_BODY, now), Ok(()));
    }
}

#[test]
fn a_signature_that_is_there_is_checked_even_where_unsigned_ones_are_taken() {
    let now = at(PUBLISHED_TIME);
    let good = published(PUBLISHED_SIGNATURE);
    let checked = webhooks(&[SECRET], true);
    assert_eq!(checked.verify(Headers::of(&good), PUBLISHED_BODY, now), Ok(()));
    let forged = checked.verify(Headers::of(&good), b"{}", now);
    assert_eq!(forged, Err(SignatureError::Mismatch("webhook-signature")));
    let without_secret = webhooks(&[], true).verify(Headers::of(&good), PUBLISHED_BODY, now);
    assert_eq!(without_secret, Err(SignatureError::Mismatch("webhook-signature")));
}

#[test]
fn bad_secrets_are_refused_at_start() {
    let many = vec![SECRET.to_owned(); MAX_SECRETS + 1];
    assert_eq!(Webhooks::new(&many, false).err(), Some(SecretError::TooMany));
    for (secret, error) in [
        ("", SecretError::NoPrefix),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", SecretError::NoPrefix),
        ("whsec_", SecretError::NotBase64),
        ("whsec_not base64", SecretError::NotBase64),
    ] {
        let result = Webhooks::new(&[secret.to_owned()], false).err();
        assert_eq!(result, Some(error), "{secret:?}");
    }
}

/// Who believes the published vector, for changing it bit by bit.
pub(super) fn published_webhooks() -> Webhooks {
    webhooks(&[SECRET, OTHER_SECRET], false)
}
