//! What clients ask for, by what they have been told.

use std::collections::BTreeMap;

use doorbuster_domain::{
    ChangeProduct, Command, CreateOrder, CreateProduct, Currency, CustomerId, Effect, EventId,
    EventKey, HoldId, IdempotencyKey, NewOrderId, Order, OrderId, Outcome, PaymentKind,
    PaymentReport, PlaceHold, Price, ProductCode, ProductId, ProductName, Provider, Quantity,
    RefundOrder, Seconds, StockChange, Terms, Timestamp, TotalStock,
};

use crate::dice::Dice;

/// What a client does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    Buyer,
    /// Delivers payment events.
    Provider,
    Operator,
}

/// What the clients know together: shops, buyers and providers tell each other.
#[derive(Debug, Default)]
pub(crate) struct Known {
    products: Vec<ProductId>,
    holds: Vec<HoldId>,
    orders: Vec<Order>,
    /// Order ids that a storefront has chosen, and told the provider, before it made the order.
    chosen: Vec<OrderId>,
    reports: Vec<PaymentReport>,
    /// Requests that had an idempotency key.
    keyed: Vec<Command>,
    /// The last version of each product that anybody has read.
    pub(crate) seen: BTreeMap<ProductId, u64>,
    serial: u64,
}

/// What goes on sale first: little of anything, soon over.
pub(crate) fn opening(dice: &mut Dice) -> Vec<Command> {
    let products = dice.between(1, 3);
    let product = |n: u64| {
        let name = ProductName::new(&format!("product {n}")).unwrap();
        let mut terms = Terms::new(name, Price::new(dice.between(0, 300)).unwrap());
        terms.hold_seconds = Seconds::new(dice.small(1, 10)).unwrap();
        terms.payment_seconds = Seconds::new(dice.small(1, 10)).unwrap();
        terms.max_extensions = dice.small(0, 2);
        terms.max_per_customer = Quantity::new(*dice.pick(&[0, 0, 3, 6]));
        let total = TotalStock::new(dice.small(3, 25)).unwrap();
        Command::CreateProduct(CreateProduct { id: ProductId::new(n), terms, total })
    };
    (1..=products).map(product).collect()
}

impl Known {
    /// A new request.
    pub(crate) fn request(&mut self, role: Role, now: Timestamp, dice: &mut Dice) -> Command {
        let throw = dice.below(100);
        match role {
            Role::Buyer => match throw {
                0..48 => self.place(dice),
                48..54 => Command::ReleaseHold(self.hold(dice)),
                54..62 => Command::ExtendHold(self.hold(dice)),
                62..90 => self.create_order(dice),
                90..94 => Command::CancelOrder(self.order(dice)),
                _ => self.ask_again(dice),
            },
            Role::Provider => self.payment(dice),
            Role::Operator => match throw {
                0..35 => self.refund(dice),
                35..50 => Command::CancelOrder(self.order(dice)),
                50..92 => self.change_product(now, dice),
                _ => self.create_product(dice),
            },
        }
    }

    /// Makes a request ready to be sent once more: what the server would make anew is new.
    pub(crate) fn resend(&mut self, command: &mut Command, dice: &mut Dice) {
        match command {
            Command::PlaceHold(place) => place.hold_id = HoldId::new(dice.uuid()),
            Command::CreateOrder(create) => {
                if let NewOrderId::Fresh(id) = &mut create.order_id {
                    *id = OrderId::new(dice.uuid());
                }
            }
            Command::RecordPayment(report) => report.payload = self.serial("delivery").into(),
            Command::ReleaseHold(_)
            | Command::ExtendHold(_)
            | Command::CancelOrder(_)
            | Command::RefundOrder(_)
            | Command::CreateProduct(_)
            | Command::ChangeProduct(_)
            | Command::ExpireDue { .. } => {}
        }
    }

    /// Takes note of an answer.
    pub(crate) fn learn(&mut self, outcome: &Outcome) {
        match outcome {
            Ok(Effect::Hold { hold, .. }) => self.holds.push(hold.id),
            Ok(Effect::Order { order, .. }) => self.orders.push(order.clone()),
            Ok(Effect::Product(product)) if !self.products.contains(&product.id) => {
                self.products.push(product.id);
            }
            Ok(Effect::Product(_) | Effect::Payment(_) | Effect::Expired { .. }) | Err(_) => {}
        }
    }

    /// A product, mostly one of the first.
    pub(crate) fn product(&self, dice: &mut Dice) -> Option<ProductId> {
        let main = self.products.len().min(2);
        let of = if dice.chance(85) { &self.products[..main] } else { &self.products[..] };
        (!of.is_empty()).then(|| *dice.pick(of))
    }

    fn serial(&mut self, of: &str) -> String {
        self.serial += 1;
        format!("{of} {}", self.serial)
    }

    fn hold(&self, dice: &mut Dice) -> HoldId {
        let known = dice.recent(&self.holds).copied().filter(|_| !dice.chance(3));
        known.unwrap_or_else(|| HoldId::new(dice.uuid()))
    }

    fn order(&self, dice: &mut Dice) -> OrderId {
        let known = dice.recent(&self.orders).map(|order| order.id).filter(|_| !dice.chance(3));
        known.unwrap_or_else(|| OrderId::new(dice.uuid()))
    }

    fn place(&mut self, dice: &mut Dice) -> Command {
        let product_id = self.product(dice).filter(|_| !dice.chance(2)).unwrap_or(ProductId::MAX);
        let name = *dice.pick(&["", "Ann", "Bea", "Cy", "Dan", "Eve"]);
        let qty = if dice.chance(1) { 1_000_000 } else { dice.small(1, 4) };
        let keyed = dice.chance(35);
        let place = Command::PlaceHold(PlaceHold {
            hold_id: HoldId::new(dice.uuid()),
            product_id,
            qty: Quantity::new(qty).unwrap(),
            customer_id: (!name.is_empty()).then(|| CustomerId::new(name).unwrap()),
            idempotency_key: keyed.then(|| self.key(dice)),
        });
        if keyed {
            self.keyed.push(place.clone());
        }
        place
    }

    /// A new key, now and then one of a few that everybody uses.
    fn key(&mut self, dice: &mut Dice) -> IdempotencyKey {
        let own = self.serial("key").replace(' ', "-");
        let key = if dice.chance(15) { *dice.pick(&["k1", "k2", "k3"]) } else { &own };
        IdempotencyKey::new(key).unwrap()
    }

    fn create_order(&mut self, dice: &mut Dice) -> Command {
        let order_id = match dice.below(10) {
            0..5 => NewOrderId::Fresh(OrderId::new(dice.uuid())),
            5..7 => {
                let id = OrderId::new(dice.uuid());
                self.chosen.push(id);
                NewOrderId::Chosen(id)
            }
            7..9 => {
                let waiting = dice.recent(&self.chosen).copied();
                NewOrderId::Chosen(waiting.unwrap_or_else(|| OrderId::new(dice.uuid())))
            }
            _ => NewOrderId::Chosen(self.order(dice)),
        };
        let keyed = dice.chance(30);
        let create = Command::CreateOrder(CreateOrder {
            hold_id: self.hold(dice),
            order_id,
            idempotency_key: keyed.then(|| self.key(dice)),
        });
        if keyed {
            self.keyed.push(create.clone());
        }
        create
    }

    /// An earlier request that had a key, under the same key.
    fn ask_again(&mut self, dice: &mut Dice) -> Command {
        let Some(mut again) = dice.recent(&self.keyed).cloned() else {
            return self.place(dice);
        };
        self.resend(&mut again, dice);
        again
    }

    fn payment(&mut self, dice: &mut Dice) -> Command {
        let mut report = match dice.recent(&self.reports).filter(|_| dice.chance(25)).cloned() {
            Some(again) => self.varied(again, dice),
            None => self.new_report(dice),
        };
        report.payload = self.serial("delivery").into();
        self.reports.push(report.clone());
        Command::RecordPayment(report)
    }

    /// A report that was sent before, mostly as it was.
    fn varied(&self, mut again: PaymentReport, dice: &mut Dice) -> PaymentReport {
        match dice.below(12) {
            0 => again.order_id = self.order(dice),
            1 => again.kind = PaymentKind::Failed,
            2 => again.key.provider = Provider::Stripe,
            3 => (again.amount, again.currency) = (None, None),
            _ => {}
        }
        again
    }

    fn new_report(&mut self, dice: &mut Dice) -> PaymentReport {
        use PaymentKind::{Failed, Paid, Refunded};
        let order = dice.recent(&self.orders).filter(|_| dice.chance(65)).cloned();
        let order_id = match (&order, dice.recent(&self.chosen)) {
            (Some(order), _) => order.id,
            (None, Some(chosen)) if dice.chance(80) => *chosen,
            (None, _) => {
                // A provider that is faster than its shop.
                let id = OrderId::new(dice.uuid());
                self.chosen.push(id);
                id
            }
        };
        let right = order.map(|order| (order.total_price(), order.currency));
        let (amount, currency) = match dice.below(12) {
            0 => (Some(dice.between(0, 3)), None),
            1 => (None, Currency::new("EUR")),
            2..6 => (right.map(|it| it.0), right.map(|it| it.1)),
            _ => (None, None),
        };
        // Their names do not sort in the order of arrival.
        let event_id = format!("{:x}", dice.next());
        PaymentReport {
            key: EventKey {
                provider: *dice.pick(&[Provider::Generic, Provider::Stripe]),
                event_id: EventId::new(&event_id).unwrap(),
            },
            order_id,
            kind: *dice.pick(&[Paid, Paid, Paid, Paid, Failed, Failed, Refunded]),
            amount,
            currency,
            payload: "".into(),
        }
    }

    fn refund(&self, dice: &mut Dice) -> Command {
        let (order_id, restock) = (self.order(dice), dice.chance(60));
        Command::RefundOrder(RefundOrder { order_id, restock })
    }

    fn change_product(&mut self, now: Timestamp, dice: &mut Dice) -> Command {
        let product_id = self.product(dice).filter(|_| !dice.chance(3)).unwrap_or(ProductId::MAX);
        let soon = |dice: &mut Dice| now.plus_seconds(Seconds::new(dice.small(1, 3)).unwrap());
        let mut change = ChangeProduct::of(product_id);
        if !dice.chance(15) {
            change.name = Some(ProductName::new(&self.serial("product")).unwrap());
        }
        // Whatever closes a sale ends soon, or nothing would be left to see.
        change.paused = Some(dice.chance(5));
        change.closes_at = Some(None);
        match dice.below(14) {
            0..4 => {
                let by = i64::from(dice.small(0, 12)) - 6;
                change.stock = Some(StockChange::Add(by));
            }
            4 => change.stock = TotalStock::new(dice.small(0, 25)).map(StockChange::SetTotal),
            5 => change.stock = Some(StockChange::Add(1_000_000_000)),
            6..8 => {
                let most = *dice.pick(&[0, 2, 3, 5, 8]);
                change.max_per_customer = Some(Quantity::new(most));
            }
            8 => change.price = Price::new(dice.between(0, 300)),
            9 => change.opens_at = Some(Some(soon(dice))),
            10 => change.closes_at = Some(Some(soon(dice))),
            11 => (change.opens_at, change.closes_at) = (Some(Some(now)), Some(Some(now))),
            12 => change.max_extensions = Some(*dice.pick(&[1, 2, 1_001])),
            _ => {
                change.hold_seconds = Seconds::new(dice.small(1, 10));
                change.payment_seconds = Seconds::new(dice.small(1, 10));
                change.code = Some(code(dice));
            }
        }
        Command::ChangeProduct(change)
    }

    fn create_product(&mut self, dice: &mut Dice) -> Command {
        let name = ProductName::new(&self.serial("product")).unwrap();
        let mut terms = Terms::new(name, Price::new(100).unwrap());
        terms.hold_seconds = Seconds::new(2).unwrap();
        terms.payment_seconds = Seconds::new(3).unwrap();
        terms.code = code(dice);
        let id = (!dice.chance(40)).then(|| ProductId::new(dice.between(1, 12)).unwrap());
        let total = TotalStock::new(dice.small(0, 10)).unwrap();
        Command::CreateProduct(CreateProduct { id, terms, total })
    }
}

fn code(dice: &mut Dice) -> Option<ProductCode> {
    let code = *dice.pick(&["", "", "a", "b"]);
    ProductCode::new(code).ok()
}
