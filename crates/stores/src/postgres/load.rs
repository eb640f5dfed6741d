//! Loading: the rows that a batch can touch, into the ledger.

use std::collections::BTreeMap;

use doorbuster_domain::{
    CustomerId, Hold, HoldState, Ledger, Order, OrderState, ProductId, Timestamp,
};
use tokio_postgres::Row;

use super::connection::{Connection, Params, Request, SendError, column};
use super::row::{self, Columns, Damaged, StoredProduct};
use super::sql::Name;
use super::wanted::{Wanted, number};
use super::write::NextDeadline;

/// How many products with something overdue one batch takes on, beside those that it is about.
const DUE_PRODUCTS: i64 = 64;

/// How many overdue rows of each of them are read at least, and how many of them there are at least
/// to choose from.
const LEAST: i64 = 16;

/// Why a batch could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Send(#[from] SendError),
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

/// Whose deadlines a lane looks after, and whose clock counts.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    pub(super) lane: i64,
    pub(super) lanes: i64,
    /// The caller's time, where that one counts instead of the database's.
    pub(super) now: Option<Timestamp>,
}

/// What was loaded beside the ledger.
#[derive(Default)]
pub(super) struct Loaded {
    /// Whether something was overdue, which takes another exchange, and time.
    pub(super) was_due: bool,
    pub(super) now: Timestamp,
    /// The products that are locked.
    pub(super) locked: BTreeMap<ProductId, StoredProduct>,
    /// When the first of a product's rows that are not in the ledger falls due.
    pub(super) elsewhere: BTreeMap<ProductId, Option<Timestamp>>,
}

impl Loaded {
    /// The next deadlines as the ledger leaves them.
    pub(super) fn deadlines(&self, ledger: &Ledger) -> BTreeMap<ProductId, NextDeadline> {
        let next = |(id, elsewhere): (&ProductId, &Option<Timestamp>)| {
            let at = [*elsewhere, ledger.product_deadline(*id)].into_iter().flatten().min();
            (*id, NextDeadline { at, replaces: true })
        };
        self.elsewhere.iter().map(next).collect()
    }
}

/// Begins a transaction, locks what the commands can touch and reads it: one exchange with the
/// server, or two where something is overdue.
pub(super) async fn load<'w>(
    connection: &Connection,
    wanted: &'w Wanted<'_>,
    turn: Turn,
    ledger: &mut Ledger,
    mut requests: Vec<Request<'w>>,
) -> Result<Loaded, Failure> {
    let given: Option<i64> = turn.now.map(Timestamp::as_millis);
    requests.push((Name::Begin, Vec::new()));
    wanted.locks(given, &mut requests);
    if let Some(limit) = wanted.expire {
        let most = DUE_PRODUCTS.min(i64::try_from(limit).unwrap_or(i64::MAX).max(LEAST));
        let params: Params<'static> =
            vec![Box::new(given), Box::new(turn.lane), Box::new(turn.lanes), Box::new(most)];
        requests.push((Name::LockDue, params));
    }
    wanted.reads(&mut requests);

    let names: Vec<_> = requests.iter().map(|(name, _)| *name).collect();
    let answers = connection.send(requests).await?;
    let mut loading = Loading { ledger, loaded: Loaded::default() };
    for (name, rows) in names.into_iter().zip(answers) {
        loading.take(name, &rows)?;
    }
    let due = loading.due();
    if !due.is_empty() {
        let share = wanted.expire.map_or(0, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let share = (share / i64::try_from(due.len()).unwrap_or(1).max(1)).max(LEAST);
        let most: Vec<_> = due.iter().map(|id| loading.most(wanted, *id).max(share)).collect();
        let requests = loading.overdue(wanted, &due, &most);
        let names: Vec<_> = requests.iter().map(|(name, _)| *name).collect();
        let answers = connection.send(requests).await?;
        loading.loaded.was_due = true;
        loading.take_overdue(due.into_iter().zip(most), names.into_iter().zip(answers))?;
    }
    Ok(loading.loaded)
}

/// What the rows of a statement are.
enum Kind {
    LockedWithTime,
    Locked,
    Product,
    Request,
    Event,
    Customer,
    Hold,
    Order,
    Nothing,
}

impl Kind {
    #[expect(clippy::wildcard_enum_match_arm, reason = "most statements return no rows to take")]
    const fn of(name: Name) -> Self {
        match name {
            Name::LockProducts | Name::LockRows => Self::LockedWithTime,
            Name::LockDue => Self::Locked,
            Name::OtherProducts => Self::Product,
            Name::Requests => Self::Request,
            Name::Events => Self::Event,
            Name::Customers => Self::Customer,
            Name::Holds | Name::OverdueHolds | Name::OverdueHoldsOfCustomers => Self::Hold,
            Name::Orders | Name::OverdueOrders | Name::OverdueOrdersOfCustomers => Self::Order,
            _ => Self::Nothing,
        }
    }
}

struct Loading<'l> {
    ledger: &'l mut Ledger,
    loaded: Loaded,
}

impl Loading<'_> {
    /// Takes the rows that a statement returned.
    fn take(&mut self, name: Name, rows: &[Row]) -> Result<(), Damaged> {
        for row in rows {
            match Kind::of(name) {
                Kind::Locked => self.locked(row)?,
                Kind::LockedWithTime => {
                    self.loaded.now = Columns::at(row, row.len().saturating_sub(1)).time()?;
                    if Columns::of(row).raw::<Option<i64>>()?.is_some() {
                        self.locked(row)?;
                    }
                }
                Kind::Product => {
                    let StoredProduct { product, .. } = row::product(row)?;
                    if self.ledger.product(product.id).is_none() {
                        self.ledger.recover_product(product);
                    }
                }
                Kind::Request => self.ledger.fetched_request(row::request(row)?),
                Kind::Event => self.ledger.fetched_event(row::event(&mut Columns::of(row))?),
                Kind::Customer => {
                    let (product_id, customer_id, units) = row::customer(&mut Columns::of(row))?;
                    self.customer(product_id, Some(customer_id), Some(units));
                }
                Kind::Hold => self.hold(row)?,
                Kind::Order => self.order(row)?,
                Kind::Nothing => {}
            }
        }
        Ok(())
    }

    fn locked(&mut self, row: &Row) -> Result<(), Damaged> {
        let stored = row::product(row)?;
        let id = stored.product.id;
        self.ledger.recover_product(stored.product.clone());
        self.loaded.elsewhere.insert(id, stored.next_deadline);
        self.loaded.locked.insert(id, stored);
        Ok(())
    }

    fn hold(&mut self, row: &Row) -> Result<(), Damaged> {
        let c = &mut Columns::of(row);
        let hold: Hold = row::hold(c)?;
        let units = c.raw::<Option<i64>>()?;
        if self.ledger.hold(hold.id).is_some() {
            return Ok(());
        }
        self.customer(hold.product_id, hold.customer_id.clone(), counted(units));
        match hold.state {
            HoldState::Active => self.ledger.recover_hold(hold),
            HoldState::Used { .. } | HoldState::Released | HoldState::Expired => {
                self.ledger.fetched_hold(hold);
            }
        }
        Ok(())
    }

    fn order(&mut self, row: &Row) -> Result<(), Damaged> {
        let c = &mut Columns::of(row);
        let order: Order = row::order(c)?;
        let units = c.raw::<Option<i64>>()?;
        if self.ledger.order(order.id).is_some() {
            return Ok(());
        }
        self.customer(order.product_id, order.customer_id.clone(), counted(units));
        if order.state == OrderState::Pending {
            self.ledger.recover_order(order);
        } else {
            self.ledger.fetched_order(order);
        }
        Ok(())
    }

    fn customer(
        &mut self,
        product_id: ProductId,
        customer_id: Option<CustomerId>,
        units: Option<u32>,
    ) {
        if let (Some(customer_id), Some(units)) = (customer_id, units)
            && !self.ledger.knows_customer(product_id, &customer_id)
        {
            self.ledger.recover_customer(product_id, customer_id, units);
        }
    }

    /// The locked products of which something may be overdue.
    fn due(&self) -> Vec<i64> {
        let now = self.loaded.now;
        let is_due = |stored: &&StoredProduct| stored.next_deadline.is_some_and(|at| at <= now);
        let due = self.loaded.locked.values().filter(is_due);
        due.map(|stored| number(stored.product.id)).collect()
    }

    /// What to ask for about products of which something may be overdue, in order.
    fn overdue<'w>(
        &'w self,
        wanted: &'w Wanted<'_>,
        due: &'w [i64],
        most: &'w [i64],
    ) -> Vec<Request<'w>> {
        let now = self.loaded.now.as_millis();
        let mut requests: Vec<Request<'w>> = Vec::new();
        for name in [Name::OverdueHolds, Name::OverdueOrders] {
            requests.push((name, vec![Box::new(due), Box::new(most), Box::new(now)]));
        }
        // A customer's own overdue units count against their limit.
        let asked = wanted.customers().iter().copied();
        let of_orders = self.ledger.orders().filter_map(|order| {
            Some((number(order.product_id), order.customer_id.as_ref()?.as_str()))
        });
        let is_due = |(id, _): &(i64, &str)| due.binary_search(id).is_ok();
        let mut customers: Vec<_> = asked.chain(of_orders).filter(is_due).collect();
        customers.sort_unstable();
        customers.dedup();
        if !customers.is_empty() {
            for name in [Name::OverdueHoldsOfCustomers, Name::OverdueOrdersOfCustomers] {
                let products = column(&customers, |(product, _)| product);
                let names = column(&customers, |(_, customer)| customer);
                requests.push((name, vec![products, names, Box::new(now)]));
            }
        }
        requests.push((Name::NextDeadlines, vec![Box::new(due), Box::new(now)]));
        requests
    }

    /// How many overdue rows of a product the batch may have to expire at most.
    fn most(&self, wanted: &Wanted<'_>, product_id: i64) -> i64 {
        let retaken = self.ledger.orders().filter(|order| number(order.product_id) == product_id);
        let retaken: i64 = retaken.map(|order| i64::from(order.qty.get())).sum();
        wanted.overdue_rows(product_id).saturating_add(retaken)
    }

    fn take_overdue(
        &mut self,
        due: impl Iterator<Item = (i64, i64)>,
        answers: impl Iterator<Item = (Name, Vec<Row>)>,
    ) -> Result<(), Damaged> {
        let mut found: BTreeMap<(i64, bool), i64> = BTreeMap::new();
        let mut next: BTreeMap<i64, Option<Timestamp>> = BTreeMap::new();
        for (name, rows) in answers {
            for row in &rows {
                if name == Name::NextDeadlines {
                    let c = &mut Columns::of(row);
                    next.insert(c.raw()?, c.optional_time()?);
                } else if name == Name::OverdueHolds {
                    *found.entry((Columns::at(row, 1).raw()?, false)).or_default() += 1;
                } else if name == Name::OverdueOrders {
                    *found.entry((Columns::at(row, 2).raw()?, true)).or_default() += 1;
                }
            }
            self.take(name, &rows)?;
        }
        for (number, most) in due {
            // Where there may be more that are overdue, the old deadline stays, which has passed.
            let found = |orders| found.get(&(number, orders)).copied().unwrap_or(0);
            let all = found(false) < most && found(true) < most;
            if let (true, Some(id), Some(next)) = (all, product_id(number), next.get(&number)) {
                self.loaded.elsewhere.insert(id, *next);
            }
        }
        Ok(())
    }
}

fn product_id(number: i64) -> Option<ProductId> {
    ProductId::new(number.try_into().ok()?)
}

fn counted(units: Option<i64>) -> Option<u32> {
    units.and_then(|units| units.try_into().ok())
}
