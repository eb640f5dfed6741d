//! Payment events and refunds.

use doorbuster_domain::*;

use super::Model;

/// What an event did: its result, and whether it was a payment that came late.
type Applied = (EventResult, bool);

impl Model {
    pub(super) fn record_payment(&mut self, now: Timestamp, report: &PaymentReport) -> Outcome {
        let known = self.events.iter().position(|event| event.key == report.key);
        if let Some(known) = known {
            let event = &self.events[known];
            if event.order_id != report.order_id || event.kind != report.kind {
                return Err(Refusal::EventIdReused);
            }
            if event.result != EventResult::AmountMismatch {
                return self.answer(report, PaymentResult::Duplicate, false);
            }
        }
        if self.order(report.order_id).is_none() {
            self.events.push(report.recorded(now, EventResult::Stored));
            return self.answer(report, PaymentResult::Stored, false);
        }
        let applied = self.apply(now, report);
        let result = applied.map_or(EventResult::AmountMismatch, |(result, _)| result);
        match known {
            None => self.events.push(report.recorded(now, result)),
            Some(known) => {
                let received_at = self.events[known].received_at;
                self.events[known] = report.recorded(received_at, result);
            }
        }
        match applied {
            Some((EventResult::Applied, late)) => self.answer(report, PaymentResult::Applied, late),
            Some(_) => self.answer(report, PaymentResult::Ignored, false),
            None => {
                let order = self.order(report.order_id).unwrap();
                Err(Refusal::AmountMismatch {
                    expected_amount: order.total_price(),
                    expected_currency: order.currency,
                })
            }
        }
    }

    fn answer(&mut self, report: &PaymentReport, result: PaymentResult, late: bool) -> Outcome {
        Ok(Effect::Payment(PaymentAnswer {
            result,
            order_id: report.order_id,
            order_state: self.order(report.order_id).map(|order| order.state),
            kind: report.kind,
            late,
        }))
    }

    pub(super) fn apply_early_events(
        &mut self,
        now: Timestamp,
        order_id: OrderId,
    ) -> Vec<AppliedEvent> {
        let mut applied_events = Vec::new();
        for n in 0..self.events.len() {
            let event = self.events[n].clone();
            if event.order_id != order_id || event.result != EventResult::Stored {
                continue;
            }
            let report = PaymentReport {
                key: event.key.clone(),
                order_id,
                kind: event.kind,
                amount: event.amount,
                currency: event.currency,
                payload: event.payload.clone(),
            };
            let (result, late) =
                self.apply(now, &report).unwrap_or((EventResult::AmountMismatch, false));
            self.events[n].result = result;
            applied_events.push(AppliedEvent {
                key: event.key,
                kind: event.kind,
                result,
                late,
                order_state: self.order(order_id).unwrap().state,
            });
        }
        applied_events
    }

    /// Applies an event to its order, which exists; `None` when the amount or currency is wrong.
    fn apply(&mut self, now: Timestamp, report: &PaymentReport) -> Option<Applied> {
        let order = self.order(report.order_id).unwrap().clone();
        if report.amount.is_some_and(|amount| amount != order.total_price())
            || report.currency.is_some_and(|currency| currency != order.currency)
        {
            return None;
        }
        Some(match report.kind {
            PaymentKind::Paid => self.pay(now, &order),
            PaymentKind::Failed => self.fail(now, &order),
            PaymentKind::Refunded => self.refund(now, &order),
            PaymentKind::Noted => (EventResult::Ignored, false),
        })
    }

    fn pay(&mut self, now: Timestamp, order: &Order) -> Applied {
        let (state, late) = match order.state {
            OrderState::Pending => (OrderState::Paid, false),
            OrderState::Cancelled | OrderState::Expired if self.can_retake(order) => {
                (OrderState::Paid, true)
            }
            OrderState::Cancelled | OrderState::Expired => (OrderState::RefundDue, true),
            OrderState::Paid | OrderState::RefundDue | OrderState::Refunded { .. } => {
                return (EventResult::Ignored, false);
            }
        };
        if order.refund_awaits_payment {
            let had_units = state == OrderState::Paid;
            self.set(now, order.id, OrderState::Refunded { restocked: false, had_units });
            self.order(order.id).unwrap().refund_awaits_payment = false;
        } else {
            self.set(now, order.id, state);
        }
        (EventResult::Applied, late)
    }

    fn can_retake(&self, order: &Order) -> bool {
        self.available(order.product_id) >= order.qty.get()
            && self
                .remaining(order.product_id, order.customer_id.as_ref())
                .is_none_or(|remaining| remaining >= order.qty.get())
    }

    fn fail(&mut self, now: Timestamp, order: &Order) -> Applied {
        if order.state == OrderState::Pending {
            self.set(now, order.id, OrderState::Cancelled);
            (EventResult::Applied, false)
        } else {
            (EventResult::Ignored, false)
        }
    }

    fn refund(&mut self, now: Timestamp, order: &Order) -> Applied {
        match order.state {
            OrderState::Paid | OrderState::RefundDue => {
                let had_units = order.state == OrderState::Paid;
                self.set(now, order.id, OrderState::Refunded { restocked: false, had_units });
                (EventResult::Applied, false)
            }
            OrderState::Pending | OrderState::Cancelled | OrderState::Expired => {
                self.order(order.id).unwrap().refund_awaits_payment = true;
                (EventResult::Ignored, false)
            }
            OrderState::Refunded { .. } => (EventResult::Ignored, false),
        }
    }

    pub(super) fn refund_order(&mut self, now: Timestamp, refund: RefundOrder) -> Outcome {
        let state = self.order(refund.order_id).ok_or(Refusal::OrderNotFound)?.state;
        let restocked = refund.restock;
        let refunded = match state {
            OrderState::Paid => OrderState::Refunded { restocked, had_units: true },
            OrderState::RefundDue => OrderState::Refunded { restocked: false, had_units: false },
            OrderState::Refunded { .. } => return self.show_order(refund.order_id, true),
            OrderState::Pending | OrderState::Cancelled | OrderState::Expired => {
                return Err(Refusal::OrderNotRefundable { state });
            }
        };
        self.set(now, refund.order_id, refunded);
        self.show_order(refund.order_id, false)
    }

    fn set(&mut self, now: Timestamp, order_id: OrderId, state: OrderState) {
        let order = self.order(order_id).unwrap();
        order.state = state;
        order.updated_at = now;
    }
}
