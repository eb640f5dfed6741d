//! Servers that are killed at random moments, while everyone buys.

use std::iter::Sum;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use serde_json::json;

use super::{
    Client, Launch, Purchase, STOCK, Server, Stock, Stopwatch, assert_rows_are_as_told, campaign,
    eventually,
};

/// How often servers are killed, on each store; more with `KILLS`.
const KILLS: usize = 100;

/// How often one database goes through it, so that the rows stay few and a round short.
const KILLS_OF_A_DATABASE: usize = 25;

/// Buyers who click at the same time while the server is killed.
const BUYERS: usize = 6;

/// Databases that are worked on at the same time.
const DATABASES: usize = 2;

/// The longest load before a kill is 2 to the power of this, in milliseconds; half of all are
/// shorter than 2 to the power of its half.
const LOAD_MS_LOG2: f64 = 8.0;

/// One restart of so many is killed as well, and how late, in the same way: most start faster.
const RESTARTS_A_KILL: u8 = 4;
const START_MS_LOG2: f64 = 6.5;

/// How long the first answer may take on a busy machine.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// In seconds: on this scale nothing of theirs falls due.
const DAY: u32 = 86_400;

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// While everyone bought.
    kills: usize,
    /// While it started again, besides.
    starting: usize,
    /// Steps that were answered before the kill.
    answers: usize,
    /// Kills at which somebody waited for an answer.
    under_load: usize,
    /// Steps that were under way at a kill, and never answered.
    in_doubt: usize,
    /// How many of those had been done.
    done: usize,
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |all, one| Self {
            kills: all.kills + one.kills,
            starting: all.starting + one.starting,
            answers: all.answers + one.answers,
            under_load: all.under_load + one.under_load,
            in_doubt: all.in_doubt + one.in_doubt,
            done: all.done + one.done,
        })
    }
}

/// Kills servers that `launch` describes, each on a new database, and starts them again; each time
/// whatever was answered must be there, and nothing else.
pub(crate) fn kill_at_random_moments(launch: impl Fn() -> Launch + Sync) {
    let kills = campaign("KILLS", KILLS);
    let seed = campaign("KILLS_SEED", fastrand::usize(..));
    println!("KILLS_SEED={seed}");
    let began = Stopwatch::start();
    let databases = kills.div_ceil(KILLS_OF_A_DATABASE);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut tallies = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= databases {
                return tallies;
            }
            let mut random = Rng::with_seed(seed.wrapping_add(n) as u64);
            let rounds = KILLS_OF_A_DATABASE.min(kills - n * KILLS_OF_A_DATABASE);
            let tally = kill_again_and_again(launch().start(), rounds, &mut random);
            println!("database {n}: {tally:?}");
            tallies.push(tally);
        }
    };
    let tallies = thread::scope(|scope| {
        let threads = [(); DATABASES].map(|()| scope.spawn(work));
        threads.map(|thread| thread.join().unwrap())
    });
    let all: Tally = tallies.into_iter().flatten().sum();
    println!("{all:?} in {:?}", began.elapsed());
    assert!(all.under_load * 2 > all.kills, "most kills hit nobody: {all:?}");
}

/// What is on sale on one database.
struct Shop {
    products: Vec<i64>,
    /// Holds of this one expire all the time, also while the server is being killed.
    fleeting: i64,
}

impl Shop {
    fn open(server: &Server) -> Self {
        let terms = json!({"total_stock": STOCK, "hold_seconds": DAY, "payment_seconds": DAY});
        let fleeting = json!({"total_stock": STOCK, "hold_seconds": 1});
        Self {
            products: (0..3).map(|_| server.product(terms.clone())).collect(),
            fleeting: server.product(fleeting),
        }
    }
}

fn kill_again_and_again(mut server: Server, rounds: usize, random: &mut Rng) -> Tally {
    let shop = Shop::open(&server);
    let mut tally = Tally { kills: rounds, ..Tally::default() };
    let mut all: Vec<Purchase> = Vec::new();
    for round in 0..rounds {
        let mut bought = kill_at(&mut server, &shop, round, draw(random, LOAD_MS_LOG2));
        server.assert_offline_audit_is_clean();
        if random.u8(..RESTARTS_A_KILL) == 0 {
            server.again_until(draw(random, START_MS_LOG2));
            tally.starting += 1;
        }
        server = server.again();
        let in_doubt = bought.iter().filter(|purchase| purchase.is_in_doubt()).count();
        tally.under_load += usize::from(in_doubt > 0);
        tally.in_doubt += in_doubt;
        for purchase in &mut bought {
            tally.answers += purchase.answered();
            tally.done += usize::from(purchase.verify_and_go_on(&server));
        }
        all.append(&mut bought);
    }
    assert_rows_are_as_told(&server, &shop.products, &all);
    eventually(Duration::from_secs(10), "every fleeting hold has expired", || {
        (server.stock(shop.fleeting) == Stock::of(STOCK, 0, 0)).then_some(())
    });
    server.assert_audit_is_clean();
    tally
}

/// A time of up to 2 to this power in milliseconds, any power as likely as the other.
fn draw(random: &mut Rng, log2: f64) -> Duration {
    Duration::from_secs_f64(2_f64.powf(random.f64() * log2) / 1000.0)
}

/// Lets buyers buy, and kills the server so long after the first answer.
fn kill_at(server: &mut Server, shop: &Shop, round: usize, moment: Duration) -> Vec<Purchase> {
    let client = Client::clone(server);
    let answers = AtomicUsize::new(0);
    let killed = AtomicBool::new(false);
    let bought = Mutex::new(Vec::new());
    let is_killed = || killed.load(Ordering::SeqCst);
    let buy = |buyer: usize| {
        for n in 0.. {
            let name = format!("{round}-{buyer}");
            let product = shop.products[n % shop.products.len()];
            let mut purchase = Purchase::new(&name, buyer + n, product);
            // Who has not sent anything when it is killed is not in doubt.
            while !is_killed() && !purchase.is_complete() && purchase.step(&client) {
                answers.fetch_add(1, Ordering::Relaxed);
            }
            let broken = purchase.is_in_doubt();
            bought.lock().unwrap().push(purchase);
            if is_killed() {
                return;
            }
            assert!(!broken, "a step was not answered");
            // Whether this one is answered does not matter.
            let _ = client.place(shop.fleeting, 1).try_send();
        }
    };
    thread::scope(|scope| {
        for buyer in 0..BUYERS {
            let buy = &buy;
            scope.spawn(move || buy(buyer));
        }
        eventually(ANSWER_LIMIT, "the first answer", || {
            (answers.load(Ordering::Relaxed) > 0).then_some(())
        });
        let load = Stopwatch::start();
        eventually(ANSWER_LIMIT, "the moment comes", || (load.elapsed() >= moment).then_some(()));
        killed.store(true, Ordering::SeqCst);
        server.kill();
    });
    bought.into_inner().unwrap()
}
