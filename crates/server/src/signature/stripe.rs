//! Stripe's own scheme (<https://docs.stripe.com/webhooks/signature>).

use doorbuster_domain::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use super::{MAX_SECRETS, MAX_SIGNATURES, SecretError, SignatureError, check_age, single};
use crate::http::Headers;

const SIGNATURE: &str = "stripe-signature";

/// What a delivery needs.
const NEEDED: &str = "the header Stripe-Signature is";

/// What its sender calls the time in it.
const TIMESTAMP: &str = "t in stripe-signature";

/// How many bytes a SHA-256 has, and how many hexadecimal digits.
const BYTES: usize = 32;
const DIGITS: usize = 2 * BYTES;

/// Decides which of Stripe's webhooks are believed.
pub struct StripeWebhooks {
    secrets: Vec<Hmac<Sha256>>,
    allow_unsigned: bool,
}

impl StripeWebhooks {
    /// Believes deliveries signed with one of `secrets`, whose text as it stands is the key, and
    /// unsigned ones too if the operator said so.
    ///
    /// # Errors
    /// When there are too many secrets.
    pub fn new(secrets: &[String], allow_unsigned: bool) -> Result<Self, SecretError> {
        if secrets.len() > MAX_SECRETS {
            return Err(SecretError::TooMany);
        }
        let keyed = |secret: &String| {
            // It cannot fail: a key may have any length (RFC 2104 §2).
            Hmac::new_from_slice(secret.as_bytes()).map_err(|_| SecretError::NotBase64)
        };
        let secrets = secrets.iter().map(keyed).collect::<Result<_, _>>()?;
        Ok(Self { secrets, allow_unsigned })
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
        if self.allow_unsigned && headers.first(SIGNATURE).is_none() {
            return Ok(());
        }
        let header = single(headers, SIGNATURE, NEEDED)?;
        let timestamp = timestamp(header)?;
        check_age(timestamp, TIMESTAMP, now)?;

        let mut fits = Choice::from(0);
        for secret in &self.secrets {
            let mut mac = secret.clone();
            for part in [timestamp.as_bytes(), b".", body] {
                mac.update(part);
            }
            let expected = hexadecimal(&mac.finalize().into_bytes().into());
            for presented in items(header, "v1").take(MAX_SIGNATURES) {
                fits |= expected.as_slice().ct_eq(presented.as_bytes());
            }
        }
        if fits.into() { Ok(()) } else { Err(SignatureError::Mismatch(SIGNATURE)) }
    }
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
