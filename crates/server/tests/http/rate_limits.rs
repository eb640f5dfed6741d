//! Limits per client address, from outside.

use serde_json::json;

use crate::harness::{Client, Launch, Server, Stock};

/// How many of ten holds at once this server answers with 201, each said to be from another client.
fn placed(server: &Client, product: i64) -> usize {
    let statuses = (0..10).map(|client| {
        let forwarded = format!("198.51.100.{client}");
        let answer = server.place(product, 1).header("X-Forwarded-For", &forwarded).send();
        if answer.status == 429 {
            let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&wait), "{wait}");
            answer.any_problem();
            return 429;
        }
        answer.expect_status(201);
        201
    });
    statuses.filter(|status| *status == 201).count()
}

#[test]
fn an_address_gets_its_burst_and_a_header_makes_it_no_other_unless_a_proxy_says_so() {
    let limited = || Launch::new().arg("--rate-limit-holds", "1/m:4");
    for (launch, expected) in [
        (Launch::new(), 10),
        (limited(), 4),
        (limited().arg("--trusted-proxies", "10.0.0.0/8"), 4),
        (limited().arg("--trusted-proxies", "10.0.0.0/8,127.0.0.1"), 10),
    ] {
        let server = launch.start();
        let product = server.units(50);
        assert_eq!(placed(&server, product), expected);
        let held = i64::try_from(expected).unwrap();
        assert_eq!(server.stock(product), Stock::of(50 - held, held, 0));
        let metrics = server.get("/metrics").send().text();
        let counted = format!("doorbuster_refusals_total{{code=\"rate_limited\"}} {}", 10 - held);
        assert!(metrics.lines().any(|line| line == counted), "{metrics}");
    }
}

#[test]
fn orders_have_a_limit_of_their_own() {
    let server: Server = Launch::new().arg("--rate-limit-orders", "2/m").start();
    let product = server.units(50);
    let holds: Vec<String> = (0..4).map(|_| server.hold_id(product, 1)).collect();
    let statuses: Vec<u16> = holds.iter().map(|hold| server.order(hold).send().status).collect();
    assert_eq!(statuses, [201, 201, 429, 429]);
    let webhook = json!({"event_id": "e", "order_id": crate::harness::uuid(), "status": "paid"});
    server.webhook(&webhook).send().expect(202);
}

#[test]
fn a_rate_or_a_network_that_is_none_is_refused_by_name() {
    for (option, value) in [
        ("--rate-limit-holds", "5"),
        ("--rate-limit-orders", "0/s"),
        ("--trusted-proxies", "10.0.0.0/40"),
        ("--trusted-proxies", "proxy.example"),
    ] {
        let output = Launch::bare().arg(option, value).output();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(option) && said.contains(value), "{said}");
    }
}
