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
use super::connection::{Answer, Connection, NoAnswer};
use super::gate::{Gate, Repeat, Task};
use super::measure::{Recorder, Step};
use super::options::Settings;
use super::requests::Requests;
use super::scenario::{Payment, Purpose, Visit};
use super::told::{HoldAnswer, Meaning, OrderAnswer, PaymentAnswer, meaning, shown};

/// What the connections of one thread share.
pub(super) struct Floor {
    pub(super) gate: Gate,
    pub(super) recorder: Recorder,
    pub(super) requests: Requests,
    pub(super) settings: Settings,
    /// The products on sale.
    pub(super) products: Vec<u64>,
    /// Requests for holds by product and quantity, where customers have no names.
    holds: Vec<Vec<Bytes>>,
}

/// How long a connection waits before it tries to connect again: a server that starts anew must not
/// be met with a storm.
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);

/// Requests for holds are made in advance up to this quantity.
const LARGEST_READY_MADE: u32 = 4;

impl Floor {
    pub(super) fn new(
        gate: Gate,
        recorder: Recorder,
        requests: Requests,
        settings: Settings,
        products: Vec<u64>,
    ) -> Self {
        let hold = |product_id: u64, qty| {
            let mut request = Vec::new();
            requests.hold(&mut request, product_id, qty, None);
            Bytes::from(request)
        };
        let holds = |product: &u64| {
            (1..=LARGEST_READY_MADE).map(|qty| hold(*product, qty)).collect::<Vec<_>>()
        };
        let holds = products.iter().map(holds).collect();
        Self { gate, recorder, requests, settings, products, holds }
    }

    /// Writes a request for a hold.
    fn hold(&self, out: &mut Vec<u8>, product: usize, qty: u32, customer: Option<u64>) {
        match (self.holds[product].get(qty as usize - 1), customer) {
            (Some(ready), None) => out.extend_from_slice(ready),
            (_, customer) => self.requests.hold(out, self.products[product], qty, customer),
        }
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
    /// The present, as it was last looked at: when the work began, or the last answer came.
    now_us: u64,
}

impl Clerk {
    pub(super) fn new(floor: Rc<Floor>, connection: Connection) -> Self {
        Self { floor, connection, account: ClientAccount::default(), now_us: 0 }
    }

    /// Serves visitors until there are no more, and says what they were told.
    pub(super) async fn serve(mut self) -> ClientAccount {
        let floor = self.floor.clone();
        while let Some(work) = floor.gate.next(&floor.recorder).await {
            self.now_us = work.now_us;
            match work.task {
                Task::Visitor { index, since_us } => {
                    let Settings { scenario, crowd, .. } = &floor.settings;
                    let visit = scenario.visit(index, crowd);
                    self.attend(index, &visit, since_us).await;
                }
                Task::Repeat(Repeat { event, order_id, paid, since_us }) => {
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

    /// Sends the request that lies in the connection and waits for its answer, of which `read`
    /// says what it means and its kind in a word. It is noted as one to a request that could have
    /// started at `since_us`.
    async fn ask<R>(
        &mut self,
        step: Step,
        since_us: u64,
        read: impl for<'a> FnOnce(Result<Answer<'a>, NoAnswer>) -> (R, Cow<'a, str>),
    ) -> R {
        let answer = self.connection.send().await;
        self.now_us = self.floor.gate.bell.elapsed_us();
        let (said, kind) = read(answer);
        let status = answer.map_or(0, |answer| answer.status);
        self.floor.recorder.answered(step, (status, &kind), since_us, self.now_us);
        if let Err(NoAnswer::NotConnected(_)) = answer {
            tokio::time::sleep(RECONNECT_PAUSE).await;
        }
        said
    }

    /// The same for a request that is to do something; `done` names what was done.
    async fn ask_to<T: DeserializeOwned>(
        &mut self,
        step: Step,
        since_us: u64,
        done: impl FnOnce(&T) -> &'static str,
    ) -> Meaning<T> {
        let meaning = self.ask(step, since_us, |answer| {
            let (meaning, kind) = meaning::<T>(answer);
            let kind = match &meaning {
                Meaning::Done(said) => done(said).into(),
                Meaning::Refused | Meaning::Unknown | Meaning::Unreadable => kind,
            };
            (meaning, kind)
        });
        let meaning = meaning.await;
        self.account.unreadable += u64::from(matches!(meaning, Meaning::Unreadable));
        meaning
    }

    fn now_ms(&self) -> u32 {
        u32::try_from(self.now_us / 1000).unwrap_or(NEVER_MS)
    }

    /// The present, rounded up: the last answer was certainly there then.
    fn answered_ms(&self) -> u32 {
        self.now_ms().saturating_add(1)
    }

    async fn look(&mut self, product: usize, since_us: u64) {
        self.floor.requests.look(self.connection.request(), product);
        self.ask(Step::Look, since_us, |answer| ((), shown(answer))).await;
    }

    /// Asks for units; the acknowledged hold's place in the account.
    async fn hold(
        &mut self,
        product: usize,
        qty: u32,
        customer: Option<u64>,
        since_us: u64,
    ) -> Option<usize> {
        let sent_ms = self.now_ms();
        self.floor.hold(self.connection.request(), product, qty, customer);
        match self.ask_to::<HoldAnswer>(Step::Hold, since_us, |_| "placed").await {
            Meaning::Done(hold) => {
                self.account.holds.push(ToldHold {
                    hold_id: hold.hold_id,
                    // What was told counts, not what was asked for.
                    product_id: hold.product_id,
                    qty: hold.qty,
                    asked_qty: qty,
                    from_ms: self.answered_ms(),
                    until_ms: Floor::after(sent_ms, self.floor.settings.hold_seconds),
                });
                Some(self.account.holds.len() - 1)
            }
            Meaning::Refused => None,
            Meaning::Unknown | Meaning::Unreadable => {
                let product_id = self.floor.products[product];
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
            self.freed(hold, self.now_ms());
        }
        let status = self.pay(event, order_id, paid, duplicate).await;
        if status == Some(OrderStatus::Paid) {
            let now_ms = self.answered_ms();
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
        let sent_ms = self.now_ms();
        let pay_by_ms = Floor::after(sent_ms, self.floor.settings.payment_seconds);
        self.floor.requests.order(self.connection.request(), hold_id, chosen);
        let meaning = self.ask_to::<OrderAnswer>(Step::Order, self.now_us, |_| "created").await;
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
            Meaning::Refused => {}
            Meaning::Unknown | Meaning::Unreadable => {
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
        self.freed(hold, self.now_ms());
        self.floor.requests.cancel(self.connection.request(), order_id);
        let told = match self.ask_to(Step::Cancel, self.now_us, |_: &OrderAnswer| "cancelled").await
        {
            Meaning::Done(_) => Told::Done,
            Meaning::Refused => Told::Refused,
            Meaning::Unknown | Meaning::Unreadable => Told::Unknown,
        };
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
        let since_us = self.now_us;
        let repeat = Repeat { event, order_id, paid, since_us };
        let handed_over = duplicate && self.floor.gate.repeat(repeat);
        let status = self.deliver(event, order_id, paid, since_us).await;
        if duplicate && !handed_over {
            self.deliver(event, order_id, paid, self.now_us).await;
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
        self.floor.requests.delivery(self.connection.request(), event, order_id, paid);
        let result = |said: &PaymentAnswer| said.result.name();
        let answer = match self.ask_to(Step::Webhook, since_us, result).await {
            Meaning::Done(PaymentAnswer { result, order_status }) => {
                DeliveryAnswer::Taken { result, order: order_status }
            }
            Meaning::Refused => DeliveryAnswer::Refused,
            Meaning::Unknown | Meaning::Unreadable => DeliveryAnswer::Unknown,
        };
        self.account.deliveries.push(Delivery { event, order_id, paid, answer });
        match answer {
            DeliveryAnswer::Taken { order, .. } => order,
            DeliveryAnswer::Refused | DeliveryAnswer::Unknown => None,
        }
    }
}
