//! A store in a few lines: what a ledger writes is laid on a shelf, and brought back from there.

use std::collections::BTreeMap;

use doorbuster_domain::*;

use crate::rows::same;

/// What happens after a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pause {
    /// The batch goes on.
    No,
    /// The batch is committed.
    Commit,
    /// The batch is committed, and a new process starts from what was written.
    Restart,
}

/// The simplest store there is.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    products: BTreeMap<ProductId, Product>,
    holds: BTreeMap<HoldId, Hold>,
    orders: BTreeMap<OrderId, Order>,
    /// In order of arrival.
    events: Vec<PaymentEvent>,
    requests: BTreeMap<RequestKey, RememberedRequest>,
    customers: BTreeMap<(ProductId, CustomerId), u32>,
    pub(crate) journal: Vec<JournalEntry>,
}

impl Shelf {
    /// Does what a pause says with what the ledger changed.
    ///
    /// # Errors
    /// When it kept in memory what it should not, or told of a change that cannot be.
    pub(crate) fn pause(&mut self, ledger: &mut Ledger, pause: Pause) -> Result<(), String> {
        if matches!(pause, Pause::No) {
            return Ok(());
        }
        self.write(ledger)?;
        ledger.settle();
        if matches!(pause, Pause::Restart) {
            *ledger = self.recovered();
        }
        let live = (
            self.live_holds().count(),
            self.live_orders().count(),
            self.customers.keys().filter(|customer| self.is_live(customer)).count(),
        );
        let kept = (ledger.holds().count(), ledger.orders().count(), ledger.customers().count());
        same("holds, orders and customers kept in memory are", &kept, &live)?;
        self.fetch(ledger);
        Ok(())
    }

    fn write(&mut self, ledger: &Ledger) -> Result<(), String> {
        for (change, row) in ledger.changed_products() {
            put(&mut self.products, change, row.id, row)?;
        }
        for (change, row) in ledger.changed_holds() {
            put(&mut self.holds, change, row.id, row)?;
        }
        for (change, row) in ledger.changed_orders() {
            put(&mut self.orders, change, row.id, row)?;
        }
        for (change, row) in ledger.changed_requests() {
            put(&mut self.requests, change, row.key.clone(), row)?;
        }
        for (change, row) in ledger.changed_customers() {
            let key = (row.product_id, row.customer_id.clone());
            put(&mut self.customers, change, key, &row.units)?;
        }
        for (change, row) in ledger.changed_events() {
            let place = self.events.iter_mut().find(|event| event.key == row.key);
            match (change, place) {
                (Change::Created, None) => self.events.push(row.clone()),
                (Change::Updated, Some(place)) => *place = row.clone(),
                (change, place) => return Err(format!("{change:?}: {row:?} over {place:?}")),
            }
        }
        // A customer without units need not be kept.
        self.customers.retain(|_, units| *units > 0);
        self.journal.extend_from_slice(ledger.journal());
        Ok(())
    }

    /// A ledger with what stays in memory.
    fn recovered(&self) -> Ledger {
        let mut ledger = Ledger::new();
        self.products.values().for_each(|product| ledger.recover_product(product.clone()));
        for (customer, units) in self.customers.iter().filter(|(it, _)| self.is_live(it)) {
            ledger.recover_customer(customer.0, customer.1.clone(), *units);
        }
        self.live_holds().for_each(|hold| ledger.recover_hold(hold.clone()));
        self.live_orders().for_each(|order| ledger.recover_order(order.clone()));
        ledger
    }

    fn live_holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.values().filter(|hold| hold.state == HoldState::Active)
    }

    fn live_orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.values().filter(|order| order.state == OrderState::Pending)
    }

    fn is_live(&self, customer: &(ProductId, CustomerId)) -> bool {
        let is_it = |product_id: ProductId, customer_id: &Option<CustomerId>| {
            (product_id, customer_id.as_ref()) == (customer.0, Some(&customer.1))
        };
        self.live_holds().any(|hold| is_it(hold.product_id, &hold.customer_id))
            || self.live_orders().any(|order| is_it(order.product_id, &order.customer_id))
    }

    /// Brings everything else for the next batch.
    fn fetch(&self, ledger: &mut Ledger) {
        self.holds.values().for_each(|hold| ledger.fetched_hold(hold.clone()));
        self.orders.values().for_each(|order| ledger.fetched_order(order.clone()));
        self.events.iter().for_each(|event| ledger.fetched_event(event.clone()));
        self.requests.values().for_each(|request| ledger.fetched_request(request.clone()));
        for ((product_id, customer_id), units) in &self.customers {
            ledger.fetched_customer(*product_id, customer_id.clone(), *units);
        }
    }
}

/// A created row must be new, an updated one must be there: a database insists on it.
fn put<K: Ord, R: Clone + std::fmt::Debug>(
    rows: &mut BTreeMap<K, R>,
    change: Change,
    key: K,
    row: &R,
) -> Result<(), String> {
    let old = rows.insert(key, row.clone());
    match (change, old) {
        (Change::Created, None) | (Change::Updated, Some(_)) => Ok(()),
        (change, old) => Err(format!("{change:?}: {row:?} over {old:?}")),
    }
}
