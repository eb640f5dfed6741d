//! Opening a database: connect, bring the schema up to date, read the products.

use std::ops::{Deref, DerefMut};

use doorbuster_domain::{AuditReport, Timestamp};
use doorbuster_engine::{Lanes, StoreError};
use tokio::runtime;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::address::Address;
use super::audit;
use super::connection::SendError;
use super::deadlines::Deadlines;
use super::follow::Follower;
use super::migrate::{self, MIGRATIONS};
use super::read::PostgresReader;
use super::row::{self, PRODUCT, StoredProduct};
use super::sql::CLOCK;
use super::store::PostgresStore;

/// Why a database cannot be used. The message tells the operator what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No server that takes writes can be reached, or it does not let us in.
    #[error("no server that takes writes can be reached: {0}")]
    Unreachable(String),
    /// A newer program has changed its schema in a way that this one does not know.
    #[error(
        "its schema has version {version}, and this program knows versions up to {known}; \
         run a newer Doorbuster"
    )]
    Newer {
        /// The schema's version.
        version: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// It was never used by a server.
    #[error("it has no schema of Doorbuster's; start the server on it once")]
    Empty,
    /// The schema cannot be read or brought up to date.
    #[error("its schema cannot be read or brought up to date")]
    Schema(#[source] tokio_postgres::Error),
    /// Its rows cannot be read.
    #[error("its rows cannot be read")]
    Rows(#[source] StoreError),
}

impl From<SendError> for OpenError {
    fn from(error: SendError) -> Self {
        Self::Unreachable(super::store::chain(&error))
    }
}

/// A database that is ready to be used.
pub struct Opened {
    /// A store for each lane, in order.
    pub stores: Vec<PostgresStore>,
    /// Who reads its rows.
    pub reader: PostgresReader,
    /// Who learns of what other nodes do.
    pub follower: Follower,
    /// SHA-256 hashes of the admin keys that it knows.
    pub admin_keys: Vec<[u8; 32]>,
    /// What the database's clock showed while it was opened.
    pub now: Timestamp,
}

/// Opens the database at `address`, with the newest schema, for so many lanes.
///
/// # Errors
/// When it cannot be reached, or not be used by this version.
pub async fn open(address: &Address, lanes: Lanes) -> Result<Opened, OpenError> {
    let client = connect(address).await?;
    migrate::migrate(&client, MIGRATIONS).await?;
    let products = products(&client).await.map_err(OpenError::Rows)?;
    let admin_keys = admin_keys(&client).await.map_err(OpenError::Rows)?;
    let now = clock(&client).await.map_err(OpenError::Rows)?;
    let deadlines = Deadlines::new(lanes);
    let mut of_lane: Vec<Vec<StoredProduct>> = (0..lanes.get()).map(|_| Vec::new()).collect();
    for stored in products {
        deadlines.note(&stored);
        if let Some(lane) = of_lane.get_mut(lanes.of_product(stored.product.id)) {
            lane.push(stored);
        }
    }
    let store =
        |(lane, products)| PostgresStore::new(address.clone(), lane, deadlines.clone(), products);
    let stores = of_lane.into_iter().enumerate().map(store).collect();
    let reader = PostgresReader::new(address).map_err(OpenError::Rows)?;
    let follower = Follower::new(address.clone(), deadlines);
    Ok(Opened { stores, reader, follower, admin_keys, now })
}

/// Remembers an admin key by its SHA-256 hash, unless the database knows a key by now: of several
/// nodes that start at once, one makes the key. Returns the hashes that it knows then.
///
/// # Errors
/// When the database cannot be reached or written.
pub async fn add_first_admin_key(
    address: &Address,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<Vec<[u8; 32]>, OpenError> {
    let client = connect(address).await?;
    let write = async {
        // Whoever comes second waits here.
        client.batch_execute("BEGIN; SELECT 1 FROM schema_row FOR UPDATE").await?;
        let sql = "INSERT INTO admin_key_row (key_hash, created_at_ms) SELECT $1, $2
                   WHERE NOT EXISTS (SELECT 1 FROM admin_key_row)";
        client.execute(sql, &[&hash.as_slice(), &now.as_millis()]).await?;
        client.batch_execute("COMMIT").await?;
        admin_keys(&client).await
    };
    write.await.map_err(OpenError::Rows)
}

/// Audits the database at `address` without changing it; nodes may be using it meanwhile.
///
/// # Errors
/// When it cannot be reached or read, or has no schema of ours.
pub fn audit_database(address: &Address) -> Result<AuditReport, OpenError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| OpenError::Rows(error.into()))?;
    runtime.block_on(async {
        let mut client = connect(address).await?;
        let standing = migrate::read(&client).await.map_err(OpenError::Schema)?;
        standing.ok_or(OpenError::Empty)?.check(known())?;
        audit::audit(&mut client).await.map_err(OpenError::Rows)
    })
}

pub(super) fn known() -> i64 {
    MIGRATIONS.last().map_or(0, |last| last.version)
}

/// A connection without prepared statements.
pub(super) struct Plain {
    client: Client,
    driver: JoinHandle<()>,
}

impl Deref for Plain {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Plain {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        self.driver.abort(); // whatever it still waits for
    }
}

pub(super) async fn connect(address: &Address) -> Result<Plain, OpenError> {
    let (client, driver) = address.connect(|_| {}).await?;
    Ok(Plain { client, driver })
}

async fn clock(client: &Client) -> Result<Timestamp, StoreError> {
    let row = client.query_one(&format!("SELECT {CLOCK}"), &[]).await?;
    Ok(Timestamp::from_millis(row.try_get(0)?))
}

async fn products(client: &Client) -> Result<Vec<StoredProduct>, StoreError> {
    let rows = client.query(&format!("SELECT {PRODUCT} FROM product_row"), &[]).await?;
    Ok(rows.iter().map(row::product).collect::<Result<_, _>>()?)
}

async fn admin_keys(client: &Client) -> Result<Vec<[u8; 32]>, StoreError> {
    let rows = client.query("SELECT key_hash FROM admin_key_row", &[]).await?;
    let hash = |row: &tokio_postgres::Row| {
        let hash: &[u8] = row.try_get(0)?;
        Ok(hash.try_into()?)
    };
    rows.iter().map(hash).collect()
}
