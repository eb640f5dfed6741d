//! Reads the server's account: lists page by page, several at once, and the audit.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use anyhow::{Context, anyhow, bail};
use doorbuster_domain::Counters;
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::account::{ClientAccount, Delivery};
use super::admin::Admin;
use super::rows::{AuditJson, HoldJson, JournalJson, OrderJson, Page, PaymentJson, ViolationJson};
use super::server_account::{AuditFindings, PaymentRow, ProductRows, ServerAccount};
use super::time::Bell;
use super::timeline::Stock;

/// Lists that are read at once. A list is a chain of pages, so more connections than lists are of
/// no use.
const READERS: usize = 8;

/// Rows on a page: as many as the server gives.
const PAGE_ROWS: usize = 200;

/// Events that are looked for one by one because no product's list has them.
const MAX_SINGLE_LOOKUPS: usize = 10_000;

/// Reads what the server has about `products`, of which each was put on sale with `asked_total`
/// units. Counts the rows in `rows` as they come.
///
/// # Errors
/// When the server does not answer, or what it answers cannot be understood.
pub(super) async fn fetch(
    admin: &mut Admin,
    products: &[u64],
    asked_total: u32,
    client: &ClientAccount,
    (bell, rows): (Bell, &Rc<Cell<u64>>),
) -> anyhow::Result<ServerAccount> {
    let mut before = Vec::new();
    for product in products {
        before.push(admin.product(*product).await?);
    }
    let mut products = lists(admin, products, rows).await?;
    for (rows, before) in products.iter_mut().zip(before) {
        let after = admin.product(rows.product_id).await?;
        rows.asked_total = asked_total;
        rows.at_rest = after.version == before.version;
        rows.counters =
            Counters { total: after.total_stock, held: after.held_stock, sold: after.sold_stock };
    }
    let strays = strays(admin, &products, client).await?;
    if let Some(first) = products.first_mut() {
        first.payments.extend(strays);
    }
    let audit = audit(admin, &products).await?;
    let read_ms = u32::try_from(bell.elapsed_us() / 1000).unwrap_or(u32::MAX);
    Ok(ServerAccount { products, audit, read_ms })
}

/// A list of one product.
#[derive(Clone, Copy)]
enum List {
    Holds,
    Orders,
    Payments,
    Journal,
}

/// The lists that are still to be read, and what was read.
struct Reading {
    jobs: RefCell<Vec<(usize, List)>>,
    products: RefCell<Vec<ProductRows>>,
    rows: Rc<Cell<u64>>,
}

async fn lists(
    admin: &Admin,
    products: &[u64],
    rows: &Rc<Cell<u64>>,
) -> anyhow::Result<Vec<ProductRows>> {
    let kinds = [List::Payments, List::Orders, List::Holds, List::Journal];
    let jobs = kinds.iter().flat_map(|list| (0..products.len()).map(|place| (place, *list)));
    let empty = |id: &u64| ProductRows { product_id: *id, ..ProductRows::default() };
    let reading = Rc::new(Reading {
        jobs: RefCell::new(jobs.collect()),
        products: RefCell::new(products.iter().map(empty).collect()),
        rows: rows.clone(),
    });
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        readers.spawn_local(reading.clone().work(admin.another()));
    }
    while let Some(read) = readers.join_next().await {
        read.map_err(|_| anyhow!("a reader panicked"))??;
    }
    Ok(reading.products.take())
}

impl Reading {
    async fn work(self: Rc<Self>, mut admin: Admin) -> anyhow::Result<()> {
        loop {
            let job = self.jobs.borrow_mut().pop();
            let Some((place, list)) = job else { return Ok(()) };
            let id = self.products.borrow()[place].product_id;
            match list {
                List::Holds => {
                    let path = format!("/api/holds?product_id={id}");
                    let holds = self.walk(&mut admin, &path, HoldJson::row).await?;
                    self.products.borrow_mut()[place].holds = holds;
                }
                List::Orders => {
                    let path = format!("/api/orders?product_id={id}");
                    let orders = self.walk(&mut admin, &path, OrderJson::row).await?;
                    self.products.borrow_mut()[place].orders = orders;
                }
                List::Payments => {
                    let path = format!("/api/payments?product_id={id}");
                    let number = admin.requests.clone();
                    let row = |json: PaymentJson| json.row(number.event_number(&json.event_id));
                    let payments = self.walk(&mut admin, &path, row).await?;
                    self.products.borrow_mut()[place].payments = payments;
                }
                List::Journal => {
                    let path = format!("/api/products/{id}/journal?");
                    let number = admin.requests.clone();
                    let row = |json: JournalJson| {
                        json.row(json.event_id.as_deref().and_then(|id| number.event_number(id)))
                    };
                    let journal = self.walk(&mut admin, &path, row).await?;
                    self.products.borrow_mut()[place].journal = journal;
                }
            }
        }
    }

    /// All rows of a list.
    async fn walk<J: DeserializeOwned, R>(
        &self,
        admin: &mut Admin,
        path: &str,
        row: impl Fn(J) -> Option<R>,
    ) -> anyhow::Result<Vec<R>> {
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let next = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let page: Page<J> = admin.get(&format!("{path}&limit={PAGE_ROWS}{next}")).await?;
            self.rows.set(self.rows.get() + page.data.len() as u64);
            for json in page.data {
                rows.push(row(json).with_context(|| format!("{path}: a row is not understood"))?);
            }
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(rows),
            }
        }
    }
}

/// Events that were taken and that no product's list has: those of orders that never came about.
async fn strays(
    admin: &mut Admin,
    products: &[ProductRows],
    client: &ClientAccount,
) -> anyhow::Result<Vec<PaymentRow>> {
    let listed: HashSet<u64> = products
        .iter()
        .flat_map(|product| &product.payments)
        .filter_map(|payment| payment.event)
        .collect();
    let orders = lookups(&client.deliveries, &listed)?;
    let mut strays = Vec::new();
    for order_id in orders {
        let path = format!("/api/payments?order_id={order_id}&limit={PAGE_ROWS}");
        let page: Page<PaymentJson> = admin.get(&path).await?;
        let requests = &admin.requests;
        let rows = page.data.iter().map(|json| json.row(requests.event_number(&json.event_id)));
        strays.extend(
            rows.flatten().filter(|row| row.event.is_none_or(|event| !listed.contains(&event))),
        );
    }
    Ok(strays)
}

/// The orders whose events are looked for one by one. What was taken must be found, so all of
/// those; of what may or must not be there as many as there is room for.
fn lookups(deliveries: &[Delivery], listed: &HashSet<u64>) -> anyhow::Result<Vec<Uuid>> {
    let missing = || deliveries.iter().filter(|delivery| !listed.contains(&delivery.event));
    let taken = missing().filter(|delivery| delivery.is_taken());
    let mut seen = HashSet::new();
    let mut orders: Vec<Uuid> =
        taken.map(|delivery| delivery.order_id).filter(|id| seen.insert(*id)).collect();
    if orders.len() > MAX_SINGLE_LOOKUPS {
        bail!(
            "payments of {} orders were taken that no list has; {MAX_SINGLE_LOOKUPS} at most can \
             be looked for one by one",
            orders.len(),
        );
    }
    let rest = missing().map(|delivery| delivery.order_id).filter(|id| seen.insert(*id));
    orders.extend(rest.take(MAX_SINGLE_LOOKUPS - orders.len()));
    Ok(orders)
}

async fn audit(admin: &mut Admin, products: &[ProductRows]) -> anyhow::Result<AuditFindings> {
    let audit: AuditJson = admin.get("/api/audit").await?;
    let mut findings = AuditFindings::default();
    for violation in audit.violations {
        let ours = violation
            .product_id
            .is_none_or(|id| products.iter().any(|product| product.product_id == id));
        if ours {
            let ViolationJson { rule, expected, found, detail, .. } = violation;
            let text = format!("rule {rule}: {detail}; expected {expected}, found {found}");
            findings.ours.push(text);
        } else {
            findings.elsewhere += 1;
        }
    }
    if !audit.ok && findings == AuditFindings::default() {
        findings.ours.push("it is not ok, and does not say why".to_owned());
    }
    Ok(findings)
}

/// The units of all these products.
pub(super) async fn stock(admin: &mut Admin, products: &[u64]) -> anyhow::Result<Stock> {
    let mut sum = Stock::default();
    for product in products {
        let state = admin.product(*product).await?;
        sum.available += u64::from(state.available_stock);
        sum.held += u64::from(state.held_stock);
        sum.sold += u64::from(state.sold_stock);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use doorbuster_engine::OrderStatus;

    use super::*;
    use crate::bench::account::{DeliveryAnswer, DeliveryResult};

    /// As many deliveries of events of their own, each for an order of its own, from this event on.
    fn deliveries(count: usize, from: u64, answer: DeliveryAnswer) -> Vec<Delivery> {
        let delivery = |event: u64| Delivery {
            event,
            order_id: Uuid::from_u128(event.into()),
            paid: true,
            answer,
        };
        (from..).take(count).map(delivery).collect()
    }

    #[test]
    fn what_was_taken_is_looked_for_or_the_run_cannot_be_judged() {
        let (result, order) = (DeliveryResult::Stored, Some(OrderStatus::Pending));
        let taken = DeliveryAnswer::Taken { result, order };
        let lookup = |heard: &[Delivery], listed: &[u64]| {
            lookups(heard, &listed.iter().copied().collect()).map(|orders| orders.len()).ok()
        };
        let most = MAX_SINGLE_LOOKUPS;
        for (taken_count, refused_count, listed, expected) in [
            (3, 0, vec![], Some(3)),
            (3, 2, vec![0, 1], Some(3)),
            (most, 0, vec![], Some(most)),
            (most + 1, 0, vec![], None),
            (most + 1, 0, vec![7], Some(most)),
            (2, most, vec![], Some(most)),
        ] {
            let refused = deliveries(refused_count, 1_000_000, DeliveryAnswer::Refused);
            let mut heard = [refused, deliveries(taken_count, 0, taken)].concat();
            heard.extend(heard.clone()); // each twice, which costs nothing
            let case = format!("{taken_count} {refused_count} {listed:?}");
            assert_eq!(lookup(&heard, &listed), expected, "{case}");
            if let Ok(orders) = lookups(&heard, &listed.iter().copied().collect()) {
                let first = orders.iter().take(taken_count - listed.len());
                let refused = Uuid::from_u128(1_000_000);
                assert!(first.into_iter().all(|id| *id < refused), "{case}: taken ones go first");
            }
        }
    }
}
