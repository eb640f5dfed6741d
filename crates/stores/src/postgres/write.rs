//! Writing what a batch changed: a handful of statements, sent together with the commit.

use std::collections::{BTreeMap, HashSet};

use doorbuster_domain::{
    Change, Currency, CustomerUnits, Hold, HoldState, Ledger, Order, PaymentEvent, Product,
    ProductId, RememberedRequest, Timestamp,
};
use uuid::Uuid;

use super::connection::{Param, Request, column};
use super::row::{StoredProduct, hold_state_name};
use super::sql::Name;
use super::wanted::{customer, number};
use crate::journal;
use crate::names::name;

/// Changes of a product within this time have the same time.
const CHANGES_WITHIN_MS: i64 = 100;

/// A batch cannot be written as it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("an amount is out of range")]
    Range,
    #[error("the journal cannot be written")]
    Json(#[from] serde_json::Error),
}

/// A product's next deadline as a batch leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NextDeadline {
    pub(super) at: Option<Timestamp>,
    /// Whether it replaces what the database has; otherwise it is one more.
    pub(super) replaces: bool,
}

/// What the batch does, and what it found.
pub(super) struct Batch<'b> {
    pub(super) id: Uuid,
    pub(super) now: Timestamp,
    pub(super) ledger: &'b Ledger,
    /// The products that it locked, as they were.
    pub(super) locked: &'b BTreeMap<ProductId, StoredProduct>,
    /// The next deadlines of products, where they are known.
    pub(super) deadlines: &'b BTreeMap<ProductId, NextDeadline>,
    /// Earlier batches of the lane, of which nobody needs to know any more.
    pub(super) settled: &'b [Uuid],
}

const fn ms(time: Timestamp) -> i64 {
    time.as_millis()
}

/// When a product changed. That is in an index, so the row of a hot product is rewritten in place
/// only as long as this stays the same.
const fn roughly(time: Timestamp) -> i64 {
    ms(time).div_euclid(CHANGES_WITHIN_MS) * CHANGES_WITHIN_MS
}

fn count(rows: usize) -> Param<'static> {
    Box::new(i64::try_from(rows).unwrap_or(i64::MAX))
}

/// A number that the domain keeps far below 2^63.
fn big(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The rows that the batch made, and those that it changed.
fn split<'b, R>(changes: impl Iterator<Item = (Change, &'b R)>) -> (Vec<&'b R>, Vec<&'b R>) {
    let (mut created, mut updated) = (Vec::new(), Vec::new());
    for (change, row) in changes {
        match change {
            Change::Created => created.push(row),
            Change::Updated => updated.push(row),
        }
    }
    (created, updated)
}

impl<'b> Batch<'b> {
    /// The products whose row is written, in order: those that changed, and those of which the
    /// next deadline is not what the database has.
    pub(super) fn written(&self) -> Vec<ProductId> {
        let changed = self.ledger.changed_products().map(|(_, product)| product.id);
        let moved = self.deadlines.iter().filter_map(|(id, next)| {
            let stored = self.locked.get(id)?;
            (stored.next_deadline != next.at).then_some(*id)
        });
        let mut written: Vec<_> = changed.chain(moved).collect();
        written.sort_unstable();
        written.dedup();
        written
    }

    /// Whether there is anything to write beside products, which every journal entry changes.
    pub(super) fn has_rows(&self) -> bool {
        let ledger = self.ledger;
        ledger.changed_holds().next().is_some()
            || ledger.changed_orders().next().is_some()
            || ledger.changed_events().next().is_some()
            || ledger.changed_requests().next().is_some()
            || ledger.changed_customers().next().is_some()
    }

    /// The statements, the commit last. `written` are the products whose row is written.
    pub(super) fn requests(&self, written: &[ProductId]) -> Result<Vec<Request<'b>>, WriteError> {
        let mut requests = Vec::with_capacity(16);
        let created = self.products(&mut requests);
        self.holds(&mut requests);
        self.orders(&mut requests);
        self.events(&mut requests)?;
        self.remembered(&mut requests);
        self.customers(&mut requests);
        let changed = written.iter().filter(|id| !created.contains(*id));
        let changed: Vec<&Product> = changed.filter_map(|id| self.ledger.product(*id)).collect();
        let journal = journal::Batch::of(self.ledger.journal());
        let mut end = self.stock(&changed, &journal);
        end.extend(journal_columns(&journal)?);
        end.extend(self.note());
        requests.push((Name::EndBatch, end));
        requests.push((Name::Commit, Vec::new()));
        Ok(requests)
    }

    fn note(&self) -> Vec<Param<'b>> {
        vec![Box::new(self.id), Box::new(ms(self.now)), Box::new(self.settled)]
    }

    fn deadline(&self, id: ProductId) -> NextDeadline {
        let own = || NextDeadline { at: self.ledger.product_deadline(id), replaces: false };
        self.deadlines.get(&id).copied().unwrap_or_else(own)
    }

    /// All of products but the units of those that were there; returns which were not.
    fn products(&self, requests: &mut Vec<Request<'b>>) -> HashSet<ProductId> {
        let (created, changed) = split(self.ledger.changed_products());
        let terms: Vec<&Product> = changed
            .into_iter()
            .filter(|p| self.locked.get(&p.id).is_none_or(|old| old.product.terms != p.terms))
            .collect();
        if !terms.is_empty() {
            requests.push((Name::FreeCodes, vec![column(&terms, |p: &Product| number(p.id))]));
        }
        if !created.is_empty() {
            let mut params = product_columns(&created, |p| self.deadline(p.id).at.map(ms));
            params.push(Box::new(roughly(self.now)));
            requests.push((Name::InsertProducts, params));
        }
        if !terms.is_empty() {
            requests.push((Name::UpdateTerms, terms_columns(&terms)));
        }
        created.into_iter().map(|product| product.id).collect()
    }

    fn stock(&self, rows: &[&Product], journal: &journal::Batch<'_>) -> Vec<Param<'b>> {
        let before = |p: &Product| {
            big(journal.first_of(p.id).map_or(p.journal_seq, |first| first.seq.saturating_sub(1)))
        };
        let mut params = vec![column(rows, |p: &Product| number(p.id))];
        params.extend(stock_columns(rows));
        params.push(column(rows, |p: &Product| self.deadline(p.id).at.map(ms)));
        params.push(column(rows, |p: &Product| self.deadline(p.id).replaces));
        params.push(column(rows, before));
        params.push(Box::new(roughly(self.now)));
        params.push(count(rows.len()));
        params
    }

    fn holds(&self, requests: &mut Vec<Request<'b>>) {
        let (created, updated) = split(self.ledger.changed_holds());
        let (active, others): (Vec<&Hold>, Vec<&Hold>) = created
            .into_iter()
            .partition(|hold| hold.state == HoldState::Active && hold.extensions == 0);
        if !active.is_empty() {
            requests.push((Name::InsertActiveHolds, active_hold_columns(&active)));
        }
        if !others.is_empty() {
            requests.push((Name::InsertHolds, hold_columns(&others)));
        }
        if !updated.is_empty() {
            let rows = &updated;
            let params = vec![
                column(rows, |h: &Hold| h.id.uuid()),
                column(rows, |h: &Hold| hold_state_name(h.state)),
                column(rows, order_of),
                column(rows, |h: &Hold| i64::from(h.extensions)),
                column(rows, |h: &Hold| ms(h.expires_at)),
                column(rows, |h: &Hold| h.ended_at.map(ms)),
                count(rows.len()),
            ];
            requests.push((Name::UpdateHolds, params));
        }
    }

    fn orders(&self, requests: &mut Vec<Request<'b>>) {
        let (created, updated) = split(self.ledger.changed_orders());
        if !created.is_empty() {
            requests.push((Name::InsertOrders, order_columns(&created)));
            let ids = column(&created, |o: &Order| o.id.uuid());
            requests.push((Name::ForgetNames, vec![ids]));
        }
        if !updated.is_empty() {
            let rows = &updated;
            let params = vec![
                column(rows, |o: &Order| o.id.uuid()),
                column(rows, |o: &Order| name(o.state)),
                column(rows, |o: &Order| o.refund_awaits_payment),
                column(rows, |o: &Order| ms(o.updated_at)),
                count(rows.len()),
            ];
            requests.push((Name::UpdateOrders, params));
        }
    }

    fn events(&self, requests: &mut Vec<Request<'b>>) -> Result<(), WriteError> {
        let (created, updated) = split(self.ledger.changed_events());
        let in_range =
            |event: &&PaymentEvent| event.amount.is_none_or(|n| i64::try_from(n).is_ok());
        if !created.iter().chain(&updated).all(in_range) {
            return Err(WriteError::Range);
        }
        if !created.is_empty() {
            requests.push((Name::InsertEvents, event_columns(&created)));
        }
        if !updated.is_empty() {
            let mut params = event_columns(&updated);
            params.push(count(updated.len()));
            requests.push((Name::UpdateEvents, params));
        }
        Ok(())
    }

    fn remembered(&self, requests: &mut Vec<Request<'b>>) {
        let rows: Vec<&RememberedRequest> =
            self.ledger.changed_requests().map(|(_, request)| request).collect();
        if rows.is_empty() {
            return;
        }
        requests.push((Name::InsertRequests, request_columns(&rows)));
    }

    fn customers(&self, requests: &mut Vec<Request<'b>>) {
        let changed = self.ledger.changed_customers().map(|(_, customer)| customer);
        let (have, have_none): (Vec<&CustomerUnits>, Vec<&CustomerUnits>) =
            changed.partition(|customer| customer.units > 0);
        let keys = |rows: &[&'b CustomerUnits]| {
            vec![
                column(rows, |c: &CustomerUnits| number(c.product_id)),
                column(rows, |c: &'b CustomerUnits| c.customer_id.as_str()),
            ]
        };
        if !have.is_empty() {
            let mut params = keys(&have);
            params.push(column(&have, |c: &CustomerUnits| i64::from(c.units)));
            requests.push((Name::WriteCustomers, params));
        }
        if !have_none.is_empty() {
            requests.push((Name::DeleteCustomers, keys(&have_none)));
        }
    }
}

fn order_of(hold: &Hold) -> Option<Uuid> {
    match hold.state {
        HoldState::Used { order_id } => Some(order_id.uuid()),
        HoldState::Active | HoldState::Released | HoldState::Expired => None,
    }
}

fn terms_columns<'b>(rows: &[&'b Product]) -> Vec<Param<'b>> {
    vec![
        column(rows, |p: &Product| number(p.id)),
        column(rows, |p: &'b Product| p.terms.code.as_ref().map(|code| code.as_str())),
        column(rows, |p: &'b Product| p.terms.name.as_str()),
        column(rows, |p: &Product| big(p.terms.price.get())),
        column(rows, |p: &'b Product| p.terms.currency.as_str()),
        column(rows, |p: &Product| p.terms.opens_at.map(ms)),
        column(rows, |p: &Product| p.terms.closes_at.map(ms)),
        column(rows, |p: &Product| p.terms.paused),
        column(rows, |p: &Product| p.terms.max_per_customer.map(|limit| i64::from(limit.get()))),
        column(rows, |p: &Product| i64::from(p.terms.hold_seconds.get())),
        column(rows, |p: &Product| i64::from(p.terms.payment_seconds.get())),
        column(rows, |p: &Product| i64::from(p.terms.max_extensions)),
    ]
}

fn stock_columns(rows: &[&Product]) -> Vec<Param<'static>> {
    vec![
        column(rows, |p: &Product| i64::from(p.total.get())),
        column(rows, |p: &Product| i64::from(p.held)),
        column(rows, |p: &Product| i64::from(p.sold)),
        column(rows, |p: &Product| big(p.version)),
        column(rows, |p: &Product| big(p.journal_seq)),
    ]
}

pub(super) fn event_columns<'b>(rows: &[&'b PaymentEvent]) -> Vec<Param<'b>> {
    vec![
        column(rows, |e: &PaymentEvent| name(e.key.provider)),
        column(rows, |e: &'b PaymentEvent| e.key.event_id.as_str()),
        column(rows, |e: &PaymentEvent| e.order_id.uuid()),
        column(rows, |e: &PaymentEvent| name(e.kind)),
        column(rows, |e: &PaymentEvent| e.amount.map(big)),
        column(rows, |e: &'b PaymentEvent| e.currency.as_ref().map(Currency::as_str)),
        column(rows, |e: &PaymentEvent| ms(e.received_at)),
        column(rows, |e: &PaymentEvent| name(e.result)),
        column(rows, |e: &'b PaymentEvent| &*e.payload),
    ]
}

/// All columns of products but when they were written.
pub(super) fn product_columns<'p>(
    rows: &[&'p Product],
    next_deadline: impl Fn(&Product) -> Option<i64>,
) -> Vec<Param<'p>> {
    let mut params = terms_columns(rows);
    params.extend(stock_columns(rows));
    params.push(column(rows, |p: &Product| ms(p.created_at)));
    params.push(column(rows, next_deadline));
    params
}

fn active_hold_columns<'p>(rows: &[&'p Hold]) -> Vec<Param<'p>> {
    vec![
        column(rows, |h: &Hold| h.id.uuid()),
        column(rows, |h: &Hold| number(h.product_id)),
        column(rows, |h: &Hold| i64::from(h.qty.get())),
        column(rows, |h: &Hold| big(h.unit_price.get())),
        column(rows, |h: &'p Hold| h.currency.as_str()),
        column(rows, |h: &'p Hold| h.customer_id.as_ref().map(|id| id.as_str())),
        column(rows, |h: &Hold| ms(h.created_at)),
        column(rows, |h: &Hold| ms(h.expires_at)),
    ]
}

pub(super) fn hold_columns<'p>(rows: &[&'p Hold]) -> Vec<Param<'p>> {
    let mut params = active_hold_columns(rows);
    params.push(column(rows, |h: &Hold| hold_state_name(h.state)));
    params.push(column(rows, |h: &Hold| i64::from(h.extensions)));
    params.push(column(rows, order_of));
    params.push(column(rows, |h: &Hold| h.ended_at.map(ms)));
    params
}

pub(super) fn order_columns(rows: &[&Order]) -> Vec<Param<'static>> {
    vec![
        column(rows, |o: &Order| o.id.uuid()),
        column(rows, |o: &Order| o.hold_id.uuid()),
        column(rows, |o: &Order| number(o.product_id)),
        column(rows, |o: &Order| name(o.state)),
        column(rows, |o: &Order| o.refund_awaits_payment),
        column(rows, |o: &Order| ms(o.created_at)),
        column(rows, |o: &Order| ms(o.pay_by)),
        column(rows, |o: &Order| ms(o.updated_at)),
    ]
}

pub(super) fn request_columns<'p>(rows: &[&'p RememberedRequest]) -> Vec<Param<'p>> {
    vec![
        column(rows, |r: &RememberedRequest| name(r.key.operation)),
        column(rows, |r: &RememberedRequest| customer(r.key.customer_id.as_ref())),
        column(rows, |r: &'p RememberedRequest| r.key.key.as_str()),
        column(rows, |r: &'p RememberedRequest| &*r.request),
        column(rows, |r: &RememberedRequest| r.made),
        column(rows, |r: &RememberedRequest| ms(r.created_at)),
    ]
}

/// The columns of the journal's rows.
pub(super) fn journal_columns(
    batch: &journal::Batch<'_>,
) -> Result<Vec<Param<'static>>, WriteError> {
    let (mut ends, mut texts) = (Vec::new(), Vec::new());
    for entries in batch.rows() {
        if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
            ends.push((*first, *last));
            texts.push(journal::json(entries)?);
        }
    }
    Ok(vec![
        column(&ends, |(first, _)| number(first.product_id)),
        column(&ends, |(first, _)| big(first.seq)),
        column(&ends, |(_, last)| big(last.seq)),
        column(&ends, |(_, last)| i64::from(last.after.total)),
        column(&ends, |(_, last)| i64::from(last.after.held)),
        column(&ends, |(_, last)| i64::from(last.after.sold)),
        Box::new(texts),
    ])
}
