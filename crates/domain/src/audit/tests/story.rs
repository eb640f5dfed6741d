//! A short clean history in rows and journal, written by hand so that no rule vouches for itself.

use uuid::Uuid;

use crate::*;

/// Everything that an audit is fed.
pub(super) struct Story {
    pub(super) products: Vec<Product>,
    pub(super) customers: Vec<(ProductId, CustomerId, u32)>,
    pub(super) holds: Vec<Hold>,
    pub(super) orders: Vec<Order>,
    pub(super) events: Vec<PaymentEvent>,
    pub(super) entries: Vec<JournalEntry>,
}

pub(super) const PRODUCT: ProductId = ProductId::new(1).unwrap();

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

pub(super) fn hold_id(n: u128) -> HoldId {
    HoldId::new(Uuid::from_u128(0x1000 + n))
}

pub(super) fn order_id(n: u128) -> OrderId {
    OrderId::new(Uuid::from_u128(0x2000 + n))
}

pub(super) fn event_key(n: u128) -> EventKey {
    EventKey { provider: Provider::Generic, event_id: EventId::new(&format!("e{n}")).unwrap() }
}

impl Story {
    /// One of everything: hold 1 active, order 2 pending, 3 paid, 4 failed, hold 5 released and 6
    /// expired, order 7 paid too late, 8 paid and restocked, 10 paid and refunded by its provider,
    /// 9 cancelled and then paid after all, and an event of an order that does not exist yet.
    pub(super) fn clean() -> Self {
        let mut story = Self::of_stock(20);
        story.hold(1, 2, "ann", HoldState::Active);
        story.entry(EntryKind::HoldPlaced, 2, 1, None);
        story.order(2, 1, "bob", OrderState::Pending);
        story.order(3, 3, "ann", OrderState::Paid);
        story.event(3, 3, PaymentKind::Paid, EventResult::Applied);
        story.entry(EntryKind::OrderPaid, 3, 3, Some(3));
        story.order(4, 4, "cat", OrderState::Cancelled);
        story.event(4, 4, PaymentKind::Failed, EventResult::Applied);
        story.entry(EntryKind::OrderCancelled, 4, 4, Some(4));
        story.hold(5, 1, "cat", HoldState::Released);
        story.entry(EntryKind::HoldPlaced, 1, 5, None);
        story.entry(EntryKind::HoldReleased, 1, 5, None);
        story.hold(6, 2, "cat", HoldState::Expired);
        story.entry(EntryKind::HoldPlaced, 2, 6, None);
        story.entry(EntryKind::HoldExpired, 2, 6, None);
        story.order(7, 2, "dan", OrderState::RefundDue);
        story.entry(EntryKind::OrderExpired, 2, 7, None);
        story.event(7, 7, PaymentKind::Paid, EventResult::Applied);
        let refunded = OrderState::Refunded { restocked: true, had_units: true };
        story.order(8, 5, "dan", refunded);
        story.event(8, 8, PaymentKind::Paid, EventResult::Applied);
        story.entry(EntryKind::OrderPaid, 5, 8, Some(8));
        story.entry(EntryKind::OrderRestocked, 5, 8, None);
        let refunded = OrderState::Refunded { restocked: false, had_units: true };
        story.order(10, 1, "fay", refunded);
        story.event(10, 10, PaymentKind::Paid, EventResult::Applied);
        story.entry(EntryKind::OrderPaid, 1, 10, Some(10));
        story.event(11, 10, PaymentKind::Refunded, EventResult::Applied);
        story.entry(EntryKind::OrderRefunded, 1, 10, Some(11));
        story.order(9, 2, "eve", OrderState::Paid);
        story.entry(EntryKind::OrderCancelled, 2, 9, None);
        story.event(9, 9, PaymentKind::Paid, EventResult::Applied);
        story.entry(EntryKind::OrderRetaken, 2, 9, Some(9));
        story.event(19, 9, PaymentKind::Paid, EventResult::Ignored);
        story.event(20, 20, PaymentKind::Paid, EventResult::Stored);
        for (customer, units) in [("ann", 5), ("bob", 1), ("cat", 0), ("eve", 2)] {
            story.customers.push((PRODUCT, CustomerId::new(customer).unwrap(), units));
        }
        story
    }

    fn of_stock(units: u32) -> Self {
        let name = ProductName::new("Limited Edition Flash Sale Item").unwrap();
        let product = Product {
            id: PRODUCT,
            terms: Terms::new(name, Price::new(9999).unwrap()),
            total: TotalStock::new(units).unwrap(),
            held: 0,
            sold: 0,
            version: 1,
            journal_seq: 0,
            created_at: at(0),
        };
        let mut story = Self {
            products: vec![product],
            customers: Vec::new(),
            holds: Vec::new(),
            orders: Vec::new(),
            events: Vec::new(),
            entries: Vec::new(),
        };
        story.entry(EntryKind::ProductCreated, units, 0, None);
        story
    }

    /// A hold placed at second 10 n for ten seconds; used ones after five.
    fn hold(&mut self, n: u32, qty: u32, customer: &str, state: HoldState) {
        let created = i64::from(n) * 10;
        self.holds.push(Hold {
            id: hold_id(n.into()),
            product_id: PRODUCT,
            qty: Quantity::new(qty).unwrap(),
            unit_price: Price::new(9999).unwrap(),
            currency: Currency::USD,
            customer_id: Some(CustomerId::new(customer).unwrap()),
            state,
            extensions: 0,
            created_at: at(created),
            expires_at: at(created + 10),
            ended_at: match state {
                HoldState::Active => None,
                HoldState::Used { .. } | HoldState::Released => Some(at(created + 5)),
                HoldState::Expired => Some(at(created + 10)),
            },
        });
    }

    /// A hold, used by an order that had a hundred seconds to be paid.
    fn order(&mut self, n: u32, qty: u32, customer: &str, state: OrderState) {
        let id = order_id(n.into());
        self.hold(n, qty, customer, HoldState::Used { order_id: id });
        self.entry(EntryKind::HoldPlaced, qty, n, None);
        let hold = self.holds.last().unwrap();
        let created_at = hold.ended_at.unwrap();
        self.orders.push(Order {
            id,
            hold_id: hold.id,
            product_id: PRODUCT,
            qty: hold.qty,
            unit_price: hold.unit_price,
            currency: hold.currency,
            customer_id: hold.customer_id.clone(),
            state,
            refund_awaits_payment: false,
            created_at,
            pay_by: at(created_at.as_millis() / 1000 + 100),
            updated_at: created_at,
        });
    }

    fn event(&mut self, n: u128, order: u128, kind: PaymentKind, result: EventResult) {
        self.events.push(PaymentEvent {
            key: event_key(n),
            order_id: order_id(order),
            kind,
            amount: None,
            currency: None,
            received_at: at(500),
            result,
            payload: "{}".into(),
        });
    }

    /// The next entry; what it does to the counters, the product's row does too.
    pub(super) fn entry(&mut self, kind: EntryKind, qty: u32, n: u32, event: Option<u128>) {
        let product = &mut self.products[0];
        let before = self.entries.last().map_or(Counters::default(), |entry| entry.after);
        let after = before.apply(kind, qty.into()).unwrap();
        product.journal_seq += 1;
        (product.held, product.sold) = (after.held, after.sold);
        let about_order = matches!(
            kind,
            EntryKind::OrderPaid
                | EntryKind::OrderCancelled
                | EntryKind::OrderExpired
                | EntryKind::OrderRetaken
                | EntryKind::OrderRestocked
                | EntryKind::OrderRefunded
        );
        self.entries.push(JournalEntry {
            product_id: PRODUCT,
            seq: product.journal_seq,
            at: at(i64::from(n) * 10),
            kind,
            qty: qty.into(),
            after,
            hold_id: (kind != EntryKind::ProductCreated).then(|| hold_id(n.into())),
            order_id: about_order.then(|| order_id(n.into())),
            event: event.map(event_key),
        });
    }

    pub(super) fn hold_mut(&mut self, n: u128) -> &mut Hold {
        self.holds.iter_mut().find(|hold| hold.id == hold_id(n)).unwrap()
    }

    pub(super) fn order_mut(&mut self, n: u128) -> &mut Order {
        self.orders.iter_mut().find(|order| order.id == order_id(n)).unwrap()
    }

    pub(super) fn event_mut(&mut self, n: u128) -> &mut PaymentEvent {
        self.events.iter_mut().find(|event| event.key == event_key(n)).unwrap()
    }

    /// The first entry of this kind.
    pub(super) fn entry_mut(&mut self, kind: EntryKind) -> &mut JournalEntry {
        self.entries.iter_mut().find(|entry| entry.kind == kind).unwrap()
    }

    /// Feeds the rows forwards, or all but products and journal backwards.
    pub(super) fn audit(&self, backwards: bool) -> AuditReport {
        let mut audit = Audit::default();
        self.products.iter().for_each(|product| audit.product(product));
        if backwards {
            self.entries.iter().for_each(|entry| audit.entry(entry));
            self.feed_events(&mut audit);
            self.holds.iter().rev().for_each(|hold| self.feed_hold(&mut audit, hold));
            self.feed_orphans(&mut audit);
            self.feed_customers(&mut audit);
        } else {
            self.feed_customers(&mut audit);
            self.holds.iter().for_each(|hold| self.feed_hold(&mut audit, hold));
            self.feed_orphans(&mut audit);
            self.feed_events(&mut audit);
            self.entries.iter().for_each(|entry| audit.entry(entry));
        }
        audit.finish()
    }

    fn feed_customers(&self, audit: &mut Audit) {
        for (product_id, customer_id, units) in &self.customers {
            audit.customer(*product_id, customer_id, *units);
        }
    }

    fn feed_hold(&self, audit: &mut Audit, hold: &Hold) {
        audit.hold(hold, self.orders.iter().find(|order| order.hold_id == hold.id));
    }

    fn feed_orphans(&self, audit: &mut Audit) {
        for order in &self.orders {
            if !self.holds.iter().any(|hold| hold.id == order.hold_id) {
                audit.order_without_hold(order);
            }
        }
    }

    fn feed_events(&self, audit: &mut Audit) {
        for event in &self.events {
            audit.event(event, self.orders.iter().find(|order| order.id == event.order_id));
        }
    }
}
