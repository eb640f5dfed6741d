//! Holds and their way to an order.

use doorbuster_domain::*;

use super::{Made, Model, Remembered, Request};

impl Model {
    pub(super) fn place_hold(&mut self, now: Timestamp, place: &PlaceHold) -> Outcome {
        let request = Request::Hold(place.product_id, place.qty);
        let customer_id = place.customer_id.as_ref();
        let key = place.idempotency_key.as_ref();
        match self.remembered(Operation::PlaceHold, customer_id, key, &request) {
            Some(Ok(Made::Hold(hold_id))) => return self.show_hold(hold_id, true),
            Some(Ok(Made::Order(_))) => panic!("a hold's key made an order"),
            Some(Err(refusal)) => return Err(refusal),
            None => {}
        }
        let Some(product) = self.product(place.product_id).cloned() else {
            return Err(Refusal::ProductNotFound);
        };
        let terms = &product.terms;
        if self.hold(place.hold_id).is_some() {
            return Err(Refusal::HoldIdTaken);
        }
        if terms.max_per_customer.is_some() && place.customer_id.is_none() {
            return Err(Refusal::CustomerRequired);
        }
        if terms.closes_at.is_some_and(|closes_at| now >= closes_at) {
            return Err(Refusal::SaleClosed);
        }
        if terms.paused {
            return Err(Refusal::SalePaused);
        }
        if let Some(opens_at) = terms.opens_at
            && now < opens_at
        {
            return Err(Refusal::SaleNotOpen { opens_at });
        }
        let available = self.available(product.id);
        if available < place.qty.get() {
            return Err(Refusal::InsufficientStock { available });
        }
        if let Some(remaining) = self.remaining(product.id, place.customer_id.as_ref())
            && place.qty.get() > remaining
        {
            return Err(Refusal::CustomerLimitReached { remaining });
        }
        self.holds.push(Hold {
            id: place.hold_id,
            product_id: place.product_id,
            qty: place.qty,
            unit_price: terms.price,
            currency: terms.currency,
            customer_id: place.customer_id.clone(),
            state: HoldState::Active,
            extensions: 0,
            created_at: now,
            expires_at: now.plus_seconds(terms.hold_seconds),
            ended_at: None,
        });
        if let Some(key) = &place.idempotency_key {
            self.remembered.push(Remembered {
                operation: Operation::PlaceHold,
                customer_id: place.customer_id.clone(),
                key: key.clone(),
                request,
                made: Made::Hold(place.hold_id),
            });
        }
        self.show_hold(place.hold_id, false)
    }

    pub(super) fn release_hold(&mut self, now: Timestamp, hold_id: HoldId) -> Outcome {
        let hold = self.hold(hold_id).ok_or(Refusal::HoldNotFound)?;
        match hold.state {
            HoldState::Active => {
                hold.state = HoldState::Released;
                hold.ended_at = Some(now);
                self.show_hold(hold_id, false)
            }
            HoldState::Released => self.show_hold(hold_id, true),
            HoldState::Used { order_id } => Err(Refusal::HoldUsed { order_id }),
            HoldState::Expired => Err(Refusal::HoldExpired),
        }
    }

    pub(super) fn extend_hold(&mut self, hold_id: HoldId) -> Outcome {
        let hold = self.hold(hold_id).ok_or(Refusal::HoldNotFound)?.clone();
        match hold.state {
            HoldState::Active => {}
            HoldState::Released => return Err(Refusal::HoldReleased),
            HoldState::Used { order_id } => return Err(Refusal::HoldUsed { order_id }),
            HoldState::Expired => return Err(Refusal::HoldExpired),
        }
        let terms = self.product(hold.product_id).unwrap().terms.clone();
        if hold.extensions >= terms.max_extensions {
            return Err(Refusal::ExtensionLimitReached);
        }
        let hold = self.hold(hold_id).unwrap();
        hold.expires_at = hold.expires_at.plus_seconds(terms.hold_seconds);
        hold.extensions += 1;
        self.show_hold(hold_id, false)
    }

    pub(super) fn create_order(&mut self, now: Timestamp, create: &CreateOrder) -> Outcome {
        let request = Request::Order(create.hold_id, create.order_id.chosen());
        let key = create.idempotency_key.as_ref();
        match self.remembered(Operation::CreateOrder, None, key, &request) {
            Some(Ok(Made::Order(order_id))) => return self.show_order(order_id, true),
            Some(Ok(Made::Hold(_))) => panic!("an order's key made a hold"),
            Some(Err(refusal)) => return Err(refusal),
            None => {}
        }
        let hold = self.hold(create.hold_id).ok_or(Refusal::HoldNotFound)?.clone();
        let outcome = match hold.state {
            HoldState::Active => self.order_from(now, &hold, create.order_id.id())?,
            HoldState::Released => return Err(Refusal::HoldReleased),
            HoldState::Expired => return Err(Refusal::HoldExpired),
            HoldState::Used { order_id } if create.order_id.chosen() == Some(order_id) => {
                self.show_order(order_id, true)?
            }
            HoldState::Used { order_id } => return Err(Refusal::HoldUsed { order_id }),
        };
        if let Some(key) = &create.idempotency_key {
            self.remembered.push(Remembered {
                operation: Operation::CreateOrder,
                customer_id: None,
                key: key.clone(),
                request,
                made: Made::Order(create.order_id.id()),
            });
        }
        Ok(outcome)
    }

    fn order_from(&mut self, now: Timestamp, hold: &Hold, order_id: OrderId) -> Outcome {
        if self.order(order_id).is_some() {
            return Err(Refusal::OrderIdTaken);
        }
        let used = self.hold(hold.id).unwrap();
        used.state = HoldState::Used { order_id };
        used.ended_at = Some(now);
        let payment_seconds = self.product(hold.product_id).unwrap().terms.payment_seconds;
        self.orders.push(Order {
            id: order_id,
            hold_id: hold.id,
            product_id: hold.product_id,
            qty: hold.qty,
            unit_price: hold.unit_price,
            currency: hold.currency,
            customer_id: hold.customer_id.clone(),
            state: OrderState::Pending,
            refund_awaits_payment: false,
            created_at: now,
            pay_by: now.plus_seconds(payment_seconds),
            updated_at: now,
        });
        let early_events = self.apply_early_events(now, order_id);
        let order = self.order(order_id).unwrap().clone();
        Ok(Effect::Order { order, replayed: false, early_events })
    }

    pub(super) fn cancel_order(&mut self, now: Timestamp, order_id: OrderId) -> Outcome {
        let order = self.order(order_id).ok_or(Refusal::OrderNotFound)?;
        match order.state {
            OrderState::Pending => {
                order.state = OrderState::Cancelled;
                order.updated_at = now;
                self.show_order(order_id, false)
            }
            OrderState::Cancelled => self.show_order(order_id, true),
            state @ (OrderState::Paid
            | OrderState::Expired
            | OrderState::RefundDue
            | OrderState::Refunded { .. }) => Err(Refusal::OrderNotPending { state }),
        }
    }

    fn show_hold(&mut self, hold_id: HoldId, replayed: bool) -> Outcome {
        let hold = self.hold(hold_id).unwrap().clone();
        Ok(Effect::Hold { hold, replayed })
    }

    pub(super) fn show_order(&mut self, order_id: OrderId, replayed: bool) -> Outcome {
        Ok(Effect::Order {
            order: self.order(order_id).unwrap().clone(),
            replayed,
            early_events: Vec::new(),
        })
    }
}
