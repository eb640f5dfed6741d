//! A store beside a witness who forgets nothing.

use std::collections::HashSet;
use std::time::Duration;

use doorbuster_domain::{
    Audit, AuditReport, Command, CustomerId, EventKey, Hold, HoldId, HoldState, Ledger, Order,
    OrderState, Outcome, PaymentEvent, Product, ProductId, Timestamp, decide,
};

use super::Bench;
use super::values::START;
use crate::clock::plus;
use crate::{HoldFilter, OrderFilter, Page, PaymentFilter, Reader, Store};

/// How many rows one page has while everything is read through pages.
const PAGE: usize = 7;

/// A store, its reader, and one plain ledger that is given the same commands but is never settled,
/// written or read back. Whatever the two say differently is the store's mistake.
pub(super) struct Witness<B: Bench> {
    bench: B,
    pub(super) store: B::Store,
    pub(super) reader: B::Reader,
    pub(super) plain: Ledger,
    /// The payment events in the order in which they were first recorded.
    arrivals: Vec<EventKey>,
    pub(super) now: Timestamp,
    /// What a failure should say about where it happened.
    pub(super) story: String,
}

impl<B: Bench> Witness<B> {
    pub(super) async fn new(mut bench: B) -> Self {
        let (store, reader) = bench.open().await;
        let (arrivals, story) = (Vec::new(), String::new());
        Self { bench, store, reader, plain: Ledger::new(), arrivals, now: START, story }
    }

    /// A witness of a store in which `commands` have been decided as one batch.
    pub(super) async fn of(bench: B, commands: &[Command]) -> Self {
        let mut witness = Self::new(bench).await;
        witness.batch(commands).await;
        witness
    }

    /// Closes the store and opens it again; the plain ledger stays as it is.
    pub(super) async fn reopen(self) -> Self {
        let Self { mut bench, store, reader, plain, arrivals, now, story } = self;
        drop((store, reader));
        let (store, reader) = bench.open().await;
        Self { bench, store, reader, plain, arrivals, now, story }
    }

    pub(super) fn wait_seconds(&mut self, seconds: u32) {
        self.wait(Duration::from_secs(seconds.into()));
    }

    pub(super) fn wait(&mut self, duration: Duration) {
        self.now = plus(self.now, duration);
    }

    /// Loads, decides, commits and settles one batch, and returns its outcomes.
    pub(super) async fn batch(&mut self, commands: &[Command]) -> Vec<Outcome> {
        let outcomes = self.decide(commands).await;
        self.store.commit().await.unwrap();
        self.store.ledger().settle();
        outcomes
    }

    /// Loads and decides one batch, without committing it.
    async fn decide(&mut self, commands: &[Command]) -> Vec<Outcome> {
        let now = self.store.load(self.now, commands).await.unwrap();
        assert!(now >= self.now, "{}: a store may be ahead of the clock, never behind", self.story);
        self.now = now;
        let mut outcomes = Vec::with_capacity(commands.len());
        for command in commands {
            let outcome = decide(self.store.ledger(), now, command);
            let new_event = self.new_event(command);
            let expected = decide(&mut self.plain, now, command);
            assert_eq!(outcome, expected, "{} at {now:?}: {command:?}", self.story);
            let recorded = new_event.filter(|key| self.plain.event(key).is_some());
            self.arrivals.extend(recorded);
            outcomes.push(outcome);
        }
        assert_eq!(self.store.ledger().contradiction(), None, "{}", self.story);
        outcomes
    }

    fn new_event(&self, command: &Command) -> Option<EventKey> {
        if let Command::RecordPayment(report) = command
            && self.plain.event(&report.key).is_none()
        {
            return Some(report.key.clone());
        }
        None
    }

    /// The outcome of one command in a batch of its own.
    pub(super) async fn one(&mut self, command: Command) -> Outcome {
        self.batch(&[command]).await.remove(0)
    }

    /// Everything that the store keeps and lists is what the plain ledger has.
    pub(super) async fn agrees(&mut self) {
        self.agrees_in_memory();
        self.agrees_in_lists().await;
        self.agrees_in_journals().await;
        let audit = self.reader.audit().await.unwrap();
        assert_eq!(audit, self.audit(), "{}: audit", self.story);
        assert!(audit.is_ok(), "{}: {audit:#?}", self.story);
    }

    /// Between batches the store keeps the live rows, all of them and nothing else.
    pub(super) fn agrees_in_memory(&mut self) {
        let story = &self.story;
        let (kept, plain) = (self.store.ledger(), &self.plain);
        if !B::KEEPS_LIVE_ROWS {
            let live = kept.holds().all(|hold| plain.hold(hold.id) == Some(hold));
            let live = live && kept.orders().all(|order| plain.order(order.id) == Some(order));
            assert!(live && kept.events().count() == 0, "{story}: what is left in memory");
            return;
        }
        assert_eq!(by_id(kept.products()), by_id(plain.products()), "{story}: products");
        assert_eq!(kept.next_deadline(), plain.next_deadline(), "{story}: next deadline");
        for product in plain.products() {
            let id = product.id;
            assert_eq!(kept.product_deadline(id), plain.product_deadline(id), "{story}: {id}");
        }
        let holds: Vec<_> = plain.holds().filter(|h| h.state == HoldState::Active).collect();
        let orders: Vec<_> = plain.orders().filter(|o| o.state == OrderState::Pending).collect();
        for hold in &holds {
            assert_eq!(kept.hold(hold.id), Some(*hold), "{story}");
        }
        for order in &orders {
            assert_eq!(kept.order(order.id), Some(*order), "{story}");
        }
        assert_eq!(kept.rows(), holds.len() + orders.len(), "{story}: rows in memory");
        assert_eq!(kept.events().count(), 0, "{story}: events in memory");

        let of_holds = holds.iter().map(|hold| (hold.product_id, hold.customer_id.as_ref()));
        let of_orders = orders.iter().map(|order| (order.product_id, order.customer_id.as_ref()));
        let live: HashSet<_> = of_holds.chain(of_orders).collect();
        let units =
            |ledger: &Ledger, (product_id, customer_id): (ProductId, Option<&CustomerId>)| {
                customer_id.map(|customer_id| ledger.customer_units(product_id, customer_id))
            };
        for &customer in &live {
            assert_eq!(units(kept, customer), units(plain, customer), "{story}: {customer:?}");
        }
        let kept: HashSet<_> =
            kept.customers().map(|(product, id, _)| (product, Some(id))).collect();
        assert!(kept.is_subset(&live), "{story}: customers without live rows: {kept:?}, {live:?}");
    }

    async fn agrees_in_lists(&self) {
        let story = &self.story;
        let holds = self.all_holds(&HoldFilter::default(), PAGE).await;
        assert_eq!(holds, self.expected_holds(|_| true), "{story}: holds");
        let orders = self.all_orders(&OrderFilter::default(), PAGE).await;
        assert_eq!(orders, self.expected_orders(|_| true), "{story}: orders");
        let payments = self.all_payments(&PaymentFilter::default(), PAGE).await;
        assert_eq!(payments, self.expected_payments(|_| true), "{story}: payments");
    }

    async fn agrees_in_journals(&self) {
        for product in self.plain.products() {
            let mut found = Vec::new();
            loop {
                let after =
                    found.last().map_or(0, |entry: &doorbuster_domain::JournalEntry| entry.seq);
                let page = self.reader.journal(product.id, after, PAGE).await.unwrap();
                if page.is_empty() {
                    break;
                }
                assert!(page.len() <= PAGE, "{}", self.story);
                found.extend(page);
            }
            let entries = self.plain.journal().iter();
            let expected: Vec<_> =
                entries.filter(|e| e.product_id == product.id).cloned().collect();
            assert_eq!(found, expected, "{}: journal of product {}", self.story, product.id);
        }
    }

    /// The audit of the plain ledger's rows.
    pub(super) fn audit(&self) -> AuditReport {
        let mut audit = Audit::default();
        let plain = &self.plain;
        plain.products().for_each(|product| audit.product(product));
        for (product_id, customer_id, units) in plain.customers() {
            audit.customer(product_id, customer_id, units);
        }
        for hold in plain.holds() {
            let order = match hold.state {
                HoldState::Used { order_id } => plain.order(order_id),
                HoldState::Active | HoldState::Released | HoldState::Expired => None,
            };
            audit.hold(hold, order);
        }
        plain.events().for_each(|event| audit.event(event, plain.order(event.order_id)));
        plain.journal().iter().for_each(|entry| audit.entry(entry));
        audit.finish()
    }

    /// The holds of the plain ledger, as a list should have them.
    pub(super) fn expected_holds(&self, matches: impl Fn(&Hold) -> bool) -> Vec<Hold> {
        let mut holds: Vec<_> = self.plain.holds().filter(|h| matches(h)).cloned().collect();
        holds.sort_by_key(|hold| std::cmp::Reverse(hold.id));
        holds
    }

    /// The orders of the plain ledger, as a list should have them.
    pub(super) fn expected_orders(&self, matches: impl Fn(&Order) -> bool) -> Vec<Order> {
        let mut orders: Vec<_> = self.plain.orders().filter(|o| matches(o)).cloned().collect();
        orders.sort_by_key(|order| std::cmp::Reverse(order.hold_id));
        orders
    }

    /// The payment events of the plain ledger, as a list should have them.
    pub(super) fn expected_payments(
        &self,
        matches: impl Fn(&PaymentEvent) -> bool,
    ) -> Vec<PaymentEvent> {
        let newest_first = self.arrivals.iter().rev();
        let events = newest_first.map(|key| self.plain.event(key).unwrap());
        events.filter(|event| matches(event)).cloned().collect()
    }

    /// All holds that pass `filter`, page by page.
    pub(super) async fn all_holds(&self, filter: &HoldFilter, limit: usize) -> Vec<Hold> {
        let (mut all, mut before) = (Vec::<Hold>::new(), None);
        loop {
            let page = Page { before, limit };
            let rows = self.reader.holds(filter.clone(), page).await.unwrap();
            assert!(rows.len() <= limit, "{}", self.story);
            let Some(last) = rows.last() else { break all };
            assert!(before.is_none_or(|before| last.id < before), "{}: no end", self.story);
            before = Some(last.id);
            all.extend(rows);
        }
    }

    /// All orders that pass `filter`, page by page.
    pub(super) async fn all_orders(&self, filter: &OrderFilter, limit: usize) -> Vec<Order> {
        let (mut all, mut before) = (Vec::<Order>::new(), None::<HoldId>);
        loop {
            let page = Page { before, limit };
            let rows = self.reader.orders(filter.clone(), page).await.unwrap();
            assert!(rows.len() <= limit, "{}", self.story);
            let Some(last) = rows.last() else { break all };
            assert!(before.is_none_or(|before| last.hold_id < before), "{}: no end", self.story);
            before = Some(last.hold_id);
            all.extend(rows);
        }
    }

    /// All payment events that pass `filter`, page by page.
    pub(super) async fn all_payments(
        &self,
        filter: &PaymentFilter,
        limit: usize,
    ) -> Vec<PaymentEvent> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = Page { before, limit };
            let rows = self.reader.payments(filter.clone(), page).await.unwrap();
            assert!(rows.len() <= limit, "{}", self.story);
            let Some((last, _)) = rows.last() else { break all };
            assert!(before.is_none_or(|before| *last < before), "{}: no end", self.story);
            before = Some(*last);
            all.extend(rows.into_iter().map(|(_, event)| event));
        }
    }
}

fn by_id<'a>(products: impl Iterator<Item = &'a Product>) -> Vec<&'a Product> {
    let mut products: Vec<_> = products.collect();
    products.sort_by_key(|product| product.id);
    products
}
