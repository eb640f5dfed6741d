//! Bad ids in paths, bad values in queries.

use super::{Sale, assert_names};

#[test]
fn an_id_that_cannot_be_one_is_no_server_error() {
    let sale = Sale::new();
    let long = "9".repeat(3_000);
    let ids = [
        "0",
        "-1",
        "abc",
        "1.5",
        "1e3",
        "+1",
        "01x",
        "9007199254740992",
        "18446744073709551616",
        "%00",
        "%FF",
        "%2e%2e",
        "1%2F2",
        "null",
        "018f0000-0000-7000-8000-00000000000",
        &long,
    ];
    let routes = [
        ("GET", "/api/products/{}"),
        ("PATCH", "/api/products/{}"),
        ("GET", "/api/products/{}/journal"),
        ("GET", "/api/holds/{}"),
        ("DELETE", "/api/holds/{}"),
        ("POST", "/api/holds/{}/extend"),
        ("GET", "/api/orders/{}"),
        ("POST", "/api/orders/{}/cancel"),
        ("POST", "/api/orders/{}/refund"),
    ];
    sale.assert_unmoved(|| {
        for (method, route) in routes {
            for id in ids {
                let path = route.replace("{}", id);
                let call = sale.server.call(method, &path).admin();
                let call = match method {
                    "PATCH" => call.bytes(r#"{"name": "x"}"#),
                    "POST" if route.ends_with("refund") => call.bytes(r#"{"restock": true}"#),
                    _ => call,
                };
                let answer = call.send();
                answer.any_problem();
                let status = answer.status;
                assert!([404, 414, 422].contains(&status), "{method} {path}: {status}");
            }
        }
        routes.len() * ids.len()
    });
}

#[test]
fn a_bad_query_value_is_refused_by_its_name() {
    let sale = Sale::new();
    let journal = format!("/api/products/{}/journal", sale.product);
    let lists = ["/api/products", "/api/holds", "/api/orders", "/api/payments", &journal];
    let long = "x".repeat(256);
    let everywhere = [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "201"),
        ("limit", "1.5"),
        ("limit", "ten"),
        ("limit", ""),
        ("limit", "99999999999999999999"),
        ("cursor", "%FF"),
        ("cursor", "***"),
        ("cursor", &long),
        ("limt", "5"),
    ];
    let filters = [
        ("product_id", "0"),
        ("product_id", "-1"),
        ("product_id", "abc"),
        ("product_id", "9007199254740992"),
        ("status", "Active"),
        ("status", "nonsense"),
        ("status", ""),
        ("order_id", "abc"),
        ("order_id", "1"),
        ("customer_id", &long),
        ("customer_id", ""),
    ];
    sale.assert_unmoved(|| {
        let mut requests = 0;
        for list in lists {
            let filtered = !list.contains("product");
            let filters = filters.iter().filter(|_| filtered);
            for (name, value) in everywhere.iter().chain(filters) {
                let path = format!("{list}?{name}={value}");
                let answer = sale.server.get(&path).admin().send();
                assert_eq!(answer.status, 422, "{path}: {}", answer.text());
                assert_names(&answer.problem(422, "validation_failed"), name, &path);
                requests += 1;
            }
        }
        requests
    });
}
