//! Admin keys: made strong, shown once, kept as hashes, compared in constant time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Bytes of randomness in a key that we make: as many as its hash has.
const KEY_BYTES: usize = 32;

/// What our keys begin with, so that they are recognized where they should not be.
const KEY_PREFIX: &str = "db_";

/// The keys that admin calls may present. Only their hashes are in memory.
///
/// A fast hash is enough: a key that we make has 256 bits of randomness, which nobody can try out.
#[derive(Clone, Debug)]
pub struct AdminKeys {
    hashes: Vec<[u8; 32]>,
}

impl AdminKeys {
    /// The keys with these SHA-256 hashes.
    #[must_use]
    pub const fn from_hashes(hashes: Vec<[u8; 32]>) -> Self {
        Self { hashes }
    }

    /// This one key.
    #[must_use]
    pub fn only(key: &str) -> Self {
        Self::from_hashes(vec![hash(key)])
    }

    /// Whether `presented` is one of the keys. The time it takes depends on how many keys there are
    /// and how long `presented` is, not on what it is.
    #[must_use]
    pub fn accepts(&self, presented: &str) -> bool {
        let presented = hash(presented);
        let mut found = Choice::from(0);
        for hash in &self.hashes {
            found |= hash.ct_eq(&presented);
        }
        found.into()
    }
}

/// The SHA-256 hash under which a key is kept.
#[must_use]
pub fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// A new key that nobody can guess.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn generate() -> Result<String, getrandom::Error> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keys_themselves_are_accepted() {
        let keys = AdminKeys::from_hashes(vec![hash("first"), hash("second")]);
        for (presented, accepted) in [
            ("first", true),
            ("second", true),
            ("", false),
            ("firs", false),
            ("first ", false),
            ("First", false),
            ("third", false),
        ] {
            assert_eq!(keys.accepts(presented), accepted, "{presented:?}");
        }
        assert!(AdminKeys::only("k").accepts("k"));
        assert!(!AdminKeys::from_hashes(Vec::new()).accepts(""));
    }

    #[test]
    fn a_generated_key_is_long_fit_for_a_header_and_never_the_same() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one, other);
        let random = one.strip_prefix("db_").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(random).unwrap().len(), 32);
        assert!(one.bytes().all(|byte| byte.is_ascii_graphic()));
    }

    #[test]
    fn the_hash_is_sha_256() {
        // The example of FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let hex: String = hash("abc").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
    }
}
