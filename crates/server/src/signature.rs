//! Signatures of payment webhooks by the Standard Webhooks scheme
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use doorbuster_domain::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use crate::http::{Headers, text};

/// How far a delivery's timestamp may be from our clock, either way: the scheme's own tolerance.
/// Outside it a captured delivery can no longer be replayed.
pub const TOLERANCE_SECONDS: i64 = 300;

/// How many secrets may be active: the current one and, during a rotation, the one before it.
pub const MAX_SECRETS: usize = 2;

/// How many signatures of one delivery are looked at; a sender in rotation sends two.
const MAX_SIGNATURES: usize = 16;

const SECRET_PREFIX: &str = "whsec_";
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// Base64 as secrets and signatures are written; some senders leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a webhook secret cannot be used. The secret itself stays out of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It does not start with `whsec_`.
    #[error("a webhook secret starts with \"whsec_\", followed by base64")]
    NoPrefix,
    /// What follows the prefix is not base64, or is nothing.
    #[error("what follows \"whsec_\" in a webhook secret must be base64 of at least one byte")]
    NotBase64,
    /// There are more than [`MAX_SECRETS`].
    #[error("at most {MAX_SECRETS} webhook secrets can be active at once")]
    TooMany,
}

/// Why a delivery was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// It has no signature, and unsigned ones are not taken.
    #[error("the headers webhook-id, webhook-timestamp and webhook-signature are required")]
    Missing,
    /// One of the three headers is there twice, or is not text.
    #[error("the header {0} must be given once, in visible ASCII")]
    BadHeader(&'static str),
    /// The timestamp is not a whole number of seconds.
    #[error("webhook-timestamp must be whole seconds since 1970-01-01T00:00:00Z")]
    BadTimestamp,
    /// The timestamp is more than [`TOLERANCE_SECONDS`] from our clock.
    #[error("webhook-timestamp is more than {TOLERANCE_SECONDS} seconds away from the present")]
    Stale,
    /// No signature of version 1 fits any active secret.
    #[error("no signature in webhook-signature fits the delivery")]
    Mismatch,
}

/// Decides which payment webhooks are believed.
pub struct Webhooks {
    secrets: Vec<Hmac<Sha256>>,
    allow_unsigned: bool,
}

impl Webhooks {
    /// Believes deliveries signed with one of `secrets` (each `whsec_` and base64), and unsigned
    /// ones too if the operator said so.
    ///
    /// # Errors
    /// When a secret is malformed or there are too many.
    pub fn new(secrets: &[String], allow_unsigned: bool) -> Result<Self, SecretError> {
        if secrets.len() > MAX_SECRETS {
            return Err(SecretError::TooMany);
        }
        let secrets = secrets.iter().map(|secret| keyed(secret)).collect::<Result<_, _>>()?;
        Ok(Self { secrets, allow_unsigned })
    }

    /// Whether a delivery with these headers and this raw body, arriving at `now`, is believed.
    ///
    /// A signature that is there is checked even where unsigned deliveries are taken. Without any
    /// secret it fits none, so it is refused: whoever signs expects to be checked.
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
        let id = single(headers, ID)?;
        let timestamp = single(headers, TIMESTAMP)?;
        let signatures = single(headers, SIGNATURE)?;
        check_age(timestamp, now)?;

        let mut fits = Choice::from(0);
        for secret in &self.secrets {
            let mut mac = secret.clone();
            for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
                mac.update(part);
            }
            let expected = mac.finalize().into_bytes();
            for presented in version_1(signatures) {
                fits |= expected.as_slice().ct_eq(&presented);
            }
        }
        if fits.into() { Ok(()) } else { Err(SignatureError::Mismatch) }
    }
}

/// A secret, ready to sign with.
pub(crate) fn keyed(secret: &str) -> Result<Hmac<Sha256>, SecretError> {
    let encoded = secret.strip_prefix(SECRET_PREFIX).ok_or(SecretError::NoPrefix)?;
    let key = BASE64.decode(encoded).map_err(|_| SecretError::NotBase64)?;
    if key.is_empty() {
        return Err(SecretError::NotBase64);
    }
    Hmac::new_from_slice(&key).map_err(|_| SecretError::NotBase64)
}

fn single<'h>(headers: Headers<'h>, name: &'static str) -> Result<&'h str, SignatureError> {
    let mut values = headers.all(name);
    let value = values.next().ok_or(SignatureError::Missing)?;
    if values.next().is_some() {
        return Err(SignatureError::BadHeader(name));
    }
    text(value).ok_or(SignatureError::BadHeader(name))
}

fn check_age(timestamp: &str, now: Timestamp) -> Result<(), SignatureError> {
    let sent: i64 = timestamp.parse().map_err(|_| SignatureError::BadTimestamp)?;
    let now = now.as_millis().div_euclid(1000);
    if now.saturating_sub(sent).saturating_abs() > TOLERANCE_SECONDS {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

/// The decoded signatures of version 1 in a header such as `v1,AbC= v2,… v1,dEf=`.
fn version_1(header: &str) -> impl Iterator<Item = Vec<u8>> {
    header
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|signature| BASE64.decode(signature.strip_prefix("v1,")?).ok())
}

#[cfg(test)]
mod tests;
