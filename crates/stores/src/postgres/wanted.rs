//! What a batch can touch: the ids and keys that its commands name.

use std::collections::BTreeMap;

use doorbuster_domain::{
    Command, CustomerId, EventKey, NewOrderId, PlaceHold, ProductId, RequestKey, StockChange,
};
use uuid::Uuid;

use super::connection::{Param, Params, Request, column};
use super::sql::Name;
use crate::names::name;

/// How many overdue rows of a product are read beside those whose units somebody may need.
const OVERDUE_AT_ONCE: i64 = 256;

/// What a batch can touch.
#[derive(Default)]
pub(super) struct Wanted<'c> {
    products: Vec<i64>,
    holds: Vec<Uuid>,
    orders: Vec<Uuid>,
    /// Orders that payment events or storefronts name: they may not exist yet.
    named: Vec<Uuid>,
    /// Those of them that are to be created, with which waiting events are applied.
    created: Vec<Uuid>,
    /// Holds that become orders.
    used: Vec<Uuid>,
    /// What requests for holds, and those for orders, are remembered by.
    holds_made: Vec<RequestKey>,
    orders_made: Vec<RequestKey>,
    events: Vec<&'c EventKey>,
    /// Customers whose units count, each with the product.
    customers: Vec<(i64, &'c str)>,
    codes: Vec<&'c str>,
    next_id: bool,
    /// How many rows are to be expired, if any are to be looked for.
    pub(super) expire: Option<usize>,
    /// How many units the commands may need of a product: at most as many overdue rows have them.
    needed: BTreeMap<i64, i64>,
}

/// The columns by which requests are found: customers and keys.
fn key_columns(keys: &[RequestKey]) -> [Param<'_>; 2] {
    let keys: Vec<&RequestKey> = keys.iter().collect();
    [
        column(&keys, |key: &RequestKey| customer(key.customer_id.as_ref())),
        column(&keys, |key: &RequestKey| key.key.as_str()),
    ]
}

impl<'c> Wanted<'c> {
    pub(super) fn of(commands: &'c [Command]) -> Self {
        let mut wanted = Self::default();
        for command in commands {
            wanted.command(command);
        }
        for ids in [&mut wanted.named, &mut wanted.holds, &mut wanted.orders, &mut wanted.used] {
            ids.sort_unstable();
            ids.dedup();
        }
        wanted.products.sort_unstable();
        wanted.products.dedup();
        wanted
    }

    fn command(&mut self, command: &'c Command) {
        match command {
            Command::PlaceHold(place) => self.place(place),
            Command::ReleaseHold(id) | Command::ExtendHold(id) => self.holds.push(id.uuid()),
            Command::CreateOrder(create) => {
                self.holds.push(create.hold_id.uuid());
                self.used.push(create.hold_id.uuid());
                if let NewOrderId::Chosen(id) = create.order_id {
                    self.orders.push(id.uuid());
                    self.named.push(id.uuid());
                    self.created.push(id.uuid());
                }
                self.orders_made.extend(create.request_key());
            }
            Command::CancelOrder(id) => self.orders.push(id.uuid()),
            Command::RefundOrder(refund) => self.orders.push(refund.order_id.uuid()),
            Command::RecordPayment(report) => {
                self.orders.push(report.order_id.uuid());
                self.named.push(report.order_id.uuid());
                self.events.push(&report.key);
            }
            Command::CreateProduct(create) => {
                self.products.extend(create.id.map(number));
                self.next_id = true;
                self.codes.extend(create.terms.code.as_ref().map(|code| code.as_str()));
            }
            Command::ChangeProduct(change) => {
                self.products.push(number(change.product_id));
                let code = change.code.as_ref().and_then(Option::as_ref);
                self.codes.extend(code.map(|code| code.as_str()));
                if let Some(StockChange::SetTotal(_) | StockChange::Add(_)) = change.stock {
                    self.need(change.product_id, i64::from(u32::MAX));
                }
            }
            Command::ExpireDue { limit } => {
                self.expire = Some(self.expire.unwrap_or(0).max(*limit));
            }
        }
    }

    fn place(&mut self, place: &'c PlaceHold) {
        let product = number(place.product_id);
        self.products.push(product);
        self.need(place.product_id, place.qty.get().into());
        self.holds_made.extend(place.request_key());
        self.customers.extend(place.customer_id.as_ref().map(|id| (product, id.as_str())));
    }

    fn need(&mut self, product_id: ProductId, units: i64) {
        let needed = self.needed.entry(number(product_id)).or_default();
        *needed = needed.saturating_add(units);
    }

    /// How many overdue rows of a product are to be read at most.
    pub(super) fn overdue_rows(&self, product_id: i64) -> i64 {
        let Some(needed) = self.needed.get(&product_id) else { return 0 };
        // Late payments take units too, one order each.
        let late = i64::try_from(self.orders.len()).unwrap_or(i64::MAX);
        needed.saturating_add(late).max(OVERDUE_AT_ONCE)
    }

    /// Customers whose units count, each with the product.
    pub(super) fn customers(&self) -> &[(i64, &'c str)] {
        &self.customers
    }

    /// Whether the batch asks about rows that exist: its answers may repeat what they say, and its
    /// products are found by them.
    fn asks(&self) -> bool {
        !(self.holds.is_empty()
            && self.orders.is_empty() // which every event names
            && self.holds_made.is_empty()
            && self.orders_made.is_empty())
    }

    /// The statements that lock whatever two batches must not change at the same time. The last one
    /// returns the products, and the time: the caller's, if it is given.
    pub(super) fn locks<'w>(&'w self, time: Option<i64>, requests: &mut Vec<Request<'w>>) {
        if !self.named.is_empty() {
            requests.push((Name::NameOrders, vec![Box::new(&*self.named)]));
        }
        let mut params: Params<'w> = vec![Box::new(&*self.products)];
        if self.asks() {
            params.push(Box::new(&*self.holds));
            params.push(Box::new(&*self.orders));
            params.extend(key_columns(&self.holds_made));
            params.extend(key_columns(&self.orders_made));
            params.push(Box::new(time));
            requests.push((Name::LockRows, params));
        } else {
            params.push(Box::new(time));
            requests.push((Name::LockProducts, params));
        }
    }

    /// The statements that read what the commands name.
    pub(super) fn reads<'w>(&'w self, requests: &mut Vec<Request<'w>>) {
        let Self { holds, orders, used, created, holds_made, orders_made, .. } = self;
        if !self.codes.is_empty() || self.next_id {
            let params: Params<'w> = vec![Box::new(&*self.codes), Box::new(self.next_id)];
            requests.push((Name::OtherProducts, params));
        }
        if !self.customers.is_empty() {
            let products = column(&self.customers, |(product, _)| product);
            let customers = column(&self.customers, |(_, customer)| customer);
            requests.push((Name::Customers, vec![products, customers]));
        }
        if !(holds_made.is_empty() && orders_made.is_empty()) {
            let keys: Vec<&RequestKey> = holds_made.iter().chain(orders_made).collect();
            let params = vec![
                column(&keys, |key| name(key.operation)),
                column(&keys, |key| customer(key.customer_id.as_ref())),
                column(&keys, |key| key.key.as_str()),
            ];
            requests.push((Name::Requests, params));
        }
        if !(holds.is_empty() && holds_made.is_empty()) {
            let mut params: Params<'w> = vec![Box::new(&**holds)];
            params.extend(key_columns(holds_made));
            requests.push((Name::Holds, params));
        }
        if !(orders.is_empty() && used.is_empty() && orders_made.is_empty()) {
            let mut params: Params<'w> = vec![Box::new(&**orders), Box::new(&**used)];
            params.extend(key_columns(orders_made));
            requests.push((Name::Orders, params));
        }
        if !(self.events.is_empty() && created.is_empty()) {
            let params = vec![
                column(&self.events, |key| name(key.provider)),
                column(&self.events, |key| key.event_id.as_str()),
                Box::new(&**created),
            ];
            requests.push((Name::Events, params));
        }
    }
}

/// A product's number as the database has it.
pub(super) fn number(id: ProductId) -> i64 {
    i64::try_from(id.get()).unwrap_or(i64::MAX) // ids end far below
}

/// A customer as a part of a request's key, where NULL would not be equal to itself.
pub(super) fn customer(id: Option<&CustomerId>) -> &str {
    id.map_or("", |id| id.as_str())
}
