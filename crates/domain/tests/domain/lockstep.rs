//! `decide` and the model side by side: every command goes to both, every answer and every counter
//! is compared.

use doorbuster_domain::*;

use crate::language::{say_command, say_counters, say_entries, say_outcome, say_time};
use crate::model::Model;
use crate::rows::{Rows, canonical, same};

/// A ledger, its model, and what they were asked.
#[derive(Debug, Default)]
pub(crate) struct Lockstep {
    pub(crate) ledger: Ledger,
    pub(crate) model: Model,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    now: Timestamp,
    command: Command,
    outcome: Outcome,
    entries: std::ops::Range<usize>,
}

impl Lockstep {
    /// Both decide a command.
    ///
    /// # Errors
    /// When they differ: where, after which commands.
    pub(crate) fn step(&mut self, now: Timestamp, command: &Command) -> Result<Outcome, String> {
        let products: Vec<Product> = self.ledger.products().cloned().collect();
        let is_timer = matches!(command, Command::ExpireDue { .. });
        let overdue = if is_timer { overdue(&self.ledger, now) } else { Vec::new() };
        let entries = self.ledger.journal().len();
        let outcome = decide(&mut self.ledger, now, command);
        self.steps.push(Step {
            now,
            command: command.clone(),
            outcome: outcome.clone(),
            entries: entries..self.ledger.journal().len(),
        });
        let expected = self.model.decide(now, command);
        self.model.expire_overdue(now);
        same("the answer is", &canonical(&outcome), &canonical(&expected))
            .and_then(|()| self.compare_counters(now))
            .and_then(|()| same("contradiction is", &self.ledger.contradiction(), &None))
            .and_then(|()| check_versions(&products, &self.ledger))
            .and_then(|()| check_expiry(command, &outcome, &overdue, &self.ledger, now))
            .map_err(|difference| self.explain(&difference))?;
        Ok(outcome)
    }

    /// Compares every row.
    pub(crate) fn compare_rows(&self, now: Timestamp) -> Result<(), String> {
        Rows::of_ledger(&self.ledger, now)
            .compare(&Rows::of_model(&self.model, now))
            .map_err(|difference| self.explain(&difference))
    }

    fn compare_counters(&self, now: Timestamp) -> Result<(), String> {
        same("number of products is", &self.ledger.products().count(), &self.model.products.len())?;
        for product in self.ledger.products() {
            let quiet = quiet_counters(&self.ledger, product, now);
            let expected = self.model.counters(product.id);
            if quiet != expected {
                let (found, expected) = (say_counters(quiet), say_counters(expected));
                return Err(format!("p{} is {found}; by the model {expected}", product.id));
            }
        }
        Ok(())
    }

    /// A difference, and the commands that led to it in the language of the rule tables.
    pub(crate) fn explain(&self, difference: &str) -> String {
        let mut lines = vec!["after this scenario:".to_owned()];
        for step in &self.steps {
            lines.push(format!(
                "{:<8} {:<48} => {}{}",
                say_time(step.now),
                say_command(&step.command),
                say_outcome(&step.outcome),
                say_entries(&self.ledger.journal()[step.entries.clone()]),
            ));
        }
        lines.push(difference.to_owned());
        lines.join("\n")
    }

    pub(crate) fn last_entries(&self) -> &[JournalEntry] {
        let entries = self.steps.last().map_or(0..0, |step| step.entries.clone());
        &self.ledger.journal()[entries]
    }
}

/// A product's counters as they will be when its overdue holds and orders have been expired.
fn quiet_counters(ledger: &Ledger, product: &Product, now: Timestamp) -> Counters {
    let holds = ledger.holds().filter(|it| it.product_id == product.id && it.is_overdue(now));
    let orders = ledger.orders().filter(|it| it.product_id == product.id && it.is_overdue(now));
    let overdue = holds.map(|hold| hold.qty.get()).sum::<u32>()
        + orders.map(|order| order.qty.get()).sum::<u32>();
    Counters {
        total: product.total.get(),
        held: product.held.saturating_sub(overdue),
        sold: product.sold,
    }
}

/// Deadlines of everything overdue, the earliest first.
fn overdue(ledger: &Ledger, now: Timestamp) -> Vec<Timestamp> {
    let holds = ledger.holds().filter(|hold| hold.is_overdue(now)).map(|hold| hold.expires_at);
    let orders = ledger.orders().filter(|order| order.is_overdue(now)).map(|order| order.pay_by);
    let mut deadlines: Vec<_> = holds.chain(orders).collect();
    deadlines.sort_unstable();
    deadlines
}

/// `ExpireDue` expires the earliest, and as many as it says.
fn check_expiry(
    command: &Command,
    outcome: &Outcome,
    before: &[Timestamp],
    ledger: &Ledger,
    now: Timestamp,
) -> Result<(), String> {
    let (Command::ExpireDue { limit }, Ok(Effect::Expired { holds, orders })) = (command, outcome)
    else {
        return Ok(());
    };
    let expected = before.len().min(*limit);
    if holds + orders != expected || overdue(ledger, now) != before[expected..] {
        return Err(format!(
            "the earliest {expected} of these should have been expired: {before:?}"
        ));
    }
    Ok(())
}

/// A product's version grows exactly when the product changes.
fn check_versions(before: &[Product], ledger: &Ledger) -> Result<(), String> {
    for old in before {
        let new = ledger.product(old.id).ok_or("a product is gone")?;
        let changed = Product { version: old.version, ..new.clone() } != *old;
        if changed != (new.version > old.version) || new.version < old.version {
            return Err(format!("version {} -> {} of p{}", old.version, new.version, old.id));
        }
    }
    Ok(())
}
