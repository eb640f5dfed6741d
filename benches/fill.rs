//! A database with a past: many products, and many holds that have ended.
//!
//! The rows are made by the rules themselves (`decide`, then the store's own commit), at a time of
//! their own, so the file is what a server would have left behind, whatever its schema. At the end
//! it is audited. Of ten old holds nine expired and one became a paid order.
//!
//! `fill file=PATH [products=100000] [old=10000000] [live=0] [batch=8192]`
//!
//! Live holds are on the first product and last for 30 days.

#[path = "arguments.rs"]
mod arguments;
#[path = "workload.rs"]
mod workload;

use std::path::PathBuf;

use arguments::Arguments;
use doorbuster_domain::{
    Command, Effect, Hold, HoldId, OrderId, Outcome, ProductId, Seconds, Timestamp, decide,
};
use doorbuster_engine::{Clock, Store, StoreError, fresh_uuid};
use doorbuster_stores::sqlite::{SqliteStore, audit_file};

/// How long ago the past was: long enough to be over, not so long that the server would clean up.
const PAST_MS: i64 = 2 * 24 * 60 * 60 * 1_000;

/// Old holds last this long.
const OLD_HOLD_SECONDS: u32 = 2;

/// One old hold in this many was paid.
const PAID_ONE_IN: usize = 10;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "it tells what it did")]
async fn main() -> Result<(), StoreError> {
    let arguments = Arguments::of_process(&["file", "products", "old", "live", "batch"])?;
    let path: PathBuf = arguments.get("file", PathBuf::new())?;
    let products: usize = arguments.get("products", 100_000)?;
    let old: usize = arguments.get("old", 10_000_000)?;
    let live: usize = arguments.get("live", 0)?;
    let batch = arguments.get("batch", 8_192)?.max(1);

    let clock = Clock::system();
    let (store, _reader) = SqliteStore::open(&path)?;
    let now = Timestamp::from_millis(clock.now().as_millis() - PAST_MS);
    let mut past = Past { store, now, batch };
    let ids = past.create_products(products.max(1)).await?;
    past.sell_out_of_the_past(&ids, old).await?;
    while past.store.tidy().await? {}
    past.now = clock.now();
    past.place(std::iter::repeat_n(ids[0], live)).await?;
    drop(past);
    let report = audit_file(&path)?;
    if !report.is_ok() {
        return Err(format!("the audit found {:?}", report.violations).into());
    }
    println!("{products} products, {old} old holds, {live} live holds in {}", path.display());
    Ok(())
}

/// A store, and the time it is there.
struct Past {
    store: SqliteStore,
    now: Timestamp,
    batch: usize,
}

impl Past {
    /// The first product is for live holds; the others' holds end soon.
    async fn create_products(&mut self, count: usize) -> Result<Vec<ProductId>, StoreError> {
        let ids = (1..).map_while(ProductId::new).take(count).collect::<Vec<_>>();
        let soon = Seconds::new(OLD_HOLD_SECONDS).ok_or("old holds have no length")?;
        let create = |id: ProductId| {
            let seconds = if id == ids[0] { Seconds::MAX } else { soon };
            workload::create_product(id, seconds)
        };
        for ids in ids.chunks(self.batch) {
            self.commit(&ids.iter().copied().map(create).collect::<Vec<_>>()).await?;
        }
        Ok(ids)
    }

    /// Places, pays and expires `count` holds, spread over all products but the first.
    async fn sell_out_of_the_past(
        &mut self,
        ids: &[ProductId],
        count: usize,
    ) -> Result<(), StoreError> {
        let on_sale = ids.get(1..).filter(|rest| !rest.is_empty() || count == 0);
        let on_sale = on_sale.ok_or("old holds need a product besides the first")?;
        let mut done = 0;
        while done < count {
            let holds = self.batch.min(count - done);
            // One product after the other, as sales follow one another.
            let of = |hold: usize| on_sale[hold * on_sale.len() / count];
            let placed = self.place((done..done + holds).map(of)).await?;
            let orders = placed
                .iter()
                .step_by(PAID_ONE_IN)
                .map(|hold| workload::create_order(hold.id, OrderId::new(fresh_uuid(self.now))));
            let orders = self.commit(&orders.collect::<Vec<_>>()).await?;
            let payments = orders.iter().filter_map(payment);
            self.commit(&payments.collect::<Vec<_>>()).await?;
            self.now =
                Timestamp::from_millis(self.now.as_millis() + i64::from(OLD_HOLD_SECONDS) * 1_000);
            self.commit(&[Command::ExpireDue { limit: holds }]).await?;
            done += holds;
        }
        Ok(())
    }

    /// Places a hold on each of these products.
    async fn place(
        &mut self,
        products: impl Iterator<Item = ProductId>,
    ) -> Result<Vec<Hold>, StoreError> {
        let mut placed = Vec::new();
        let mut products = products.peekable();
        while products.peek().is_some() {
            let commands = products.by_ref().take(self.batch).map(|product_id| {
                workload::place_hold(product_id, HoldId::new(fresh_uuid(self.now)))
            });
            let commands = commands.collect::<Vec<_>>();
            placed = self.commit(&commands).await?.into_iter().filter_map(hold).collect();
        }
        Ok(placed)
    }

    /// Decides and commits one batch, of which nothing may be refused.
    async fn commit(&mut self, commands: &[Command]) -> Result<Vec<Outcome>, StoreError> {
        self.store.load(self.now, commands).await?;
        let ledger = self.store.ledger();
        let decided = commands.iter().map(|command| decide(ledger, self.now, command));
        let outcomes = decided.collect::<Vec<_>>();
        if let Some(Err(refusal)) = outcomes.iter().find(|outcome| outcome.is_err()) {
            return Err(refusal.clone().into());
        }
        self.store.commit().await?;
        self.store.ledger().settle();
        Ok(outcomes)
    }
}

fn hold(outcome: Outcome) -> Option<Hold> {
    let Ok(Effect::Hold { hold, .. }) = outcome else { return None };
    Some(hold)
}

fn payment(outcome: &Outcome) -> Option<Command> {
    let Ok(Effect::Order { order, .. }) = outcome else { return None };
    Some(workload::pay(order))
}
