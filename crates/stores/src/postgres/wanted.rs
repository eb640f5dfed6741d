//! What a batch can touch: the ids and keys that its commands name.

use std::collections::BTreeMap;

use doorbuster_domain::{
    Command, CustomerId, EventKey, NewOrderId, Operation, PlaceHold, ProductId, RequestKey,
    StockChange,
};
use uuid::Uuid;

use super::connection::{Param, Params, Request};
use super::sql::Name;
use crate::names::name;

/// How many overdue rows of a product are read beside those whose units somebody may need.
const OVERDUE_AT_ONCE: i64 = 256;

/// What a batch can touch.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) products: Vec<i64>,
    pub(super) holds: Vec<Uuid>,
    pub(super) orders: Vec<Uuid>,
    /// Orders that payment events or storefronts name: they may not exist yet.
    named: Vec<Uuid>,
    /// Those of them that are to be created, with which waiting events are applied.
    created: Vec<Uuid>,
    /// Holds that become orders.
    used: Vec<Uuid>,
    requests: [Keys; 2],
    events: Keys,
    pub(super) customers: (Vec<i64>, Vec<String>),
    codes: Vec<String>,
    next_id: bool,
    /// How many rows are to be expired, if any are to be looked for.
    pub(super) expire: Option<usize>,
    /// How many units the commands may need of a product: at most as many overdue rows have them.
    needed: BTreeMap<i64, i64>,
}

/// Two columns of names.
#[derive(Default)]
struct Keys(Vec<String>, Vec<String>);

impl Keys {
    fn params(&self) -> [Param<'static>; 2] {
        [Box::new(self.0.clone()), Box::new(self.1.clone())]
    }
}

impl Wanted {
    pub(super) fn of(commands: &[Command]) -> Self {
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

    fn command(&mut self, command: &Command) {
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
                self.request(create.request_key());
            }
            Command::CancelOrder(id) => self.orders.push(id.uuid()),
            Command::RefundOrder(refund) => self.orders.push(refund.order_id.uuid()),
            Command::RecordPayment(report) => {
                self.orders.push(report.order_id.uuid());
                self.named.push(report.order_id.uuid());
                self.event(&report.key);
            }
            Command::CreateProduct(create) => {
                self.products.extend(create.id.map(number));
                self.next_id = true;
                self.codes.extend(create.terms.code.as_ref().map(|code| code.as_str().to_owned()));
            }
            Command::ChangeProduct(change) => {
                self.products.push(number(change.product_id));
                let code = change.code.as_ref().and_then(Option::as_ref);
                self.codes.extend(code.map(|code| code.as_str().to_owned()));
                if let Some(StockChange::SetTotal(_) | StockChange::Add(_)) = change.stock {
                    self.need(change.product_id, i64::from(u32::MAX));
                }
            }
            Command::ExpireDue { limit } => {
                self.expire = Some(self.expire.unwrap_or(0).max(*limit));
            }
        }
    }

    fn place(&mut self, place: &PlaceHold) {
        self.products.push(number(place.product_id));
        self.need(place.product_id, place.qty.get().into());
        self.request(place.request_key());
        if let Some(customer_id) = &place.customer_id {
            self.customers.0.push(number(place.product_id));
            self.customers.1.push(customer_id.as_str().to_owned());
        }
    }

    fn need(&mut self, product_id: ProductId, units: i64) {
        let needed = self.needed.entry(number(product_id)).or_default();
        *needed = needed.saturating_add(units);
    }

    fn request(&mut self, key: Option<RequestKey>) {
        if let Some(RequestKey { operation, customer_id, key }) = key {
            let Keys(customers, keys) = &mut self.requests[slot(operation)];
            customers.push(customer(customer_id.as_ref()));
            keys.push(key.as_str().to_owned());
        }
    }

    fn event(&mut self, key: &EventKey) {
        self.events.0.push(name(key.provider).to_owned());
        self.events.1.push(key.event_id.as_str().to_owned());
    }

    /// How many overdue rows of a product are to be read at most.
    pub(super) fn overdue_rows(&self, product_id: i64) -> i64 {
        let Some(needed) = self.needed.get(&product_id) else { return 0 };
        // Late payments take units too, one order each.
        let late = i64::try_from(self.orders.len()).unwrap_or(i64::MAX);
        needed.saturating_add(late).max(OVERDUE_AT_ONCE)
    }

    /// Whether the batch asks about rows that exist: its answers may repeat what they say.
    pub(super) fn asks(&self) -> bool {
        !(self.holds.is_empty()
            && self.orders.is_empty()
            && self.events.0.is_empty()
            && self.requests.iter().all(|keys| keys.0.is_empty()))
    }

    /// The statements that lock whatever two batches must not change at the same time. The last one
    /// returns the products.
    pub(super) fn locks(&self, requests: &mut Vec<Request<'static>>) {
        if !self.named.is_empty() {
            requests.push((Name::NameOrders, vec![Box::new(self.named.clone())]));
        }
        let [holds_made, orders_made] = &self.requests;
        let by_product_only = self.holds.is_empty()
            && self.orders.is_empty()
            && holds_made.0.is_empty()
            && orders_made.0.is_empty();
        if by_product_only {
            requests.push((Name::LockProducts, vec![Box::new(self.products.clone())]));
        } else {
            let mut params: Params<'static> = vec![
                Box::new(self.products.clone()),
                Box::new(self.holds.clone()),
                Box::new(self.orders.clone()),
            ];
            params.extend(holds_made.params());
            params.extend(orders_made.params());
            requests.push((Name::LockRows, params));
        }
    }

    /// The statements that read what the commands name.
    pub(super) fn reads(&self, requests: &mut Vec<Request<'static>>) {
        if !self.codes.is_empty() || self.next_id {
            let params: Params<'static> =
                vec![Box::new(self.codes.clone()), Box::new(self.next_id)];
            requests.push((Name::OtherProducts, params));
        }
        if !self.customers.0.is_empty() {
            let (products, customers) = self.customers.clone();
            requests.push((Name::Customers, vec![Box::new(products), Box::new(customers)]));
        }
        let [holds_made, orders_made] = &self.requests;
        if !(holds_made.0.is_empty() && orders_made.0.is_empty()) {
            let mut rows = [const { Vec::new() }; 3];
            for (keys, operation) in
                [(holds_made, Operation::PlaceHold), (orders_made, Operation::CreateOrder)]
            {
                rows[0].extend(keys.0.iter().map(|_| name(operation).to_owned()));
                rows[1].extend(keys.0.iter().cloned());
                rows[2].extend(keys.1.iter().cloned());
            }
            let params = rows.into_iter().map(|column| Box::new(column) as _).collect();
            requests.push((Name::Requests, params));
        }
        if !(self.holds.is_empty() && holds_made.0.is_empty()) {
            let mut params: Params<'static> = vec![Box::new(self.holds.clone())];
            params.extend(holds_made.params());
            requests.push((Name::Holds, params));
        }
        if !(self.orders.is_empty() && self.used.is_empty() && orders_made.0.is_empty()) {
            let mut params: Params<'static> =
                vec![Box::new(self.orders.clone()), Box::new(self.used.clone())];
            params.extend(orders_made.params());
            requests.push((Name::Orders, params));
        }
        if !(self.events.0.is_empty() && self.created.is_empty()) {
            let [providers, ids] = self.events.params();
            let params: Params<'static> = vec![providers, ids, Box::new(self.created.clone())];
            requests.push((Name::Events, params));
        }
    }
}

const fn slot(operation: Operation) -> usize {
    match operation {
        Operation::PlaceHold => 0,
        Operation::CreateOrder => 1,
    }
}

/// A product's number as the database has it.
pub(super) fn number(id: ProductId) -> i64 {
    i64::try_from(id.get()).unwrap_or(i64::MAX) // ids end far below
}

/// A customer as a part of a request's key, where NULL would not be equal to itself.
pub(super) fn customer(id: Option<&CustomerId>) -> String {
    id.map_or_else(String::new, |id| id.as_str().to_owned())
}
