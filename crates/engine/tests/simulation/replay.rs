//! The sequential model: the rules once more, given the same commands in the order in which their
//! batches became durable.

use std::fmt::Debug;

use doorbuster_domain::{
    Command, HoldState, OrderState, Outcome, PlaceHold, ProductId, Refusal, SaleStatus, Timestamp,
};

use crate::disk::{Record, Tables};
use crate::history::History;
use crate::model::Model;
use crate::rows::{Rows, canonical};

/// The model, and how far it is.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    model: Model,
    /// How many batches it has decided.
    pub(crate) batches: usize,
    /// What it answers to the commands of the last one.
    expected: Vec<Outcome>,
    /// The time of the last one.
    now: Timestamp,
}

impl Replay {
    /// Decides what has become durable since the last time.
    pub(crate) fn catch_up(&mut self, durable: &[Record], history: &mut History) {
        for record in &durable[self.batches..] {
            self.batches += 1;
            self.now = record.now;
            self.expected.clear();
            for command in &record.commands {
                self.expected.push(self.model.decide(record.now, command));
                history.note_durable(command);
            }
        }
    }

    /// Whether the `nth` command of the last batch was this one and is answered so.
    pub(crate) fn judge(
        &self,
        record: &Record,
        nth: usize,
        command: &Command,
        outcome: &Outcome,
    ) -> Result<(), String> {
        let (Some(expected), Some(asked)) = (self.expected.get(nth), record.commands.get(nth))
        else {
            return Err(format!("more answers than commands: {command:?}"));
        };
        same("the command is", command, asked)?;
        same("the answer is", &canonical(outcome), &canonical(expected))
            .map_err(|wrong| format!("{command:?} at {}: {wrong}", record.now.as_millis()))
    }

    /// Whether a hold may be refused from what was last published: the units were not there.
    pub(crate) fn judge_refusal(
        &self,
        now: Timestamp,
        place: &PlaceHold,
        outcome: &Outcome,
    ) -> Result<(), String> {
        let available = self.available(place.product_id, now);
        let product = self.model.product(place.product_id);
        let open = product.is_some_and(|it| {
            it.terms.status(now) == SaleStatus::Open
                && (it.terms.max_per_customer.is_none() || place.customer_id.is_some())
        });
        let right = open
            && place.idempotency_key.is_none()
            && available < place.qty.get()
            && *outcome == Err(Refusal::InsufficientStock { available });
        let wrong = || format!("{place:?} was refused at once by {outcome:?}: {product:?}");
        if right { Ok(()) } else { Err(format!("{}, {available} available", wrong())) }
    }

    /// Units that are free at `now`, where nothing overdue counts.
    fn available(&self, product_id: ProductId, now: Timestamp) -> u32 {
        let holds = self.model.holds.iter().filter(|it| it.product_id == product_id);
        let held = holds.filter(|it| it.state_at(now) == HoldState::Active);
        let orders = self.model.orders.iter().filter(|it| it.product_id == product_id);
        let kept = orders.filter(|it| {
            let state = it.state_at(now);
            state == OrderState::Pending || state.is_sold()
        });
        let taken = held.map(|it| it.qty.get()).chain(kept.map(|it| it.qty.get())).sum::<u32>();
        self.model.product(product_id).map_or(0, |it| it.total.get().saturating_sub(taken))
    }

    /// The process starts again, maybe at an earlier time. The model has expired what was overdue;
    /// where the rows have not, and the clock is set back, it is not overdue any more.
    pub(crate) fn restart(&mut self, tables: &Tables) {
        for hold in &mut self.model.holds {
            let active = |hold: &doorbuster_domain::Hold| hold.state == HoldState::Active;
            if hold.state == HoldState::Expired && tables.holds.get(&hold.id).is_some_and(active) {
                hold.state = HoldState::Active;
                hold.ended_at = None;
            }
        }
        for order in &mut self.model.orders {
            if let Some(row) = tables.orders.get(&order.id)
                && (order.state, row.state) == (OrderState::Expired, OrderState::Pending)
            {
                order.state = OrderState::Pending;
                order.updated_at = row.updated_at;
            }
        }
    }

    /// Whether the rows are those of the model.
    pub(crate) fn compare(&self, tables: &Tables) -> Result<(), String> {
        let (products, events) = (tables.products.values(), tables.events.values());
        let (holds, orders) = (tables.holds.values(), tables.orders.values());
        let rows = Rows::of(self.now, products, holds, orders, events.map(|(_, event)| event));
        rows.compare(&Rows::of_model(&self.model, self.now))?;
        for product in tables.products.values() {
            let expected = self.model.counters(product.id);
            let found = (product.total.get(), product.sold);
            same("total and sold are", &found, &(expected.total, expected.sold))?;
        }
        Ok(())
    }
}

fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    crate::rows::same(what, found, expected)
}
