//! `doorbuster keys`: who may make admin calls. Works beside servers that use the database.

use std::fmt::Write as _;

use anyhow::{Context, anyhow, bail};
use clap::ValueEnum;
use doorbuster_domain::Timestamp;
use doorbuster_engine::Clock;
use doorbuster_stores::{KeyScope, StoredKey, postgres, sqlite};

use crate::admin_key;
use crate::config::Database;
use crate::serve::say;

/// What a key is good for, as the command line says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// Everything.
    Admin,
    /// Reading.
    Read,
}

impl From<Scope> for KeyScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Admin => Self::Admin,
            Scope::Read => Self::Read,
        }
    }
}

/// The longest name of a key, in characters: it stands in a table.
const MAX_NAME: usize = 64;

/// A name that fits into a line.
pub(crate) fn key_name(text: &str) -> Result<String, String> {
    let fits = (1..=MAX_NAME).contains(&text.chars().count());
    if fits && text.trim() == text && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(format!("must be 1 to {MAX_NAME} characters on one line"))
}

/// Makes a key, and shows it.
pub(crate) fn make(database: &Database, name: &str, scope: Scope) -> anyhow::Result<()> {
    let key = admin_key::generate().map_err(|error| anyhow!("no randomness: {error}"))?;
    let hash = admin_key::hash(&key);
    let scope = KeyScope::from(scope);
    let created_at = Clock::system().now();
    let stored =
        StoredKey { hash, scope, name: Some(name.to_owned()), created_at, revoked_at: None };
    add(database, &stored).with_context(|| format!("database {database}"))?;
    let (id, word) = (stored.id(), scope.as_str());
    say(&format!(
        "key: {key}\nIts id is {id}, its scope {word}. Keep it: it is stored as a hash and not shown \
         again."
    ))
}

/// Lists all keys.
pub(crate) fn list(database: &Database) -> anyhow::Result<()> {
    let keys = all(database).with_context(|| format!("database {database}"))?;
    say(&table(&keys))
}

/// Revokes the key with this id.
pub(crate) fn revoke(database: &Database, id: &str) -> anyhow::Result<()> {
    let at = || format!("database {database}");
    let keys = all(database).with_context(at)?;
    let mut named = keys.iter().filter(|key| key.id().eq_ignore_ascii_case(id));
    let Some(key) = named.next() else {
        bail!("no key has the id {id:?}; doorbuster keys list shows all");
    };
    if named.next().is_some() {
        bail!("more than one key has the id {id:?}: revoke none, and make new ones");
    }
    revoke_hash(database, key.hash).with_context(at)?;
    say(&format!("revoked {} ({}); servers refuse it within two seconds", key.id(), called(key)))
}

fn all(database: &Database) -> anyhow::Result<Vec<StoredKey>> {
    match database {
        Database::Sqlite(path) => sqlite::admin_keys(path).map_err(|error| anyhow!(error)),
        Database::Postgres(address) => Ok(postgres::admin_keys(address)?),
    }
}

fn add(database: &Database, key: &StoredKey) -> anyhow::Result<()> {
    match database {
        Database::Sqlite(path) => sqlite::add_admin_key(path, key).map_err(|error| anyhow!(error)),
        Database::Postgres(address) => {
            let name = key.name.as_deref().unwrap_or_default();
            Ok(postgres::add_admin_key(address, key.hash, key.scope, name)?)
        }
    }
}

fn revoke_hash(database: &Database, hash: [u8; 32]) -> anyhow::Result<()> {
    match database {
        Database::Sqlite(path) => {
            let now = Clock::system().now();
            sqlite::revoke_admin_key(path, hash, now).map_err(|error| anyhow!(error))
        }
        Database::Postgres(address) => Ok(postgres::revoke_admin_key(address, hash)?),
    }
}

/// All keys for people.
fn table(keys: &[StoredKey]) -> String {
    let mut text = format!("{:<8}  {:<5}  {:<20}  {:<20}  name", "id", "scope", "made", "revoked");
    for key in keys {
        let scope = key.scope.as_str();
        let revoked = key.revoked_at.map_or_else(|| "-".to_owned(), second);
        let (id, made, name) = (key.id(), second(key.created_at), called(key));
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{id:<8}  {scope:<5}  {made:<20}  {revoked:<20}  {name}");
    }
    text
}

fn called(key: &StoredKey) -> &str {
    key.name.as_deref().unwrap_or("(made at the first start)")
}

fn second(at: Timestamp) -> String {
    let second = jiff::Timestamp::from_second(at.as_millis().div_euclid(1000));
    second.unwrap_or(jiff::Timestamp::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_what_a_key_is_referred_to_by_and_never_the_key() {
        let made = StoredKey {
            hash: admin_key::hash("secret"),
            scope: KeyScope::Read,
            name: Some("till".into()),
            created_at: Timestamp::from_millis(1_795_770_000_123),
            revoked_at: Some(Timestamp::from_millis(1_795_770_060_000)),
        };
        let first =
            StoredKey { scope: KeyScope::Admin, name: None, revoked_at: None, ..made.clone() };
        let table = table(&[first, made]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines,
            [
                "id        scope  made                  revoked               name",
                "2bb80d53  admin  2026-11-27T09:00:00Z  -                     (made at the first start)",
                "2bb80d53  read   2026-11-27T09:00:00Z  2026-11-27T09:01:00Z  till",
            ]
        );
    }

    #[test]
    fn a_name_fits_into_a_line() {
        for good in ["till", "Zoë's laptop", &"n".repeat(64)] {
            assert!(key_name(good).is_ok(), "{good:?}");
        }
        for bad in ["", " till", "two\nlines", &"n".repeat(65)] {
            assert!(key_name(bad).is_err(), "{bad:?}");
        }
    }
}
