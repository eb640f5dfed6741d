//! The table of routes, and what is found for a request.

use super::*;

fn find(method: &str, path: &str) -> String {
    let router = Router::new(&Telemetry::new(), true);
    match router.find(&Method::from_bytes(method.as_bytes()).unwrap(), path) {
        Found::Route { route, in_path, .. } => {
            format!("{} {} {}", route.method, route.path, in_path.unwrap_or("-"))
        }
        Found::Path { allow, .. } => format!("allow {}", allow.to_str().unwrap()),
        Found::Nothing { .. } => "nothing".into(),
    }
}

#[test]
fn paths_and_methods_lead_to_their_routes() {
    for (method, path, found) in [
        ("GET", "/", "GET / -"),
        ("POST", "/api/holds", "POST /api/holds -"),
        ("GET", "/api/holds", "GET /api/holds -"),
        ("HEAD", "/api/holds", "GET /api/holds -"),
        ("PATCH", "/api/products/7", "PATCH /api/products/{product_id} 7"),
        ("DELETE", "/api/holds/x", "DELETE /api/holds/{hold_id} x"),
        ("POST", "/api/holds/x/extend", "POST /api/holds/{hold_id}/extend x"),
        ("POST", "/api/payments/webhook", "POST /api/payments/webhook -"),
        ("POST", "/api/payments/webhook/stripe", "POST /api/payments/webhook/stripe -"),
        ("GET", "/docs", "GET /docs -"),
        ("GET", "/docs/start.js", "GET /docs/{file} start.js"),
        ("GET", "/docs/problems/hold_used", "GET /docs/problems/{code} hold_used"),
        ("GET", "/shop", "GET /shop -"),
        ("POST", "/demo/crowd", "POST /demo/crowd -"),
        ("DELETE", "/demo/crowd", "allow GET, HEAD, POST, OPTIONS"),
        ("PUT", "/api/holds", "allow POST, GET, HEAD, OPTIONS"),
        ("OPTIONS", "/api/holds", "allow POST, GET, HEAD, OPTIONS"),
        ("HEAD", "/api/payments/webhook", "allow POST, OPTIONS"),
        ("GET", "/api/holds/", "nothing"),
        ("GET", "/api/holds/x/", "nothing"),
        ("GET", "//api/holds", "nothing"),
        ("GET", "/API/holds", "nothing"),
        ("GET", "", "nothing"),
        ("OPTIONS", "*", "nothing"),
    ] {
        assert_eq!(find(method, path), found, "{method} {path}");
    }
}

/// The contract's section of each call decides who may make it.
#[test]
fn what_the_contract_lists_under_admin_needs_an_admin_key() {
    let admin = [
        "POST /api/products",
        "PATCH /api/products/{product_id}",
        "GET /api/products/{product_id}/journal",
        "GET /api/holds",
        "GET /api/orders",
        "POST /api/orders/{order_id}/refund",
        "GET /api/payments",
        "GET /api/audit",
        "GET /api/admin/status",
        "GET /api/admin/story",
        "GET /api/admin/events",
    ];
    for route in ROUTES {
        let name = format!("{} {}", route.method, route.path);
        let expected = if admin.contains(&&*name) {
            Access::Admin
        } else if route.path == "/api/payments/webhook/stripe" {
            Access::SignedByStripe
        } else if route.path == "/api/payments/webhook" {
            Access::Signed
        } else if route.path.starts_with("/api/") {
            Access::Public
        } else {
            Access::Operations
        };
        assert_eq!(route.access, expected, "{name}");
    }
}

#[test]
fn without_the_demonstration_its_routes_are_not_there() {
    let router = Router::new(&Telemetry::new(), false);
    for route in DEMO_ROUTES {
        assert!(matches!(router.find(&route.method, route.path), Found::Nothing { .. }));
    }
}

#[test]
fn no_two_routes_are_the_same_and_all_methods_have_a_label() {
    let all: Vec<_> = ROUTES.iter().chain(DEMO_ROUTES).collect();
    for (place, route) in all.iter().enumerate() {
        assert_eq!(route.method_name(), route.method.as_str());
        let again = all.iter().skip(place + 1);
        let same = |other: &&&Route| other.method == route.method && other.path == route.path;
        assert!(!again.into_iter().any(|other| same(&other)), "{} {}", route.method, route.path);
    }
}
