//! Signatures of payment webhooks: which deliveries are believed. Both schemes are an HMAC-SHA256
//! over the delivery's time and its body as it came, with a secret that both sides know.

mod standard;
mod stripe;

use doorbuster_domain::Timestamp;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use crate::http::{Headers, text};

pub use standard::Webhooks;
pub(crate) use standard::{fresh_secret, keyed};
pub use stripe::StripeWebhooks;

/// How far a delivery's timestamp may be from our clock, either way: what both schemes advise.
/// Outside it a captured delivery can no longer be replayed.
pub const TOLERANCE_SECONDS: i64 = 300;

/// How many secrets of a scheme may be active: the current one and, during a rotation, the one
/// before it.
pub const MAX_SECRETS: usize = 2;

/// How many signatures of one delivery are looked at; a sender in rotation sends two.
const MAX_SIGNATURES: usize = 16;

/// How many bytes a SHA-256 has.
const BYTES: usize = 32;

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
    /// It has no signature, and unsigned ones are not taken. Says what is needed.
    #[error("{0} required")]
    Missing(&'static str),
    /// A header of the scheme is there twice, or is not text.
    #[error("the header {0} must be given once, in visible ASCII")]
    BadHeader(&'static str),
    /// The timestamp is not a whole number of seconds.
    #[error("{0} must be whole seconds since 1970-01-01T00:00:00Z, given once")]
    BadTimestamp(&'static str),
    /// The timestamp is more than [`TOLERANCE_SECONDS`] from our clock.
    #[error("{0} is more than {TOLERANCE_SECONDS} seconds away from the present")]
    Stale(&'static str),
    /// No signature of version 1 fits any active secret.
    #[error("no signature in {0} fits the delivery")]
    Mismatch(&'static str),
}

/// The secrets of a scheme that are active, and whether deliveries without a signature are taken.
struct Secrets {
    keys: Vec<Hmac<Sha256>>,
    allow_unsigned: bool,
}

impl Secrets {
    /// Of these `secrets`, each made a key by `keyed`.
    fn new(
        secrets: &[String],
        keyed: fn(&str) -> Result<Hmac<Sha256>, SecretError>,
        allow_unsigned: bool,
    ) -> Result<Self, SecretError> {
        if secrets.len() > MAX_SECRETS {
            return Err(SecretError::TooMany);
        }
        let keys = secrets.iter().map(|secret| keyed(secret)).collect::<Result<_, _>>()?;
        Ok(Self { keys, allow_unsigned })
    }

    /// Whether a delivery is taken because it has no `signature`. One that is there is checked in
    /// any case: whoever signs expects to be checked.
    fn take_unsigned(&self, headers: Headers<'_>, signature: &str) -> bool {
        self.allow_unsigned && headers.first(signature).is_none()
    }

    /// Whether one of the first signatures `presented` is what one of the secrets makes of `parts`,
    /// `written` as the scheme writes it. How long it takes does not tell how much of one fits.
    fn check<P: AsRef<[u8]>, W: AsRef<[u8]>>(
        &self,
        parts: &[&[u8]],
        written: fn(&[u8; BYTES]) -> W,
        presented: impl Iterator<Item = P>,
    ) -> bool {
        let presented: Vec<P> = presented.take(MAX_SIGNATURES).collect();
        let mut fits = Choice::from(0);
        for key in &self.keys {
            let mut mac = key.clone();
            parts.iter().for_each(|part| mac.update(part));
            let expected = written(&mac.finalize().into_bytes().into());
            for presented in &presented {
                fits |= expected.as_ref().ct_eq(presented.as_ref());
            }
        }
        fits.into()
    }
}

/// The value of a header that must be there once; `missing` says what is needed where it is not.
fn single<'h>(
    headers: Headers<'h>,
    name: &'static str,
    missing: &'static str,
) -> Result<&'h str, SignatureError> {
    let mut values = headers.all(name);
    let value = values.next().ok_or(SignatureError::Missing(missing))?;
    if values.next().is_some() {
        return Err(SignatureError::BadHeader(name));
    }
    text(value).ok_or(SignatureError::BadHeader(name))
}

/// Whether a delivery of this `timestamp`, which the sender calls `name`, is of the present.
fn check_age(timestamp: &str, name: &'static str, now: Timestamp) -> Result<(), SignatureError> {
    let sent: i64 = timestamp.parse().map_err(|_| SignatureError::BadTimestamp(name))?;
    let now = now.as_millis().div_euclid(1000);
    if now.saturating_sub(sent).saturating_abs() > TOLERANCE_SECONDS {
        return Err(SignatureError::Stale(name));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
