//! Stripe's own scheme (<https://docs.stripe.com/webhooks/signature>).

use doorbuster_domain::Timestamp;
use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;

use super::{BYTES, SecretError, Secrets, SignatureError, check_age, single};
use crate::http::Headers;

const SIGNATURE: &str = "stripe-signature";

/// What a delivery needs.
const NEEDED: &str = "the header Stripe-Signature is";

/// What its sender calls the time in it.
const TIMESTAMP: &str = "t in stripe-signature";

/// How many hexadecimal digits a SHA-256 has.
const DIGITS: usize = 2 * BYTES;

/// Decides which of Stripe's webhooks are believed.
pub struct StripeWebhooks(Secrets);

impl StripeWebhooks {
    /// Believes deliveries signed with one of `secrets`, whose text as it stands is the key, and
    /// unsigned ones too if the operator said so.
    ///
    /// # Errors
    /// When there are too many secrets.
    pub fn new(secrets: &[String], allow_unsigned: bool) -> Result<Self, SecretError> {
        Secrets::new(secrets, keyed, allow_unsigned).map(Self)
    }

    /// Whether a delivery with these headers and this raw body, arriving at `now`, is believed.
    ///
    /// A signature that is there is checked even where unsigned deliveries are taken.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn verify(
        &self,
        headers: Headers<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        if self.0.take_unsigned(headers, SIGNATURE) {
            return Ok(());
        }
        let header = single(headers, SIGNATURE, NEEDED)?;
        let timestamp = timestamp(header)?;
        check_age(timestamp, TIMESTAMP, now)?;
        let signed = [timestamp.as_bytes(), b".", body];
        let fits = self.0.check(&signed, hexadecimal, items(header, "v1"));
        if fits { Ok(()) } else { Err(SignatureError::Mismatch(SIGNATURE)) }
    }
}

/// A secret, ready to sign with. That cannot fail: a key may have any length (RFC 2104 §2).
fn keyed(secret: &str) -> Result<Hmac<Sha256>, SecretError> {
    Hmac::new_from_slice(secret.as_bytes()).map_err(|_| SecretError::NotBase64)
}

/// The time in a header, which must be there once: it is signed as it is written.
fn timestamp(header: &str) -> Result<&str, SignatureError> {
    let mut times = items(header, "t");
    let time = times.next().ok_or(SignatureError::BadTimestamp(TIMESTAMP))?;
    times.next().is_none().then_some(time).ok_or(SignatureError::BadTimestamp(TIMESTAMP))
}

/// What a header such as `t=1,v1=ab,v1=cd,v0=ef` says under this name.
fn items<'h>(header: &'h str, name: &'static str) -> impl Iterator<Item = &'h str> {
    let item = |item: &'h str| item.split_once('=');
    header.split(',').filter_map(item).filter(move |(its, _)| *its == name).map(|(_, value)| value)
}

/// In lower case, as signatures are written. Only that is compared: a digit in the other case is
/// not the digit that was sent.
fn hexadecimal(bytes: &[u8; BYTES]) -> [u8; DIGITS] {
    const DIGIT: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; DIGITS];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[DIGIT[usize::from(byte >> 4)], DIGIT[usize::from(byte & 15)]]);
    }
    text
}
