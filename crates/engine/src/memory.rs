//! The memory store: the readable reference for what a store does. Nothing survives the process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use doorbuster_domain::{
    Audit, AuditReport, Change, Command, CustomerId, EventKey, EventResult, Hold, HoldId,
    HoldState, JournalEntry, Ledger, Order, OrderId, OrderState, PaymentEvent, Product, ProductId,
    RememberedRequest, RequestKey, Timestamp,
};

use crate::read::{HoldFilter, OrderFilter, Page, PaymentFilter, Reader, Reading};
use crate::{CommitError, LoadError, Resolved, Rows, Store, StoreError, fetch};

/// A store in memory. Clones of its [`MemoryReader`], and every store made by its
/// [`MemoryReader::reopen`], share its rows.
pub struct MemoryStore {
    tables: Arc<RwLock<Tables>>,
    ledger: Ledger,
}

/// Reads the rows of a [`MemoryStore`].
#[derive(Clone)]
pub struct MemoryReader {
    tables: Arc<RwLock<Tables>>,
}

/// The committed rows.
#[derive(Default)]
struct Tables {
    products: BTreeMap<ProductId, Product>,
    holds: BTreeMap<HoldId, Hold>,
    orders: BTreeMap<OrderId, Order>,
    orders_by_hold: BTreeMap<HoldId, OrderId>,
    events: BTreeMap<EventKey, (u64, PaymentEvent)>,
    last_record: u64,
    requests: BTreeMap<RequestKey, RememberedRequest>,
    customers: BTreeMap<(ProductId, CustomerId), u32>,
    journal: BTreeMap<(ProductId, u64), JournalEntry>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self { tables: Arc::default(), ledger: Ledger::new() }
    }
}

impl MemoryStore {
    /// A store without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Who reads this store's rows.
    #[must_use]
    pub fn reader(&self) -> MemoryReader {
        MemoryReader { tables: self.tables.clone() }
    }
}

impl MemoryReader {
    /// A new store over the same committed rows, as after a restart.
    #[must_use]
    pub fn reopen(&self) -> MemoryStore {
        let ledger = read(&self.tables, Tables::live_rows);
        MemoryStore { tables: self.tables.clone(), ledger }
    }
}

fn read<T>(tables: &RwLock<Tables>, read: impl FnOnce(&Tables) -> T) -> T {
    read(&tables.read().unwrap_or_else(PoisonError::into_inner))
}

impl Store for MemoryStore {
    async fn load(&mut self, now: Timestamp, commands: &[Command]) -> Result<Timestamp, LoadError> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        fetch(&mut self.ledger, &mut &*tables, commands).map_err(LoadError::Unavailable)?;
        Ok(now)
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    async fn commit(&mut self) -> Result<(), CommitError> {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        if let Err(broken) = tables.check(&self.ledger) {
            self.ledger = tables.live_rows();
            return Err(CommitError::NotCommitted(broken.into()));
        }
        tables.write(&self.ledger);
        Ok(())
    }

    async fn resolve(&mut self) -> Result<Resolved, StoreError> {
        Err("a commit in memory is never in doubt".into())
    }

    async fn forget(
        &mut self,
        requests_before: Timestamp,
        events_before: Timestamp,
        limit: usize,
    ) -> Result<(usize, usize), StoreError> {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        let requests = remove_some(&mut tables.requests, limit, |request| {
            request.created_at < requests_before
        });
        let events = remove_some(&mut tables.events, limit, |(_, event)| {
            event.received_at < events_before && event.result != EventResult::Stored
        });
        Ok((requests, events))
    }
}

fn remove_some<K: Clone + Ord, R>(
    rows: &mut BTreeMap<K, R>,
    limit: usize,
    is_old: impl Fn(&R) -> bool,
) -> usize {
    let old = rows.iter().filter(|(_, row)| is_old(row)).take(limit);
    let old: Vec<K> = old.map(|(key, _)| key.clone()).collect();
    for key in &old {
        rows.remove(key);
    }
    old.len()
}

impl Tables {
    /// The ledger that a store starts with: products, active holds, pending orders, and the
    /// customers who have any.
    fn live_rows(&self) -> Ledger {
        let mut ledger = Ledger::new();
        for product in self.products.values() {
            ledger.recover_product(product.clone());
        }
        let holds = self.holds.values().filter(|hold| hold.state == HoldState::Active);
        let orders = self.orders.values().filter(|order| order.state == OrderState::Pending);
        let customers = holds.clone().map(|hold| (hold.product_id, &hold.customer_id));
        let customers =
            customers.chain(orders.clone().map(|order| (order.product_id, &order.customer_id)));
        for (product_id, customer_id) in customers {
            let Some(customer_id) = customer_id else {
                continue;
            };
            if !ledger.knows_customer(product_id, customer_id) {
                let units = self.customers.get(&(product_id, customer_id.clone()));
                let units = units.copied().unwrap_or(0);
                ledger.recover_customer(product_id, customer_id.clone(), units);
            }
        }
        holds.for_each(|hold| ledger.recover_hold(hold.clone()));
        orders.for_each(|order| ledger.recover_order(order.clone()));
        ledger
    }

    /// What a database's constraints check.
    fn check(&self, ledger: &Ledger) -> Result<(), &'static str> {
        let created = |change| change == Change::Created;
        for (change, product) in ledger.changed_products() {
            if created(change) && self.products.contains_key(&product.id) {
                return Err("a product with this id exists");
            }
            if product.committed() > product.total.get() {
                return Err("held and sold units exceed the total");
            }
        }
        if self.repeats_a_code(ledger) {
            return Err("a product with this code exists");
        }
        for (change, hold) in ledger.changed_holds() {
            if created(change) && self.holds.contains_key(&hold.id) {
                return Err("a hold with this id exists");
            }
        }
        for (change, order) in ledger.changed_orders() {
            if created(change) && self.orders.contains_key(&order.id) {
                return Err("an order with this id exists");
            }
            if created(change) && self.orders_by_hold.contains_key(&order.hold_id) {
                return Err("the hold has an order");
            }
        }
        for (change, event) in ledger.changed_events() {
            if created(change) && self.events.contains_key(&event.key) {
                return Err("an event with this id exists");
            }
        }
        for (change, request) in ledger.changed_requests() {
            if created(change) && self.requests.contains_key(&request.key) {
                return Err("an idempotency key is in use");
            }
        }
        for entry in ledger.journal() {
            if self.journal.contains_key(&(entry.product_id, entry.seq)) {
                return Err("a journal number is in use");
            }
        }
        Ok(())
    }

    /// Whether any code is on two products as they will be.
    fn repeats_a_code(&self, ledger: &Ledger) -> bool {
        let mut products: BTreeMap<_, _> = self.products.iter().collect();
        products.extend(ledger.changed_products().map(|(_, product)| (&product.id, product)));
        let mut codes = BTreeSet::new();
        products.values().filter_map(|p| p.terms.code.as_ref()).any(|code| !codes.insert(code))
    }

    fn write(&mut self, ledger: &Ledger) {
        for (_, product) in ledger.changed_products() {
            self.products.insert(product.id, product.clone());
        }
        for (_, hold) in ledger.changed_holds() {
            self.holds.insert(hold.id, hold.clone());
        }
        for (_, order) in ledger.changed_orders() {
            self.orders.insert(order.id, order.clone());
            self.orders_by_hold.insert(order.hold_id, order.id);
        }
        for (_, event) in ledger.changed_events() {
            let next = self.last_record + 1;
            let (record, _) = self.events.entry(event.key.clone()).or_insert((next, event.clone()));
            let record = *record;
            self.last_record = self.last_record.max(record);
            self.events.insert(event.key.clone(), (record, event.clone()));
        }
        for (_, request) in ledger.changed_requests() {
            self.requests.insert(request.key.clone(), request.clone());
        }
        for (_, customer) in ledger.changed_customers() {
            let key = (customer.product_id, customer.customer_id.clone());
            if customer.units == 0 {
                self.customers.remove(&key);
            } else {
                self.customers.insert(key, customer.units);
            }
        }
        for entry in ledger.journal() {
            self.journal.insert((entry.product_id, entry.seq), entry.clone());
        }
    }

    fn audit(&self) -> AuditReport {
        let mut audit = Audit::default();
        self.products.values().for_each(|product| audit.product(product));
        for ((product_id, customer_id), &units) in &self.customers {
            audit.customer(*product_id, customer_id, units);
        }
        for hold in self.holds.values() {
            let order = self.orders_by_hold.get(&hold.id).and_then(|id| self.orders.get(id));
            audit.hold(hold, order);
        }
        for order in self.orders.values() {
            if !self.holds.contains_key(&order.hold_id) {
                audit.order_without_hold(order);
            }
        }
        for (_, event) in self.events.values() {
            audit.event(event, self.orders.get(&event.order_id));
        }
        self.journal.values().for_each(|entry| audit.entry(entry));
        audit.finish()
    }
}

impl Rows for &Tables {
    type Error = StoreError;

    fn hold(&mut self, id: HoldId) -> Result<Option<Hold>, StoreError> {
        Ok(self.holds.get(&id).cloned())
    }

    fn order(&mut self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.orders.get(&id).cloned())
    }

    fn event(&mut self, key: &EventKey) -> Result<Option<PaymentEvent>, StoreError> {
        Ok(self.events.get(key).map(|(_, event)| event.clone()))
    }

    fn waiting_events(&mut self, id: OrderId) -> Result<Vec<PaymentEvent>, StoreError> {
        let waiting = self
            .events
            .values()
            .filter(|(_, event)| event.order_id == id && event.result == EventResult::Stored);
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort_by_key(|(record, _)| *record);
        Ok(waiting.into_iter().map(|(_, event)| event.clone()).collect())
    }

    fn request(&mut self, key: &RequestKey) -> Result<Option<RememberedRequest>, StoreError> {
        Ok(self.requests.get(key).cloned())
    }

    fn customer(
        &mut self,
        product_id: ProductId,
        customer_id: &CustomerId,
    ) -> Result<Option<u32>, StoreError> {
        Ok(self.customers.get(&(product_id, customer_id.clone())).copied())
    }
}

impl MemoryReader {
    fn reading<T: Send + 'static>(&self, of: impl FnOnce(&Tables) -> T) -> Reading<'_, T> {
        let result = read(&self.tables, of);
        Box::pin(std::future::ready(Ok(result)))
    }
}

fn matches<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
    wanted.is_none_or(|wanted| Some(wanted) == found)
}

impl Reader for MemoryReader {
    fn hold(&self, id: HoldId) -> Reading<'_, Option<Hold>> {
        self.reading(|tables| tables.holds.get(&id).cloned())
    }

    fn order(&self, id: OrderId) -> Reading<'_, Option<Order>> {
        self.reading(|tables| tables.orders.get(&id).cloned())
    }

    fn holds(&self, filter: HoldFilter, page: Page<HoldId>) -> Reading<'_, Vec<Hold>> {
        self.reading(|tables| {
            let rows = tables.holds.values().rev();
            let rows = rows.filter(|hold| page.before.is_none_or(|before| hold.id < before));
            let rows = rows.filter(|hold| filter.matches(hold));
            rows.take(page.limit).cloned().collect()
        })
    }

    fn orders(&self, filter: OrderFilter, page: Page<HoldId>) -> Reading<'_, Vec<Order>> {
        self.reading(|tables| {
            let rows = tables.orders_by_hold.iter().rev();
            let rows = rows.filter(|(hold, _)| page.before.is_none_or(|before| **hold < before));
            let rows = rows.filter_map(|(_, id)| tables.orders.get(id));
            let rows = rows.filter(|order| filter.matches(order));
            rows.take(page.limit).cloned().collect()
        })
    }

    fn payments(
        &self,
        filter: PaymentFilter,
        page: Page<u64>,
    ) -> Reading<'_, Vec<(u64, PaymentEvent)>> {
        self.reading(|tables| {
            let mut rows: Vec<_> = tables.events.values().collect();
            rows.sort_by_key(|(record, _)| std::cmp::Reverse(*record));
            let rows = rows.into_iter();
            let rows = rows.filter(|(record, _)| page.before.is_none_or(|before| *record < before));
            let rows = rows.filter(|(_, event)| {
                let order = tables.orders.get(&event.order_id);
                matches(filter.order_id.as_ref(), Some(&event.order_id))
                    && matches(filter.kind.as_ref(), Some(&event.kind))
                    && matches(filter.event_id.as_ref(), Some(&event.key.event_id))
                    && matches(filter.result.as_ref(), Some(&event.result))
                    && matches(filter.product_id.as_ref(), order.map(|order| &order.product_id))
                    && matches(
                        filter.customer_id.as_ref(),
                        order.and_then(|order| order.customer_id.as_ref()),
                    )
            });
            rows.take(page.limit).cloned().collect()
        })
    }

    fn journal(
        &self,
        product_id: ProductId,
        after: u64,
        limit: usize,
    ) -> Reading<'_, Vec<JournalEntry>> {
        self.reading(|tables| {
            let first = (product_id, after.saturating_add(1));
            let rows = tables.journal.range(first..=(product_id, u64::MAX));
            rows.take(limit).map(|(_, entry)| entry.clone()).collect()
        })
    }

    fn journal_of_hold(
        &self,
        product_id: ProductId,
        hold_id: HoldId,
    ) -> Reading<'_, Vec<JournalEntry>> {
        self.reading(|tables| {
            let rows = tables.journal.range((product_id, 0)..=(product_id, u64::MAX));
            let rows = rows.map(|(_, entry)| entry).filter(|entry| entry.hold_id == Some(hold_id));
            rows.cloned().collect()
        })
    }

    fn audit(&self) -> Reading<'_, AuditReport> {
        self.reading(Tables::audit)
    }
}

impl HoldFilter {
    fn matches(&self, hold: &Hold) -> bool {
        let order_id = match hold.state {
            HoldState::Used { order_id } => Some(order_id),
            HoldState::Active | HoldState::Released | HoldState::Expired => None,
        };
        matches(self.product_id.as_ref(), Some(&hold.product_id))
            && matches(self.status.as_ref(), Some(&hold.state.into()))
            && matches(self.customer_id.as_ref(), hold.customer_id.as_ref())
            && matches(self.order_id.as_ref(), order_id.as_ref())
    }
}

impl OrderFilter {
    fn matches(&self, order: &Order) -> bool {
        matches(self.product_id.as_ref(), Some(&order.product_id))
            && matches(self.status.as_ref(), Some(&order.state.into()))
            && matches(self.customer_id.as_ref(), order.customer_id.as_ref())
            && matches(self.order_id.as_ref(), Some(&order.id))
    }
}
