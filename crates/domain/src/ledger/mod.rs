//! The ledger: the rows that a batch of commands may touch, in memory.
//!
//! A store puts committed rows in (`recover_*` for those that stay, `fetched_*` for those that are
//! here for one batch), [`crate::decide`] changes them, the store writes what changed and then
//! [settles](Ledger::settle) the ledger. Only `decide` can change a row.

mod deadlines;
mod stock;
mod table;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

pub(crate) use deadlines::{Deadlines, Due};
pub(crate) use stock::Move;
pub use table::Change;
pub(crate) use table::Table;

use crate::{
    CustomerId, EventKey, EventResult, Hold, HoldId, HoldState, JournalEntry, Order, OrderId,
    OrderState, PaymentEvent, Product, ProductCode, ProductId, RememberedRequest, RequestKey,
    Timestamp,
};

/// The rows that a batch of commands may touch.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub(crate) products: Table<ProductId, Product>,
    pub(crate) codes: HashMap<ProductCode, ProductId, RandomState>,
    pub(crate) highest_product_id: Option<ProductId>,
    pub(crate) holds: Table<HoldId, Hold>,
    pub(crate) orders: Table<OrderId, Order>,
    pub(crate) events: Table<EventKey, PaymentEvent>,
    /// Events that wait for an order that does not exist yet, in order of arrival.
    pub(crate) early_events: HashMap<OrderId, Vec<EventKey>, RandomState>,
    pub(crate) requests: Table<RequestKey, RememberedRequest>,
    pub(crate) customers: Table<(ProductId, CustomerId), CustomerUnits>,
    pub(crate) deadlines: Deadlines,
    journal: Vec<JournalEntry>,
    contradiction: Option<Contradiction>,
}

/// How many units of a product a customer has: held, pending and paid ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerUnits {
    /// Of which product.
    pub product_id: ProductId,
    /// Whose.
    pub customer_id: CustomerId,
    /// How many; a row with none need not be kept.
    pub units: u32,
    /// In how many active holds and pending orders some of them are.
    live_rows: u32,
}

/// The rows do not fit together: a counter would leave its range. It means a bug or a damaged
/// store. Nothing of the batch may be committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("product {product_id}: {entry:?} does not fit the counters")]
pub struct Contradiction {
    /// Whose counters.
    pub product_id: ProductId,
    /// What was to be recorded.
    pub entry: crate::EntryKind,
}

/// Reading.
impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A product.
    #[must_use]
    pub fn product(&self, id: ProductId) -> Option<&Product> {
        self.products.get(&id)
    }

    /// A hold.
    #[must_use]
    pub fn hold(&self, id: HoldId) -> Option<&Hold> {
        self.holds.get(&id)
    }

    /// An order.
    #[must_use]
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(&id)
    }

    /// A payment event.
    #[must_use]
    pub fn event(&self, key: &EventKey) -> Option<&PaymentEvent> {
        self.events.get(key)
    }

    /// A remembered request.
    #[must_use]
    pub fn request(&self, key: &RequestKey) -> Option<&RememberedRequest> {
        self.requests.get(key)
    }

    /// Whether a customer's units of a product are known here.
    #[must_use]
    pub fn knows_customer(&self, product_id: ProductId, customer_id: &CustomerId) -> bool {
        self.customers.contains(&(product_id, customer_id.clone()))
    }

    /// Units of a product that a customer has.
    #[must_use]
    pub fn customer_units(&self, product_id: ProductId, customer_id: &CustomerId) -> u32 {
        self.customers.get(&(product_id, customer_id.clone())).map_or(0, |customer| customer.units)
    }

    /// All products here, in no order.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.products.iter()
    }

    /// All holds here, in no order.
    pub fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.iter()
    }

    /// All orders here, in no order.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter()
    }

    /// All payment events here, in no order.
    pub fn events(&self) -> impl Iterator<Item = &PaymentEvent> {
        self.events.iter()
    }

    /// Customers here who have units, with how many, in no order.
    pub fn customers(&self) -> impl Iterator<Item = (ProductId, &CustomerId, u32)> {
        self.customers
            .iter()
            .filter(|customer| customer.units > 0)
            .map(|customer| (customer.product_id, &customer.customer_id, customer.units))
    }

    /// How many holds and orders are in memory.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.holds.len() + self.orders.len()
    }

    /// When the next active hold or pending order falls due.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.next().map(|(at, _)| at)
    }

    /// When a product's next active hold or pending order falls due.
    #[must_use]
    pub fn product_deadline(&self, product_id: ProductId) -> Option<Timestamp> {
        self.deadlines.first(product_id)
    }
}

/// Putting committed rows in.
impl Ledger {
    /// Takes a product; it stays.
    pub fn recover_product(&mut self, product: Product) {
        self.highest_product_id = self.highest_product_id.max(Some(product.id));
        if let Some(code) = &product.terms.code {
            self.codes.insert(code.clone(), product.id);
        }
        self.products.recover(product.id, product);
    }

    /// Takes an active hold; it stays until it ends. Its customer must be here already.
    pub fn recover_hold(&mut self, hold: Hold) {
        self.customer_lives(hold.product_id, hold.customer_id.as_ref());
        self.deadlines.add(hold.product_id, hold.expires_at, Due::Hold(hold.id));
        self.holds.recover(hold.id, hold);
    }

    /// Takes a pending order; it stays until it ends. Its customer must be here already.
    pub fn recover_order(&mut self, order: Order) {
        self.customer_lives(order.product_id, order.customer_id.as_ref());
        self.deadlines.add(order.product_id, order.pay_by, Due::Order(order.id));
        self.orders.recover(order.id, order);
    }

    /// Takes the units of a customer who has active holds or pending orders, before those; they
    /// stay while there are any.
    pub fn recover_customer(&mut self, product_id: ProductId, customer_id: CustomerId, units: u32) {
        let row =
            CustomerUnits { product_id, customer_id: customer_id.clone(), units, live_rows: 0 };
        self.customers.recover((product_id, customer_id), row);
    }

    fn customer_lives(&mut self, product_id: ProductId, customer_id: Option<&CustomerId>) {
        if let Some(customer_id) = customer_id {
            self.customers.amend(&(product_id, customer_id.clone()), |customer| {
                customer.live_rows = customer.live_rows.saturating_add(1);
            });
        }
    }

    /// Takes a finished hold for the batch in progress.
    pub fn fetched_hold(&mut self, hold: Hold) {
        self.holds.fetched(hold.id, hold);
    }

    /// Takes a finished order for the batch in progress.
    pub fn fetched_order(&mut self, order: Order) {
        self.orders.fetched(order.id, order);
    }

    /// Takes a payment event for the batch in progress. Events that wait for the same order must
    /// come in the order in which they arrived.
    pub fn fetched_event(&mut self, event: PaymentEvent) {
        if self.events.contains(&event.key) {
            return;
        }
        if event.result == EventResult::Stored {
            self.early_events.entry(event.order_id).or_default().push(event.key.clone());
        }
        self.events.fetched(event.key.clone(), event);
    }

    /// Takes a remembered request for the batch in progress.
    pub fn fetched_request(&mut self, request: RememberedRequest) {
        self.requests.fetched(request.key.clone(), request);
    }

    /// Takes the units of a customer who has no active hold or pending order, for the batch in
    /// progress.
    pub fn fetched_customer(&mut self, product_id: ProductId, customer_id: CustomerId, units: u32) {
        let row =
            CustomerUnits { product_id, customer_id: customer_id.clone(), units, live_rows: 0 };
        self.customers.fetched((product_id, customer_id), row);
    }
}

/// Forgetting.
impl Ledger {
    /// Forgets every row and whatever the batch in progress did: so begins a batch of a store that
    /// reads its rows anew.
    pub fn clear(&mut self) {
        self.products.clear();
        self.codes.clear();
        self.highest_product_id = None;
        self.holds.clear();
        self.orders.clear();
        self.events.clear();
        self.early_events.clear();
        self.requests.clear();
        self.customers.clear();
        self.deadlines = Deadlines::default();
        self.journal.clear();
        self.contradiction = None;
    }
}

/// Taking changes out.
impl Ledger {
    /// Products that the batch created or changed.
    pub fn changed_products(&self) -> impl Iterator<Item = (Change, &Product)> {
        self.products.changes()
    }

    /// Products whose next deadline changed, possibly more than once each.
    #[must_use]
    pub fn moved_deadlines(&self) -> &[ProductId] {
        self.deadlines.moved()
    }

    /// Holds that the batch created or changed.
    pub fn changed_holds(&self) -> impl Iterator<Item = (Change, &Hold)> {
        self.holds.changes()
    }

    /// Orders that the batch created or changed.
    pub fn changed_orders(&self) -> impl Iterator<Item = (Change, &Order)> {
        self.orders.changes()
    }

    /// Payment events that the batch recorded or changed.
    pub fn changed_events(&self) -> impl Iterator<Item = (Change, &PaymentEvent)> {
        self.events.changes()
    }

    /// Requests that the batch is to remember.
    pub fn changed_requests(&self) -> impl Iterator<Item = (Change, &RememberedRequest)> {
        self.requests.changes()
    }

    /// Customers whose units changed.
    pub fn changed_customers(&self) -> impl Iterator<Item = (Change, &CustomerUnits)> {
        self.customers.changes()
    }

    /// The batch's journal entries, in the order decided.
    #[must_use]
    pub fn journal(&self) -> &[JournalEntry] {
        &self.journal
    }

    /// Whether the rows turned out not to fit together; then nothing may be committed.
    #[must_use]
    pub fn contradiction(&self) -> Option<&Contradiction> {
        self.contradiction.as_ref()
    }

    /// Ends a committed batch: live rows stay in memory, everything else leaves it.
    pub fn settle(&mut self) {
        self.products.settle(|_| true);
        self.holds.settle(|hold| hold.state == HoldState::Active);
        self.orders.settle(|order| order.state == OrderState::Pending);
        self.customers.settle(|customer| customer.live_rows > 0);
        self.events.settle(|_| false);
        self.early_events.clear();
        self.requests.settle(|_| false);
        self.deadlines.settle();
        self.journal.clear();
    }
}
