//! The plan, carried out: by the same commands as any sale, in the order of the old times, so that
//! the rows and the journal are what they would be had it all happened here.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use doorbuster_domain::{
    ChangeProduct, Command, CreateOrder, CreateProduct, EventKey, HoldId, NewOrderId, OrderId,
    Outcome, PaymentReport, PlaceHold, Price, ProductId, Provider, RefundOrder, Refusal, Seconds,
    StockChange, Terms, Timestamp, TotalStock, decide,
};
use doorbuster_engine::Store as _;
use doorbuster_stores::sqlite::SqliteStore;
use tokio::runtime::{self, Runtime};

use super::plan::{Choices, Fate, LiveHold, Plan, Purchase, Report, Shelf};

/// How many commands are committed at once: enough that the disk is not what it waits for.
const BATCH: usize = 4_096;

/// One command of a story, and when.
type Step<'p> = (Timestamp, Act<'p>);

enum Act<'p> {
    Place,
    Order,
    Report(&'p Report),
    Cancel,
    Refund,
}

/// Something that has an order in time within itself.
#[derive(Clone, Copy)]
enum Story<'p> {
    Order(&'p Purchase),
    Hold(&'p LiveHold),
    Stray(OrderId, &'p Report),
}

impl<'p> Story<'p> {
    /// What happens before the import, the earliest first.
    fn steps(self, now: Timestamp) -> Vec<Step<'p>> {
        match self {
            Self::Order(order) => purchase_steps(order, now),
            Self::Hold(hold) if hold.fits => vec![(hold.placed_at, Act::Place)],
            Self::Hold(_) => Vec::new(),
            Self::Stray(_, report) => vec![(report.at, Act::Report(report))],
        }
    }
}

fn purchase_steps(order: &Purchase, now: Timestamp) -> Vec<Step<'_>> {
    let reports = || order.reports.iter().map(|report| (report.at, Act::Report(report)));
    let mut steps = vec![(order.placed_at, Act::Place), (order.ordered_at, Act::Order)];
    match order.fate {
        Fate::Paid => {
            steps.extend(reports());
            if order.refunded {
                steps.push((order.ended_at, Act::Refund));
            }
        }
        // Its payment comes when the units are gone for good: see `late_steps`.
        Fate::RefundDue => steps.push((order.ordered_at, Act::Cancel)),
        Fate::Pending => steps.extend(reports()),
        Fate::GivenUp => {
            steps.extend(reports());
            steps.push((now, Act::Cancel));
        }
        Fate::Cancelled => {
            steps.extend(reports());
            steps.push((order.ended_at, Act::Cancel));
        }
        Fate::Expired => {
            steps.push((order.ordered_at.plus_seconds(order.payment_seconds), Act::Cancel));
            steps.extend(reports());
        }
    }
    let mut at = order.placed_at;
    for step in &mut steps {
        step.0 = step.0.max(at);
        at = step.0;
    }
    steps
}

/// What happens when all units that there are have been given out.
fn late_steps(order: &Purchase) -> Vec<Step<'_>> {
    match order.fate {
        Fate::RefundDue => {
            let reports = order.reports.iter().map(|report| (report.at, Act::Report(report)));
            let refund = order.refunded.then_some((order.ended_at, Act::Refund));
            reports.chain(refund).collect()
        }
        Fate::Paid | Fate::Pending | Fate::GivenUp | Fate::Cancelled | Fate::Expired => Vec::new(),
    }
}

/// Calls `take` with all steps of all stories, the earliest first.
fn in_order<'p>(
    stories: &[Story<'p>],
    now: Timestamp,
    mut take: impl FnMut(Story<'p>, Step<'p>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let next = |story: usize, step: usize| {
        let step_at = stories[story].steps(now).get(step).map(|(at, _)| *at);
        step_at.map(|at| Reverse((at, story, step)))
    };
    let mut waiting: BinaryHeap<_> = (0..stories.len()).filter_map(|i| next(i, 0)).collect();
    while let Some(Reverse((_, story, step))) = waiting.pop() {
        if let Some(taken) = stories[story].steps(now).into_iter().nth(step) {
            take(stories[story], taken)?;
        }
        waiting.extend(next(story, step + 1));
    }
    Ok(())
}

/// What was true of a product at the time.
#[derive(Clone, Copy)]
struct Then {
    first: Timestamp,
    held: u64,
    /// The most units that were ever held and sold at once.
    most: u64,
    price: Price,
    hold_seconds: Seconds,
    payment_seconds: Seconds,
}

/// Carries `plan` out on a new file at `path`.
pub(super) fn replay(plan: &Plan, choices: &Choices, path: &Path) -> anyhow::Result<()> {
    let orders = plan.orders.iter().map(Story::Order);
    let strays = plan.strays.iter().map(|(order, report)| Story::Stray(*order, report));
    let stories: Vec<Story<'_>> =
        orders.chain(plan.holds.iter().map(Story::Hold)).chain(strays).collect();
    let mut replay = Replay::begin(plan, choices, path)?;
    replay.survey(&stories)?;
    replay.open()?;
    in_order(&stories, choices.now, |story, step| replay.step(story, &step))?;
    replay.close()?;
    for order in &plan.orders {
        for step in late_steps(order) {
            replay.step(Story::Order(order), &step)?;
        }
    }
    replay.end()
}

struct Replay<'p> {
    plan: &'p Plan,
    choices: &'p Choices,
    then: Vec<Then>,
    store: SqliteStore,
    runtime: Runtime,
    commands: Vec<Command>,
    times: Vec<Timestamp>,
}

impl<'p> Replay<'p> {
    fn begin(plan: &'p Plan, choices: &'p Choices, path: &Path) -> anyhow::Result<Self> {
        let (store, _reader) = SqliteStore::open(path)?;
        let then = |shelf: &Shelf| Then {
            first: shelf.row.created_at.unwrap_or(choices.now),
            held: 0,
            most: 0,
            price: shelf.row.terms.price,
            hold_seconds: choices.hold_seconds,
            payment_seconds: choices.payment_seconds,
        };
        Ok(Self {
            plan,
            choices,
            then: plan.products.iter().map(then).collect(),
            store,
            runtime: runtime::Builder::new_current_thread().build()?,
            commands: Vec::with_capacity(BATCH),
            times: Vec::with_capacity(BATCH),
        })
    }

    /// Finds out when each product begins, and how many units it must have had.
    fn survey(&mut self, stories: &[Story<'p>]) -> anyhow::Result<()> {
        in_order(stories, self.choices.now, |story, (at, act)| {
            let (shelf, qty, keeps) = match story {
                Story::Order(order) => {
                    let keeps = matches!(order.fate, Fate::Paid);
                    (order.shelf, order.qty, keeps)
                }
                Story::Hold(hold) => (hold.shelf, hold.qty, true),
                Story::Stray(..) => return Ok(()),
            };
            let then = &mut self.then[shelf];
            then.first = then.first.min(at);
            match act {
                Act::Place => then.held += u64::from(qty.get()),
                // A paid order that failed before takes the same units again.
                Act::Cancel if !keeps => then.held -= u64::from(qty.get()),
                Act::Order | Act::Report(_) | Act::Cancel | Act::Refund => {}
            }
            then.most = then.most.max(then.held);
            Ok(())
        })
    }

    /// Puts the products on sale as they must have been at first.
    fn open(&mut self) -> anyhow::Result<()> {
        for (place, shelf) in self.plan.products.iter().enumerate() {
            let then = self.then[place];
            let row = &shelf.row;
            let terms = Terms {
                code: row.terms.code.clone(),
                currency: row.terms.currency,
                hold_seconds: then.hold_seconds,
                payment_seconds: then.payment_seconds,
                ..Terms::new(row.terms.name.clone(), row.terms.price)
            };
            let most = u32::try_from(then.most).ok().and_then(TotalStock::new);
            let most = most.with_context(|| format!("product {}: too many units", row.id))?;
            let total = shelf.total.max(most);
            let create = CreateProduct { id: Some(row.id), terms, total };
            self.put(then.first, Command::CreateProduct(create))?;
        }
        Ok(())
    }

    /// Makes the products what they are to be from now on.
    fn close(&mut self) -> anyhow::Result<()> {
        for (place, shelf) in self.plan.products.iter().enumerate() {
            let then = self.then[place];
            let terms = &shelf.row.terms;
            let had = shelf.total.get().max(u32::try_from(then.most).unwrap_or(u32::MAX));
            let stock = (had != shelf.total.get()).then_some(StockChange::SetTotal(shelf.total));
            // These were never any other than they are here by now.
            let (hold, payment) = (self.choices.hold_seconds, self.choices.payment_seconds);
            let change = ChangeProduct {
                price: (then.price != terms.price).then_some(terms.price),
                hold_seconds: (then.hold_seconds != hold).then_some(hold),
                payment_seconds: (then.payment_seconds != payment).then_some(payment),
                opens_at: terms.opens_at.map(Some),
                closes_at: terms.closes_at.map(Some),
                paused: terms.paused.then_some(true),
                max_per_customer: terms.max_per_customer.map(Some),
                stock,
                ..ChangeProduct::of(shelf.row.id)
            };
            if change != ChangeProduct::of(shelf.row.id) {
                self.put(self.choices.now, Command::ChangeProduct(change))?;
            }
        }
        Ok(())
    }

    fn step(&mut self, story: Story<'p>, (at, act): &Step<'p>) -> anyhow::Result<()> {
        let at = *at;
        let command = match (story, act) {
            (Story::Hold(hold), _) => {
                let price = self.plan.products[hold.shelf].row.terms.price;
                self.terms(at, hold.shelf, price, hold.seconds, None)?;
                self.place(hold.hold_id, hold.shelf, hold.qty, hold.customer_id.clone())
            }
            (Story::Order(order), Act::Place) => {
                self.terms(at, order.shelf, order.unit_price, order.hold_seconds, None)?;
                self.place(order.hold_id, order.shelf, order.qty, order.customer_id.clone())
            }
            (Story::Order(order), Act::Order) => {
                let then = self.then[order.shelf];
                let payment = Some(order.payment_seconds);
                self.terms(at, order.shelf, then.price, then.hold_seconds, payment)?;
                Command::CreateOrder(CreateOrder {
                    hold_id: order.hold_id,
                    order_id: NewOrderId::Chosen(order.order_id),
                    idempotency_key: None,
                })
            }
            (Story::Order(order), Act::Report(report)) => paid_or_failed(order.order_id, report),
            (Story::Order(order), Act::Cancel) => Command::CancelOrder(order.order_id),
            (Story::Order(order), Act::Refund) => {
                Command::RefundOrder(RefundOrder { order_id: order.order_id, restock: false })
            }
            (Story::Stray(order_id, report), _) => paid_or_failed(order_id, report),
        };
        self.put(at, command)
    }

    fn place(
        &self,
        hold_id: HoldId,
        shelf: usize,
        qty: doorbuster_domain::Quantity,
        customer_id: Option<doorbuster_domain::CustomerId>,
    ) -> Command {
        let product_id = self.plan.products[shelf].row.id;
        let idempotency_key = None;
        Command::PlaceHold(PlaceHold { hold_id, product_id, qty, customer_id, idempotency_key })
    }

    /// Sees to it that the product has the terms which the next row had.
    fn terms(
        &mut self,
        at: Timestamp,
        shelf: usize,
        price: Price,
        hold: Seconds,
        payment: Option<Seconds>,
    ) -> anyhow::Result<()> {
        let then = &mut self.then[shelf];
        let payment = payment.unwrap_or(then.payment_seconds);
        if (then.price, then.hold_seconds, then.payment_seconds) == (price, hold, payment) {
            return Ok(());
        }
        (then.price, then.hold_seconds, then.payment_seconds) = (price, hold, payment);
        let product_id: ProductId = self.plan.products[shelf].row.id;
        let change = ChangeProduct {
            price: Some(price),
            hold_seconds: Some(hold),
            payment_seconds: Some(payment),
            ..ChangeProduct::of(product_id)
        };
        self.put(at, Command::ChangeProduct(change))
    }

    fn put(&mut self, at: Timestamp, command: Command) -> anyhow::Result<()> {
        self.commands.push(command);
        self.times.push(at);
        if self.commands.len() >= BATCH { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> anyhow::Result<()> {
        let Self { store, runtime, commands, times, choices, .. } = self;
        runtime.block_on(store.load(choices.now, commands))?;
        for (command, at) in commands.iter().zip(times.iter()) {
            let outcome = decide(store.ledger(), *at, command);
            expected(command, outcome)?;
        }
        if let Some(contradiction) = store.ledger().contradiction() {
            bail!("{contradiction}");
        }
        runtime.block_on(store.commit())?;
        store.ledger().settle();
        commands.clear();
        times.clear();
        Ok(())
    }

    /// Commits the rest, and leaves the file as a server does that was idle for long.
    fn end(mut self) -> anyhow::Result<()> {
        self.commit()?;
        let tidied = |error| anyhow!("tidying the new database: {error}");
        while self.runtime.block_on(self.store.tidy()).map_err(tidied)? {}
        Ok(())
    }
}

/// A plan asks for nothing that the rules refuse.
fn expected(command: &Command, outcome: Outcome) -> anyhow::Result<()> {
    match (command, outcome) {
        (_, Ok(_)) => Ok(()),
        // It had ended already: by its event, or at this very deadline.
        (Command::CancelOrder(_), Err(Refusal::OrderNotPending { .. })) => Ok(()),
        (command, Err(refusal)) => bail!("{command:?} was refused: {refusal}"),
    }
}

fn paid_or_failed(order_id: OrderId, report: &Report) -> Command {
    Command::RecordPayment(PaymentReport {
        key: EventKey { provider: Provider::Generic, event_id: report.id.clone() },
        order_id,
        kind: report.kind,
        amount: None,
        currency: None,
        payload: (&*report.payload).into(),
    })
}
