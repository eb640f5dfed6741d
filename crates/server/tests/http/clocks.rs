//! Wall clocks that are set by hours, under a running server and between two.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Home, Launch, Server, Stock, eventually, millis, now_millis, text};

const HOURS: i64 = 5;

const HOUR_MS: i64 = 3_600_000;

/// How late a unit may be back, and how far a time that is shown may be off.
const LATE_MS: i64 = 1_000;

const A_WHILE: Duration = Duration::from_secs(10);

/// The time of the last line of the log says by how many hours the clock is off.
fn assert_is_off_by(server: &Server, hours: i64) {
    eventually(A_WHILE, &format!("a line of the log that is {hours} h off"), || {
        server.get("/api/products/0").send();
        let printed = server.printed();
        let line = printed.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok());
        let shown: jiff::Timestamp = text(&line?["timestamp"]).parse().unwrap();
        let off_ms = shown.as_millisecond() - now_millis() - hours * HOUR_MS;
        (off_ms.abs() < HOUR_MS / 4).then_some(())
    });
}

fn fleeting(server: &Server, hold_seconds: u32) -> i64 {
    server.product(json!({"total_stock": 100, "hold_seconds": hold_seconds}))
}

/// The units are back at the hold's deadline, not before it and not much later, by the right time.
fn assert_back_in_time(server: &Server, product: i64, hold: &Value) {
    let deadline = millis(&hold["expires_at"]);
    eventually(A_WHILE, "the units are back", || (server.stock(product).held == 0).then_some(()));
    let late = now_millis() - deadline;
    assert!((0..LATE_MS).contains(&late), "back {late} ms after the deadline");
}

#[test]
fn a_clock_that_is_set_under_a_running_server_moves_no_deadline() {
    for hours in [HOURS, -HOURS] {
        let home = Home::new();
        let clock = home.file("clock");
        fs::write(&clock, "+0").unwrap();
        let server = Launch::on(&home).clock_file(&clock).start();
        let product = fleeting(&server, 2);
        let before = server.hold(product, 1);
        fs::write(&clock, format!("{hours:+}h")).unwrap();
        // One that is made afterwards has the same time, too.
        let after = server.hold(product, 1);
        let made = millis(&after["created_at"]);
        assert!((made - now_millis()).abs() < LATE_MS, "made at {made}");
        assert!(millis(&after["expires_at"]) >= millis(&before["expires_at"]));
        assert_back_in_time(&server, product, &after);
        assert_is_off_by(&server, hours);
    }
}

#[test]
fn a_server_that_starts_with_a_clock_that_is_behind_expires_nothing_early() {
    let mut server = Server::start();
    let home = server.home().clone();
    let product = fleeting(&server, 2);
    let hold = server.hold(product, 1);
    let deadline = millis(&hold["expires_at"]);
    assert_eq!(server.terminate().code(), Some(0));

    let mut server = Launch::on(&home).clock(&format!("-{HOURS}h")).start();
    assert_is_off_by(&server, -HOURS);
    eventually(A_WHILE, "it is past the deadline", || (now_millis() > deadline).then_some(()));
    // By the only time that it knows the hold has hours to go, and it is as good as any.
    assert_eq!(server.stock(product), Stock::of(99, 1, 0));
    let order = server.order(text(&hold["hold_id"])).send().expect(201);
    assert_eq!(order["status"], "pending");
    let early = server.hold(product, 1);
    assert_eq!(server.stock(product), Stock::of(98, 2, 0));
    eventually(A_WHILE, "its own hold is back in time", || {
        (server.stock(product) == Stock::of(99, 1, 0)).then_some(())
    });
    assert_eq!(server.terminate().code(), Some(0));

    let server = Launch::on(&home).start();
    let gone = server.get(&format!("/api/holds/{}", text(&early["hold_id"]))).send().expect(200);
    assert_eq!(gone["status"], "expired");
    server.hold(product, 1);
}

#[test]
fn a_server_that_starts_with_a_clock_that_is_ahead_keeps_the_rules() {
    let mut server = Server::start();
    let home = server.home().clone();
    let product = fleeting(&server, 600);
    let hold = server.hold(product, 1);
    let paid = server.paid_order_id(product, 2);
    assert_eq!(server.terminate().code(), Some(0));

    let mut server = Launch::on(&home).clock(&format!("+{HOURS}h")).start();
    assert_is_off_by(&server, HOURS);
    // What nobody paid for in all that time goes to others; what was paid for stays.
    server.order(text(&hold["hold_id"])).send().problem(409, "hold_expired");
    assert_eq!(server.stock(product), Stock::of(98, 0, 2));
    let late = server.hold(product, 1);
    server.assert_audit_is_clean();
    assert_eq!(server.terminate().code(), Some(0));

    let server = Launch::on(&home).start();
    assert_eq!(server.stock(product), Stock::of(97, 1, 2));
    let order = server.order(text(&late["hold_id"])).send().expect(201);
    assert_eq!(order["status"], "pending");
    let paid = server.get(&format!("/api/orders/{paid}")).send().expect(200);
    assert_eq!(paid["status"], "paid");
}
