//! Keys of the admin API. They are made and revoked beside a server that has the file, which looks
//! at them now and then.

use std::path::Path;

use doorbuster_domain::Timestamp;
use doorbuster_engine::StoreError;
use rusqlite::{Connection, params};

use super::open;
use super::row::Columns;
use super::store::each;
use crate::admin_key::StoredKey;
use crate::names::name;

/// The columns of a key.
pub(super) const KEY: &str = "key_hash, scope, name, created_at_ms, revoked_at_ms";

/// A key from its columns.
pub(super) fn key(c: &mut Columns<'_, '_>) -> rusqlite::Result<StoredKey> {
    Ok(StoredKey {
        hash: c.raw()?,
        scope: c.named()?,
        name: c.raw()?,
        created_at: c.time()?,
        revoked_at: c.raw::<Option<i64>>()?.map(Timestamp::from_millis),
    })
}

/// All keys, the oldest first.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<StoredKey>> {
    let mut keys = Vec::new();
    let sql = format!("SELECT {KEY} FROM admin_key_row ORDER BY created_at_ms, key_hash");
    each(connection, &sql, |columns| {
        keys.push(key(columns)?);
        Ok(())
    })?;
    Ok(keys)
}

/// Remembers a key, unless it is there.
pub(super) fn add(connection: &Connection, key: &StoredKey) -> rusqlite::Result<()> {
    let sql = format!("INSERT OR IGNORE INTO admin_key_row ({KEY}) VALUES (?, ?, ?, ?, ?)");
    let StoredKey { hash, scope, name: called, created_at, revoked_at } = key;
    let revoked_at = revoked_at.map(Timestamp::as_millis);
    let values = params![hash, name(*scope), called, created_at.as_millis(), revoked_at];
    connection.execute(&sql, values)?;
    Ok(())
}

/// All keys of the file at `path`, the oldest first.
///
/// # Errors
/// When it cannot be read, or has another schema.
pub fn admin_keys(path: &Path) -> Result<Vec<StoredKey>, StoreError> {
    Ok(all(&open::for_reading(path)?)?)
}

/// Adds a key to the file at `path`, which a server may be using.
///
/// # Errors
/// When it cannot be written, or has another schema.
pub fn add_admin_key(path: &Path, key: &StoredKey) -> Result<(), StoreError> {
    Ok(add(&open::beside_the_writer(path)?, key)?)
}

/// Makes the key with this hash in the file at `path` good for nothing from `now` on.
///
/// # Errors
/// When it cannot be written, or has another schema.
pub fn revoke_admin_key(path: &Path, hash: [u8; 32], now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE admin_key_row SET revoked_at_ms = coalesce(revoked_at_ms, ?)
               WHERE key_hash = ?";
    open::beside_the_writer(path)?.execute(sql, params![now.as_millis(), hash])?;
    Ok(())
}
