//! What one visitor does on one connection, and what the account notes of it.

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use doorbuster_engine::OrderStatus;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::account::{
    AskedOrder, ClientAccount, Delivery, DeliveryAnswer, NEVER_MS, Told, ToldHold,
};
use super::connection::{Answer, Ask, Connection, NoAnswer};
use super::gate::{Gate, Repeat, Work};
use super::measure::{Recorder, Step};
use super::options::Settings;
use super::requests::{Requests, hold_body};
use super::scenario::{Payment, Purpose, Visit};
use super::told::{HoldAnswer, Meaning, OrderAnswer, PaymentAnswer, code, meaning};

/// What the connections of one thread share.
pub(super) struct Floor {
    pub(super) gate: Gate,
    pub(super) recorder: Recorder,
    pub(super) requests: Requests,
    pub(super) settings: Settings,
    /// The products on sale.
    pub(super) products: Vec<u64>,
    /// Bodies of holds by product and quantity, where customers have no names.
    bodies: Vec<Vec<Bytes>>,
}

/// How long a connection waits before it tries to connect again: a server that starts anew must not
/// be met with a storm.
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);

/// Bodies are made in advance up to this quantity.
const LARGEST_READY_MADE: u32 = 16;

impl Floor {
    pub(super) fn new(
        gate: Gate,
        recorder: Recorder,
        requests: Requests,
        settings: Settings,
        products: Vec<u64>,
    ) -> Self {
        let bodies = |product: &u64| {
            (1..=LARGEST_READY_MADE).map(|qty| hold_body(*product, qty, None)).collect()
        };
        let bodies = products.iter().map(bodies).collect();
        Self { gate, recorder, requests, settings, products, bodies }
    }

    fn body(&self, product: usize, qty: u32, customer: Option<u64>) -> Bytes {
        let ready = self.bodies[product].get(qty as usize - 1);
        match (ready, customer) {
            (Some(ready), None) => ready.clone(),
            (_, customer) => hold_body(self.products[product], qty, customer),
        }
    }

    fn now_ms(&self) -> u32 {
        u32::try_from(self.gate.bell.elapsed_us() / 1000).unwrap_or(NEVER_MS)
    }

    /// The present, rounded up: an answer is certainly there then.
    fn answered_ms(&self) -> u32 {
        self.now_ms().saturating_add(1)
    }

    fn after(from_ms: u32, seconds: u32) -> u32 {
        from_ms.saturating_add(seconds.saturating_mul(1000))
    }
}

/// One connection and what was told on it.
pub(super) struct Clerk {
    floor: Rc<Floor>,
    connection: Connection,
    account: ClientAccount,
}

impl Clerk {
    pub(super) fn new(floor: Rc<Floor>, connection: Connection) -> Self {
        Self { floor, connection, account: ClientAccount::default() }
    }

    /// Serves visitors until there are no more, and says what they were told.
    pub(super) async fn serve(mut self) -> ClientAccount {
        let floor = self.floor.clone();
        while let Some(work) = floor.gate.next(&floor.recorder).await {
            match work {
                Work::Visitor { index, since_us } => {
                    let Settings { scenario, crowd, .. } = &floor.settings;
                    let visit = scenario.visit(index, crowd);
                    self.attend(index, &visit, since_us).await;
                }
                Work::Repeat(Repeat { event, order_id, paid, since_us }) => {
                    self.deliver(event, order_id, paid, since_us).await;
                }
            }
        }
        self.account
    }

    async fn attend(&mut self, index: u64, visit: &Visit, since_us: u64) {
        match visit.purpose {
            Purpose::Look => self.look(visit.product, since_us).await,
            Purpose::Buy { qty, then } => {
                let customer = visit.customer;
                let hold = self.hold(visit.product, qty, customer, since_us).await;
                if let (Some(hold), Some(payment)) = (hold, then) {
                    self.check_out(index, hold, payment).await;
                }
            }
        }
    }

    /// Sends a request and waits for its answer.
    async fn ask(&mut self, make: impl Fn(&Requests) -> Ask) -> Result<Answer, NoAnswer> {
        let floor = &self.floor;
        let answer = self.connection.send(|| make(&floor.requests)).await;
        if let Err(NoAnswer::NotConnected(_)) = answer {
            tokio::time::sleep(RECONNECT_PAUSE).await;
        }
        answer
    }

    /// What an answer means, and its kind in a word.
    fn meaning<'a, T: DeserializeOwned>(
        &mut self,
        answer: &'a Result<Answer, NoAnswer>,
    ) -> (Meaning<T>, Cow<'a, str>) {
        let (meaning, kind) = meaning(answer);
        self.account.unreadable += u64::from(matches!(meaning, Meaning::Unreadable));
        (meaning, kind)
    }

    /// Notes an answer of this kind to a request that could have started at `since_us`.
    fn note(&self, step: Step, answer: &Result<Answer, NoAnswer>, kind: &str, since_us: u64) {
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        self.floor.recorder.answered(step, (status, kind), since_us, self.now_us());
    }

    fn now_us(&self) -> u64 {
        self.floor.gate.bell.elapsed_us()
    }

    async fn look(&mut self, product: usize, since_us: u64) {
        let answer = self.ask(|requests| requests.look(product)).await;
        let kind = match &answer {
            Ok(Answer { status: 200, .. }) => "shown".into(),
            Ok(Answer { body, .. }) => code(body),
            Err(NoAnswer::NotConnected(_)) => "not_connected".into(),
            Err(NoAnswer::TimedOut) => "timed_out".into(),
            Err(NoAnswer::Broken) => "connection_broken".into(),
        };
        self.note(Step::Look, &answer, &kind, since_us);
    }

    /// Asks for units; the acknowledged hold's place in the account.
    async fn hold(
        &mut self,
        product: usize,
        qty: u32,
        customer: Option<u64>,
        since_us: u64,
    ) -> Option<usize> {
        let floor = self.floor.clone();
        let product_id = floor.products[product];
        let sent_ms = floor.now_ms();
        let body = floor.body(product, qty, customer);
        let answer = self.ask(|requests| requests.hold(body.clone())).await;
        let (meaning, kind) = self.meaning::<HoldAnswer>(&answer);
        let told = match meaning {
            Meaning::Done(hold) => Some(ToldHold {
                hold_id: hold.hold_id,
                // What was told counts, not what was asked for.
                product_id: hold.product_id,
                qty: hold.qty,
                asked_qty: qty,
                from_ms: floor.answered_ms(),
                until_ms: Floor::after(sent_ms, floor.settings.hold_seconds),
            }),
            Meaning::Refused => {
                self.note(Step::Hold, &answer, &kind, since_us);
                return None;
            }
            Meaning::Unknown | Meaning::Unreadable => None,
        };
        match told {
            Some(told) => {
                self.note(Step::Hold, &answer, "placed", since_us);
                self.account.holds.push(told);
                Some(self.account.holds.len() - 1)
            }
            None => {
                self.note(Step::Hold, &answer, &kind, since_us);
                *self.account.unknown_holds.entry(product_id).or_default() += 1;
                None
            }
        }
    }

    /// Turns a hold into an order and has it paid for, in the order that the payment asks for.
    async fn check_out(&mut self, event: u64, hold: usize, payment: Payment) {
        let Payment { failed, duplicate, late, early } = payment;
        let paid = !failed;
        let chosen = early.then(|| self.floor.requests.fresh_id());
        if let Some(order_id) = chosen {
            self.pay(event, order_id, paid, duplicate).await;
        }
        let Some(order) = self.order(hold, chosen).await else { return };
        if early {
            return;
        }
        let Some(order_id) = self.account.orders[order].order_id else { return };
        if late {
            self.cancel(hold, order, order_id).await;
        } else if !paid {
            self.freed(hold, self.floor.now_ms());
        }
        let status = self.pay(event, order_id, paid, duplicate).await;
        if status == Some(OrderStatus::Paid) {
            let now_ms = self.floor.answered_ms();
            if now_ms <= self.account.holds[hold].until_ms {
                self.account.holds[hold].until_ms = NEVER_MS;
            } else {
                // The units may have been on sale between.
                self.account.orders[order].retaken_from_ms = Some(now_ms);
            }
        }
    }

    /// From `from_ms` on, the units of the hold may be on sale again.
    fn freed(&mut self, hold: usize, from_ms: u32) {
        let until_ms = &mut self.account.holds[hold].until_ms;
        *until_ms = (*until_ms).min(from_ms);
    }

    /// Asks for an order; its place in the account if it was made.
    async fn order(&mut self, hold: usize, chosen: Option<Uuid>) -> Option<usize> {
        let ToldHold { hold_id, product_id, qty, until_ms, .. } = self.account.holds[hold];
        let (since_us, sent_ms) = (self.now_us(), self.floor.now_ms());
        let pay_by_ms = Floor::after(sent_ms, self.floor.settings.payment_seconds);
        let answer = self.ask(|requests| requests.order(hold_id, chosen)).await;
        let (meaning, kind) = self.meaning::<OrderAnswer>(&answer);
        let mut order = AskedOrder {
            order_id: chosen,
            hold_id,
            product_id,
            qty,
            made: Told::Refused,
            told: None,
            cancelled: None,
            until_ms: pay_by_ms,
            retaken_from_ms: None,
        };
        match meaning {
            Meaning::Done(said) => {
                self.note(Step::Order, &answer, "created", since_us);
                order.order_id = Some(said.order_id);
                order.told = Some(said.status);
                order.made = Told::Done;
                // An early payment is part of the answer. One that failed has given the units back,
                // or will do so when it is delivered again.
                let paid = said.status == OrderStatus::Paid;
                let pending = said.status == OrderStatus::Pending && chosen.is_none();
                self.account.holds[hold].until_ms = match (paid, pending) {
                    (true, _) => NEVER_MS,
                    (false, true) => pay_by_ms,
                    (false, false) => sent_ms,
                };
            }
            Meaning::Refused => self.note(Step::Order, &answer, &kind, since_us),
            Meaning::Unknown | Meaning::Unreadable => {
                self.note(Step::Order, &answer, &kind, since_us);
                order.made = Told::Unknown;
                // A failure that came before the order may have given the units back at once.
                let least = if chosen.is_some() { sent_ms } else { pay_by_ms };
                self.account.holds[hold].until_ms = until_ms.min(least);
            }
        }
        let made = order.made;
        self.account.orders.push(order);
        (made == Told::Done).then(|| self.account.orders.len() - 1)
    }

    async fn cancel(&mut self, hold: usize, order: usize, order_id: Uuid) {
        let since_us = self.now_us();
        self.freed(hold, self.floor.now_ms());
        let answer = self.ask(|requests| requests.cancel(order_id)).await;
        let (meaning, kind) = self.meaning::<OrderAnswer>(&answer);
        let (told, kind) = match meaning {
            Meaning::Done(_) => (Told::Done, "cancelled"),
            Meaning::Refused => (Told::Refused, &*kind),
            Meaning::Unknown | Meaning::Unreadable => (Told::Unknown, &*kind),
        };
        self.note(Step::Cancel, &answer, kind, since_us);
        self.account.orders[order].cancelled = Some(told);
    }

    /// Delivers a payment event, twice if it is a duplicate: the other delivery goes out at once on
    /// another connection. Returns where the order stands now.
    async fn pay(
        &mut self,
        event: u64,
        order_id: Uuid,
        paid: bool,
        duplicate: bool,
    ) -> Option<OrderStatus> {
        let since_us = self.now_us();
        let repeat = Repeat { event, order_id, paid, since_us };
        let handed_over = duplicate && self.floor.gate.repeat(repeat);
        let status = self.deliver(event, order_id, paid, since_us).await;
        if duplicate && !handed_over {
            self.deliver(event, order_id, paid, self.now_us()).await;
        }
        status
    }

    async fn deliver(
        &mut self,
        event: u64,
        order_id: Uuid,
        paid: bool,
        since_us: u64,
    ) -> Option<OrderStatus> {
        let answer = self.ask(|requests| requests.delivery(event, order_id, paid)).await;
        let (meaning, kind) = self.meaning::<PaymentAnswer>(&answer);
        let told = match meaning {
            Meaning::Done(PaymentAnswer { result, order_status }) => {
                DeliveryAnswer::Taken { result, order: order_status }
            }
            Meaning::Refused => DeliveryAnswer::Refused,
            Meaning::Unknown | Meaning::Unreadable => DeliveryAnswer::Unknown,
        };
        let (kind, status) = match told {
            DeliveryAnswer::Taken { result, order } => (result.name(), order),
            DeliveryAnswer::Refused | DeliveryAnswer::Unknown => (&*kind, None),
        };
        self.note(Step::Webhook, &answer, kind, since_us);
        self.account.deliveries.push(Delivery { event, order_id, paid, answer: told });
        status
    }
}
