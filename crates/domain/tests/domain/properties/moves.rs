//! Random moves. A move names rows by their place among those that exist, so that most moves meet
//! something and still do when a failing sequence is shortened.

use doorbuster_domain::*;
use proptest::prelude::*;
use uuid::Uuid;

use super::products::{any_change, any_creation};

/// A move and how many milliseconds pass before it.
pub(super) type TimedMove = (i64, Move);

#[derive(Clone, Debug)]
pub(super) enum Move {
    Hold {
        product: u64,
        qty: u32,
        customer: Option<u8>,
        key: Option<u8>,
        /// An id that exists, against the contract that ids are fresh.
        taken_id: Option<Pick>,
    },
    Release(Pick),
    Extend(Pick),
    Order {
        hold: Pick,
        chosen: Option<u8>,
        key: Option<u8>,
    },
    Cancel(Pick),
    Event {
        event: u8,
        stripe: bool,
        order: OrderPick,
        kind: PaymentKind,
        amount: Claim<u64>,
        currency: Claim<Currency>,
    },
    Refund {
        order: Pick,
        restock: bool,
    },
    /// A command that names no hold and no order.
    Direct(Command),
    /// The nth latest command once more.
    Again(Pick),
}

/// The nth latest row; zero is one that does not exist.
pub(super) type Pick = usize;

#[derive(Clone, Copy, Debug)]
pub(super) enum OrderPick {
    Made(Pick),
    /// An id that the storefront may choose, used or not.
    Chosen(u8),
}

/// What an event says about its order's price.
#[derive(Clone, Copy, Debug)]
pub(super) enum Claim<T> {
    Nothing,
    Right,
    Other(T),
}

pub(super) fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        30 => any_hold(),
        5 => pick().prop_map(Move::Release),
        6 => pick().prop_map(Move::Extend),
        22 => any_order(),
        6 => pick().prop_map(Move::Cancel),
        24 => any_event(),
        6 => (pick(), any::<bool>()).prop_map(|(order, restock)| Move::Refund { order, restock }),
        2 => any_creation().prop_map(|create| Move::Direct(Command::CreateProduct(create))),
        7 => any_change().prop_map(|change| Move::Direct(Command::ChangeProduct(change))),
        6 => any_limit().prop_map(|limit| Move::Direct(Command::ExpireDue { limit })),
        8 => (1usize..12).prop_map(Move::Again),
    ]
}

/// Mostly steps as long as the deadlines are, so that moves fall exactly on them.
pub(super) fn any_delay() -> impl Strategy<Value = i64> {
    prop_oneof![
        600 => Just(0),
        250 => (1i64..3).prop_map(|halves| halves * 500),
        100 => prop_oneof![Just(1i64), Just(499), Just(999), Just(1001)],
        40 => (2i64..8).prop_map(|seconds| seconds * 1000),
        2 => Just(i64::MAX / 3),
    ]
}

pub(super) fn any_limit() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 0usize..4, 1 => Just(usize::MAX)]
}

pub(super) fn any_hold() -> impl Strategy<Value = Move> {
    let qty = prop_oneof![20 => 1u32..4, 1 => Just(1_000_000)];
    let product = prop_oneof![12 => Just(1u64), 4 => Just(2), 1 => 3u64..5];
    (product, qty, rarely_none(0u8..3), often_none(0u8..4), rarely(pick())).prop_map(
        |(product, qty, customer, key, taken_id)| Move::Hold {
            product,
            qty,
            customer,
            key,
            taken_id,
        },
    )
}

pub(super) fn any_order() -> impl Strategy<Value = Move> {
    (pick(), prop::option::of(0u8..3), often_none(0u8..3))
        .prop_map(|(hold, chosen, key)| Move::Order { hold, chosen, key })
}

fn any_event() -> impl Strategy<Value = Move> {
    let order = prop_oneof![
        5 => pick().prop_map(OrderPick::Made),
        1 => (0u8..3).prop_map(OrderPick::Chosen),
    ];
    let kind = prop_oneof![
        5 => Just(PaymentKind::Paid),
        3 => Just(PaymentKind::Failed),
        2 => Just(PaymentKind::Refunded),
        1 => Just(PaymentKind::Noted),
    ];
    let amount = claim(prop_oneof![Just(0u64), Just(99), Just(u64::MAX)]);
    let currency = claim(Just(Currency::new("EUR").unwrap()));
    (0u8..20, prop::bool::weighted(0.1), order, kind, amount, currency).prop_map(
        |(event, stripe, order, kind, amount, currency)| Move::Event {
            event,
            stripe,
            order,
            kind,
            amount,
            currency,
        },
    )
}

fn claim<T: Copy + std::fmt::Debug>(
    other: impl Strategy<Value = T>,
) -> impl Strategy<Value = Claim<T>> {
    prop_oneof![
        5 => Just(Claim::Nothing),
        3 => Just(Claim::Right),
        1 => other.prop_map(Claim::Other),
    ]
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![1 => Just(0usize), 30 => 1usize..4, 8 => 4usize..12]
}

fn rarely<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.03, value)
}

fn often_none<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.25, value)
}

fn rarely_none<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.85, value)
}

/// The rows made so far, by which moves become commands.
#[derive(Debug, Default)]
pub(super) struct Cast {
    moves: u128,
    commands: Vec<Command>,
    holds: Vec<HoldId>,
    orders: Vec<Order>,
}

/// Ids above these are never chosen by a storefront.
const FIRST_FRESH: u128 = 100;

impl Cast {
    pub(super) fn command(&mut self, chosen: &Move) -> Command {
        self.moves += 1;
        let command = self.resolve(chosen);
        self.commands.push(command.clone());
        command
    }

    fn resolve(&self, chosen: &Move) -> Command {
        match chosen {
            Move::Hold { product, qty, customer, key, taken_id } => Command::PlaceHold(PlaceHold {
                hold_id: taken_id.map_or(HoldId::new(self.fresh()), |pick| self.hold(pick)),
                product_id: ProductId::new(*product).unwrap(),
                qty: Quantity::new(*qty).unwrap(),
                customer_id: customer
                    .map(|n| CustomerId::new(["ann", "bob", "cat"][usize::from(n)]).unwrap()),
                idempotency_key: key_named(*key),
            }),
            Move::Release(hold) => Command::ReleaseHold(self.hold(*hold)),
            Move::Extend(hold) => Command::ExtendHold(self.hold(*hold)),
            Move::Order { hold, chosen, key } => Command::CreateOrder(CreateOrder {
                hold_id: self.hold(*hold),
                order_id: chosen.map_or(NewOrderId::Fresh(OrderId::new(self.fresh())), |n| {
                    NewOrderId::Chosen(chosen_id(n))
                }),
                idempotency_key: key_named(*key),
            }),
            Move::Cancel(order) => Command::CancelOrder(self.order(*order)),
            Move::Event { event, stripe, order, kind, amount, currency } => Command::RecordPayment(
                self.report(*event, *stripe, *order, *kind, *amount, *currency),
            ),
            Move::Refund { order, restock } => Command::RefundOrder(RefundOrder {
                order_id: self.order(*order),
                restock: *restock,
            }),
            Move::Direct(command) => command.clone(),
            Move::Again(pick) => {
                latest(&self.commands, *pick).cloned().unwrap_or(Command::ExpireDue { limit: 1 })
            }
        }
    }

    /// Takes note of what a command made.
    pub(super) fn learn(&mut self, outcome: &Outcome) {
        match outcome {
            Ok(Effect::Hold { hold, .. }) if !self.holds.contains(&hold.id) => {
                self.holds.push(hold.id);
            }
            Ok(Effect::Order { order, .. }) if !self.orders.iter().any(|it| it.id == order.id) => {
                self.orders.push(order.clone());
            }
            Ok(_) | Err(_) => {}
        }
    }

    fn fresh(&self) -> Uuid {
        Uuid::from_u128(FIRST_FRESH + self.moves)
    }

    fn hold(&self, pick: Pick) -> HoldId {
        latest(&self.holds, pick).copied().unwrap_or(HoldId::new(Uuid::from_u128(99)))
    }

    fn order(&self, pick: Pick) -> OrderId {
        latest(&self.orders, pick).map_or(OrderId::new(Uuid::from_u128(99)), |order| order.id)
    }

    fn report(
        &self,
        event: u8,
        stripe: bool,
        order: OrderPick,
        kind: PaymentKind,
        amount: Claim<u64>,
        currency: Claim<Currency>,
    ) -> PaymentReport {
        let order_id = match order {
            OrderPick::Made(pick) if !self.orders.is_empty() => self.order(pick),
            OrderPick::Made(_) => chosen_id(0),
            OrderPick::Chosen(n) => chosen_id(n),
        };
        let order = self.orders.iter().find(|order| order.id == order_id);
        PaymentReport {
            key: EventKey {
                provider: if stripe { Provider::Stripe } else { Provider::Generic },
                event_id: EventId::new(&format!("e{event}")).unwrap(),
            },
            order_id,
            kind,
            amount: match amount {
                Claim::Nothing => None,
                // An early event can only guess.
                Claim::Right => Some(order.map_or(100, Order::total_price)),
                Claim::Other(amount) => Some(amount),
            },
            currency: match currency {
                Claim::Nothing => None,
                Claim::Right => Some(order.map_or(Currency::USD, |order| order.currency)),
                Claim::Other(currency) => Some(currency),
            },
            payload: "{}".into(),
        }
    }
}

fn latest<T>(rows: &[T], pick: Pick) -> Option<&T> {
    let back = pick.checked_sub(1)?.checked_rem(rows.len())?;
    rows.iter().rev().nth(back)
}

fn chosen_id(n: u8) -> OrderId {
    OrderId::new(Uuid::from_u128(u128::from(n) + 1))
}

fn key_named(n: Option<u8>) -> Option<IdempotencyKey> {
    n.map(|n| IdempotencyKey::new(&format!("k{n}")).unwrap())
}
