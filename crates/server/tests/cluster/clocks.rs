//! Nodes whose machines have the wrong time.

use std::time::Duration;

use serde_json::{Value, json};

use crate::database::{Database, Session};
use crate::harness::{Client, Launch, Server, Stock, at_once, eventually, millis, text};
use crate::nodes::{Cluster, fleeting, node};

const HOUR_MS: i64 = 3_600_000;

/// How far the times in an answer may be from the database's, and how long after its deadline a
/// hold may still take units.
const LATE_MS: i64 = 1_000;

/// A hold is shown as expired by the node's clock, which may be ahead of the database's by so much.
const SHOWN_EARLY_MS: i64 = 100;

const HOLD_SECONDS: u32 = 2;

/// How long before its deadline a hold is made an order of.
const EARLY_MS: i64 = 500;

const LIMIT: Duration = Duration::from_secs(10);

/// A node whose wall clock is off by so much (`+1h`), but runs as fast as any.
fn node_off_by(database: &Database, offset: &str) -> Server {
    Launch::new().arg("--database", database.url()).clock(offset).start()
}

/// The time that the node's log shows is off by about so much.
fn assert_is_off_by(node: &Server, session: &Session, by_ms: i64) {
    let line: Value = serde_json::from_str(&node.logged(&["timestamp"])).unwrap();
    let shown: jiff::Timestamp = text(&line["timestamp"]).parse().unwrap();
    let off_ms = shown.as_millisecond() - session.now_ms();
    assert!((off_ms - by_ms).abs() < HOUR_MS / 4, "its clock is off by {off_ms} ms");
}

/// A hold whose times are the database's; its id and its deadline.
fn timed_hold(client: &Client, session: &Session, product: i64) -> (String, i64) {
    let before = session.now_ms();
    let hold = client.hold(product, 1);
    let after = session.now_ms();
    let (created_at, expires_at) = (millis(&hold["created_at"]), millis(&hold["expires_at"]));
    let around = before - LATE_MS..=after + LATE_MS;
    assert!(around.contains(&created_at), "created at {created_at}, not in {around:?}");
    assert_eq!(expires_at, created_at + i64::from(HOLD_SECONDS) * 1_000);
    (text(&hold["hold_id"]).to_owned(), expires_at)
}

/// Waits until the database's clock shows `time` or later.
fn wait_until(session: &Session, time: i64) {
    eventually(LIMIT, "it is time", || (session.now_ms() >= time).then_some(()));
}

/// The hold lives until its deadline and not longer, in the database and as all clients show it.
fn assert_ends_in_time(clients: &[Client], session: &Session, hold_id: &str, deadline: i64) {
    let row = format!("SELECT state FROM hold_row WHERE hold_id = '{hold_id}'");
    let path = format!("/api/holds/{hold_id}");
    let expired_at = eventually(LIMIT, "the hold expires", || {
        let before = session.now_ms();
        let row = session.query(&row);
        let show = |client: &Client| client.get(&path).send().expect(200)["status"].clone();
        let shown: Vec<Value> = clients.iter().map(show).collect();
        let after = session.now_ms();
        let early = |at: i64| format!("{row:?} and {shown:?} {} ms too early", at - after);
        let expired = [row == ["expired"], shown.iter().all(|status| status == "expired")];
        assert!(!expired[0] || after >= deadline, "{}", early(deadline));
        let shown_early = shown.iter().any(|status| status != "active");
        let from = deadline - SHOWN_EARLY_MS;
        assert!(!shown_early || after >= from, "{}", early(from));
        let late = before >= deadline + LATE_MS;
        let both = expired == [true; 2];
        assert!(both || !late, "{row:?} and {shown:?} {} ms late", before - deadline);
        both.then_some(after)
    });
    println!("expired {} ms after the deadline", expired_at - deadline);
    for client in clients {
        client.order(hold_id).send().problem(409, "hold_expired");
    }
}

/// Holds of each of the clients live until their deadline and not longer.
fn assert_holds_end_in_time(clients: &[Client], database: &Database) {
    let product = fleeting(&clients[0], HOLD_SECONDS);
    at_once(clients.len(), |i| {
        let session = database.session();
        let (hold_id, deadline) = timed_hold(&clients[i], &session, product);
        assert_ends_in_time(clients, &session, &hold_id, deadline);
    });
    for client in clients {
        eventually(LIMIT, "every unit is back", || {
            (client.stock(product) == Stock::of(1_000_000, 0, 0)).then_some(())
        });
    }
}

/// A hold of one client is made an order of by another one, shortly before its deadline; and the
/// order is paid, though a signature's age is judged too.
fn assert_is_used_at_the_last_moment(one: &Client, other: &Client, session: &Session) {
    let product = fleeting(one, HOLD_SECONDS);
    let (hold_id, deadline) = timed_hold(one, session, product);
    wait_until(session, deadline - EARLY_MS);
    let before = session.now_ms();
    let answer = other.order(&hold_id).send();
    if session.now_ms() >= deadline {
        return; // this machine is too slow to tell
    }
    let order = answer.expect(201);
    let created_at = millis(&order["created_at"]);
    assert!((created_at - before).abs() <= LATE_MS, "{created_at}, not about {before}");
    other.report(text(&order["order_id"]), "paid").expect(200);
}

/// What one client puts on sale for a later time, another one sells from then on and not before.
fn assert_opens_in_time(one: &Client, other: &Client, session: &Session) {
    let opens_at = session.now_ms() + 1_500;
    let shown = jiff::Timestamp::from_millisecond(opens_at).unwrap().to_string();
    let product = one.product(json!({"total_stock": 1_000_000, "opens_at": shown}));
    let mut refused = 0;
    eventually(LIMIT, "the sale opens", || {
        let before = session.now_ms();
        let answer = other.place(product, 1).send();
        let after = session.now_ms();
        if answer.status == 201 {
            assert!(after >= opens_at, "sold {} ms too early", opens_at - after);
            return Some(());
        }
        // A node learns of another's product a moment later.
        let code = answer.any_problem()["code"].clone();
        assert!(code == "sale_not_open" || code == "product_not_found", "{}", answer.text());
        assert!(before < opens_at, "not sold {} ms after it opened", before - opens_at);
        refused += 1;
        None
    });
    assert!(refused > 0);
}

/// A node with the right time and one with another: first both, then the wrong one alone, which
/// has nobody then to do for it what it misses.
fn judge(offset: &str, by_ms: i64) {
    let database = Database::shared();
    let nodes = vec![node(database.url()), node_off_by(&database, offset)];
    let mut cluster = Cluster { nodes, database };
    let session = cluster.database.session();
    assert_is_off_by(&cluster[1], &session, by_ms);
    assert_is_off_by(&cluster[0], &session, 0);
    for (one, other) in [(0, 1), (1, 0)] {
        assert_opens_in_time(&cluster[one], &cluster[other], &session);
        assert_is_used_at_the_last_moment(&cluster[one], &cluster[other], &session);
    }
    assert_holds_end_in_time(&cluster.clients(), &cluster.database);
    let mut right = cluster.nodes.remove(0);
    assert_eq!(right.terminate().code(), Some(0));
    assert_holds_end_in_time(&cluster.clients(), &cluster.database);
    assert_opens_in_time(&cluster[0], &cluster[0], &session);
    cluster.assert_audits_are_clean();
}

#[test]
fn a_node_whose_clock_is_an_hour_ahead_goes_by_the_databases() {
    judge("+1h", HOUR_MS);
}

#[test]
fn a_node_whose_clock_is_an_hour_behind_goes_by_the_databases() {
    judge("-1h", -HOUR_MS);
}
