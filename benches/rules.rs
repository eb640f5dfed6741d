//! Micro-benchmarks of the rules: what one decision costs, without store, engine or HTTP.
//!
//! `cargo bench -p doorbuster-domain`
//!
//! Each decides a batch and settles the ledger, with and without a crowd of live holds in it.

#[path = "workload.rs"]
mod workload;

use std::cell::{Cell, RefCell};

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use doorbuster_domain::{
    Command, Effect, Hold, HoldId, Ledger, Order, OrderId, Outcome, ProductId, Seconds, Timestamp,
    decide,
};
use uuid::Uuid;

/// Commands decided together.
const BATCH: usize = 256;

/// How many holds are live already.
const LIVE: [usize; 2] = [0, 100_000];

const NOW: Timestamp = Timestamp::from_millis(1_795_770_000_000);

fn main() {
    divan::main();
}

#[divan::bench(args = LIVE)]
fn place_hold(bencher: Bencher<'_, '_>, live: usize) {
    let sale = Sale::with_live_holds(live);
    sale.measure(bencher, || sale.clicks());
}

#[divan::bench(args = LIVE)]
fn create_order(bencher: Bencher<'_, '_>, live: usize) {
    let sale = Sale::with_live_holds(live);
    sale.measure(bencher, || sale.orders());
}

#[divan::bench(args = LIVE)]
fn record_payment(bencher: Bencher<'_, '_>, live: usize) {
    let sale = Sale::with_live_holds(live);
    sale.measure(bencher, || sale.payments());
}

/// The holds of a restart: what the store found, put into an empty ledger.
#[divan::bench(args = [100_000])]
fn recover_holds(bencher: Bencher<'_, '_>, live: usize) {
    let sale = Sale::with_live_holds(live);
    let holds: Vec<Hold> = sale.ledger.borrow().holds().cloned().collect();
    bencher.counter(ItemsCount::new(live)).with_inputs(|| holds.clone()).bench_local_values(
        |holds| {
            let mut ledger = Ledger::new();
            holds.into_iter().for_each(|hold| ledger.recover_hold(hold));
            ledger
        },
    );
}

/// One product, and the commands of its buyers.
struct Sale {
    ledger: RefCell<Ledger>,
    product_id: ProductId,
    ids: Cell<u64>,
}

impl Sale {
    fn with_live_holds(live: usize) -> Self {
        let product_id = ProductId::new(1).expect("one is a product id");
        let sale = Self { ledger: RefCell::default(), product_id, ids: Cell::new(0) };
        sale.decide(&[workload::create_product(product_id, Seconds::MAX)]);
        for _ in 0..live.div_ceil(BATCH) {
            sale.decide(&sale.clicks());
        }
        sale
    }

    /// Times the deciding of batches; making them, and what has to happen before, is not timed.
    fn measure(&self, bencher: Bencher<'_, '_>, batch: impl Fn() -> Vec<Command>) {
        bencher.counter(ItemsCount::new(BATCH)).with_inputs(batch).bench_local_refs(|commands| {
            let mut ledger = self.ledger.borrow_mut();
            for command in commands {
                let outcome = decide(&mut ledger, NOW, black_box(command));
                assert!(black_box(outcome).is_ok());
            }
            ledger.settle();
        });
    }

    fn clicks(&self) -> Vec<Command> {
        let click = || workload::place_hold(self.product_id, HoldId::new(self.fresh()));
        std::iter::repeat_with(click).take(BATCH).collect()
    }

    fn orders(&self) -> Vec<Command> {
        let placed = self.decide(&self.clicks());
        let order = |hold: &Hold| workload::create_order(hold.id, OrderId::new(self.fresh()));
        placed.iter().filter_map(hold).map(order).collect()
    }

    fn payments(&self) -> Vec<Command> {
        let ordered = self.decide(&self.orders());
        ordered.iter().filter_map(order).map(workload::pay).collect()
    }

    fn decide(&self, commands: &[Command]) -> Vec<Outcome> {
        let mut ledger = self.ledger.borrow_mut();
        let outcomes = commands.iter().map(|command| decide(&mut ledger, NOW, command)).collect();
        ledger.settle();
        outcomes
    }

    /// An id in the layout of version 7, in order of time like those of the engine.
    fn fresh(&self) -> Uuid {
        let id = self.ids.replace(self.ids.get() + 1);
        Uuid::from_u64_pair(id, id.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

fn hold(outcome: &Outcome) -> Option<&Hold> {
    let Ok(Effect::Hold { hold, .. }) = outcome else { return None };
    Some(hold)
}

fn order(outcome: &Outcome) -> Option<&Order> {
    let Ok(Effect::Order { order, .. }) = outcome else { return None };
    Some(order)
}
