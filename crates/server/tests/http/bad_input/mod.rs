//! Bad input, field by field: a problem that names the field, and nothing changed.

mod fields;
mod paths;
mod shapes;

use crate::harness::{Answer, Call, Server, uuid};
use serde_json::{Value, json};

/// A server with something of everything, so that a change would show.
struct Sale {
    server: Server,
    product: i64,
    /// A hold nobody has used yet.
    hold_id: String,
    /// An order nobody has paid yet.
    pending: String,
    paid: String,
}

/// A request that takes a body.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Endpoint {
    PlaceHold,
    CreateOrder,
    CreateProduct,
    ChangeProduct,
    Refund,
    Webhook,
}

impl Endpoint {
    const ALL: [Self; 6] = [
        Self::PlaceHold,
        Self::CreateOrder,
        Self::CreateProduct,
        Self::ChangeProduct,
        Self::Refund,
        Self::Webhook,
    ];
}

impl Sale {
    fn new() -> Self {
        let server = Server::start();
        let product = server.product(json!({"code": "TAKEN"}));
        let hold_id = server.hold_id(product, 1);
        let pending = server.order_id(product, 2);
        let paid = server.paid_order_id(product, 3);
        Self { server, product, hold_id, pending, paid }
    }

    /// A body that would be taken.
    fn good(&self, endpoint: Endpoint) -> Value {
        match endpoint {
            Endpoint::PlaceHold => {
                json!({"product_id": self.product, "qty": 1, "customer_id": "ann"})
            }
            Endpoint::CreateOrder => json!({"hold_id": self.hold_id, "order_id": uuid()}),
            Endpoint::CreateProduct => json!({
                "name": "Other", "total_stock": 5, "price": 100, "currency": "EUR",
                "code": "FREE", "id": 77, "opens_at": "2030-01-01T00:00:00Z",
                "closes_at": "2031-01-01T00:00:00Z", "max_per_customer": 2, "hold_seconds": 60,
                "payment_seconds": 60, "max_extensions": 1,
            }),
            Endpoint::ChangeProduct => json!({
                "name": "Other", "total_stock": 50, "price": 100, "currency": "EUR",
                "code": "ALSO-FREE", "opens_at": "2030-01-01T00:00:00Z",
                "closes_at": "2031-01-01T00:00:00Z", "max_per_customer": 2, "hold_seconds": 60,
                "payment_seconds": 60, "max_extensions": 1, "paused": true,
            }),
            Endpoint::Refund => json!({"restock": true}),
            Endpoint::Webhook => json!({
                "event_id": uuid(), "order_id": self.pending, "status": "paid",
                "amount": 3998, "currency": "USD",
            }),
        }
    }

    /// The request with this body, signed or authorized as it must be.
    fn call(&self, endpoint: Endpoint, body: Vec<u8>) -> Call<'_> {
        let server = &self.server;
        match endpoint {
            Endpoint::PlaceHold => server.post("/api/holds").bytes(body),
            Endpoint::CreateOrder => server.post("/api/orders").bytes(body),
            Endpoint::CreateProduct => server.post("/api/products").admin().bytes(body),
            Endpoint::ChangeProduct => {
                let path = format!("/api/products/{}", self.product);
                server.patch(&path).admin().bytes(body)
            }
            Endpoint::Refund => {
                let path = format!("/api/orders/{}/refund", self.paid);
                server.post(&path).admin().bytes(body)
            }
            Endpoint::Webhook => server.webhook_bytes(body),
        }
    }

    fn send(&self, endpoint: Endpoint, body: impl Into<Vec<u8>>) -> Answer {
        self.call(endpoint, body.into()).send()
    }

    /// Everything that the admin API shows.
    fn everything(&self) -> Vec<Vec<Value>> {
        let journal = format!("/api/products/{}/journal", self.product);
        [
            ("/api/products", "id"),
            ("/api/holds", "hold_id"),
            ("/api/orders", "order_id"),
            ("/api/payments", "event_id"),
            (&journal, "seq"),
        ]
        .map(|(list, key)| self.server.walk(list, key, 200))
        .into()
    }

    /// Runs `bad` requests, which may change nothing and leave at most a line each in the log.
    fn assert_unmoved(&self, bad: impl FnOnce() -> usize) {
        let (before, printed) = (self.everything(), self.server.printed().lines().count());
        let requests = bad();
        assert!(requests > 0);
        println!("{requests} bad requests");
        let log = self.server.printed();
        let lines: Vec<&str> = log.lines().skip(printed).collect();
        assert!(lines.len() <= requests, "{} lines for {requests} requests", lines.len());
        for line in lines {
            let alarm = ["ERROR", "panicked", "stack backtrace"];
            assert!(!alarm.iter().any(|word| line.contains(word)), "{line}");
        }
        assert_eq!(self.everything(), before);
    }
}

/// The problem names this field.
#[track_caller]
fn assert_names(problem: &Value, field: &str, request: &str) {
    let named = |error: &Value| {
        assert!(!error["message"].as_str().unwrap_or_default().is_empty(), "{problem}");
        error["field"] == field
    };
    let errors = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
    assert!(errors.iter().any(named), "{field} is not named for {request}: {problem}");
}
