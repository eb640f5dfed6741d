//! The engine alone: how many durable commands a second, without HTTP.
//!
//! One task keeps many commands in flight (8,192 by default), the engine has a thread of its own as
//! in the server, and every command goes the whole way: mailbox, batch, decision, journal, SQLite
//! with `synchronous=FULL`, answer. Afterwards the file is audited.
//!
//! `engine [what=holds|checkouts] [seconds=5] [in_flight=8192] [batch=2048] [directory=DIR]`
//! `engine database=postgres://USER@HOST/DATABASE [lanes=4] [products=1] ...`
//!
//! A checkout is three commands: a hold, the order it becomes, and its payment. PostgreSQL's
//! database must be empty.

#[path = "arguments.rs"]
mod arguments;
#[path = "in_flight.rs"]
mod in_flight;
#[path = "workload.rs"]
mod workload;

use std::cell::Cell;
use std::error::Error;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arguments::Arguments;
use doorbuster_domain::{Command, Effect, Outcome, ProductId, Terms};
use doorbuster_engine::{
    BatchReport, Clock, Engine, Handle, Lanes, Observer, Options, Store, SubmitError, Trace,
};
use doorbuster_stores::postgres::{self, Address};
use doorbuster_stores::sqlite::{SqliteStore, audit_file};
use in_flight::keep_in_flight;
use tokio::runtime;

/// Before this nothing is counted: caches fill and the log reaches its length.
const WARM_UP: Duration = Duration::from_secs(1);

/// How many answers pass between two looks at the clock.
const LOOK_EVERY: u64 = 256;

/// What is measured.
#[derive(Clone, Copy)]
enum What {
    Holds,
    Checkouts,
}

impl FromStr for What {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "holds" => Ok(Self::Holds),
            "checkouts" => Ok(Self::Checkouts),
            _ => Err(()),
        }
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]
fn main() -> Result<(), Box<dyn Error>> {
    let known =
        ["what", "seconds", "in_flight", "batch", "directory", "database", "lanes", "products"];
    let arguments = Arguments::of_process(&known)?;
    let what = arguments.get("what", What::Holds)?;
    let seconds = Duration::from_secs_f64(arguments.get("seconds", 5.0)?);
    let in_flight: usize = arguments.get("in_flight", 8_192)?;
    let directory: PathBuf = arguments.get("directory", std::env::temp_dir())?;
    let mut options = Options::default();
    options.batch = arguments.get("batch", options.batch)?;
    options.mailbox = options.mailbox.max(in_flight);

    let products: u64 = arguments.get("products", 1)?;
    let lanes = Lanes::new(arguments.get("lanes", 4)?)?;
    let database: String = arguments.get("database", String::new())?;

    let batches = Batches::default();
    let folder = tempfile::tempdir_in(directory)?;
    let path = folder.path().join("sale.db");
    let (engines, shop) = if database.is_empty() {
        let (store, _reader) = SqliteStore::open(&path)?;
        let (engine, shop) = Engine::new(store, batches.clone(), Clock::system(), options);
        (vec![run(engine)], shop)
    } else {
        let address: Address = database.parse()?;
        let waiting = runtime::Builder::new_current_thread().enable_all().build()?;
        let stores = waiting.block_on(postgres::open(&address, lanes))?.stores;
        let stores = stores.into_iter().map(|store| (store, batches.clone()));
        let (engines, shop) = Engine::in_lanes(stores, &Clock::system(), &options)?;
        (engines.into_iter().map(run).collect(), shop)
    };

    let runtime = runtime::Builder::new_current_thread().build()?;
    // A budget would send the task around the scheduler every 128 answers.
    let load = tokio::task::unconstrained(load(shop, what, products, in_flight, seconds, &batches));
    let per_second = runtime.block_on(load)?;
    for engine in engines {
        engine.join().map_err(|_| "the engine panicked")??;
    }

    match what {
        What::Holds => println!("holds_per_second: {per_second:.0}"),
        What::Checkouts => println!("checkouts_per_second: {per_second:.0}"),
    }
    batches.print();
    let report = if database.is_empty() {
        audit_file(&path).map_err(|error| error.to_string())?
    } else {
        postgres::audit_database(&database.parse()?)?
    };
    println!("audit: {} violations", report.violations.len());
    if report.is_ok() { Ok(()) } else { Err("the audit found violations".into()) }
}

/// Runs an engine on a thread of its own until nobody can reach it any more.
fn run<S: Store>(engine: Engine<S, Batches>) -> JoinHandle<Result<(), String>> {
    std::thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        runtime.block_on(engine.run(std::future::pending())).map_err(|error| error.to_string())
    })
}

/// Sells for `seconds` after the warm-up and returns how many holds or checkouts a second were
/// answered. The handle goes with it, so the engine then ends.
#[expect(clippy::disallowed_methods, reason = "durations are what is measured")]
async fn load(
    shop: Handle,
    what: What,
    products: u64,
    in_flight: usize,
    seconds: Duration,
    batches: &Batches,
) -> Result<f64, Box<dyn Error>> {
    let products: Vec<_> = (1..=products).filter_map(ProductId::new).collect();
    for id in &products {
        let create = workload::create_product(*id, Terms::DEFAULT_PAYMENT_SECONDS);
        shop.submit(create, Trace::none()).await??;
    }

    let (answers, sold, warm, over) = (Cell::new(0), Cell::new(0), Cell::new(0), Cell::new(false));
    let refused = Cell::new(None);
    let started = Instant::now();
    let look = || {
        let elapsed = started.elapsed();
        if warm.get() == 0 && elapsed >= WARM_UP {
            warm.set(sold.get());
            batches.clear();
        }
        over.set(elapsed >= WARM_UP + seconds);
    };
    keep_in_flight(in_flight, |answer: Option<Result<Outcome, SubmitError>>| {
        answers.set(answers.get() + 1);
        if answers.get() % LOOK_EVERY == 0 {
            look();
        }
        let turn = usize::try_from(answers.get()).unwrap_or(0);
        let product_id = products[turn % products.len()];
        let command = match answer {
            None => Some(hold(&shop, product_id)),
            Some(Ok(Ok(effect))) => {
                let (is_sale, command) = follow(&shop, product_id, what, &effect);
                sold.set(sold.get() + u64::from(is_sale));
                command
            }
            Some(other) => {
                refused.set(Some(format!("{other:?}")));
                None
            }
        };
        command.filter(|_| !over.get()).map(|command| shop.submit(command, Trace::none()))
    })
    .await;
    if let Some(refused) = refused.take() {
        return Err(format!("a command was not accepted: {refused}").into());
    }
    let counted = started.elapsed().saturating_sub(WARM_UP).as_secs_f64();
    Ok((sold.get() - warm.get()) as f64 / counted)
}

/// Whether `effect` ends a hold or checkout that counts, and what its buyer does next.
fn follow(
    shop: &Handle,
    product_id: ProductId,
    what: What,
    effect: &Effect,
) -> (bool, Option<Command>) {
    match (what, effect) {
        (What::Holds, Effect::Hold { .. }) | (What::Checkouts, Effect::Payment(_)) => {
            (true, Some(hold(shop, product_id)))
        }
        (What::Checkouts, Effect::Hold { hold, .. }) => {
            (false, Some(workload::create_order(hold.id, shop.fresh_order_id(hold.id))))
        }
        (What::Checkouts, Effect::Order { order, .. }) => (false, Some(workload::pay(order))),
        (_, Effect::Product(_) | Effect::Expired { .. })
        | (What::Holds, Effect::Order { .. } | Effect::Payment(_)) => (false, None),
    }
}

fn hold(shop: &Handle, product_id: ProductId) -> Command {
    workload::place_hold(product_id, shop.fresh_hold_id(product_id))
}

/// The size and the commit time of every batch.
#[derive(Clone, Default)]
struct Batches(Arc<Mutex<Vec<(usize, Duration)>>>);

impl Observer for Batches {
    fn committed(&mut self, batch: &BatchReport<'_>) {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batches.push((batch.commands, batch.commit_time));
    }
}

impl Batches {
    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    #[expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]
    fn print(&self) {
        let batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut sizes, mut commits_us): (Vec<_>, Vec<_>) =
            batches.iter().map(|(commands, time)| (*commands, time.as_micros())).unzip();
        sizes.sort_unstable();
        commits_us.sort_unstable();
        println!("batches: {}", sizes.len());
        println!("batch_commands: {}", quantiles(&sizes));
        println!("commit_us: {}", quantiles(&commits_us));
    }
}

fn quantiles<T: std::fmt::Display + Copy>(sorted: &[T]) -> String {
    let at = |percent: usize| sorted.get((sorted.len().saturating_sub(1)) * percent / 100).copied();
    match (at(0), at(10), at(50), at(90), at(99), at(100)) {
        (Some(min), Some(p10), Some(p50), Some(p90), Some(p99), Some(max)) => {
            format!("min {min}, p10 {p10}, median {p50}, p90 {p90}, p99 {p99}, max {max}")
        }
        _ => "none".into(),
    }
}
