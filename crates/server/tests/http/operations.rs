//! What an operator sees: health, metrics, logs.

use std::time::Duration;

use crate::harness::{Server, eventually, text, uuid};
use serde_json::{Value, json};

fn metrics(server: &Server) -> String {
    let answer = server.get("/metrics").send();
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    answer.text()
}

#[test]
fn metrics_are_in_the_exposition_format_and_follow_its_conventions() {
    let server = Server::start();
    let product = server.units(10);
    server.paid_order_id(product, 1);
    let metrics = metrics(&server);
    let mut samples = 0;
    for line in metrics.lines().filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix("# ") {
            assert!(comment.starts_with("HELP ") || comment.starts_with("TYPE "), "{line}");
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        assert!(series.starts_with("doorbuster_") || series.starts_with("process_"), "{line}");
        samples += 1;
    }
    assert!(samples > 20, "{samples} samples");
    for typed in metrics.lines().filter(|line| line.starts_with("# TYPE ")) {
        let words: Vec<&str> = typed.split(' ').collect();
        let (name, kind) = (words[2], words[3]);
        assert_eq!(kind == "counter", name.ends_with("_total"), "{typed}");
    }
}

#[test]
fn the_stock_of_a_product_is_a_metric() {
    let server = Server::start();
    let product = server.units(10);
    server.hold(product, 2);
    server.paid_order_id(product, 3);
    let metrics = metrics(&server);
    for (state, units) in [("available", 5), ("held", 2), ("sold", 3)] {
        let labels = format!("product_id=\"{product}\",state=\"{state}\"");
        let sample = format!("doorbuster_product_units{{{labels}}} {units}");
        assert!(metrics.lines().any(|line| line == sample), "{sample} is not in:\n{metrics}");
    }
}

#[test]
fn batches_commits_and_the_mailbox_are_metrics() {
    let server = Server::start();
    let product = server.units(10);
    server.hold(product, 1);
    let metrics = metrics(&server);
    for series in [
        "doorbuster_batch_commands_bucket{le=\"1\"}",
        "doorbuster_batch_commands_count",
        "doorbuster_commit_duration_seconds_bucket",
        "doorbuster_commit_duration_seconds_sum",
        "doorbuster_mailbox_depth",
        "doorbuster_transaction_retries_total",
        "doorbuster_overloaded_total",
    ] {
        assert!(metrics.lines().any(|line| line.starts_with(series)), "{series} is missing");
    }
}

#[test]
fn requests_are_counted_by_route_and_status() {
    let server = Server::start();
    let product = server.units(10);
    for _ in 0..3 {
        server.hold(product, 1);
    }
    server.place(product, 100).send().problem(409, "insufficient_stock");
    let found = metrics(&server);
    for (status, count) in [("201", 3), ("409", 1)] {
        let sample = format!(
            "doorbuster_http_requests_total{{method=\"POST\",route=\"/api/holds\",\
             status=\"{status}\"}} {count}"
        );
        assert!(found.lines().any(|line| line == sample), "{sample} is not in:\n{found}");
    }
    // Ids in paths must not become labels: a crowd would make as many series.
    let hold_id = server.hold_id(product, 1);
    server.get(&format!("/api/holds/{hold_id}")).send().expect(200);
    server.get("/no/such/path/at/all").send();
    let found = metrics(&server);
    assert!(!found.contains(&hold_id) && !found.contains("/no/such/path"), "{found}");
}

#[test]
fn the_log_is_json_lines_when_nobody_watches_a_terminal() {
    let server = Server::start();
    let product = server.units(10);
    server.hold(product, 1);
    let line: Value = serde_json::from_str(&server.logged(&["hold placed"])).unwrap();
    for field in ["timestamp", "level", "message", "request_id", "hold_id"] {
        assert!(line[field].is_string(), "no {field} in {line}");
    }
}

/// What happens in the sale below: its line in the log, and how often; the metric that counts it,
/// and how far.
const EVENTS: &[(&str, usize, &str, &str)] = &[
    ("hold placed", 5, "doorbuster_holds_placed_total", "5"),
    ("hold expired", 1, "doorbuster_holds_expired_total", "1"),
    ("hold released", 1, "doorbuster_holds_released_total", "1"),
    ("order created", 3, "doorbuster_orders_created_total", "3"),
    ("order cancelled", 2, "doorbuster_orders_cancelled_total", "2"),
    ("payment applied", 3, "doorbuster_payments_total{result=\"applied\"}", "3"),
    ("duplicate", 1, "doorbuster_payments_total{result=\"duplicate\"}", "1"),
    ("needed no change", 1, "doorbuster_payments_total{result=\"ignored\"}", "1"),
    ("event stored", 1, "doorbuster_payments_total{result=\"stored\"}", "1"),
    ("units retaken", 1, "doorbuster_late_payments_total{result=\"retaken\"}", "1"),
    ("refund due", 1, "doorbuster_late_payments_total{result=\"refund_due\"}", "1"),
];

/// A sale in which everything happens.
fn eventful_sale(server: &Server) {
    let product = server.product(json!({"total_stock": 10, "hold_seconds": 1}));
    server.hold(product, 1);
    eventually(Duration::from_secs(4), "the hold expires", || {
        (server.stock(product).held == 0).then_some(())
    });
    let product = server.units(2);
    let hold_id = server.hold_id(product, 1);
    server.delete(&format!("/api/holds/{hold_id}")).send().expect(200);
    let order_id = server.order_id(product, 1);
    server.deliver("evt_1", &order_id, "paid").expect(200);
    server.deliver("evt_1", &order_id, "paid").expect(200);
    server.report(&order_id, "failed").expect(200);
    server.report(&uuid(), "paid").expect(202);

    let cancelled = || {
        let order_id = server.order_id(product, 1);
        server.post(&format!("/api/orders/{order_id}/cancel")).send().expect(200);
        order_id
    };
    let (first, second) = (cancelled(), cancelled());
    server.report(&first, "paid").expect(200);
    let due = server.report(&second, "paid").expect(200);
    assert_eq!(due["order_status"], "refund_due");
}

#[test]
fn everything_that_happens_in_a_sale_is_logged_and_counted_once_each() {
    let server = Server::start();
    eventful_sale(&server);
    for (event, lines, metric, value) in EVENTS {
        eventually(Duration::from_secs(5), &format!("{lines} × {event} in the log"), || {
            let printed = server.printed();
            let found = printed.lines().filter(|line| line.contains(event)).count();
            assert!(found <= *lines, "{event} is logged {found} times: {printed}");
            (found == *lines).then_some(())
        });
        let sample = format!("{metric} {value}");
        let metrics = metrics(&server);
        assert!(metrics.lines().any(|line| line == sample), "{sample} is not in:\n{metrics}");
    }
}

#[test]
fn a_crowd_does_not_fill_the_disk_with_log_lines() {
    let server = Server::start();
    let product = server.units(1_000_000);
    crate::harness::at_once(8, |_| {
        for _ in 0..250 {
            server.place(product, 1).send().expect(201);
        }
    });
    let lines = server.printed().lines().count();
    println!("{lines} log lines for 2000 holds");
    assert!(lines < 2_000, "{lines} lines for 2000 holds");
}

#[test]
fn no_secret_and_no_payload_is_logged() {
    let server = Server::start();
    let product = server.units(10);
    let order_id = server.order_id(product, 1);
    let body = json!({
        "event_id": "evt_card", "order_id": order_id, "status": "paid",
        "card": "4242-4242-4242-4242",
    });
    server.webhook(&body).send().expect(200);
    let wrong = server.with_admin_key("wrong-key-that-somebody-tried");
    wrong.get("/api/audit").admin().send().problem(401, "unauthorized");
    let printed = server.printed();
    for secret in [crate::harness::ADMIN_KEY, crate::harness::SECRET, "wrong-key-that", "4242-4242"]
    {
        assert!(!printed.contains(secret), "{secret} is in the log");
    }
    assert_eq!(text(&server.walk("/api/payments", "event_id", 50)[0]["event_id"]), "evt_card");
}
