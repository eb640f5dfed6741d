//! Signatures, written from the specifications and not from the server's code:
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>,
//! <https://docs.stripe.com/webhooks/signature>.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The secret that servers under test are started with.
pub(crate) const SECRET: &str = "whsec_c2VjcmV0LW9mLXRoZS1ibGFjay1ib3gtdGVzdHM=";

/// One signature, `v1,…`, of a delivery.
pub(crate) fn sign(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = secret.strip_prefix("whsec_").unwrap();
    let key = BASE64_STANDARD.decode(key).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    format!("v1,{signature}")
}

/// The secret of Stripe's that servers under test are started with.
pub(crate) const STRIPE_SECRET: &str = "whsec_Zk3mB1xQd7sT9vWc5yRj2nLh8pGf4aEo";

/// The value of `Stripe-Signature` for a delivery.
pub(crate) fn sign_stripe(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}.").as_bytes());
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={timestamp},v1={digits}")
}
