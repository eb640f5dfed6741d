//! One product's recount in progress: its counters, its journal, its customers.

use foldhash::quality::RandomState;
use hashbrown::HashMap;

use super::findings::{Findings, Words};
use super::fingerprint::{Divergence, Fingerprint, Units};
use super::{ProductAudit, in_words};
use crate::{
    Counters, CustomerId, EntryKind, Hold, HoldState, JournalEntry, Order, OrderId, OrderState,
    Product, ProductId,
};

/// What is known of one product so far.
#[derive(Debug)]
pub(super) struct Tally {
    recorded: Counters,
    recorded_seq: u64,
    held: u64,
    sold: u64,
    holds: u64,
    orders: u64,
    customers: HashMap<CustomerId, CustomerTally, RandomState>,
    replayed: Counters,
    last_seq: u64,
    entries: u64,
    /// Units by hold: told by the journal's entries, taken back by the rows.
    by_hold: Fingerprint,
    /// The same by order.
    by_order: Fingerprint,
    /// How unused holds ended, by hold: a release as one unit held, an expiry as one unit sold.
    by_end: Fingerprint,
    /// Refunds without restocking, which move no units, by order and quantity: how often the
    /// journal tells of each, less the one that the order's row tells of.
    refunds: HashMap<(OrderId, i64), i64, RandomState>,
}

#[derive(Debug, Default)]
struct CustomerTally {
    recorded: u64,
    recounted: u64,
}

/// What a payment event did to its order. The rows do not tell a payment in time from one that took
/// the units again, so the two are one here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Caused {
    Sale,
    Cancellation,
    Refund,
}

impl Caused {
    /// What an entry of this kind does to an order that has one; `None` for kinds without an order.
    pub(super) fn by(kind: EntryKind) -> Option<Self> {
        match kind {
            EntryKind::ProductCreated
            | EntryKind::StockChanged
            | EntryKind::HoldPlaced
            | EntryKind::HoldReleased
            | EntryKind::HoldExpired => None,
            EntryKind::OrderPaid | EntryKind::OrderRetaken => Some(Self::Sale),
            EntryKind::OrderCancelled | EntryKind::OrderExpired | EntryKind::OrderRestocked => {
                Some(Self::Cancellation)
            }
            EntryKind::OrderRefunded => Some(Self::Refund),
        }
    }
}

impl Tally {
    pub(super) fn of(product: &Product) -> Self {
        Self {
            recorded: Counters {
                total: product.total.get(),
                held: product.held,
                sold: product.sold,
            },
            recorded_seq: product.journal_seq,
            held: 0,
            sold: 0,
            holds: 0,
            orders: 0,
            customers: HashMap::default(),
            replayed: Counters::default(),
            last_seq: 0,
            entries: 0,
            by_hold: Fingerprint::default(),
            by_order: Fingerprint::default(),
            by_end: Fingerprint::default(),
            refunds: HashMap::default(),
        }
    }

    pub(super) fn customer(&mut self, customer_id: &CustomerId, units: u32) {
        if units > 0 {
            self.edit_customer(customer_id, |customer| {
                customer.recorded = customer.recorded.saturating_add(u64::from(units));
            });
        }
    }

    fn customer_has(&mut self, customer_id: Option<&CustomerId>, units: u32) {
        if let Some(customer_id) = customer_id {
            self.edit_customer(customer_id, |customer| {
                customer.recounted = customer.recounted.saturating_add(u64::from(units));
            });
        }
    }

    fn edit_customer(&mut self, customer_id: &CustomerId, edit: impl FnOnce(&mut CustomerTally)) {
        if let Some(customer) = self.customers.get_mut(customer_id) {
            return edit(customer);
        }
        let mut customer = CustomerTally::default();
        edit(&mut customer);
        self.customers.insert(customer_id.clone(), customer);
    }

    /// Counts a hold's units.
    pub(super) fn hold(&mut self, hold: &Hold) {
        self.holds = self.holds.saturating_add(1);
        if hold.state == HoldState::Active {
            let qty = hold.qty.get();
            self.held = self.held.saturating_add(u64::from(qty));
            self.customer_has(hold.customer_id.as_ref(), qty);
            let units = Units { held: i64::from(qty), sold: 0 };
            self.by_hold.tell(hold.id.uuid(), units.minus());
        }
        match hold.state {
            HoldState::Released => self.by_end.tell(hold.id.uuid(), RELEASED.minus()),
            HoldState::Expired => self.by_end.tell(hold.id.uuid(), EXPIRED.minus()),
            HoldState::Active | HoldState::Used { .. } => {}
        }
    }

    /// Counts an order's units.
    pub(super) fn order(&mut self, order: &Order) {
        self.orders = self.orders.saturating_add(1);
        let qty = order.qty.get();
        let pending = order.state == OrderState::Pending;
        let held = if pending { qty } else { 0 };
        let sold = if order.state.is_sold() { qty } else { 0 };
        self.held = self.held.saturating_add(u64::from(held));
        self.sold = self.sold.saturating_add(u64::from(sold));
        if order.state.counts_for_customer() {
            self.customer_has(order.customer_id.as_ref(), qty);
        }
        let has = Units { held: i64::from(held), sold: i64::from(sold) };
        self.by_hold.tell(order.hold_id.uuid(), has.minus());
        // The order came with its hold's units held; what the journal says of it is what changed.
        let changed = Units { held: has.held - i64::from(qty), sold: has.sold };
        self.by_order.tell(order.id.uuid(), changed.minus());
        if matches!(order.state, OrderState::Refunded { restocked: false, .. }) {
            self.tell_refund(order.id, qty.into(), -1);
        }
    }

    /// Replays an entry.
    pub(super) fn entry(&mut self, entry: &JournalEntry, findings: &mut Findings) {
        let product_id = Some(entry.product_id);
        self.entries = self.entries.saturating_add(1);
        let seq = self.last_seq.saturating_add(1);
        if entry.seq != seq {
            let gap = || {
                (
                    format!("entry {seq}"),
                    format!("entry {}", entry.seq),
                    format!("journal of product {}", entry.product_id),
                )
            };
            findings.add(product_id, 5, gap);
        }
        if self.replayed.apply(entry.kind, entry.qty) != Some(entry.after) {
            findings.add(product_id, 5, || self.wrong_replay(entry));
        }
        if let Some(words) = unsound(entry) {
            findings.add(product_id, 5, || words);
        }
        // On a wrong entry the replay goes on from what the journal says, so that one divergence
        // is not reported once more for every later entry.
        self.last_seq = entry.seq;
        self.replayed = entry.after;
        self.tell(entry);
    }

    fn wrong_replay(&self, entry: &JournalEntry) -> Words {
        let expected = self
            .replayed
            .apply(entry.kind, entry.qty)
            .map_or("counters that stay possible".to_owned(), in_words);
        (expected, in_words(entry.after), entry_in_words(entry))
    }

    fn tell(&mut self, entry: &JournalEntry) {
        let [_, held, sold] = entry.kind.effect(entry.qty);
        let units = Units { held, sold };
        if let Some(hold_id) = entry.hold_id {
            self.by_hold.tell(hold_id.uuid(), units);
            if entry.kind == EntryKind::HoldReleased {
                self.by_end.tell(hold_id.uuid(), RELEASED);
            } else if entry.kind == EntryKind::HoldExpired {
                self.by_end.tell(hold_id.uuid(), EXPIRED);
            }
        }
        if Caused::by(entry.kind).is_some()
            && let Some(order_id) = entry.order_id
        {
            self.by_order.tell(order_id.uuid(), units);
            if entry.kind == EntryKind::OrderRefunded {
                self.tell_refund(order_id, entry.qty, 1);
            }
        }
    }

    fn tell_refund(&mut self, id: OrderId, qty: i64, by: i64) {
        let told = self.refunds.remove(&(id, qty)).unwrap_or(0).saturating_add(by);
        if told != 0 {
            self.refunds.insert((id, qty), told);
        }
    }

    /// Compares the three sources.
    pub(super) fn finish(self, product_id: ProductId, findings: &mut Findings) -> ProductAudit {
        let recounted = Counters {
            total: self.recorded.total,
            held: u32::try_from(self.held).unwrap_or(u32::MAX),
            sold: u32::try_from(self.sold).unwrap_or(u32::MAX),
        };
        self.finish_counters(product_id, recounted, findings);
        self.finish_fingerprints(product_id, findings);
        self.finish_refunds(product_id, findings);
        self.finish_customers(product_id, findings);
        ProductAudit {
            product_id,
            recorded: self.recorded,
            recounted,
            replayed: self.replayed,
            journal_entries: self.entries,
            holds: self.holds,
            orders: self.orders,
        }
    }

    fn finish_counters(&self, product_id: ProductId, recounted: Counters, out: &mut Findings) {
        let product = Some(product_id);
        let Counters { total, held, sold } = self.recorded;
        if u64::from(held) + u64::from(sold) > u64::from(total) {
            out.add(product, 1, || {
                let found = in_words(self.recorded);
                (format!("held and sold at most {total}"), found, "the product's row".to_owned())
            });
        }
        if (self.held, self.sold) != (u64::from(held), u64::from(sold)) {
            let detail = "the product's row against the sum of its holds and orders".to_owned();
            out.add(product, 2, || (in_words(recounted), in_words(self.recorded), detail));
        }
        if self.replayed != self.recorded {
            let detail = "the product's row against its journal".to_owned();
            out.add(product, 5, || (in_words(self.replayed), in_words(self.recorded), detail));
        }
        if self.last_seq != self.recorded_seq {
            out.add(product, 5, || {
                (
                    format!("last entry {}", self.recorded_seq),
                    format!("last entry {}", self.last_seq),
                    "the journal against the product's row".to_owned(),
                )
            });
        }
    }

    fn finish_fingerprints(&self, product_id: ProductId, out: &mut Findings) {
        let stories = [
            (&self.by_hold, "hold", "the journal against the holds and orders"),
            (&self.by_order, "order", "the journal against the orders"),
            (
                &self.by_end,
                "hold",
                "how holds ended: in the journal released (held) or expired (sold)",
            ),
        ];
        for (story, what, sides) in stories {
            for divergence in story.divergences() {
                out.add(Some(product_id), 6, || {
                    let (which, by) = match divergence {
                        Divergence::One(id, units) => (
                            format!("{what} {id}"),
                            format!("{:+} held, {:+} sold in the journal", units.held, units.sold),
                        ),
                        Divergence::Several => {
                            (format!("several {what}s"), "they do not".to_owned())
                        }
                    };
                    (format!("journal and rows agree about {which}"), by, sides.to_owned())
                });
            }
        }
    }

    /// What the journal refunds, the rows must. Not the reverse: the journal has told of refunds
    /// without restocking since schema version 2 only, and older ones stay as they are.
    fn finish_refunds(&self, product_id: ProductId, findings: &mut Findings) {
        let mut wrong: Vec<_> = self.refunds.iter().filter(|(_, told)| **told > 0).collect();
        wrong.sort_unstable();
        for ((id, qty), _) in wrong {
            findings.add(Some(product_id), 6, || {
                (
                    format!("order {id} refunded, as often as the journal says"),
                    format!("a refund of {qty} units in the journal alone"),
                    "the journal against the orders".to_owned(),
                )
            });
        }
    }

    fn finish_customers(&self, product_id: ProductId, findings: &mut Findings) {
        let mut wrong: Vec<_> =
            self.customers.iter().filter(|(_, tally)| tally.recorded != tally.recounted).collect();
        wrong.sort_unstable_by_key(|(customer_id, _)| *customer_id);
        for (customer_id, tally) in wrong {
            findings.add(Some(product_id), 8, || {
                (
                    format!("{} units", tally.recounted),
                    format!("{} units", tally.recorded),
                    format!("units recorded for customer {customer_id}"),
                )
            });
        }
    }
}

/// A release and an expiry, in the fingerprint of how holds ended.
const RELEASED: Units = Units { held: 1, sold: 0 };
const EXPIRED: Units = Units { held: 0, sold: 1 };

/// What no entry of its kind may look like.
fn unsound(entry: &JournalEntry) -> Option<Words> {
    let expected = if (entry.seq == 1) != (entry.kind == EntryKind::ProductCreated) {
        "the product's creation as entry 1 and only there"
    } else if !qty_is_sound(entry) {
        "a quantity that moves units"
    } else if is_about_hold(entry.kind) != entry.hold_id.is_some() {
        "a hold where, and only where, a hold's units move"
    } else if Caused::by(entry.kind).is_some() != entry.order_id.is_some() {
        "an order where, and only where, an order's units move"
    } else {
        return None;
    };
    Some((expected.to_owned(), entry_in_words(entry), "a single entry".to_owned()))
}

fn qty_is_sound(entry: &JournalEntry) -> bool {
    match entry.kind {
        EntryKind::ProductCreated => entry.qty >= 0,
        EntryKind::StockChanged => entry.qty != 0,
        EntryKind::HoldPlaced
        | EntryKind::HoldReleased
        | EntryKind::HoldExpired
        | EntryKind::OrderPaid
        | EntryKind::OrderCancelled
        | EntryKind::OrderExpired
        | EntryKind::OrderRetaken
        | EntryKind::OrderRestocked
        | EntryKind::OrderRefunded => entry.qty > 0,
    }
}

fn is_about_hold(kind: EntryKind) -> bool {
    !matches!(kind, EntryKind::ProductCreated | EntryKind::StockChanged)
}

fn entry_in_words(entry: &JournalEntry) -> String {
    format!("entry {}: {:?} of {} units", entry.seq, entry.kind, entry.qty)
}
