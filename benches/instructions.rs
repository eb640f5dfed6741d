//! A fixed workload whose instructions are counted: a slower way shows, whatever the machine does
//! besides. `scripts/instructions` runs it under callgrind and compares with what is kept in
//! `instructions.toml`.
//!
//! `instructions what=rules|engine [checkouts=N] [batch=256] [directory=DIR]`
//!
//! Nothing here depends on time or chance: ids are numbers, the clock stands still, batches have
//! one size, and everything that is counted happens on one thread: only what is below the
//! functions whose names begin with `measured`, so not the thread that copies SQLite's log.

#[path = "arguments.rs"]
mod arguments;
#[path = "in_flight.rs"]
mod in_flight;
#[path = "workload.rs"]
mod workload;

use std::cell::Cell;
use std::error::Error;
use std::path::PathBuf;

use arguments::Arguments;
use doorbuster_domain::{
    Command, Effect, HoldId, Ledger, OrderId, Outcome, ProductId, Seconds, Timestamp, decide,
};
use doorbuster_engine::{Clock, Engine, Handle, Options, SubmitError, Trace, Unobserved};
use doorbuster_stores::sqlite::{SqliteStore, audit_file};
use in_flight::keep_in_flight;
use tokio::runtime;
use uuid::Uuid;

/// Commands decided and committed together, unless another number is asked for.
const BATCH: usize = 256;

const NOW: Timestamp = Timestamp::from_millis(1_795_770_000_000);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::of_process(&["what", "checkouts", "batch", "directory"])?;
    let what: String = arguments.get("what", String::new())?;
    let checkouts: usize = arguments.get("checkouts", BATCH)?;
    let batch = arguments.get("batch", BATCH)?.max(1);
    let directory: PathBuf = arguments.get("directory", std::env::temp_dir())?;
    let buyers = Buyers::new()?;
    match what.as_str() {
        "rules" => {
            let mut ledger = Ledger::new();
            decide(&mut ledger, NOW, &buyers.product())?;
            ledger.settle();
            measured_rules(&mut ledger, &buyers, checkouts, batch)?;
        }
        "engine" => {
            let folder = tempfile::tempdir_in(directory)?;
            let path = folder.path().join("sale.db");
            let (store, _reader) = SqliteStore::open(&path)?;
            measured_engine(store, &buyers, checkouts, batch)?;
            let report = audit_file(&path).map_err(|error| error.to_string())?;
            assert!(report.is_ok(), "{:?}", report.violations);
        }
        _ => return Err("what=rules or what=engine".into()),
    }
    assert_eq!(buyers.paid.get(), checkouts, "every checkout was paid");
    Ok(())
}

/// Deciding alone: a batch of holds, of the orders they become, of their payments, and so on.
#[inline(never)]
fn measured_rules(
    ledger: &mut Ledger,
    buyers: &Buyers,
    checkouts: usize,
    batch: usize,
) -> Result<(), Box<dyn Error>> {
    let mut commands = Vec::with_capacity(batch);
    let mut next = Vec::with_capacity(batch);
    let mut left = checkouts;
    while left > 0 || !commands.is_empty() {
        if commands.is_empty() {
            let clicks = left.min(batch);
            commands.extend(std::iter::repeat_with(|| buyers.click()).take(clicks));
            left -= clicks;
        }
        for command in commands.drain(..) {
            next.extend(buyers.follow(&decide(ledger, NOW, &command)?));
        }
        ledger.settle();
        std::mem::swap(&mut commands, &mut next);
    }
    Ok(())
}

/// The whole way but HTTP: mailbox, batch, decision, SQLite, answer.
#[inline(never)]
fn measured_engine(
    store: SqliteStore,
    buyers: &Buyers,
    checkouts: usize,
    batch: usize,
) -> Result<(), Box<dyn Error>> {
    let options = Options { batch, ..Options::default() };
    let (engine, shop) = Engine::new(store, Unobserved, Clock::manual(NOW), options);
    let runtime = runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let engine = tokio::spawn(engine.run(std::future::pending()));
        shop.submit(buyers.product(), Trace::none()).await??;
        check_out(&shop, buyers, checkouts, batch).await;
        drop(shop); // an engine that nobody can reach ends
        Ok(engine.await??)
    })
}

async fn check_out(shop: &Handle, buyers: &Buyers, checkouts: usize, batch: usize) {
    let left = Cell::new(checkouts);
    let load = keep_in_flight(batch, |answer: Option<Result<Outcome, SubmitError>>| {
        let effect = answer.map(|answer| answer.expect("it was answered").expect("accepted"));
        let command = effect.and_then(|effect| buyers.follow(&effect)).or_else(|| {
            left.set(left.get().checked_sub(1)?);
            Some(buyers.click())
        });
        command.map(|command| shop.submit(command, Trace::none()))
    });
    tokio::task::unconstrained(load).await;
}

/// Those who buy, one unit each.
struct Buyers {
    product_id: ProductId,
    ids: Cell<u64>,
    paid: Cell<usize>,
}

impl Buyers {
    fn new() -> Result<Self, Box<dyn Error>> {
        let product_id = ProductId::new(1).ok_or("one is a product id")?;
        Ok(Self { product_id, ids: Cell::new(0), paid: Cell::new(0) })
    }

    fn product(&self) -> Command {
        workload::create_product(self.product_id, Seconds::MAX)
    }

    fn click(&self) -> Command {
        workload::place_hold(self.product_id, HoldId::new(self.fresh()))
    }

    /// What a buyer does after this.
    fn follow(&self, effect: &Effect) -> Option<Command> {
        match effect {
            Effect::Hold { hold, .. } => {
                Some(workload::create_order(hold.id, OrderId::new(self.fresh())))
            }
            Effect::Order { order, .. } => Some(workload::pay(order)),
            Effect::Payment(_) => {
                self.paid.set(self.paid.get() + 1);
                None
            }
            Effect::Product(_) | Effect::Expired { .. } => None,
        }
    }

    /// An id in order of time, with an end in no order, like those of the engine.
    fn fresh(&self) -> Uuid {
        let id = self.ids.replace(self.ids.get() + 1);
        Uuid::from_u64_pair(id, id.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}
