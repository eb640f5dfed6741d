//! Admin keys: made strong, shown once, kept as hashes, compared in constant time.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorbuster_stores::{KeyScope, StoredKey};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Bytes of randomness in a key that we make: as many as its hash has.
const KEY_BYTES: usize = 32;

/// What our keys begin with, so that they are recognized where they should not be.
const KEY_PREFIX: &str = "db_";

/// The keys that admin calls may present. Only their hashes are in memory. Cheap to clone; clones
/// have the same keys.
///
/// A fast hash is enough: a key that we make has 256 bits of randomness, which nobody can try out.
#[derive(Clone, Debug, Default)]
pub struct AdminKeys {
    /// The one that the server was started with; good for everything.
    given: Option<[u8; 32]>,
    /// Those of the database.
    stored: Arc<RwLock<Vec<Known>>>,
}

/// A key's hash, and what it is good for.
type Known = ([u8; 32], KeyScope);

impl AdminKeys {
    /// This one key, good for everything.
    #[must_use]
    pub fn only(key: &str) -> Self {
        Self { given: Some(hash(key)), ..Self::default() }
    }

    /// From now on, of those in the database, these keys. One that was revoked is good for nothing;
    /// nor is the one made at the first start, where another was given instead.
    pub fn set_stored(&self, keys: &[StoredKey]) {
        let counts = |key: &&StoredKey| {
            key.revoked_at.is_none() && (self.given.is_none() || key.name.is_some())
        };
        let keys = keys.iter().filter(counts).map(|key| (key.hash, key.scope)).collect();
        *self.stored.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// What `presented` is good for; `None` where it is none of the keys. The time it takes depends
    /// on how many keys there are and how long `presented` is, not on what it is.
    #[must_use]
    pub fn scope_of(&self, presented: &str) -> Option<KeyScope> {
        self.scope_of_hash(&hash(presented))
    }

    /// The same for whoever keeps the hash, to ask again later.
    pub(crate) fn scope_of_hash(&self, presented: &[u8; 32]) -> Option<KeyScope> {
        let (mut admin, mut read) = (Choice::from(0), Choice::from(0));
        if let Some(given) = &self.given {
            admin |= given.ct_eq(presented);
        }
        for (hash, scope) in &*self.stored.read().unwrap_or_else(PoisonError::into_inner) {
            let found = hash.ct_eq(presented);
            match scope {
                KeyScope::Admin => admin |= found,
                KeyScope::Read => read |= found,
            }
        }
        if admin.into() {
            Some(KeyScope::Admin)
        } else if read.into() {
            Some(KeyScope::Read)
        } else {
            None
        }
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
    use doorbuster_domain::Timestamp;

    use super::*;

    fn stored(key: &str, scope: KeyScope) -> StoredKey {
        let created_at = Timestamp::from_millis(0);
        let name = Some("till".to_owned());
        StoredKey { hash: hash(key), scope, name, created_at, revoked_at: None }
    }

    #[test]
    fn only_the_keys_themselves_are_good_for_what_they_are_for() {
        let keys = AdminKeys::default();
        assert_eq!(keys.scope_of(""), None);
        keys.set_stored(&[stored("first", KeyScope::Admin), stored("second", KeyScope::Read)]);
        for (presented, scope) in [
            ("first", Some(KeyScope::Admin)),
            ("second", Some(KeyScope::Read)),
            ("", None),
            ("firs", None),
            ("first ", None),
            ("First", None),
            ("third", None),
        ] {
            assert_eq!(keys.scope_of(presented), scope, "{presented:?}");
        }
    }

    #[test]
    fn a_key_counts_until_it_is_revoked_and_the_first_one_until_another_is_given() {
        let (mut key, mut first) =
            (stored("key", KeyScope::Admin), stored("first", KeyScope::Admin));
        first.name = None;
        let (kept, given) = (AdminKeys::default(), AdminKeys::only("given"));
        let scopes = |keys: &AdminKeys| {
            ["given", "key", "first"].map(|presented| keys.scope_of(presented).is_some())
        };
        for keys in [&kept, &given] {
            keys.set_stored(&[key.clone(), first.clone()]);
        }
        assert_eq!(scopes(&kept), [false, true, true]);
        assert_eq!(scopes(&given), [true, true, false]);
        key.revoked_at = Some(Timestamp::from_millis(1));
        for keys in [&kept, &given] {
            keys.clone().set_stored(&[key.clone(), first.clone()]);
        }
        assert_eq!(scopes(&kept), [false, false, true]);
        assert_eq!(scopes(&given), [true, false, false]);
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
