//! The audit notices what the rules forbid, whoever did it.

use rusqlite::Connection;

use serde_json::json;

use crate::harness::{Server, assert_keys, run};

/// A file with every kind of row, from a server that has stopped.
fn sale() -> Server {
    let mut server = Server::start();
    let product = server.units(20);
    let body = json!({"product_id": product, "qty": 2, "customer_id": "ann"});
    server.post("/api/holds").json(&body).send().expect(201);
    let released = server.hold_id(product, 1);
    server.delete(&format!("/api/holds/{released}")).send().expect(200);
    server.order_id(product, 3);
    server.paid_order_id(product, 4);
    let failed = server.order_id(product, 1);
    server.report(&failed, "failed").expect(200);
    assert_eq!(server.terminate().code(), Some(0));
    server
}

#[test]
fn a_clean_file_passes_and_the_answer_has_the_shape_of_the_contract() {
    let server = Server::start();
    let product = server.units(20);
    server.hold(product, 2);
    server.paid_order_id(product, 3);
    let audit = server.get("/api/audit").admin().send().expect(200);
    assert_keys(&audit, "ok products violations");
    assert_eq!(audit["ok"], true);
    assert_eq!(audit["products"].as_array().unwrap().len(), 1);
    assert!(audit["violations"].as_array().unwrap().is_empty());
}

#[test]
fn the_offline_audit_may_look_while_a_server_runs() {
    let server = Server::start();
    let product = server.units(20);
    server.hold(product, 2);
    let audit = server.offline_audit();
    assert_eq!(audit.status.code(), Some(0), "{}", String::from_utf8_lossy(&audit.stderr));
    server.hold(product, 2);
}

#[test]
fn an_audit_prints_json_on_request() {
    let server = sale();
    let url = server.home().database_url();
    let output = run(server.home(), &["audit", "--database", &url, "--json"]);
    let audit: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_keys(&audit, "ok products violations");
}

/// Changes the file behind the server's back, whatever its constraints say.
fn tamper(server: &Server, sql: &str) {
    let database = Connection::open(server.home().database()).unwrap();
    database
        .execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF;")
        .unwrap();
    database.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert!(database.changes() > 0, "nothing was changed by {sql}");
}

const JOURNAL_CHANGED: &str =
    "UPDATE journal_row SET entries = json_set(entries, '$[0][2]', 77) WHERE first_seq = 2";

/// What was done to the file, how, and the rules of the ten that it breaks.
const TAMPERINGS: &[(&str, &str, &[i64])] = &[
    ("a unit more held", "UPDATE product_row SET held_stock = held_stock + 1", &[2, 5]),
    ("a unit more sold", "UPDATE product_row SET sold_stock = sold_stock + 1", &[2, 5]),
    ("more taken than there is", "UPDATE product_row SET total_stock = 1", &[1, 5]),
    ("a unit more in stock", "UPDATE product_row SET total_stock = total_stock + 1", &[5]),
    ("a bigger hold", "UPDATE hold_row SET qty = qty + 1", &[2, 5]),
    (
        "an active hold gone",
        "DELETE FROM hold_row WHERE ended IS NULL AND hold_id NOT IN \
         (SELECT hold_id FROM order_row)",
        &[2, 5],
    ),
    (
        "a released hold active again",
        "UPDATE hold_row SET ended = NULL, ended_at_ms = NULL WHERE ended = 'released'",
        &[2, 5],
    ),
    (
        "a hold expired before its time",
        "UPDATE hold_row SET ended = 'expired', ended_at_ms = created_at_ms \
         WHERE ended = 'released'",
        &[7, 5],
    ),
    (
        "a hold that was released and made an order",
        "UPDATE order_row SET hold_id = \
         (SELECT hold_id FROM hold_row WHERE ended = 'released') WHERE state = 'paid'",
        &[3],
    ),
    (
        "an order whose hold is not there",
        "UPDATE order_row SET hold_id = randomblob(16) WHERE state = 'paid'",
        &[3],
    ),
    (
        "a paid order pending",
        "UPDATE order_row SET state = 'pending' WHERE state = 'paid'",
        &[2, 9],
    ),
    (
        "a pending order paid",
        "UPDATE order_row SET state = 'paid' WHERE state = 'pending'",
        &[2, 5],
    ),
    ("a paid order gone", "DELETE FROM order_row WHERE state = 'paid'", &[2, 3]),
    (
        "a paid order cancelled",
        "UPDATE order_row SET state = 'cancelled' WHERE state = 'paid'",
        &[2, 9],
    ),
    ("journal entries gone", "DELETE FROM journal_row WHERE first_seq = 3", &[5]),
    (
        "the last journal entry gone",
        "DELETE FROM journal_row WHERE entries LIKE '%order_cancelled%'",
        &[5],
    ),
    (
        "a journal entry with another quantity",
        "UPDATE journal_row SET entries = json_set(entries, '$[0][2]', 77) WHERE first_seq = 2",
        &[5],
    ),
    (
        "a journal entry of another kind",
        "UPDATE journal_row SET entries = replace(entries, 'hold_released', 'hold_expired') \
         WHERE entries LIKE '%hold_released%'",
        &[5, 6, 7],
    ),
    ("a customer's unit forgotten", "UPDATE customer_row SET units = units - 1", &[8]),
    ("a customer forgotten", "DELETE FROM customer_row", &[8]),
    (
        "a payment recorded twice",
        "INSERT INTO payment_row SELECT 99, provider, event_id, order_id, kind, amount, currency, \
         received_at_ms, 'ignored', payload FROM payment_row WHERE kind = 'paid'",
        &[4],
    ),
    (
        "a payment that nobody applied",
        "UPDATE payment_row SET result = 'ignored' WHERE kind = 'paid'",
        &[4, 6, 9],
    ),
    (
        "a payment ignored although its order waits for it",
        "UPDATE payment_row SET result = 'ignored', \
         order_id = (SELECT order_id FROM order_row WHERE state = 'pending') WHERE kind = 'paid'",
        &[4, 6, 9],
    ),
    (
        "a payment with two effects",
        "UPDATE journal_row SET entries = json_set(entries, '$[0][8]', 'generic', '$[0][9]', \
         (SELECT event_id FROM payment_row WHERE kind = 'paid')) \
         WHERE entries LIKE '%order_cancelled%'",
        &[4],
    ),
];

#[test]
fn whatever_is_tampered_with_the_offline_audit_names_it() {
    let server = sale();
    let original = std::fs::read(server.home().database()).unwrap();
    let mut missed = Vec::new();
    for (what, sql, rules) in TAMPERINGS {
        std::fs::write(server.home().database(), &original).unwrap();
        tamper(&server, sql);
        let url = server.home().database_url();
        let output = run(server.home(), &["audit", "--database", &url, "--json"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let audit: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
        let violations = audit["violations"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = violations.iter().filter_map(|v| v["rule"].as_i64()).collect();
        if output.status.code() != Some(1) || !rules.iter().any(|rule| found.contains(rule)) {
            let trouble = String::from_utf8_lossy(&output.stderr).into_owned();
            missed.push(format!("{what}: {:?} {said}{trouble}", output.status.code()));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let server = sale();
    tamper(&server, "UPDATE product_row SET sold_stock = -1");
    let output = server.offline_audit();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("sold_stock") && said.contains("product_id = 1"), "{said}");
}

#[test]
fn the_plain_report_names_the_rule_and_the_product() {
    let server = sale();
    tamper(&server, JOURNAL_CHANGED);
    let output = server.offline_audit();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("rule 5") && said.contains("product 1"), "{said}");
}

#[test]
fn a_running_server_reports_what_was_tampered_with() {
    let server = sale();
    tamper(&server, JOURNAL_CHANGED);
    let mut server = server.again();
    let audit = server.get("/api/audit").admin().send().expect(200);
    assert_eq!(audit["ok"], false, "{audit}");
    let violation = &audit["violations"][0];
    assert_keys(violation, "product_id rule expected found detail");
    assert_eq!(violation["product_id"], 1);
    assert_eq!(server.terminate().code(), Some(0));
}
