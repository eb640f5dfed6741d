//! Limits per client address, as requests meet them; the buckets have tests of their own.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use super::*;
use crate::http::connection::Connections;
use crate::http::plain::Unanswered;

/// A shop with two holds and one order at once, and a trusted proxy at `proxy`.
async fn shop(proxy: &str) -> Shop {
    let limits = Limits {
        holds: Some("1/s:2".parse().unwrap()),
        orders: Some("1/m".parse().unwrap()),
        trusted_proxies: vec![proxy.parse().unwrap()],
    };
    let shop = Shop::with(&Settings { limits, ..Settings::default() });
    let product = json!({"name": "Ten units", "total_stock": 10, "price": 9999, "id": 1});
    assert_eq!(shop.admin("POST", "/api/products", &product).await.status, 201);
    shop
}

async fn place(shop: &Shop, headers: &[(&str, &str)]) -> Answered {
    shop.call("POST", "/api/holds", headers, br#"{"product_id": 1, "qty": 1}"#).await
}

#[tokio::test(start_paused = true)]
async fn one_too_many_is_told_when_to_come_back_and_has_no_effect() {
    let shop = shop("198.51.100.1").await;
    for status in [201, 201, 429, 429] {
        assert_eq!(place(&shop, &[]).await.status, status);
    }
    let refused = place(&shop, &[]).await;
    assert_eq!(refused.code(), "rate_limited");
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(refused.body["retry_after_ms"], 1_000);
    assert_eq!(shop.get("/api/products/1").await.body["held_stock"], 2);
    tokio::time::advance(Duration::from_millis(1_000)).await;
    let placed = place(&shop, &[]).await;
    assert_eq!(placed.status, 201);
    assert_eq!(place(&shop, &[]).await.status, 429);

    // Orders have a limit of their own, everything else has none.
    let order = json!({"hold_id": placed.text("hold_id")});
    assert_eq!(shop.post("/api/orders", &order).await.status, 201);
    let refused = shop.post("/api/orders", &order).await;
    assert_eq!(
        (&*refused.code(), &refused.headers["retry-after"]),
        ("rate_limited", &"60".parse().unwrap())
    );
    for _ in 0..100 {
        assert_eq!(shop.get("/api/products/1").await.status, 200);
        assert_eq!(shop.admin("GET", "/api/holds", &Value::Null).await.status, 200);
    }
    let metrics = shop.app.telemetry.render_metrics(&shop.app.engine);
    let counted = "doorbuster_refusals_total{code=\"rate_limited\"} 5";
    assert!(metrics.lines().any(|line| line == counted), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn only_a_trusted_proxy_may_say_whom_a_request_is_from() {
    let stranger = shop("198.51.100.1").await;
    let proxied = shop("203.0.113.0/24").await;
    let mut statuses = (Vec::new(), Vec::new());
    for client in 0..4 {
        let client = format!("192.0.2.{client}");
        let spoofed = [("x-forwarded-for", &*client)];
        statuses.0.push(place(&stranger, &spoofed).await.status.as_u16());
        statuses.1.push(place(&proxied, &spoofed).await.status.as_u16());
    }
    assert_eq!(statuses.0, [201, 201, 429, 429], "another header makes nobody another client");
    assert_eq!(statuses.1, [201; 4]);
    // What a client of the proxy wrote itself stands further left.
    for (number, status) in [(0, 201), (1, 201), (2, 429)] {
        let chain = format!("192.0.2.{number}, 198.51.100.77");
        assert_eq!(place(&proxied, &[("x-forwarded-for", &chain)]).await.status, status);
    }
}

#[tokio::test(start_paused = true)]
async fn without_limits_nobody_is_refused() {
    let shop = Shop::open().await;
    assert!(shop.app.rate_limits.is_none());
    for _ in 0..10 {
        assert_eq!(place(&shop, &[]).await.status, 201);
    }
}

#[tokio::test(start_paused = true)]
async fn both_ways_of_reading_requests_have_the_limits() {
    let shop = shop("198.51.100.1").await;
    let body = r#"{"product_id":1,"qty":1}"#;
    let request = format!(
        "POST /api/holds HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut told = Vec::new();
    for lean in [true, false, true, false] {
        let connections = Connections::new(shop.app.clone(), None, Duration::from_secs(5));
        let (mut client, server) = duplex(64 * 1024);
        client.write_all(request.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        if lean {
            connections.serve_requests(server, PEER).await;
        } else {
            connections.serve_on(server, PEER, Unanswered::default()).await.unwrap();
        }
        let mut said = String::new();
        client.read_to_string(&mut said).await.unwrap();
        told.push(said.split(' ').nth(1).unwrap_or_default().to_owned());
    }
    assert_eq!(told, ["201", "201", "429", "429"]);
}
