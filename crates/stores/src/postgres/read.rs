//! The reading side: single rows, lists and the audit, on a pool of connections.

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use doorbuster_domain::{
    AuditReport, Hold, HoldId, JournalEntry, Order, OrderId, PaymentEvent, ProductId,
};
use doorbuster_engine::{
    HoldFilter, OrderFilter, Page, PaymentFilter, ReadError, Reader, Reading, StoreError,
};

use super::address::Address;
use super::{audit, list};

/// How many readings may run at once, each with a connection of its own.
const READINGS_AT_ONCE: usize = 4;

/// A connection of the pool.
pub(super) type Pooled = Object;

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
            let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
            let manager = Manager::from_config(address.config().clone(), address.tls(), recycling);
            Pool::builder(manager).max_size(most).build()
        };
        Ok(Self { pool: pool(READINGS_AT_ONCE)?, audits: pool(1)? })
    }

    fn reading<'a, T: Send + 'a, F>(
        &'a self,
        read: impl FnOnce(Pooled) -> F + Send + 'a,
    ) -> Reading<'a, T>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        Box::pin(async move {
            let client = self.pool.get().await.map_err(|error| ReadError(error.into()))?;
            read(client).await.map_err(ReadError)
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

    fn audit(&self) -> Reading<'_, AuditReport> {
        Box::pin(async move {
            let mut client = self.audits.get().await.map_err(|error| ReadError(error.into()))?;
            audit::audit(&mut client).await.map_err(ReadError)
        })
    }
}
