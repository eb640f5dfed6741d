//! What is to become of the old rows.

use std::collections::{HashMap, HashSet};

use doorbuster_domain::{
    CustomerId, EventId, HoldId, OrderId, PaymentKind, Price, Quantity, Seconds, Timestamp,
    TotalStock,
};

use super::allocate::allocate;
use super::ids::Ids;
use super::link::Links;
use super::rows::{EventRow, HoldRow, OrderRow, ProductRow, made_payload};
use super::table::{Problem, Problems};
use super::value::{EventWord, HoldWord, OrderWord};

/// All old rows, and the names of their files.
#[derive(Default)]
pub(super) struct Old {
    pub(super) products: Vec<ProductRow>,
    pub(super) holds: Vec<HoldRow>,
    pub(super) orders: Vec<OrderRow>,
    pub(super) events: Vec<EventRow>,
    pub(super) files: [String; 3],
    /// When they are imported.
    pub(super) now: Timestamp,
}

impl Old {
    pub(super) fn at(now: Timestamp) -> Self {
        Self { now, ..Self::default() }
    }
}

/// What the operator chose.
pub(super) struct Choices {
    pub(super) now: Timestamp,
    pub(super) drop_holds: bool,
    pub(super) hold_seconds: Seconds,
    pub(super) payment_seconds: Seconds,
}

/// What is to be in the database.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) products: Vec<Shelf>,
    pub(super) orders: Vec<Purchase>,
    pub(super) holds: Vec<LiveHold>,
    /// Events of orders that are not there.
    pub(super) strays: Vec<(OrderId, Report)>,
    pub(super) left_out: LeftOut,
}

/// A product and where its units go.
pub(super) struct Shelf {
    pub(super) row: ProductRow,
    pub(super) total: TotalStock,
    /// The total as the old tables have it, which may be below nothing.
    pub(super) old_total: i64,
    pub(super) sold: u64,
    pub(super) pending: u64,
    pub(super) held: u64,
    /// What there was of them before any excess was taken away.
    pub(super) claimed: [u64; 3],
    pub(super) gone: Gone,
}

/// What the old shop had taken off a product's stock, by the words of its own rows and whatever
/// becomes of them here: a late payment that it did not count took nothing off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gone {
    /// Where the stock falls with a payment.
    pub(super) with_payments: u64,
    /// Where it falls with a hold.
    pub(super) with_holds: u64,
}

impl Gone {
    fn order(&mut self, row: &OrderRow, purchase: &Purchase) {
        let qty = u64::from(purchase.qty.get());
        let paid = matches!(row.word, OrderWord::Paid | OrderWord::Refunded);
        let live = paid || row.word == OrderWord::Pending;
        self.with_payments += if paid { qty } else { 0 };
        // A hold took its units once, however many orders were made of it.
        self.with_holds += if live && !purchase.shares_hold { qty } else { 0 };
    }

    /// A hold that no order has.
    fn hold(&mut self, row: &HoldRow, now: Timestamp) {
        let overdue = row.expires_at.is_none_or(|deadline| deadline <= now);
        let has_units = row.word == HoldWord::Active && (!overdue || row.end_is_noted);
        let qty = row.qty.filter(|_| has_units);
        self.with_holds += qty.map_or(0, |qty| u64::from(qty.get()));
    }
}

impl Shelf {
    /// Whether the old shop gave away more than there was.
    pub(super) fn is_oversold(&self) -> bool {
        let claimed: u64 = self.claimed.iter().sum();
        claimed != self.sold + self.pending + self.held
    }
}

/// An order from its hold to its end.
pub(super) struct Purchase {
    pub(super) old: Box<str>,
    pub(super) order_id: OrderId,
    pub(super) hold_id: HoldId,
    /// Whether it was made of a hold that another order has.
    pub(super) shares_hold: bool,
    /// Its product's place in the plan.
    pub(super) shelf: usize,
    pub(super) qty: Quantity,
    pub(super) unit_price: Price,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) placed_at: Timestamp,
    pub(super) hold_seconds: Seconds,
    pub(super) ordered_at: Timestamp,
    pub(super) payment_seconds: Seconds,
    pub(super) ended_at: Timestamp,
    pub(super) fate: Fate,
    /// Whether the buyer got the money back already.
    pub(super) refunded: bool,
    /// In order of time.
    pub(super) reports: Vec<Report>,
}

/// What becomes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Paid,
    /// Paid, and there are no units for it.
    RefundDue,
    Pending,
    /// There are no units for it, and nobody has paid.
    GivenUp,
    Cancelled,
    Expired,
}

/// A hold that goes on.
pub(super) struct LiveHold {
    pub(super) hold_id: HoldId,
    pub(super) shelf: usize,
    pub(super) qty: Quantity,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) placed_at: Timestamp,
    pub(super) seconds: Seconds,
    /// Whether there are units for it.
    pub(super) fits: bool,
}

/// A payment event.
pub(super) struct Report {
    pub(super) id: EventId,
    pub(super) kind: PaymentKind,
    pub(super) at: Timestamp,
    pub(super) payload: Box<str>,
}

/// Rows that do not come along.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// Holds that ended without an order.
    pub(super) ended_holds: usize,
    /// Holds that were used for an order that is not there.
    pub(super) used_holds: usize,
    /// Live holds, because it was asked for.
    pub(super) dropped_holds: usize,
    /// Events that say no order.
    pub(super) events_of_no_order: usize,
    /// Events that do not say what happened, of orders that do not either.
    pub(super) unclear_events: usize,
    /// Events that are there twice.
    pub(super) repeated_events: usize,
    /// Orders that share a hold with another: each gets a hold of its own.
    pub(super) shared_holds: usize,
    /// Orders that were paid although the old shop had cancelled or forgotten them.
    pub(super) paid_after_all: usize,
}

/// What is to become of `old`.
pub(super) fn plan(old: Old, choices: &Choices, ids: &mut Ids, problems: &mut Problems) -> Plan {
    let mut plan = Plan::default();
    let links = Links::of(&old, problems);
    let mut used = vec![false; old.holds.len()];
    let mut gone = vec![Gone::default(); old.products.len()];
    let mut places = vec![None; old.orders.len()];
    for (row, place) in old.orders.iter().zip(&mut places) {
        match links.purchase(&old, row, &mut used, ids, &mut plan.left_out) {
            Ok(purchase) => {
                *place = Some(plan.orders.len());
                gone[purchase.shelf].order(row, &purchase);
                plan.orders.push(purchase);
            }
            Err(problem) => problems.add(problem),
        }
    }
    for (row, used) in old.holds.iter().zip(used) {
        if let Some(shelf) = links.shelf(row.product_id).filter(|_| !used) {
            gone[shelf].hold(row, choices.now);
        }
        let hold = live_hold(row, &links, &old.files[1], used, choices, ids, &mut plan.left_out);
        match hold {
            Ok(hold) => plan.holds.extend(hold),
            Err(problem) => problems.add(problem),
        }
    }
    let mut taken = HashSet::new();
    reports(&old, &links, &places, &mut plan, &mut taken, choices.now, ids);
    for (row, place) in old.orders.iter().zip(places) {
        if let Some(place) = place {
            let purchase = &mut plan.orders[place];
            settle(purchase, row, &mut taken, &mut plan.left_out);
            fix_deadlines(purchase, choices);
        }
    }
    drop(links);
    let products = old.products.into_iter().zip(gone);
    plan.products = products.map(|(row, gone)| shelf(row, gone)).collect();
    allocate(&mut plan, &old.files[0], problems);
    plan
}

/// A hold that goes on, if it does.
fn live_hold(
    row: &HoldRow,
    links: &Links,
    file: &str,
    used: bool,
    choices: &Choices,
    ids: &mut Ids,
    left_out: &mut LeftOut,
) -> Result<Option<LiveHold>, Problem> {
    let problem = |column: &str, why: &str| Problem {
        file: file.to_owned(),
        line: Some(row.line),
        column: Some(column.to_owned()),
        why: why.to_owned(),
    };
    let shelf = links.shelf(row.product_id);
    if used {
        return Ok(None); // its order has it
    }
    match row.word {
        HoldWord::Active => {}
        HoldWord::Used => left_out.used_holds += 1,
        HoldWord::Ended => left_out.ended_holds += 1,
    }
    let (HoldWord::Active, Some(qty)) = (row.word, row.qty) else { return Ok(None) };
    let shelf = shelf.ok_or_else(|| problem("product_id", "there is no such product"))?;
    let deadline = row.expires_at;
    let deadline = deadline.ok_or_else(|| problem("expires_at", "must not be empty"))?;
    let now = choices.now;
    if deadline <= now {
        left_out.ended_holds += 1;
        return Ok(None);
    }
    if choices.drop_holds {
        left_out.dropped_holds += 1;
        return Ok(None);
    }
    let far = || problem("expires_at", "is more than 30 days away");
    let longest = seconds_between(now, deadline).ok_or_else(far)?;
    let seconds = seconds_between(row.created_at.unwrap_or(now), deadline).unwrap_or(Seconds::MAX);
    let seconds = seconds.max(longest);
    Ok(Some(LiveHold {
        hold_id: ids.hold(row.token.as_deref().unwrap_or(&row.id)),
        shelf,
        qty,
        customer_id: row.customer_id.clone(),
        // To the second at most earlier than it was: the deadline stays to the millisecond.
        placed_at: before(deadline, seconds),
        seconds,
        fits: true,
    }))
}

/// Whole seconds that are enough to get from one time to another; `None` for more than 30 days.
fn seconds_between(from: Timestamp, to: Timestamp) -> Option<Seconds> {
    let between = to.as_millis() - from.as_millis();
    let seconds = u64::try_from(between.max(1)).ok()?.div_ceil(1000);
    u32::try_from(seconds).ok().and_then(Seconds::new)
}

fn before(at: Timestamp, seconds: Seconds) -> Timestamp {
    Timestamp::from_millis(at.as_millis() - i64::from(seconds.get()) * 1000)
}

/// Gives the remembered events to their orders.
fn reports(
    old: &Old,
    links: &Links,
    places: &[Option<usize>],
    plan: &mut Plan,
    taken: &mut HashSet<EventId>,
    now: Timestamp,
    ids: &mut Ids,
) {
    let mut strangers: HashMap<&str, OrderId> = HashMap::new();
    for event in &old.events {
        let Some(name) = event.order.as_deref() else {
            plan.left_out.events_of_no_order += 1;
            continue;
        };
        let order = links.order(name);
        let kind = match (event.word, order.map(|order| old.orders[order].word)) {
            (EventWord::Paid, _)
            | (EventWord::Came, Some(OrderWord::Paid | OrderWord::Refunded)) => PaymentKind::Paid,
            (EventWord::Failed, _) | (EventWord::Came, Some(OrderWord::Cancelled)) => {
                PaymentKind::Failed
            }
            (EventWord::Refunded, _) => PaymentKind::Refunded,
            // Maybe taken note of before the effect that it never had: its retry must have it.
            (EventWord::Came, Some(OrderWord::Pending | OrderWord::Expired) | None) => {
                plan.left_out.unclear_events += 1;
                continue;
            }
        };
        if !taken.insert(event.id.clone()) {
            plan.left_out.repeated_events += 1;
            continue;
        }
        let (id, payload) = (event.id.clone(), event.payload.clone());
        let report = |at| Report { id, kind, at, payload };
        match order.map(|order| places[order]) {
            Some(Some(place)) => {
                let purchase = &mut plan.orders[place];
                let at = event.received_at.unwrap_or(purchase.ended_at);
                purchase.reports.push(report(at.max(purchase.ordered_at)));
            }
            Some(None) => {} // its order has a problem, which is told
            None => {
                let order_id = *strangers.entry(name).or_insert_with(|| ids.order(name, &[]));
                plan.strays.push((order_id, report(event.received_at.unwrap_or(now))));
            }
        }
    }
}

/// What becomes of an order that has all its events.
fn settle(
    purchase: &mut Purchase,
    row: &OrderRow,
    taken: &mut HashSet<EventId>,
    left_out: &mut LeftOut,
) {
    purchase.reports.sort_by_key(|report| report.at);
    let has = |kind| purchase.reports.iter().any(|report| report.kind == kind);
    let said_paid = matches!(row.word, OrderWord::Paid | OrderWord::Refunded);
    let (paid, failed) = (has(PaymentKind::Paid), has(PaymentKind::Failed));
    purchase.refunded = row.word == OrderWord::Refunded;
    purchase.fate = match row.word {
        _ if paid || said_paid => Fate::Paid,
        OrderWord::Cancelled => Fate::Cancelled,
        _ if failed => Fate::Cancelled,
        OrderWord::Expired => Fate::Expired,
        OrderWord::Pending | OrderWord::Paid | OrderWord::Refunded => Fate::Pending,
    };
    left_out.paid_after_all += usize::from(paid && !said_paid);
    let missing = match purchase.fate {
        Fate::Paid if !paid => Some((PaymentKind::Paid, EventWord::Paid)),
        Fate::Cancelled if !failed && row.event.is_some() => {
            Some((PaymentKind::Failed, EventWord::Failed))
        }
        Fate::Paid
        | Fate::Cancelled
        | Fate::RefundDue
        | Fate::Pending
        | Fate::GivenUp
        | Fate::Expired => None,
    };
    if let Some((kind, word)) = missing {
        let id = row.event.clone().filter(|id| !taken.contains(id));
        let id = id.or_else(|| EventId::new(&format!("import-order-{}", row.id)).ok());
        if let Some(id) = id.filter(|id| taken.insert(id.clone())) {
            let payload = made_payload(&id, Some(&row.id), word);
            purchase.reports.push(Report { id, kind, at: purchase.ended_at, payload });
            purchase.reports.sort_by_key(|report| report.at);
        }
    }
    if let Some(last) = purchase.reports.last() {
        purchase.ended_at = purchase.ended_at.max(last.at);
    }
}

/// Chooses the times within which the hold was ordered and the order ended as it did.
fn fix_deadlines(purchase: &mut Purchase, choices: &Choices) {
    let Purchase { placed_at, ordered_at, ended_at, .. } = *purchase;
    let after = |at: Timestamp| Timestamp::from_millis(at.as_millis() + 1);
    match seconds_between(placed_at, after(ordered_at)) {
        Some(needed) => purchase.hold_seconds = choices.hold_seconds.max(needed),
        None => purchase.placed_at = ordered_at, // nothing is held so long here
    }
    let usual = choices.payment_seconds;
    let needed = seconds_between(ordered_at, after(ended_at)).unwrap_or(Seconds::MAX);
    purchase.payment_seconds = match purchase.fate {
        Fate::Paid | Fate::RefundDue | Fate::Cancelled | Fate::GivenUp => usual.max(needed),
        Fate::Expired => {
            let ended = ended_at.as_millis() - ordered_at.as_millis();
            let seconds = u32::try_from(ended / 1000).ok().and_then(Seconds::new);
            if ended < 1000 {
                purchase.fate = Fate::Cancelled; // there was no time to expire in
            }
            seconds.unwrap_or(usual)
        }
        Fate::Pending => {
            let deadline = choices.now.plus_seconds(usual);
            match seconds_between(ordered_at, deadline) {
                Some(seconds) => seconds,
                None => {
                    // Nothing waits so long for its payment here.
                    purchase.fate = Fate::Expired;
                    usual
                }
            }
        }
    };
}

fn shelf(row: ProductRow, gone: Gone) -> Shelf {
    let total = TotalStock::new(0).unwrap_or(TotalStock::MAX);
    let old_total = row.stock;
    Shelf { row, total, old_total, sold: 0, pending: 0, held: 0, claimed: [0; 3], gone }
}
