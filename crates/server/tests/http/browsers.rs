//! Browsers: other origins only where the operator named them, and no cookies.

use crate::harness::{Answer, Client, Launch, Server};

const SHOP: &str = "https://shop.example";

fn preflight(server: &Client, origin: &str, path: &str, method: &str) -> Answer {
    server
        .call("OPTIONS", path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
        .header("Access-Control-Request-Headers", "content-type,idempotency-key")
        .send()
}

fn allowed(answer: &Answer, header: &str) -> String {
    let name = format!("access-control-allow-{header}");
    answer.header(&name).unwrap_or_default().to_lowercase()
}

#[test]
fn no_other_origin_by_default() {
    let server = Server::start();
    for path in ["/api/products", "/api/holds"] {
        let answer = server.get(path).admin().header("Origin", SHOP).send();
        assert_eq!(answer.status, 200);
        assert_eq!(allowed(&answer, "origin"), "");
        assert_eq!(allowed(&preflight(&server, SHOP, path, "POST"), "origin"), "");
    }
}

#[test]
fn a_configured_origin_may_call_and_read() {
    let server = Launch::new()
        .config("cors_origins = [\"https://shop.example\", \"http://localhost:3000\"]")
        .start();
    for (path, method) in [
        ("/api/holds", "POST"),
        ("/api/orders", "POST"),
        ("/api/holds/018f0000-0000-7000-8000-000000000000", "DELETE"),
        ("/api/products/1", "GET"),
    ] {
        for origin in [SHOP, "http://localhost:3000"] {
            let answer = preflight(&server, origin, path, method);
            assert!([200, 204].contains(&answer.status), "{}", answer.status);
            assert_eq!(allowed(&answer, "origin"), origin);
            assert!(allowed(&answer, "methods").contains(&method.to_lowercase()));
            let headers = allowed(&answer, "headers");
            for header in ["content-type", "idempotency-key", "x-request-id"] {
                assert!(headers.contains(header), "{header} not in {headers}");
            }
            assert_eq!(allowed(&answer, "credentials"), "");
        }
    }
    let product = server.units(5);
    let answers = [
        server.get("/api/products").header("Origin", SHOP).send(),
        server.place(product, 1).header("Origin", SHOP).send(),
        // A program must be able to read why it was refused.
        server.place(product, 50).header("Origin", SHOP).send(),
        server.get("/nothing").header("Origin", SHOP).send(),
    ];
    for answer in answers {
        assert_eq!(allowed(&answer, "origin"), SHOP);
        let vary = answer.header("vary").unwrap_or_default().to_lowercase();
        assert!(vary.contains("origin"), "Vary: {vary}");
        let exposed = answer.header("access-control-expose-headers").unwrap_or_default();
        let exposed = exposed.to_lowercase();
        for header in ["location", "idempotency-replayed", "x-request-id", "retry-after"] {
            assert!(exposed.contains(header), "{header} not in {exposed}");
        }
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[test]
fn a_stranger_stays_outside_where_others_are_let_in() {
    let server = Launch::new().arg("--cors-origins", SHOP).start();
    for origin in
        ["https://evil.example", "https://shop.example.evil.example", "null", "http://shop.example"]
    {
        let answer = server.get("/api/products").header("Origin", origin).send();
        assert_eq!(allowed(&answer, "origin"), "", "{origin}");
        assert_eq!(allowed(&preflight(&server, origin, "/api/holds", "POST"), "origin"), "");
    }
}
