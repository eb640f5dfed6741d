//! Signed deliveries, of both schemes: what is believed was signed with the secret, in the present
//! and with this body; and whatever was, is believed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorbuster_domain::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::http::{Field, Headers};
use crate::signature::{StripeWebhooks, TOLERANCE_SECONDS, Webhooks};

/// When the deliveries arrive: 2026-11-27T09:00:00Z.
const NOW_SECONDS: i64 = 1_795_770_000;

/// What Standard Webhooks are signed with, as bytes and as it is written.
const KEY: &[u8] = b"a key for fuzzing";
const SECRET: &str = "whsec_YSBrZXkgZm9yIGZ1enppbmc=";

/// What Stripe signs with, as it stands.
const STRIPE_SECRET: &str = "whsec_stripe_key_for_fuzzing";

/// How many signatures of a header are looked at.
const MAX_SIGNATURES: usize = 16;

/// Stands for the right signature in a header. No mutation finds one by itself.
const RIGHT: &[u8] = b"{right}";

/// Takes the bytes for a delivery: headers, one a line, an empty line, and the body. In a header,
/// `{right}` stands for the signature that would be right.
///
/// # Panics
/// When a delivery is believed and should not be, or the other way round.
pub fn signatures(data: &[u8]) {
    let end = data.windows(2).position(|two| two == b"\n\n");
    let (head, body) = end.map_or((data, &b""[..]), |end| (&data[..end], &data[end + 2..]));
    let lines: Vec<(&str, &[u8])> = head.split(|byte| *byte == b'\n').filter_map(field).collect();
    standard(&lines, body);
    stripe(&lines, body);
}

fn field(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some((str::from_utf8(&line[..colon]).ok()?, line[colon + 1..].trim_ascii()))
}

fn standard(lines: &[(&str, &[u8])], body: &[u8]) {
    let first = |name: &str| all(lines, name).first().copied().unwrap_or_default();
    let (id, time) = (first("webhook-id"), first("webhook-timestamp"));
    let right = STANDARD.encode(mac(KEY, &[id, b".", time, b".", body]));
    let lines = with_signature(lines, "webhook-signature", right.as_bytes());
    let fields = fields(&lines);
    let presented = only(&lines, "webhook-signature");
    let expected = only(&lines, "webhook-id").is_some()
        && only(&lines, "webhook-timestamp").is_some_and(is_present)
        && presented.is_some_and(|it| {
            it.split(' ').take(MAX_SIGNATURES).any(|it| {
                // Some senders leave the padding out.
                it.strip_prefix("v1,")
                    .is_some_and(|it| it == right || it == &right[..right.len() - 1])
            })
        });
    let signed = fields.iter().any(|it| it.name.eq_ignore_ascii_case("webhook-signature"));
    let verify = |secret: &str, unsigned, body: &[u8]| {
        let Ok(webhooks) = Webhooks::new(&[secret.to_owned()], unsigned) else {
            panic!("{secret} is a secret");
        };
        webhooks.verify(Headers::of(&fields), body, now()).is_ok()
    };
    assert_eq!(verify(SECRET, false, body), expected, "standard: {lines:?}");
    assert_eq!(verify(SECRET, true, body), expected || !signed, "where unsigned: {lines:?}");
    if signed {
        assert!(!verify("whsec_b3RoZXI=", true, body), "another secret's: {lines:?}");
        assert!(!verify(SECRET, true, &[body, b" "].concat()), "another body's: {lines:?}");
    }
}

fn stripe(lines: &[(&str, &[u8])], body: &[u8]) {
    const NAME: &str = "stripe-signature";
    let header = all(lines, NAME).first().copied().unwrap_or_default();
    let times: Vec<&[u8]> =
        header.split(|byte| *byte == b',').filter_map(|item| item.strip_prefix(b"t=")).collect();
    let time = times.first().copied().unwrap_or_default();
    let right = mac(STRIPE_SECRET.as_bytes(), &[time, b".", body]);
    let right: String = right.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = with_signature(lines, NAME, right.as_bytes());
    let fields = fields(&lines);
    let expected = times.len() == 1
        && str::from_utf8(time).is_ok_and(is_present)
        && only(&lines, NAME).is_some_and(|header| {
            let signatures = header.split(',').filter_map(|item| item.strip_prefix("v1="));
            signatures.take(MAX_SIGNATURES).any(|signature| signature == right)
        });
    let verify = |secret: &str, body: &[u8]| {
        let Ok(webhooks) = StripeWebhooks::new(&[secret.to_owned()], false) else {
            panic!("{secret} is a secret");
        };
        webhooks.verify(Headers::of(&fields), body, now()).is_ok()
    };
    assert_eq!(verify(STRIPE_SECRET, body), expected, "stripe: {lines:?}");
    assert!(!verify("another", body), "another secret's: {lines:?}");
    assert!(!verify(STRIPE_SECRET, &[body, b" "].concat()), "another body's: {lines:?}");
}

fn now() -> Timestamp {
    Timestamp::from_millis(NOW_SECONDS * 1000)
}

fn is_present(time: &str) -> bool {
    let sent: Option<i64> = time.parse().ok();
    sent.is_some_and(|sent| sent.abs_diff(NOW_SECONDS) <= TOLERANCE_SECONDS.unsigned_abs())
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { panic!("any key will do") };
    mac.update(&parts.concat());
    mac.finalize().into_bytes().into()
}

fn all<'l>(lines: &'l [(&str, &'l [u8])], name: &str) -> Vec<&'l [u8]> {
    let those = lines.iter().filter(|(its, _)| its.eq_ignore_ascii_case(name));
    those.map(|(_, value)| *value).collect()
}

/// The value of the one header of this name, if it is visible text.
fn only<'l>(lines: &'l [(&str, Vec<u8>)], name: &str) -> Option<&'l str> {
    let mut those = lines.iter().filter(|(its, _)| its.eq_ignore_ascii_case(name));
    let (_, value) = those.next()?;
    let visible = value.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\t');
    if visible && those.next().is_none() { str::from_utf8(value).ok() } else { None }
}

/// The headers, with the right signature where it is asked for.
fn with_signature<'l>(
    lines: &[(&'l str, &[u8])],
    name: &str,
    right: &[u8],
) -> Vec<(&'l str, Vec<u8>)> {
    let replaced = |value: &[u8]| match value.windows(RIGHT.len()).position(|it| it == RIGHT) {
        Some(at) => [&value[..at], right, &value[at + RIGHT.len()..]].concat(),
        None => value.to_vec(),
    };
    let line = |(its, value): &(&'l str, &[u8])| {
        (*its, if its.eq_ignore_ascii_case(name) { replaced(value) } else { value.to_vec() })
    };
    lines.iter().map(line).collect()
}

fn fields<'l>(lines: &'l [(&str, Vec<u8>)]) -> Vec<Field<'l>> {
    lines.iter().map(|(name, value)| Field { name, value }).collect()
}
