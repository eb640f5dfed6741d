//! Random histories: which commands come next.

use doorbuster_domain::{
    ChangeProduct, Command, CreateOrder, CreateProduct, Currency, CustomerId, EventId, EventKey,
    HoldId, HoldState, Ledger, NewOrderId, OrderId, PaymentKind, PaymentReport, PlaceHold, Price,
    ProductCode, ProductId, Provider, Quantity, RefundOrder, Seconds, StockChange, TotalStock,
};

use super::dice::Dice;
use super::values::{
    POSTER, TICKET, customer, hold_id, idempotency_key, opening, order_id, qty, terms,
};

/// How many of the newest rows a command usually means.
const RECENT: usize = 10;

/// How many commands a batch has at most.
const BATCH: usize = 12;

/// Whether a history may have two deadlines in the same millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Any number of them. Which of them expires first is then known to nobody but the process in
    /// which they were made, so the store is reopened only when nothing is live.
    Crowded,
    /// Every deadline has a millisecond of its own, and the store may be reopened at any time.
    Spread,
}

/// Writes a random history.
pub(super) struct Script {
    pub(super) dice: Dice,
    pace: Pace,
    next_id: u64,
    products: Vec<ProductId>,
    holds: Vec<HoldId>,
    orders: Vec<OrderId>,
    reports: Vec<PaymentReport>,
    /// Requests that had an idempotency key.
    keyed: Vec<Command>,
}

impl Script {
    pub(super) fn new(seed: u64, pace: Pace) -> Self {
        Self {
            dice: Dice::new(seed),
            pace,
            next_id: 1,
            products: vec![TICKET, POSTER, ProductId::MAX],
            holds: vec![hold_id(0)],
            orders: vec![order_id(0)],
            reports: Vec::new(),
            keyed: Vec::new(),
        }
    }

    /// The first batch.
    pub(super) fn opening(&mut self) -> [Command; 2] {
        opening(self.dice.between(5, 60))
    }

    /// The next batch.
    pub(super) fn batch(&mut self, plain: &Ledger) -> Vec<Command> {
        let size = 1 + self.dice.below(BATCH);
        let mut batch = Vec::with_capacity(size);
        let mut has_deadline = false;
        while batch.len() < size {
            let command = self.command(plain);
            let deadline = makes_a_deadline(&command);
            if deadline && has_deadline && self.pace == Pace::Spread {
                continue;
            }
            has_deadline |= deadline;
            batch.push(command);
        }
        batch
    }

    /// All requests that had an idempotency key and all payment events, once more.
    pub(super) fn repeated(&self) -> Vec<Command> {
        let reports = self.reports.iter().cloned().map(Command::RecordPayment);
        self.keyed.iter().cloned().chain(reports).collect()
    }

    fn command(&mut self, plain: &Ledger) -> Command {
        match self.dice.below(100) {
            0..30 => self.place(),
            30..35 => Command::ReleaseHold(self.hold(plain)),
            35..42 => Command::ExtendHold(self.hold(plain)),
            42..60 => self.create_order(plain),
            60..65 => Command::CancelOrder(self.order(plain)),
            65..82 => self.payment(plain),
            82..86 => {
                let (order_id, restock) = (self.order(plain), self.dice.chance(50));
                Command::RefundOrder(RefundOrder { order_id, restock })
            }
            86..91 => self.retry(),
            91..96 => self.change_product(),
            96..98 => self.create_product(),
            _ => Command::ExpireDue { limit: *self.dice.pick(&[0, 1, 2, 5, usize::MAX]) },
        }
    }

    fn fresh(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn product(&mut self) -> ProductId {
        *self.dice.pick(&self.products)
    }

    /// Usually one that is active.
    fn hold(&mut self, plain: &Ledger) -> HoldId {
        let is_active =
            |id: &&HoldId| plain.hold(**id).is_some_and(|h| h.state == HoldState::Active);
        let active: Vec<_> = self.holds.iter().filter(is_active).copied().collect();
        if !active.is_empty() && self.dice.chance(75) {
            return *recent(&mut self.dice, &active);
        }
        *recent(&mut self.dice, &self.holds)
    }

    /// Usually one that exists.
    fn order(&mut self, plain: &Ledger) -> OrderId {
        let known = self.orders.iter().filter(|id| plain.order(**id).is_some());
        let known: Vec<_> = known.copied().collect();
        if !known.is_empty() && self.dice.chance(75) {
            return *recent(&mut self.dice, &known);
        }
        *recent(&mut self.dice, &self.orders)
    }

    fn customer(&mut self) -> Option<CustomerId> {
        let name = *self.dice.pick(&["", "", "Ann", "Bea", "Cy"]);
        (!name.is_empty()).then(|| customer(name))
    }

    fn place(&mut self) -> Command {
        let hold_id = hold_id(self.fresh());
        self.holds.push(hold_id);
        let key = self.dice.chance(25).then(|| *self.dice.pick(&["k1", "k2", "k3", "k4"]));
        let place = Command::PlaceHold(PlaceHold {
            hold_id,
            product_id: self.product(),
            qty: qty(self.dice.between(1, 5)),
            customer_id: self.customer(),
            idempotency_key: key.map(idempotency_key),
        });
        self.note_keyed(&place, key);
        place
    }

    fn create_order(&mut self, plain: &Ledger) -> Command {
        let order_id = if self.dice.chance(50) {
            NewOrderId::Fresh(order_id(self.fresh()))
        } else if self.dice.chance(50) {
            NewOrderId::Chosen(order_id(self.fresh()))
        } else {
            // One that events may wait for, or that is taken.
            NewOrderId::Chosen(*recent(&mut self.dice, &self.orders))
        };
        self.orders.push(order_id.id());
        let key = self.dice.chance(25).then(|| *self.dice.pick(&["k1", "k2", "k3", "k4"]));
        let idempotency_key = key.map(idempotency_key);
        let create = Command::CreateOrder(CreateOrder {
            hold_id: self.hold(plain),
            order_id,
            idempotency_key,
        });
        self.note_keyed(&create, key);
        create
    }

    fn note_keyed(&mut self, command: &Command, key: Option<&str>) {
        if key.is_some() {
            self.keyed.push(command.clone());
        }
    }

    /// The same request again, with ids as fresh as the engine would make them.
    fn retry(&mut self) -> Command {
        if self.keyed.is_empty() {
            return self.place();
        }
        let mut retry = recent(&mut self.dice, &self.keyed).clone();
        if let Command::PlaceHold(place) = &mut retry {
            place.hold_id = hold_id(self.fresh());
        }
        if let Command::CreateOrder(CreateOrder { order_id: NewOrderId::Fresh(id), .. }) =
            &mut retry
        {
            *id = order_id(self.fresh());
        }
        retry
    }

    fn payment(&mut self, plain: &Ledger) -> Command {
        let report = if !self.reports.is_empty() && self.dice.chance(30) {
            let mut again = recent(&mut self.dice, &self.reports).clone();
            match self.dice.below(10) {
                0 => again.order_id = self.order(plain),
                1 => again.kind = PaymentKind::Failed,
                2 => again.key.provider = Provider::Stripe,
                3 => again.amount = None,
                _ => {}
            }
            again
        } else {
            self.new_report(plain)
        };
        self.reports.push(report.clone());
        Command::RecordPayment(report)
    }

    fn new_report(&mut self, plain: &Ledger) -> PaymentReport {
        use PaymentKind::{Failed, Noted, Paid, Refunded};
        let known = self.dice.chance(85);
        let order_id = if known { self.order(plain) } else { order_id(self.fresh()) };
        if !known {
            self.orders.push(order_id);
        }
        let right = plain.order(order_id).map(|order| (order.total_price(), order.currency));
        let (amount, currency) = match self.dice.below(6) {
            0 => (Some(u64::from(self.dice.between(0, 3))), None),
            1 => (None, Currency::new("EUR")),
            2 | 3 => (right.map(|(amount, _)| amount), right.map(|(_, currency)| currency)),
            _ => (None, None),
        };
        // The names do not sort in the order of arrival.
        let event_id = format!("{:x}", self.dice.next());
        PaymentReport {
            key: EventKey {
                provider: *self.dice.pick(&[Provider::Generic, Provider::Stripe]),
                event_id: EventId::new(&event_id).unwrap(),
            },
            order_id,
            kind: *self.dice.pick(&[Paid, Paid, Paid, Failed, Failed, Refunded, Noted]),
            amount,
            currency,
            payload: event_id.as_str().into(),
        }
    }

    fn change_product(&mut self) -> Command {
        let mut change = ChangeProduct::of(self.product());
        match self.dice.below(7) {
            0 => change.stock = Some(StockChange::Add(i64::from(self.dice.between(0, 20)) - 10)),
            1 => {
                let total = TotalStock::new(self.dice.between(0, 30)).unwrap();
                change.stock = Some(StockChange::SetTotal(total));
            }
            2 => change.max_per_customer = Some(Quantity::new(self.dice.between(0, 8))),
            3 => change.price = Price::new(self.dice.between(0, 500).into()),
            4 => change.paused = Some(self.dice.chance(20)),
            5 => change.code = Some(self.code()),
            _ => change.hold_seconds = Seconds::new(self.dice.between(1, 60)),
        }
        Command::ChangeProduct(change)
    }

    fn create_product(&mut self) -> Command {
        let mut terms = terms("Surprise");
        terms.code = self.code();
        let id = match self.dice.below(3) {
            0 => ProductId::new(self.dice.between(1, 60).into()),
            _ => None,
        };
        self.products.extend(id);
        let total = TotalStock::new(self.dice.between(0, 10)).unwrap();
        Command::CreateProduct(CreateProduct { id, terms, total })
    }

    fn code(&mut self) -> Option<ProductCode> {
        let code = *self.dice.pick(&["", "", "a", "b", "c"]);
        ProductCode::new(code).ok()
    }
}

/// Usually one of the last few, at times any of them.
fn recent<'a, T>(dice: &mut Dice, all: &'a [T]) -> &'a T {
    let from = if dice.chance(85) { all.len().saturating_sub(RECENT) } else { 0 };
    dice.pick(&all[from..])
}

fn makes_a_deadline(command: &Command) -> bool {
    match command {
        Command::PlaceHold(_) | Command::ExtendHold(_) | Command::CreateOrder(_) => true,
        Command::ReleaseHold(_)
        | Command::CancelOrder(_)
        | Command::RecordPayment(_)
        | Command::RefundOrder(_)
        | Command::CreateProduct(_)
        | Command::ChangeProduct(_)
        | Command::ExpireDue { .. } => false,
    }
}
