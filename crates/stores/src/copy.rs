//! Copying a whole database from one store to another.

use doorbuster_domain::{
    CustomerId, Hold, JournalEntry, Order, PaymentEvent, Product, ProductId, RememberedRequest,
};

use crate::admin_key::StoredKey;

/// How many rows are copied at once.
pub(crate) const ROWS_AT_ONCE: usize = 4_096;

/// Some rows of one kind. Those of all kinds together are all there is, events and requests in the
/// order in which they arrived, journal entries product by product in order.
pub(crate) enum Rows {
    Products(Vec<Product>),
    Customers(Vec<(ProductId, CustomerId, u32)>),
    Holds(Vec<Hold>),
    Orders(Vec<Order>),
    Events(Vec<PaymentEvent>),
    Requests(Vec<RememberedRequest>),
    Journal(Vec<JournalEntry>),
    AdminKeys(Vec<StoredKey>),
}

/// How many rows of each kind were copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says for itself")]
pub struct Copied {
    pub products: u64,
    pub customers: u64,
    pub holds: u64,
    pub orders: u64,
    pub payments: u64,
    pub requests: u64,
    pub journal_entries: u64,
    pub admin_keys: u64,
}

impl Copied {
    pub(crate) fn count(&mut self, rows: &Rows) {
        let (count, more) = match rows {
            Rows::Products(rows) => (&mut self.products, rows.len()),
            Rows::Customers(rows) => (&mut self.customers, rows.len()),
            Rows::Holds(rows) => (&mut self.holds, rows.len()),
            Rows::Orders(rows) => (&mut self.orders, rows.len()),
            Rows::Events(rows) => (&mut self.payments, rows.len()),
            Rows::Requests(rows) => (&mut self.requests, rows.len()),
            Rows::Journal(rows) => (&mut self.journal_entries, rows.len()),
            Rows::AdminKeys(rows) => (&mut self.admin_keys, rows.len()),
        };
        *count += u64::try_from(more).unwrap_or(u64::MAX);
    }
}
