//! What all calls have in common.

use super::*;
use crate::http::router::{Access, ROUTES};

#[tokio::test]
async fn every_answer_carries_the_requests_id() {
    let shop = Shop::open().await;
    for (method, path) in
        [("GET", "/api/products/1"), ("GET", "/nowhere"), ("PUT", "/api/holds"), ("OPTIONS", "/")]
    {
        let answer = shop.call(method, path, &[("x-request-id", "mine-1")], b"").await;
        assert_eq!(answer.headers["x-request-id"], "mine-1", "{method} {path}");
        let answer = shop.call(method, path, &[("x-request-id", "not mine")], b"").await;
        assert_eq!(answer.headers["x-request-id"].len(), 36, "{method} {path}");
    }
}

#[tokio::test]
async fn admin_routes_answer_nobody_without_a_key() {
    let shop = Shop::open().await;
    for route in ROUTES.iter().filter(|route| route.access == Access::Admin) {
        let method = route.method.as_str();
        for authorization in [
            &[][..],
            &[("authorization", "Bearer wrong-key")],
            &[("authorization", "Bearer")],
            &[("authorization", "Bearer ")],
            &[("authorization", "test-key")],
            &[("authorization", "Basic test-key")],
            &[("authorization", ADMIN), ("authorization", ADMIN)],
        ] {
            let answer = shop.call(method, route.path, authorization, b"not json").await;
            assert_eq!(answer.status, 401, "{method} {} {authorization:?}", route.path);
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
            assert_eq!(answer.code(), "unauthorized");
        }
    }
    let answer =
        shop.call("GET", "/api/orders", &[("authorization", "bearer test-key")], b"").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn an_id_in_a_path_that_nothing_can_have_is_not_found() {
    let shop = Shop::open().await;
    for (path, code) in [
        ("/api/products/2", "product_not_found"),
        ("/api/products/0", "product_not_found"),
        ("/api/products/x", "product_not_found"),
        ("/api/products/1/journal", ""),
        ("/api/products/9/journal", "product_not_found"),
        ("/api/holds/x", "hold_not_found"),
        ("/api/holds/019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "hold_not_found"),
        ("/api/orders/%00", "order_not_found"),
        ("/api/orders/019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "order_not_found"),
    ] {
        let answer = shop.admin("GET", path, &Value::Null).await;
        assert_eq!(answer.code(), code, "{path}");
    }
}

#[tokio::test]
async fn what_is_created_says_where_it_is_and_a_replay_says_so() {
    let shop = Shop::open().await;
    let hold = json!({"product_id": 1, "qty": 2});
    let same = br#"{"quantity": 2, "product_id": 1}"#;
    let first = shop
        .call("POST", "/api/holds", &[("idempotency-key", "k1")], hold.to_string().as_bytes())
        .await;
    assert_eq!(first.status, 201);
    let location = format!("/api/holds/{}", first.text("hold_id"));
    assert_eq!(first.headers["location"], &*location);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    assert_eq!(shop.get(&location).await.body, first.body);

    let again = shop.call("POST", "/api/holds", &[("idempotency-key", "\"k1\"")], same).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body, first.body);

    let other = br#"{"qty": 3, "product_id": 1}"#;
    let reused = shop.call("POST", "/api/holds", &[("idempotency-key", "k1")], other).await;
    assert_eq!((reused.status.as_u16(), &*reused.code()), (422, "idempotency_key_reused"));

    for bad in ["", "\"\"", "two words", &"k".repeat(256)] {
        let answer = shop.call("POST", "/api/holds", &[("idempotency-key", bad)], same).await;
        assert_eq!(answer.wrong_fields(), ["Idempotency-Key"], "{bad:?}");
    }
}

#[tokio::test]
async fn pages_of_the_named_origins_may_read_answers() {
    let settings = Settings { cors_origins: vec!["https://shop.example"], ..Settings::default() };
    let shop = Shop::with(&settings);
    let origin = ("origin", "https://shop.example");

    let answer = shop.call("GET", "/api/products", &[origin], b"").await;
    assert_eq!(answer.headers["access-control-allow-origin"], "https://shop.example");
    assert!(answer.headers["access-control-expose-headers"].to_str().unwrap().contains("location"));
    assert_eq!(answer.headers["vary"], "origin");
    let refused = shop.call("GET", "/nowhere", &[origin], b"").await;
    assert_eq!(refused.headers["access-control-allow-origin"], "https://shop.example");

    let asked = ("access-control-request-method", "POST");
    let preflight = shop.call("OPTIONS", "/api/holds", &[origin, asked], b"").await;
    assert_eq!(preflight.status, 204);
    let methods = preflight.headers["access-control-allow-methods"].to_str().unwrap();
    assert!(methods.contains("POST"));
    let headers = preflight.headers["access-control-allow-headers"].to_str().unwrap();
    assert!(headers.contains("idempotency-key") && headers.contains("content-type"));

    let stranger = ("origin", "https://shop.example.evil");
    for (method, path) in [("GET", "/api/products"), ("OPTIONS", "/api/holds")] {
        let answer = shop.call(method, path, &[stranger, asked], b"").await;
        let cors = answer.headers.keys().filter(|name| name.as_str().starts_with("access-control"));
        assert_eq!(cors.count(), 0, "{method} {path}");
        assert_eq!(answer.headers["vary"], "origin");
    }
    let closed = Shop::open().await.call("OPTIONS", "/api/holds", &[origin, asked], b"").await;
    assert!(!closed.headers.contains_key("access-control-allow-origin"));
    assert!(!closed.headers.contains_key("vary"));
}

#[tokio::test]
async fn a_server_that_stops_is_alive_but_not_ready() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/readyz").await.status, 200);
    shop.app.stop();
    let answer = shop.get("/readyz").await;
    assert_eq!((answer.status.as_u16(), &*answer.code()), (503, "unavailable"));
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(shop.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn every_problem_type_leads_to_a_page() {
    let shop = Shop::open().await;
    for code in crate::http::PROBLEM_CODES {
        let page = shop.get(&format!("/docs/problems/{code}")).await;
        assert_eq!(page.status, 200, "{code}");
    }
    let answer = shop.get("/nowhere").await;
    assert_eq!(shop.get(&answer.text("type")).await.status, 200);
    assert_eq!(shop.get("/docs/problems/unheard_of").await.status, 404);
}

#[tokio::test]
async fn the_documentation_needs_nothing_from_elsewhere() {
    let shop = Shop::open().await;
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png"] {
        assert_eq!(shop.get(&format!("/docs/{file}")).await.status, 200, "{file}");
    }
    for file in ["nothing.js", "..%2fsecret", "%2e%2e"] {
        assert_eq!(shop.get(&format!("/docs/{file}")).await.status, 404, "{file}");
    }
    let page = shop.get("/docs").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; connect-src 'self'"));
}
