//! The reading side: single rows, lists and the audit, on a pool of connections.

use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Connect, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use doorbuster_domain::{
    AuditReport, Hold, HoldId, JournalEntry, Order, OrderId, PaymentEvent, ProductId,
};
use doorbuster_engine::{
    HoldFilter, Node, OrderFilter, Page, PaymentFilter, ReadError, Reader, Reading, StoreError,
};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::address::Address;
use super::connection::SendError;
use super::{admin_keys, audit, list};
use crate::admin_key::StoredKey;

/// How many readings may run at once, each with a connection of its own.
const READINGS_AT_ONCE: usize = 4;

/// How long one reading may take, audits excepted.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// How long a connection that was not used for a while may take to show that it still works. After
/// a failover there may be some to a server that hangs.
const ALIVE_WITHIN: Duration = Duration::from_secs(1);

/// How long it may take to connect.
const CONNECT_WITHIN: Duration = Duration::from_secs(8);

/// A connection of the pool.
pub(super) struct Pooled {
    /// Always there, until it is dropped.
    object: Option<Object>,
    /// The server did not answer in time, so nobody shall use the connection again.
    is_late: Arc<AtomicBool>,
}

impl Deref for Pooled {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        #[expect(clippy::unreachable, reason = "only drop takes it")]
        self.object.as_ref().unwrap_or_else(|| unreachable!("it is dropped"))
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        if self.is_late.load(Ordering::Relaxed)
            && let Some(object) = self.object.take()
        {
            drop(Object::take(object));
        }
    }
}

/// Connects as everyone else does.
struct Connects(Address);

impl Connect for Connects {
    fn connect(
        &self,
        _: &tokio_postgres::Config,
    ) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        Box::pin(async move {
            loop {
                match self.0.connect(|_| {}).await {
                    Err(SendError::Lost(Some(error))) => return Err(error),
                    Ok(connected) => return Ok(connected),
                    // All servers hang; the pool gives up after its own time.
                    Err(_) => {}
                }
            }
        })
    }
}

type Connected = Result<(tokio_postgres::Client, JoinHandle<()>), tokio_postgres::Error>;

/// Reads committed rows, from the primary. Cheap to clone.
#[derive(Clone)]
pub struct PostgresReader {
    pool: Pool,
    /// An audit runs for seconds; lists must go on meanwhile.
    audits: Pool,
}

impl PostgresReader {
    /// Readers of the database at `address`; they connect when they are first used.
    ///
    /// # Errors
    /// Never in practice: what the pool is told is constant.
    pub fn new(address: &Address) -> Result<Self, StoreError> {
        let pool = |most| {
            let recycling = ManagerConfig { recycling_method: RecyclingMethod::Verified };
            let connects = Connects(address.clone());
            let manager = Manager::from_connect(address.config().clone(), connects, recycling);
            Pool::builder(manager)
                .max_size(most)
                .runtime(Runtime::Tokio1)
                .wait_timeout(Some(READ_WITHIN))
                .create_timeout(Some(CONNECT_WITHIN))
                .recycle_timeout(Some(ALIVE_WITHIN))
                .build()
        };
        Ok(Self { pool: pool(READINGS_AT_ONCE)?, audits: pool(1)? })
    }

    /// All keys of the admin API, the oldest first.
    pub fn admin_keys(&self) -> Reading<'_, Vec<StoredKey>> {
        self.reading(async move |client: Pooled| admin_keys::all(&client).await)
    }

    fn reading<'a, T: Send + 'a, F>(
        &'a self,
        read: impl FnOnce(Pooled) -> F + Send + 'a,
    ) -> Reading<'a, T>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        Box::pin(async move {
            let object = self.pool.get().await.map_err(|error| ReadError(error.into()))?;
            let is_late = Arc::<AtomicBool>::default();
            let pooled = Pooled { object: Some(object), is_late: is_late.clone() };
            let mut reading = pin!(read(pooled));
            match timeout(READ_WITHIN, reading.as_mut()).await {
                Ok(read) => read.map_err(ReadError),
                Err(late) => {
                    is_late.store(true, Ordering::Relaxed);
                    Err(ReadError(late.into()))
                }
            }
        })
    }
}

/// A page of one.
const ONE: usize = 1;

impl Reader for PostgresReader {
    fn hold(&self, id: HoldId) -> Reading<'_, Option<Hold>> {
        self.reading(async move |client: Pooled| list::hold(&client, id).await)
    }

    fn order(&self, id: OrderId) -> Reading<'_, Option<Order>> {
        self.reading(async move |client: Pooled| {
            let filter = OrderFilter { order_id: Some(id), ..OrderFilter::default() };
            let page = Page { before: None, limit: ONE };
            Ok(list::orders(&client, &filter, page).await?.pop())
        })
    }

    fn holds(&self, filter: HoldFilter, page: Page<HoldId>) -> Reading<'_, Vec<Hold>> {
        self.reading(async move |client: Pooled| list::holds(&client, &filter, page).await)
    }

    fn orders(&self, filter: OrderFilter, page: Page<HoldId>) -> Reading<'_, Vec<Order>> {
        self.reading(async move |client: Pooled| list::orders(&client, &filter, page).await)
    }

    fn payments(
        &self,
        filter: PaymentFilter,
        page: Page<u64>,
    ) -> Reading<'_, Vec<(u64, PaymentEvent)>> {
        self.reading(async move |client: Pooled| list::payments(&client, &filter, page).await)
    }

    fn journal(
        &self,
        product_id: ProductId,
        after: u64,
        limit: usize,
    ) -> Reading<'_, Vec<JournalEntry>> {
        self.reading(async move |client: Pooled| {
            list::journal_entries(&client, product_id, after, limit).await
        })
    }

    fn journal_of_hold(
        &self,
        product_id: ProductId,
        hold_id: HoldId,
    ) -> Reading<'_, Vec<JournalEntry>> {
        Box::pin(async move {
            // A long journal takes longer than a list may.
            let object = self.audits.get().await.map_err(|error| ReadError(error.into()))?;
            let pooled = Pooled { object: Some(object), is_late: Arc::default() };
            list::journal_of_hold(&pooled, product_id, hold_id).await.map_err(ReadError)
        })
    }

    fn nodes(&self) -> Reading<'_, Vec<Node>> {
        self.reading(async move |client: Pooled| list::nodes(&client).await)
    }

    fn audit(&self) -> Reading<'_, AuditReport> {
        Box::pin(async move {
            let mut client = self.audits.get().await.map_err(|error| ReadError(error.into()))?;
            audit::audit(&mut client).await.map_err(ReadError)
        })
    }
}
