//! Power cuts: whatever was answered is there afterwards, and nothing else is.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::harness::{
    ADMIN_KEY, Answer, Client, Launch, Server, Stock, campaign, eventually, text, uuid,
};
use serde_json::{Value, json};

/// Rounds of kill and restart; more with `DOORBUSTER_KILLS`.
const ROUNDS: usize = 10;

/// Buyers who click at the same time while the server is killed.
const BUYERS: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Place,
    Release,
    Order,
    Cancel,
    Pay,
    Fail,
    Refund,
}

use Step::{Cancel, Fail, Order, Pay, Place, Refund, Release};

/// What buyers do, one after the other.
const PLANS: [&[Step]; 9] = [
    &[Place],
    &[Place, Release],
    &[Place, Order],
    &[Place, Order, Pay],
    &[Place, Order, Cancel],
    &[Place, Order, Fail],
    &[Place, Order, Pay, Refund],
    &[Pay, Place, Order],
    &[Place, Order, Cancel, Pay],
];

/// One buyer: the plan, and how far it was answered.
struct Purchase {
    name: String,
    product: i64,
    qty: i64,
    plan: &'static [Step],
    /// How many steps were answered.
    answered: usize,
    /// Whether the step after those was sent.
    sent: bool,
    hold_id: String,
    order_id: String,
}

/// Where the hold and the order must be after these steps; empty where there is none yet.
fn state_after(steps: &[Step]) -> (&'static str, &'static str) {
    let mut state = ("", "");
    let early = steps.first() == Some(&Pay);
    for step in steps {
        state = match step {
            Place => ("active", ""),
            Release => ("released", ""),
            Order if early => ("used", "paid"),
            Order => ("used", "pending"),
            Cancel | Fail => ("used", "cancelled"),
            Pay if state.1.is_empty() => state,
            Pay => ("used", "paid"),
            Refund => ("used", "refunded"),
        };
    }
    state
}

impl Purchase {
    /// Sends the next step, as often as it takes: every step may be repeated without harm.
    fn step(&mut self, client: &Client) -> Result<Answer, ureq::Error> {
        self.sent = true;
        let answer = match self.plan[self.answered] {
            Place => client
                .place(self.product, u32::try_from(self.qty).unwrap())
                .header("Idempotency-Key", &self.name),
            Release => client.delete(&format!("/api/holds/{}", self.hold_id)),
            Order => client
                .post("/api/orders")
                .json(&json!({"hold_id": self.hold_id, "order_id": self.order_id})),
            Cancel => client.post(&format!("/api/orders/{}/cancel", self.order_id)),
            Pay => client.webhook(&self.event("paid")),
            Fail => client.webhook(&self.event("failed")),
            Refund => client
                .post(&format!("/api/orders/{}/refund", self.order_id))
                .admin()
                .json(&json!({"restock": true})),
        }
        .try_send()?;
        assert!((200..300).contains(&answer.status), "{}", answer.text());
        if self.plan[self.answered] == Place {
            self.hold_id = text(&answer.value()["hold_id"]).into();
        }
        self.answered += 1;
        self.sent = false;
        Ok(answer)
    }

    fn event(&self, status: &str) -> Value {
        let event_id = format!("{status}-{}", self.name);
        json!({"event_id": event_id, "order_id": self.order_id, "status": status})
    }

    /// Where it must be by what was answered.
    fn state(&self) -> (&'static str, &'static str) {
        state_after(&self.plan[..self.answered])
    }

    /// After a restart: what was answered is there, what was only sent may be.
    fn verify(&self, client: &Client) {
        let mut allowed = vec![self.state()];
        if self.sent {
            allowed.push(state_after(&self.plan[..=self.answered]));
        }
        if self.hold_id.is_empty() {
            return; // Nobody knows its id. The retry under its key will find it.
        }
        let status = |path: String| {
            let answer = client.get(&path).send();
            match answer.status {
                404 => String::new(),
                _ => text(&answer.expect(200)["status"]).to_owned(),
            }
        };
        let hold = status(format!("/api/holds/{}", self.hold_id));
        let order = status(format!("/api/orders/{}", self.order_id));
        assert!(
            allowed.contains(&(hold.as_str(), order.as_str())),
            "{} {:?}, {} answered: is ({hold}, {order}), not one of {allowed:?}",
            self.name,
            self.plan,
            self.answered,
        );
    }
}

#[test]
fn what_was_answered_survives_ten_kills_and_nothing_else_appears() {
    let mut server = Server::start();
    let products: Vec<i64> = (0..3).map(|_| server.units(1_000_000)).collect();
    // Holds of this one expire all the time, also while the server is being killed.
    let fleeting = server.product(json!({"total_stock": 1_000_000, "hold_seconds": 1}));
    let mut all: Vec<Purchase> = Vec::new();
    for round in 0..campaign("DOORBUSTER_KILLS", ROUNDS) {
        let mut bought = kill_under_load(&mut server, &products, fleeting, round);
        let audit = server.offline_audit();
        let said = String::from_utf8_lossy(&audit.stdout);
        assert_eq!(audit.status.code(), Some(0), "round {round}: {said}");
        server = server.again();
        for purchase in &mut bought {
            purchase.verify(&server);
            if purchase.sent {
                purchase.step(&server).unwrap();
                purchase.verify(&server);
            }
        }
        server.assert_audit_is_clean();
        println!("round {round}: {} buyers", bought.len());
        all.append(&mut bought);
    }
    for product in products {
        let bought: Vec<&Purchase> = all.iter().filter(|p| p.product == product).collect();
        assert_lists_hold_exactly(&server, product, &bought);
        assert_stock(&server, product, &bought);
    }
    assert_events_are_exactly(&server, &all);
    eventually(Duration::from_secs(5), "every fleeting hold has expired", || {
        (server.stock(fleeting) == Stock::of(1_000_000, 0, 0)).then_some(())
    });
}

/// Lets buyers buy until enough was answered, and kills the server while they go on.
fn kill_under_load(
    server: &mut Server,
    products: &[i64],
    fleeting: i64,
    round: usize,
) -> Vec<Purchase> {
    let client = Client::clone(server);
    let answers = AtomicUsize::new(0);
    let killed = AtomicBool::new(false);
    let bought = Mutex::new(Vec::new());
    let buy = |buyer: usize| {
        for n in 0.. {
            let mut purchase = Purchase {
                name: format!("{round}-{buyer}-{n}"),
                product: products[(buyer + n) % products.len()],
                qty: i64::try_from(1 + n % 3).unwrap(),
                plan: PLANS[(buyer + n) % PLANS.len()],
                answered: 0,
                sent: false,
                hold_id: String::new(),
                order_id: uuid(),
            };
            while purchase.answered < purchase.plan.len() && purchase.step(&client).is_ok() {
                answers.fetch_add(1, Ordering::Relaxed);
            }
            // Whether this one is answered does not matter.
            let _ = client.place(fleeting, 1).try_send();
            let broken = purchase.sent;
            bought.lock().unwrap().push(purchase);
            if broken {
                assert!(killed.load(Ordering::SeqCst), "a connection broke by itself");
                return;
            }
        }
    };
    thread::scope(|scope| {
        for buyer in 0..BUYERS {
            let buy = &buy;
            scope.spawn(move || buy(buyer));
        }
        let enough = 200 + 37 * (round % 10);
        eventually(Duration::from_secs(30), "enough was answered", || {
            (answers.load(Ordering::Relaxed) >= enough).then_some(())
        });
        killed.store(true, Ordering::SeqCst);
        server.kill();
    });
    bought.into_inner().unwrap()
}

#[test]
fn a_full_disk_ends_the_server_and_loses_nothing_that_was_answered() {
    let mut server = Launch::new().largest_file_kib(1024).start();
    let product = server.units(1_000_000);
    let client = Client::clone(&server);
    let acknowledged = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..BUYERS {
            scope.spawn(|| {
                while let Ok(answer) = client.place(product, 1).try_send() {
                    if answer.status != 201 {
                        assert_eq!(answer.status, 503, "{}", answer.text());
                        answer.any_problem();
                        return;
                    }
                    acknowledged.lock().unwrap().push(text(&answer.value()["hold_id"]).to_owned());
                }
            });
        }
    });
    assert_ne!(server.ended().code(), Some(0));
    assert!(server.printed().contains("ERROR"), "{}", server.printed());

    let home = server.home().clone();
    let server = Launch::at(&home).arg("--admin-key", ADMIN_KEY).start();
    let acknowledged = acknowledged.into_inner().unwrap();
    println!("{} holds until the disk was full", acknowledged.len());
    assert!(!acknowledged.is_empty());
    for hold_id in &acknowledged {
        let hold = server.get(&format!("/api/holds/{hold_id}")).send().expect(200);
        assert_eq!(hold["status"], "active");
    }
    let held = usize::try_from(server.stock(product).held).unwrap();
    assert!((acknowledged.len()..=acknowledged.len() + BUYERS).contains(&held), "{held} held");
}

/// The admin lists show every hold and order of the product that we know of, as we know it,
/// and no other.
fn assert_lists_hold_exactly(server: &Server, product: i64, bought: &[&Purchase]) {
    let listed = |list: &str, key: &str, value: &str| {
        let mut rows: Vec<(String, String)> = server
            .walk(&format!("{list}?product_id={product}"), key, 200)
            .iter()
            .map(|row| (text(&row[key]).into(), text(&row[value]).into()))
            .collect();
        rows.sort();
        rows
    };
    let known = |pick: fn(&Purchase) -> (String, String)| {
        let mut rows: Vec<_> = bought.iter().copied().map(pick).collect();
        rows.retain(|(id, status)| !id.is_empty() && !status.is_empty());
        rows.sort();
        rows
    };
    let holds = known(|p| (p.hold_id.clone(), p.state().0.into()));
    assert_eq!(listed("/api/holds", "hold_id", "status"), holds);
    let orders = known(|p| (p.order_id.clone(), p.state().1.into()));
    assert_eq!(listed("/api/orders", "order_id", "status"), orders);
}

/// The list of payments shows every event that was answered, and no other.
fn assert_events_are_exactly(server: &Server, all: &[Purchase]) {
    let mut known: Vec<String> = all
        .iter()
        .flat_map(|purchase| {
            let answered = purchase.plan[..purchase.answered].iter();
            answered.filter_map(move |step| match step {
                Pay => Some(format!("paid-{}", purchase.name)),
                Fail => Some(format!("failed-{}", purchase.name)),
                Place | Release | Order | Cancel | Refund => None,
            })
        })
        .collect();
    known.sort();
    let rows = server.walk("/api/payments", "event_id", 200);
    let mut listed: Vec<&str> = rows.iter().map(|row| text(&row["event_id"])).collect();
    listed.sort_unstable();
    assert_eq!(listed, known);
}

fn assert_stock(server: &Server, product: i64, bought: &[&Purchase]) {
    let count = |states: &[(&str, &str)]| -> i64 {
        bought
            .iter()
            .filter(|purchase| states.contains(&purchase.state()))
            .map(|purchase| purchase.qty)
            .sum()
    };
    let held = count(&[("active", ""), ("used", "pending")]);
    let sold = count(&[("used", "paid")]);
    let expected = Stock::of(1_000_000 - held - sold, held, sold);
    assert_eq!(server.stock(product), expected);
}
