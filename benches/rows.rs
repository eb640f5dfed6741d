//! Micro-benchmarks of the embedded store: looking rows up, writing a batch, starting again.
//!
//! `cargo bench -p doorbuster-stores`

#[path = "workload.rs"]
mod workload;

use std::cell::RefCell;

use divan::Bencher;
use divan::counter::ItemsCount;
use doorbuster_domain::{
    Command, Effect, HoldId, IdempotencyKey, OrderId, ProductId, Seconds, Timestamp, decide,
};
use doorbuster_engine::{Store, fresh_uuid};
use doorbuster_stores::sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const NOW: Timestamp = Timestamp::from_millis(1_795_770_000_000);

fn main() {
    divan::main();
}

/// A batch of holds: decided, written and flushed to the disk.
#[divan::bench(args = [1, 64, 256, 2_048])]
fn commit_holds(bencher: Bencher<'_, '_>, batch: usize) {
    Shop::new().measure(bencher, batch, |_| clicks(batch, |_| None));
}

/// A batch of orders, each of a hold that was placed before.
#[divan::bench(args = [256])]
fn commit_orders(bencher: Bencher<'_, '_>, batch: usize) {
    Shop::new().measure(bencher, batch, |shop| shop.orders(batch));
}

/// A batch of payments, whose event ids are in no order.
#[divan::bench(args = [256])]
fn commit_payments(bencher: Bencher<'_, '_>, batch: usize) {
    Shop::new().measure(bencher, batch, |shop| shop.payments(batch));
}

/// Loading for a batch of holds without idempotency keys: everything is in memory.
#[divan::bench(args = [256])]
fn load_without_keys(bencher: Bencher<'_, '_>, batch: usize) {
    let shop = Shop::new();
    bencher
        .counter(ItemsCount::new(batch))
        .with_inputs(|| clicks(batch, |_| None))
        .bench_local_refs(|commands| shop.load(commands));
}

/// Loading for a batch of holds with new idempotency keys: each is looked up and not found.
#[divan::bench(args = [256])]
fn load_with_keys(bencher: Bencher<'_, '_>, batch: usize) {
    let shop = Shop::new();
    for number in 0..40 {
        shop.commit(&clicks(batch, |click| Some(format!("old-{number}-{click}"))));
    }
    bencher
        .counter(ItemsCount::new(batch))
        .with_inputs(|| clicks(batch, |click| Some(format!("new-{click}"))))
        .bench_local_refs(|commands| shop.load(commands));
}

/// Opening a file with live holds, as after a crash.
#[divan::bench(args = [100_000], sample_count = 10, sample_size = 1)]
fn recover(bencher: Bencher<'_, '_>, live: usize) {
    let shop = Shop::new();
    for _ in 0..live / 2_000 {
        shop.commit(&clicks(2_000, |_| None));
    }
    let Shop { store, folder, .. } = shop;
    drop(store); // it has locked the file
    let path = folder.path().join("sale.db");
    bencher.counter(ItemsCount::new(live)).bench_local(|| SqliteStore::open(&path).is_ok());
}

/// A store with one product.
struct Shop {
    store: RefCell<SqliteStore>,
    runtime: Runtime,
    folder: TempDir,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is a temporary directory");
        let (store, _) = SqliteStore::open(&folder.path().join("sale.db")).expect("it is new");
        let runtime = Builder::new_current_thread().build().expect("it needs no resources");
        let shop = Self { store: RefCell::new(store), runtime, folder };
        shop.commit(&[workload::create_product(product_id(), Seconds::MAX)]);
        shop
    }

    /// Times the commits of batches; making them, and what has to happen before, is not timed.
    fn measure(
        &self,
        bencher: Bencher<'_, '_>,
        batch: usize,
        commands: impl Fn(&Self) -> Vec<Command>,
    ) {
        bencher
            .counter(ItemsCount::new(batch))
            .with_inputs(|| commands(self))
            .bench_local_values(|commands| self.commit(&commands));
    }

    fn load(&self, commands: &[Command]) {
        let mut store = self.store.borrow_mut();
        self.runtime.block_on(store.load(NOW, commands)).expect("the file is readable");
    }

    fn commit(&self, commands: &[Command]) -> Vec<Effect> {
        self.load(commands);
        let mut store = self.store.borrow_mut();
        let decided = commands.iter().map(|command| decide(store.ledger(), NOW, command));
        let effects = decided.collect::<Result<_, _>>().expect("there are units");
        self.runtime.block_on(store.commit()).expect("the file is writable");
        store.ledger().settle();
        effects
    }

    fn orders(&self, count: usize) -> Vec<Command> {
        let placed = self.commit(&clicks(count, |_| None));
        let order = |effect: &Effect| {
            let Effect::Hold { hold, .. } = effect else { return None };
            Some(workload::create_order(hold.id, OrderId::new(fresh_uuid(NOW))))
        };
        placed.iter().filter_map(order).collect()
    }

    fn payments(&self, count: usize) -> Vec<Command> {
        let ordered = self.commit(&self.orders(count));
        let pay = |effect: &Effect| {
            let Effect::Order { order, .. } = effect else { return None };
            Some(workload::pay(order))
        };
        ordered.iter().filter_map(pay).collect()
    }
}

fn product_id() -> ProductId {
    ProductId::new(1).expect("one is a product id")
}

/// Clicks, each with the idempotency key that `key` gives it.
fn clicks(count: usize, key: impl Fn(usize) -> Option<String>) -> Vec<Command> {
    let click = |number| {
        let mut command = workload::place_hold(product_id(), HoldId::new(fresh_uuid(NOW)));
        if let (Command::PlaceHold(place), Some(key)) = (&mut command, key(number)) {
            place.idempotency_key = IdempotencyKey::new(&key).ok();
        }
        command
    };
    (0..count).map(click).collect()
}
