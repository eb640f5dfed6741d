//! Rows as the batches on the disk have left them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use doorbuster_domain::{
    Audit, AuditReport, Change, CustomerId, EventKey, EventResult, Hold, HoldId, HoldState,
    JournalEntry, Ledger, Order, OrderId, OrderState, PaymentEvent, Product, ProductId,
    RememberedRequest, RequestKey, Timestamp,
};
use doorbuster_engine::Rows;

/// A row as a batch writes it.
#[derive(Clone, Debug)]
pub(crate) enum Row {
    Product(Product),
    Hold(Hold),
    Order(Order),
    Event(PaymentEvent),
    Request(RememberedRequest),
    Customer(ProductId, CustomerId, u32),
    Entry(JournalEntry),
}

/// All rows.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) products: BTreeMap<ProductId, Product>,
    /// Every product as every batch has left it, by its version.
    pub(crate) versions: BTreeMap<(ProductId, u64), Product>,
    pub(crate) holds: BTreeMap<HoldId, Hold>,
    pub(crate) orders: BTreeMap<OrderId, Order>,
    /// With the number of its record, by which those that wait are ordered.
    pub(crate) events: BTreeMap<EventKey, (usize, PaymentEvent)>,
    pub(crate) requests: BTreeMap<RequestKey, RememberedRequest>,
    pub(crate) customers: BTreeMap<(ProductId, CustomerId), u32>,
    pub(crate) journal: BTreeMap<(ProductId, u64), JournalEntry>,
}

/// What a batch is about to write.
pub(super) fn changed_rows(ledger: &Ledger) -> Vec<(Change, Row)> {
    let products = ledger.changed_products().map(|(change, it)| (change, Row::Product(it.clone())));
    let holds = ledger.changed_holds().map(|(change, it)| (change, Row::Hold(it.clone())));
    let orders = ledger.changed_orders().map(|(change, it)| (change, Row::Order(it.clone())));
    let events = ledger.changed_events().map(|(change, it)| (change, Row::Event(it.clone())));
    let requests = ledger.changed_requests().map(|(change, it)| (change, Row::Request(it.clone())));
    let customers = ledger.changed_customers().map(|(_, it)| {
        let row = Row::Customer(it.product_id, it.customer_id.clone(), it.units);
        (Change::Updated, row)
    });
    let entries = ledger.journal().iter();
    let entries = entries.map(|entry| (Change::Created, Row::Entry(entry.clone())));
    let rows = products.chain(holds).chain(orders).chain(events).chain(requests);
    rows.chain(customers).chain(entries).collect()
}

/// Puts a row in, and says so where it should not have been there, or should.
fn put<K: Ord + std::fmt::Debug, R>(
    table: &mut BTreeMap<K, R>,
    change: Change,
    key: K,
    row: R,
) -> Option<String> {
    let there = table.contains_key(&key);
    let wrong = there == (change == Change::Created);
    let wrong = wrong.then(|| format!("{change:?} although it is {there} that {key:?} is there"));
    table.insert(key, row);
    wrong
}

impl Tables {
    /// Writes a batch, and says which of its rows contradict those that are there.
    pub(super) fn write(&mut self, rows: Vec<(Change, Row)>) -> Vec<String> {
        let mut wrong = Vec::new();
        for (change, row) in rows {
            let contradiction = match row {
                Row::Product(row) => {
                    self.versions.insert((row.id, row.version), row.clone());
                    put(&mut self.products, change, row.id, row)
                }
                Row::Hold(row) => put(&mut self.holds, change, row.id, row),
                Row::Order(row) => put(&mut self.orders, change, row.id, row),
                Row::Event(row) => {
                    let next = self.events.len();
                    let record = self.events.get(&row.key).map_or(next, |(record, _)| *record);
                    put(&mut self.events, change, row.key.clone(), (record, row))
                }
                Row::Request(row) => put(&mut self.requests, change, row.key.clone(), row),
                Row::Customer(product_id, customer_id, units) => {
                    self.customers.insert((product_id, customer_id), units);
                    None
                }
                Row::Entry(row) => put(&mut self.journal, change, (row.product_id, row.seq), row),
            };
            wrong.extend(contradiction);
        }
        wrong
    }

    fn active_holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.values().filter(|hold| hold.state == HoldState::Active)
    }

    fn pending_orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values().filter(|order| order.state == OrderState::Pending)
    }

    /// Whether nothing is left that will fall due.
    pub(crate) fn is_quiet(&self) -> bool {
        self.active_holds().next().is_none() && self.pending_orders().next().is_none()
    }

    /// When each product's first active hold or pending order falls due.
    pub(crate) fn deadlines(&self) -> BTreeMap<ProductId, Timestamp> {
        let holds = self.active_holds().map(|hold| (hold.product_id, hold.expires_at));
        let orders = self.pending_orders().map(|order| (order.product_id, order.pay_by));
        let mut first = BTreeMap::new();
        for (product_id, at) in holds.chain(orders) {
            let earliest = first.entry(product_id).or_insert(at);
            *earliest = at.min(*earliest);
        }
        first
    }

    /// Puts the live rows into a ledger that has none.
    pub(crate) fn recover(&self, ledger: &mut Ledger) {
        self.products.values().for_each(|product| ledger.recover_product(product.clone()));
        let holds = self.active_holds().map(|hold| (hold.product_id, &hold.customer_id));
        let orders = self.pending_orders().map(|order| (order.product_id, &order.customer_id));
        for (product_id, customer_id) in holds.chain(orders) {
            let Some(customer_id) = customer_id else { continue };
            if !ledger.knows_customer(product_id, customer_id) {
                let units = self.customers.get(&(product_id, customer_id.clone()));
                let units = units.copied().unwrap_or(0);
                ledger.recover_customer(product_id, customer_id.clone(), units);
            }
        }
        self.active_holds().for_each(|hold| ledger.recover_hold(hold.clone()));
        self.pending_orders().for_each(|order| ledger.recover_order(order.clone()));
    }

    /// What the product's own audit says.
    pub(crate) fn audit(&self) -> AuditReport {
        let mut audit = Audit::default();
        self.products.values().for_each(|product| audit.product(product));
        for ((product_id, customer_id), &units) in &self.customers {
            audit.customer(*product_id, customer_id, units);
        }
        let orders: BTreeMap<_, _> = self.orders.values().map(|it| (it.hold_id, it)).collect();
        self.holds.values().for_each(|hold| audit.hold(hold, orders.get(&hold.id).copied()));
        for order in self.orders.values().filter(|order| !self.holds.contains_key(&order.hold_id)) {
            audit.order_without_hold(order);
        }
        for (_, event) in self.events.values() {
            audit.event(event, self.orders.get(&event.order_id));
        }
        self.journal.values().for_each(|entry| audit.entry(entry));
        audit.finish()
    }
}

impl Rows for &Tables {
    type Error = Infallible;

    fn hold(&mut self, id: HoldId) -> Result<Option<Hold>, Infallible> {
        Ok(self.holds.get(&id).cloned())
    }

    fn order(&mut self, id: OrderId) -> Result<Option<Order>, Infallible> {
        Ok(self.orders.get(&id).cloned())
    }

    fn event(&mut self, key: &EventKey) -> Result<Option<PaymentEvent>, Infallible> {
        Ok(self.events.get(key).map(|(_, event)| event.clone()))
    }

    fn waiting_events(&mut self, id: OrderId) -> Result<Vec<PaymentEvent>, Infallible> {
        let waits =
            |event: &PaymentEvent| event.order_id == id && event.result == EventResult::Stored;
        let mut waiting: Vec<_> = self.events.values().filter(|(_, event)| waits(event)).collect();
        waiting.sort_by_key(|(record, _)| *record);
        Ok(waiting.into_iter().map(|(_, event)| event.clone()).collect())
    }

    fn request(&mut self, key: &RequestKey) -> Result<Option<RememberedRequest>, Infallible> {
        Ok(self.requests.get(key).cloned())
    }

    fn customer(
        &mut self,
        product_id: ProductId,
        customer_id: &CustomerId,
    ) -> Result<Option<u32>, Infallible> {
        Ok(self.customers.get(&(product_id, customer_id.clone())).copied())
    }
}
