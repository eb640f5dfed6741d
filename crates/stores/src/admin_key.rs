//! Keys of the admin API, as a database has them.

use doorbuster_domain::Timestamp;

use crate::names::name;

/// How many hexadecimal digits of a key's hash it is referred to by.
const ID_DIGITS: usize = 8;

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScope {
    /// Everything.
    Admin,
    /// Reading.
    Read,
}

impl KeyScope {
    /// What it is called, in the database and by people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        name(self)
    }
}

/// A key that a database knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its SHA-256 hash; the key itself is nowhere.
    pub hash: [u8; 32],
    /// What it is good for.
    pub scope: KeyScope,
    /// What its maker called it; `None` where a server made it at its first start.
    pub name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is good for nothing.
    pub revoked_at: Option<Timestamp>,
}

impl StoredKey {
    /// What it is referred to by. Nobody learns anything of the key from it.
    #[must_use]
    pub fn id(&self) -> String {
        let digits: String = self.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.chars().take(ID_DIGITS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_beginning_of_the_hash() {
        let mut hash = [0xab; 32];
        hash[1] = 1;
        let created_at = Timestamp::from_millis(0);
        let key =
            StoredKey { hash, scope: KeyScope::Read, name: None, created_at, revoked_at: None };
        assert_eq!(key.id(), "ab01abab");
    }
}
