//! Opening a database: connect, bring the schema up to date, read the products.

use std::ops::{Deref, DerefMut};

use doorbuster_domain::{AuditReport, Timestamp};
use doorbuster_engine::{Lanes, StoreError};
use tokio::runtime;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::address::Address;
use super::connection::SendError;
use super::deadlines::Deadlines;
use super::follow::Follower;
use super::migrate::{self, MIGRATIONS};
use super::read::PostgresReader;
use super::row::{self, PRODUCT, StoredProduct};
use super::sql::CLOCK;
use super::store::PostgresStore;
use super::{admin_keys, audit};
use crate::admin_key::StoredKey;

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
    /// The keys of the admin API that it knows.
    pub admin_keys: Vec<StoredKey>,
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
    let admin_keys = admin_keys::all(&client).await.map_err(OpenError::Rows)?;
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
