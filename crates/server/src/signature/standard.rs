//! The Standard Webhooks scheme
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use doorbuster_domain::Timestamp;
use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;

use super::{MAX_SIGNATURES, SecretError, Secrets, SignatureError, check_age, single};
use crate::http::Headers;

const SECRET_PREFIX: &str = "whsec_";

/// Bytes of randomness in a secret that we make: what the scheme advises at least.
const SECRET_BYTES: usize = 24;

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// What a delivery needs.
const NEEDED: &str = "the headers webhook-id, webhook-timestamp and webhook-signature are";

/// Base64 as secrets and signatures are written; some senders leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decides which payment webhooks are believed.
pub struct Webhooks(Secrets);

impl Webhooks {
    /// Believes deliveries signed with one of `secrets` (each `whsec_` and base64), and unsigned
    /// ones too if the operator said so.
    ///
    /// # Errors
    /// When a secret is malformed or there are too many.
    pub fn new(secrets: &[String], allow_unsigned: bool) -> Result<Self, SecretError> {
        Secrets::new(secrets, keyed, allow_unsigned).map(Self)
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
        if self.0.take_unsigned(headers, SIGNATURE) {
            return Ok(());
        }
        let id = single(headers, ID, NEEDED)?;
        let timestamp = single(headers, TIMESTAMP, NEEDED)?;
        let signatures = single(headers, SIGNATURE, NEEDED)?;
        check_age(timestamp, TIMESTAMP, now)?;
        let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
        let fits = self.0.check(&signed, |bytes| *bytes, version_1(signatures));
        if fits { Ok(()) } else { Err(SignatureError::Mismatch(SIGNATURE)) }
    }
}

/// A new secret, which nobody can guess.
///
/// # Errors
/// When the system gives no randomness.
pub(crate) fn fresh_secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{SECRET_PREFIX}{}", BASE64.encode(bytes)))
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

/// The decoded signatures of version 1 in a header such as `v1,AbC= v2,… v1,dEf=`.
fn version_1(header: &str) -> impl Iterator<Item = Vec<u8>> {
    header
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|signature| BASE64.decode(signature.strip_prefix("v1,")?).ok())
}
