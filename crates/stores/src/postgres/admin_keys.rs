//! Keys of the admin API. They are made and revoked beside nodes, which look at them now and then.

use doorbuster_domain::Timestamp;
use doorbuster_engine::StoreError;
use tokio::runtime;
use tokio_postgres::{Client, Row};

use super::address::Address;
use super::migrate;
use super::open::{OpenError, connect, known};
use super::sql::CLOCK;
use crate::admin_key::{KeyScope, StoredKey};
use crate::names::{Named as _, name};

/// All keys, the oldest first.
pub(super) async fn all(client: &Client) -> Result<Vec<StoredKey>, StoreError> {
    let sql = "SELECT key_hash, scope, name, created_at_ms, revoked_at_ms FROM admin_key_row
               ORDER BY created_at_ms, key_hash";
    client.query(sql, &[]).await?.iter().map(key).collect()
}

fn key(row: &Row) -> Result<StoredKey, StoreError> {
    let hash: &[u8] = row.try_get("key_hash")?;
    let scope = KeyScope::from_name(row.try_get("scope")?).ok_or("an admin key has no scope")?;
    let revoked_at: Option<i64> = row.try_get("revoked_at_ms")?;
    Ok(StoredKey {
        hash: hash.try_into()?,
        scope,
        name: row.try_get("name")?,
        created_at: Timestamp::from_millis(row.try_get("created_at_ms")?),
        revoked_at: revoked_at.map(Timestamp::from_millis),
    })
}

/// Remembers the key that a node made at its first start, unless the database knows a key by now:
/// of several nodes that start at once, one makes the key. Returns the keys that it knows then.
///
/// # Errors
/// When the database cannot be reached or written.
pub async fn add_first_admin_key(
    address: &Address,
    hash: [u8; 32],
) -> Result<Vec<StoredKey>, OpenError> {
    let client = connect(address).await?;
    let write = async {
        // Whoever comes second waits here.
        client.batch_execute("BEGIN; SELECT 1 FROM schema_row FOR UPDATE").await?;
        let sql = format!(
            "INSERT INTO admin_key_row (key_hash, scope, created_at_ms) SELECT $1, $2, {CLOCK}
             WHERE NOT EXISTS (SELECT 1 FROM admin_key_row)"
        );
        client.execute(&sql, &[&hash.as_slice(), &name(KeyScope::Admin)]).await?;
        client.batch_execute("COMMIT").await?;
        all(&client).await
    };
    write.await.map_err(OpenError::Rows)
}

/// All keys of the database at `address`, the oldest first.
///
/// # Errors
/// When it cannot be reached or read, or has another schema.
pub fn admin_keys(address: &Address) -> Result<Vec<StoredKey>, OpenError> {
    with_client(address, async |client| all(client).await)
}

/// Adds a key to the database at `address`, which nodes may be using. It is made when the
/// database's clock says so.
///
/// # Errors
/// When it cannot be reached or written, or has another schema.
pub fn add_admin_key(
    address: &Address,
    hash: [u8; 32],
    scope: KeyScope,
    called: &str,
) -> Result<(), OpenError> {
    let sql = format!(
        "INSERT INTO admin_key_row (key_hash, scope, name, created_at_ms)
         SELECT $1, $2, $3, {CLOCK}"
    );
    with_client(address, async |client| {
        client.execute(&sql, &[&hash.as_slice(), &name(scope), &called]).await?;
        Ok(())
    })
}

/// Makes the key with this hash in the database at `address` good for nothing from now on.
///
/// # Errors
/// When it cannot be reached or written, or has another schema.
pub fn revoke_admin_key(address: &Address, hash: [u8; 32]) -> Result<(), OpenError> {
    let sql = format!(
        "UPDATE admin_key_row SET revoked_at_ms = coalesce(revoked_at_ms, {CLOCK})
         WHERE key_hash = $1"
    );
    with_client(address, async |client| {
        client.execute(&sql, &[&hash.as_slice()]).await?;
        Ok(())
    })
}

fn with_client<T>(
    address: &Address,
    work: impl AsyncFnOnce(&Client) -> Result<T, StoreError>,
) -> Result<T, OpenError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| OpenError::Rows(error.into()))?;
    runtime.block_on(async {
        let client = connect(address).await?;
        let standing = migrate::read(&client).await.map_err(OpenError::Schema)?;
        standing.ok_or(OpenError::Empty)?.check(known())?;
        work(&client).await.map_err(OpenError::Rows)
    })
}
