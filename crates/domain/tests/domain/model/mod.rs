//! The rules once more, as simply as they can be said: plain lists, sums taken anew every time, no
//! index, no counter, no journal. Written from the design alone, so that a mistake in `decide` has
//! to be made twice to stay unseen.
//!
//! Its one liberty: overdue holds and orders are expired at the start of every command. When
//! `decide` does that is its own affair, as long as no answer shows it.

mod buying;
mod paying;
mod selling;

use doorbuster_domain::*;

/// Everything there is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) products: Vec<Product>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) orders: Vec<Order>,
    /// In order of arrival.
    pub(crate) events: Vec<PaymentEvent>,
    remembered: Vec<Remembered>,
}

#[derive(Clone, Debug)]
struct Remembered {
    operation: Operation,
    customer_id: Option<CustomerId>,
    key: IdempotencyKey,
    request: Request,
    made: Made,
}

/// What makes two requests the same.
#[derive(Clone, Debug, PartialEq)]
enum Request {
    Hold(ProductId, Quantity),
    Order(HoldId, Option<OrderId>),
}

#[derive(Clone, Copy, Debug)]
enum Made {
    Hold(HoldId),
    Order(OrderId),
}

impl Model {
    pub(crate) fn decide(&mut self, now: Timestamp, command: &Command) -> Outcome {
        self.expire_overdue(now);
        match command {
            Command::PlaceHold(place) => self.place_hold(now, place),
            Command::ReleaseHold(hold_id) => self.release_hold(now, *hold_id),
            Command::ExtendHold(hold_id) => self.extend_hold(*hold_id),
            Command::CreateOrder(create) => self.create_order(now, create),
            Command::CancelOrder(order_id) => self.cancel_order(now, *order_id),
            Command::RecordPayment(report) => self.record_payment(now, report),
            Command::RefundOrder(refund) => self.refund_order(now, *refund),
            Command::CreateProduct(create) => self.create_product(now, create),
            Command::ChangeProduct(change) => self.change_product(change),
            Command::ExpireDue { .. } => Ok(Effect::Expired { holds: 0, orders: 0 }),
        }
    }

    pub(crate) fn expire_overdue(&mut self, now: Timestamp) {
        for hold in &mut self.holds {
            if hold.state == HoldState::Active && now >= hold.expires_at {
                hold.state = HoldState::Expired;
                hold.ended_at = Some(now);
            }
        }
        for order in &mut self.orders {
            if order.state == OrderState::Pending && now >= order.pay_by {
                order.state = OrderState::Expired;
                order.updated_at = now;
            }
        }
    }

    pub(crate) fn counters(&self, product_id: ProductId) -> Counters {
        let holds = self.holds.iter().filter(|hold| hold.product_id == product_id);
        let active = holds.filter(|hold| hold.state == HoldState::Active);
        Counters {
            total: self.product(product_id).map_or(0, |product| product.total.get()),
            held: active.map(|hold| hold.qty.get()).sum::<u32>()
                + self.units_of_orders(product_id, |state| state == OrderState::Pending),
            sold: self.units_of_orders(product_id, OrderState::is_sold),
        }
    }

    fn units_of_orders(&self, product_id: ProductId, which: fn(OrderState) -> bool) -> u32 {
        let orders = self.orders.iter().filter(|order| order.product_id == product_id);
        orders.filter(|order| which(order.state)).map(|order| order.qty.get()).sum()
    }

    fn available(&self, product_id: ProductId) -> u32 {
        let Counters { total, held, sold } = self.counters(product_id);
        total - held - sold
    }

    pub(crate) fn customer_units(&self, product_id: ProductId, customer_id: &CustomerId) -> u32 {
        let holds = self.holds.iter().filter(|hold| {
            hold.product_id == product_id
                && hold.customer_id.as_ref() == Some(customer_id)
                && hold.state == HoldState::Active
        });
        let orders = self.orders.iter().filter(|order| {
            order.product_id == product_id
                && order.customer_id.as_ref() == Some(customer_id)
                && matches!(order.state, OrderState::Pending | OrderState::Paid)
        });
        holds.map(|hold| hold.qty.get()).sum::<u32>()
            + orders.map(|order| order.qty.get()).sum::<u32>()
    }

    /// What the customer's limit leaves; `None` where there is none to keep.
    fn remaining(&self, product_id: ProductId, customer_id: Option<&CustomerId>) -> Option<u32> {
        let limit = self.product(product_id)?.terms.max_per_customer?;
        Some(limit.get().saturating_sub(self.customer_units(product_id, customer_id?)))
    }

    pub(crate) fn product(&self, id: ProductId) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    pub(crate) fn hold(&mut self, id: HoldId) -> Option<&mut Hold> {
        self.holds.iter_mut().find(|hold| hold.id == id)
    }

    pub(crate) fn order(&mut self, id: OrderId) -> Option<&mut Order> {
        self.orders.iter_mut().find(|order| order.id == id)
    }

    fn remembered(
        &self,
        operation: Operation,
        customer_id: Option<&CustomerId>,
        key: Option<&IdempotencyKey>,
        request: &Request,
    ) -> Option<Result<Made, Refusal>> {
        let found = self.remembered.iter().find(|remembered| {
            remembered.operation == operation
                && remembered.customer_id.as_ref() == customer_id
                && Some(&remembered.key) == key
        })?;
        Some(if found.request == *request {
            Ok(found.made)
        } else {
            Err(Refusal::IdempotencyKeyReused)
        })
    }
}
