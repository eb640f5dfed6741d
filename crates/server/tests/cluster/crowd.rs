//! A crowd on several nodes that remembers every answer, and the comparison with the rows.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::harness::{
    Client, Purchase, STOCK, Stock, Stopwatch, assert_rows_are_as_told, eventually,
};
use crate::nodes::fleeting;
use crate::once::Once;

/// Buyers of each node who take every step until it is answered.
const BUYERS: usize = 4;

/// How long one step may stay unanswered, whatever happens to nodes and databases. Longer than any
/// test leaves everything broken.
const STEP_LIMIT: Duration = Duration::from_secs(60);

/// How long a crowd may take to be answered so many times.
const ANSWERS_LIMIT: Duration = Duration::from_secs(60);

/// In seconds.
const DAY: u32 = 86_400;

/// What the clients of a few nodes are doing.
pub(crate) struct Crowd {
    nodes: Vec<Client>,
    products: Vec<i64>,
    once: Once,
    /// Of this one, holds expire all the time.
    fleeting: i64,
    done: AtomicBool,
    /// A buyer got an answer that must not be.
    failed: AtomicBool,
    pulses: Vec<Pulse>,
    purchases: Mutex<Vec<Purchase>>,
}

/// When a node gave answers.
struct Pulse {
    watch: Stopwatch,
    answers: AtomicUsize,
    last_ms: AtomicU64,
    longest_ms: AtomicU64,
}

impl Pulse {
    fn start() -> Self {
        Self {
            watch: Stopwatch::start(),
            answers: AtomicUsize::new(0),
            last_ms: AtomicU64::new(0),
            longest_ms: AtomicU64::new(0),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.watch.elapsed().as_millis()).unwrap()
    }

    fn beat(&self) {
        let now = self.now();
        let silent = now.saturating_sub(self.last_ms.fetch_max(now, Ordering::SeqCst));
        self.longest_ms.fetch_max(silent, Ordering::SeqCst);
        self.answers.fetch_add(1, Ordering::SeqCst);
    }
}

/// Tells the test that a buyer has failed, so that nobody waits for what will not come.
struct Alarm<'c>(&'c AtomicBool);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

/// Tells buyers to go home, also when a test fails.
pub(crate) struct GoHome<'c>(pub(crate) &'c AtomicBool);

impl Drop for GoHome<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Crowd {
    /// Of the clients of `nodes`, the first of which puts something on sale for them.
    pub(crate) fn of(nodes: Vec<Client>) -> Self {
        let first = nodes[0].clone();
        // Longer campaigns must not see them fall due.
        let terms = json!({"total_stock": STOCK, "hold_seconds": DAY, "payment_seconds": DAY});
        Self {
            products: (0..5).map(|_| first.product(terms.clone())).collect(),
            once: Once::of(first.product(terms.clone())),
            fleeting: fleeting(&first, 1),
            done: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            pulses: nodes.iter().map(|_| Pulse::start()).collect(),
            purchases: Mutex::default(),
            nodes,
        }
    }

    /// Lets the crowd buy on all nodes while `act` runs. Afterwards everyone has all the answers
    /// that they wait for.
    pub(crate) fn during<T>(&self, act: impl FnOnce() -> T) -> T {
        self.done.store(false, Ordering::SeqCst);
        thread::scope(|scope| {
            let done = GoHome(&self.done);
            for home in 0..self.nodes.len() {
                for buyer in 0..BUYERS {
                    scope.spawn(move || self.buy(home, buyer));
                }
                scope.spawn(move || self.hold_once(home));
            }
            let result = act();
            drop(done);
            result
        })
    }

    fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }

    /// Purchases at one node, each step of which is taken until it is answered; by another node if
    /// that one fails.
    fn buy(&self, home: usize, buyer: usize) {
        let _alarm = Alarm(&self.failed);
        let name = format!("{home}-{buyer}-{}", crate::harness::uuid());
        for n in 0.. {
            if self.is_done() {
                return;
            }
            let product = self.products[(buyer + n) % self.products.len()];
            let mut purchase = Purchase::new(&name, n, product);
            while !purchase.is_complete() {
                let mut sent = 0;
                eventually(STEP_LIMIT, "a step is answered", || {
                    assert!(!self.failed.load(Ordering::SeqCst), "another buyer failed");
                    sent += 1;
                    let other = sent % 3 == 0;
                    let node = if other { fastrand::usize(..self.nodes.len()) } else { home };
                    purchase.step(&self.nodes[node]).then(|| self.pulses[node].beat())
                });
            }
            self.purchases.lock().unwrap().push(purchase);
        }
    }

    /// Holds at one node without a key: sent once, and what is not answered is not known.
    fn hold_once(&self, home: usize) {
        let _alarm = Alarm(&self.failed);
        let node = &self.nodes[home];
        while !self.is_done() {
            // Whether this one is answered does not matter.
            let _ = node.place(self.fleeting, 1).try_send();
            self.once.hold(node);
        }
    }

    /// Waits until all nodes that `whose` names have given so many more answers.
    #[track_caller]
    pub(crate) fn wait_for(&self, answers: usize, whose: &[usize]) {
        let count = |node: &usize| self.pulses[*node].answers.load(Ordering::SeqCst);
        let before: Vec<_> = whose.iter().map(count).collect();
        eventually(ANSWERS_LIMIT, &format!("{answers} answers of nodes {whose:?}"), || {
            assert!(!self.failed.load(Ordering::SeqCst), "a buyer failed");
            let now = whose.iter().map(count);
            now.zip(&before).all(|(now, before)| now >= before + answers).then_some(())
        });
    }

    /// From now on, silence is measured.
    pub(crate) fn measure_silence(&self) {
        for pulse in &self.pulses {
            pulse.last_ms.store(pulse.now(), Ordering::SeqCst);
            pulse.longest_ms.store(0, Ordering::SeqCst);
        }
    }

    /// How long a node gave no answer at most, until now.
    pub(crate) fn longest_silence(&self, node: usize) -> Duration {
        let pulse = &self.pulses[node];
        let silent = pulse.now().saturating_sub(pulse.last_ms.load(Ordering::SeqCst));
        Duration::from_millis(silent.max(pulse.longest_ms.load(Ordering::SeqCst)))
    }

    /// What the crowd was told is what the rows say, seen through any node that runs.
    pub(crate) fn verify(&self, node: &Client) {
        let purchases = self.purchases.lock().unwrap();
        println!("{} purchases, {}", purchases.len(), self.once);
        assert_rows_are_as_told(node, &self.products, &purchases);
        self.once.verify(node);
        eventually(Duration::from_secs(10), "every fleeting hold has expired", || {
            (node.stock(self.fleeting) == Stock::of(STOCK, 0, 0)).then_some(())
        });
        node.assert_audit_is_clean();
    }
}
