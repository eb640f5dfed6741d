//! The audit: recounts every rule from the rows and the journal.
//!
//! It keeps counts per product, the customers that have units, and the hashes of the event ids that
//! the journal names, but no holds, and of orders only those refunded without restocking: whether
//! journal and rows tell the same story of all others is judged from fingerprints.

mod findings;
mod fingerprint;
mod rows;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash};

use foldhash::quality::{FixedState, RandomState};
use hashbrown::{HashMap, HashSet};

use self::findings::{Findings, Words};
use self::tally::{Caused, Tally};
use crate::{
    Counters, CustomerId, EventResult, Hold, HoldId, JournalEntry, Order, OrderId, OrderState,
    PaymentEvent, PaymentKind, Product, ProductId, Timestamp,
};

/// A recount in progress. Feed it every product first, then every other row and entry as of the
/// same instant, and [`Audit::finish`] it. It takes whatever it is given: rows that contradict one
/// another end in violations, never in a panic.
#[derive(Debug, Default)]
pub struct Audit {
    tallies: BTreeMap<ProductId, Tally>,
    /// Hashes of the events that the journal names. Of 128 bits, so that a million events have no
    /// chance worth counting to be taken for one another.
    /// With the time of the entry.
    effects: HashMap<u128, Timestamp, RandomState>,
    /// Hashes of events with what they did to their orders, as the journal tells it.
    causes: HashSet<u128, RandomState>,
    /// The same as applied events tell it. Not the reverse: old events are removed in time, and
    /// their journal entries stay.
    claims: Vec<(ProductId, u128)>,
    /// Hashes of events that say they moved nothing, and when they came. The journal must not name
    /// them from then on; before, the same event may have come, moved units and been removed.
    idle: Vec<(u128, Timestamp)>,
    /// Hashes of all events, each of which is recorded once.
    events: HashSet<u128, RandomState>,
    findings: Findings,
}

/// What a recount found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// Every product, by id.
    pub products: Vec<ProductAudit>,
    /// Every broken rule: what concerns no known product, then product by product, rule by rule,
    /// the first divergence first. Of each rule and product the first ten are listed, and how many
    /// more there are. Empty when all is well.
    pub violations: Vec<Violation>,
}

/// One product's counters from three sources, which must agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductAudit {
    /// Which product.
    pub product_id: ProductId,
    /// As its own row has them.
    pub recorded: Counters,
    /// As its holds and orders add up; the total is the recorded one.
    pub recounted: Counters,
    /// As its journal replays.
    pub replayed: Counters,
    /// How many journal entries it has.
    pub journal_entries: u64,
    /// How many holds it has, in any state.
    pub holds: u64,
    /// How many orders it has, in any state.
    pub orders: u64,
}

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Whose stock, where one product is concerned.
    pub product_id: Option<ProductId>,
    /// Which of the ten rules, 1 … 10.
    pub rule: u8,
    /// What should be.
    pub expected: String,
    /// What is.
    pub found: String,
    /// Where, in words.
    pub detail: String,
}

impl AuditReport {
    /// Whether no rule is broken.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.violations.is_empty()
    }
}

impl Audit {
    /// Takes a product.
    pub fn product(&mut self, product: &Product) {
        if self.tallies.insert(product.id, Tally::of(product)).is_some() {
            self.findings.add(Some(product.id), 1, || {
                let detail = "only the last of them is recounted".to_owned();
                ("one row for the product".to_owned(), "several".to_owned(), detail)
            });
        }
    }

    /// Takes a customer's recorded count of units of a product.
    pub fn customer(&mut self, product_id: ProductId, customer_id: &CustomerId, units: u32) {
        if let Some(tally) = self.tallies.get_mut(&product_id) {
            tally.customer(customer_id, units);
        } else if units > 0 {
            let which = || format!("{units} units recorded for customer {customer_id}");
            self.unknown_product(8, product_id, which);
        }
    }

    /// Takes a hold together with the order that names it, if any.
    pub fn hold(&mut self, hold: &Hold, order: Option<&Order>) {
        if let Some(tally) = self.tallies.get_mut(&hold.product_id) {
            tally.hold(hold);
        } else {
            self.unknown_product(2, hold.product_id, || format!("hold {}", hold.id));
        }
        rows::check_hold(hold, order, &mut self.findings);
        if let Some(order) = order {
            self.order(order);
        }
    }

    /// Takes an order whose hold does not exist.
    pub fn order_without_hold(&mut self, order: &Order) {
        self.no_hold(Some(order.product_id), order.id, order.hold_id);
        self.order(order);
    }

    /// Takes an order of which nobody knows what it is for, because that is written in its hold,
    /// and the hold does not exist.
    pub fn order_of_unknown_hold(&mut self, id: OrderId, hold_id: HoldId) {
        self.no_hold(None, id, hold_id);
    }

    fn no_hold(&mut self, product_id: Option<ProductId>, id: OrderId, hold_id: HoldId) {
        self.findings.add(product_id, 3, || {
            let expected = format!("hold {hold_id}");
            (expected, "no such hold".to_owned(), format!("the hold of order {id}"))
        });
    }

    fn order(&mut self, order: &Order) {
        if let Some(tally) = self.tallies.get_mut(&order.product_id) {
            tally.order(order);
        } else {
            self.unknown_product(2, order.product_id, || format!("order {}", order.id));
        }
        rows::check_order(order, &mut self.findings);
    }

    /// Takes a payment event together with its order, if that exists. The payload is not looked at.
    pub fn event(&mut self, event: &PaymentEvent, order: Option<&Order>) {
        rows::check_event(event, order, &mut self.findings);
        if !self.events.insert(fingerprint_of(&event.key)) {
            self.findings.add(order.map(|order| order.product_id), 4, || {
                let detail = format!("event {}", event.key.event_id);
                ("one row for the event".to_owned(), "another one".to_owned(), detail)
            });
        }
        if event.result != EventResult::Applied {
            self.idle.push((fingerprint_of(&event.key), event.received_at));
            return;
        }
        let Some(order) = order else { return };
        let caused = match event.kind {
            PaymentKind::Paid if has_had_units(order.state) => Caused::Sale,
            PaymentKind::Failed => Caused::Cancellation,
            // These move no units; some refunds are older than their kind of entry.
            PaymentKind::Paid | PaymentKind::Refunded | PaymentKind::Noted => return,
        };
        self.claims.push((order.product_id, fingerprint_of((&event.key, order.id, caused))));
    }

    /// Takes a journal entry. Entries of one product come in order of their numbers.
    pub fn entry(&mut self, entry: &JournalEntry) {
        if let Some(event) = &entry.event
            && self.effects.insert(fingerprint_of(event), entry.at).is_some()
        {
            self.findings.add(Some(entry.product_id), 4, || {
                (
                    "one effect".to_owned(),
                    "another one".to_owned(),
                    format!("event {} in journal entry {}", event.event_id, entry.seq),
                )
            });
        }
        if let (Some(event), Some(order_id)) = (&entry.event, entry.order_id)
            && let Some(caused) = Caused::by(entry.kind)
        {
            self.causes.insert(fingerprint_of((event, order_id, caused)));
        }
        if let Some(tally) = self.tallies.get_mut(&entry.product_id) {
            tally.entry(entry, &mut self.findings);
        } else {
            let which = || format!("journal entry {}", entry.seq);
            self.unknown_product(5, entry.product_id, which);
        }
    }

    /// The result.
    #[must_use]
    pub fn finish(self) -> AuditReport {
        let mut findings = self.findings;
        for (product_id, claim) in self.claims {
            if !self.causes.contains(&claim) {
                findings.add(Some(product_id), 6, || event_against_journal("moved units", "none"));
            }
        }
        for (event, received_at) in self.idle {
            if self.effects.get(&event).is_some_and(|&at| at >= received_at) {
                findings.add(None, 6, || event_against_journal("moved none", "one"));
            }
        }
        let products = self
            .tallies
            .into_iter()
            .map(|(product_id, tally)| tally.finish(product_id, &mut findings))
            .collect();
        AuditReport { products, violations: findings.into_violations() }
    }

    /// All unknown products together are one concern: garbage may name any number of them.
    fn unknown_product(&mut self, rule: u8, id: ProductId, what: impl FnOnce() -> String) {
        self.findings
            .add(None, rule, || (format!("product {id}"), "no such product".to_owned(), what()));
    }
}

fn event_against_journal(what: &str, found: &str) -> Words {
    (
        format!("an entry for every event that moved units, and only for those: this one {what}"),
        found.to_owned(),
        "the payment events against the journal".to_owned(),
    )
}

/// Whether a paid order got its units; one that did not left no entry of its payment.
fn has_had_units(state: OrderState) -> bool {
    !matches!(state, OrderState::RefundDue | OrderState::Refunded { had_units: false, .. })
}

fn fingerprint_of(what: impl Hash) -> u128 {
    let half = |seed| u128::from(FixedState::with_seed(seed).hash_one(&what));
    half(1) << 64 | half(2)
}

fn in_words(counters: Counters) -> String {
    let Counters { total, held, sold } = counters;
    format!("total {total}, held {held}, sold {sold}")
}
