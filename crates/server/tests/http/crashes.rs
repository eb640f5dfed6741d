//! Power cuts: whatever was answered is there afterwards, and nothing else is.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::harness::{
    ADMIN_KEY, Client, Launch, Purchase, STOCK, Server, Stock, assert_rows_are_as_told, campaign,
    eventually, text,
};
use serde_json::json;

/// Rounds of kill and restart; more with `KILLS`.
const ROUNDS: usize = 10;

/// Buyers who click at the same time while the server is killed.
const BUYERS: usize = 8;

#[test]
fn what_was_answered_survives_ten_kills_and_nothing_else_appears() {
    let mut server = Server::start();
    let products: Vec<i64> =
        (0..3).map(|_| server.product(json!({"total_stock": STOCK}))).collect();
    // Holds of this one expire all the time, also while the server is being killed.
    let fleeting = server.product(json!({"total_stock": 1_000_000, "hold_seconds": 1}));
    let mut all: Vec<Purchase> = Vec::new();
    for round in 0..campaign("KILLS", ROUNDS) {
        let mut bought = kill_under_load(&mut server, &products, fleeting, round);
        let audit = server.offline_audit();
        let said = String::from_utf8_lossy(&audit.stdout);
        assert_eq!(audit.status.code(), Some(0), "round {round}: {said}");
        server = server.again();
        for purchase in &mut bought {
            purchase.verify_and_go_on(&server);
        }
        server.assert_audit_is_clean();
        println!("round {round}: {} buyers", bought.len());
        all.append(&mut bought);
    }
    assert_rows_are_as_told(&server, &products, &all);
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
            let name = format!("{round}-{buyer}");
            let mut purchase = Purchase::new(&name, buyer + n, products[n % products.len()]);
            while !purchase.is_complete() && purchase.step(&client) {
                answers.fetch_add(1, Ordering::Relaxed);
            }
            // Whether this one is answered does not matter.
            let _ = client.place(fleeting, 1).try_send();
            let broken = purchase.is_in_doubt();
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
