//! Requests and their answers, over an engine with a store in memory. The whole contract is tested
//! from outside (`tests/http`); here is what is decided before or after the engine.

mod bad_input;
mod edge;
mod limits;
mod lists;
mod plain;
mod rate_limits;
mod webhooks;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use doorbuster_domain::Timestamp;
use doorbuster_engine::{Clock, Engine, MemoryStore, Options, Unobserved};
use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};

use super::respond::respond_to;
use super::{App, AppParts, Limits, ServerInfo};
use crate::admin_key::AdminKeys;
use crate::signature::{StripeWebhooks, Webhooks};
use crate::telemetry::Telemetry;

/// 2026-11-27T09:00:00Z, when every test begins and stays.
const NOW: Timestamp = Timestamp::from_millis(1_795_770_000_000);

/// Whom all requests are from.
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

const ADMIN: &str = "Bearer test-key";

/// A shop whose engine runs beside the test.
struct Shop {
    app: Arc<App>,
    clock: Clock,
}

/// What a shop is like beyond its defaults.
struct Settings {
    allow_unsigned: bool,
    /// For both schemes.
    secrets: Vec<String>,
    cors_origins: Vec<&'static str>,
    limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_unsigned: true,
            secrets: Vec::new(),
            cors_origins: Vec::new(),
            limits: Limits::default(),
        }
    }
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Shop {
    /// A shop with product 1: ten units, open.
    async fn open() -> Self {
        let shop = Self::with(&Settings::default());
        let product = json!({"name": "Ten units", "total_stock": 10, "price": 9999, "id": 1});
        let created = shop.admin("POST", "/api/products", &product).await;
        assert_eq!(created.status, 201);
        shop
    }

    fn with(settings: &Settings) -> Self {
        let store = MemoryStore::new();
        let reader = Arc::new(store.reader());
        let clock = Clock::manual(NOW);
        let (engine, handle) = Engine::new(store, Unobserved, clock.clone(), Options::default());
        tokio::spawn(engine.run(std::future::pending()));
        let app = App::new(AppParts {
            engine: handle,
            reader,
            admin_keys: AdminKeys::only("test-key"),
            webhooks: Webhooks::new(&settings.secrets, settings.allow_unsigned).unwrap(),
            stripe_webhooks: StripeWebhooks::new(&settings.secrets, settings.allow_unsigned)
                .unwrap(),
            cors_origins: settings.cors_origins.iter().map(|o| o.parse().unwrap()).collect(),
            limits: settings.limits.clone(),
            telemetry: Telemetry::new(),
            body_timeout: Duration::from_secs(10),
            max_listeners: 2,
            info: ServerInfo { store: "memory", node: "node".into(), started_at: NOW },
            demo: None,
        });
        Self { app: Arc::new(app), clock }
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answered {
        let mut request = Request::builder().method(method).uri(path).header("host", "shop");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body))).unwrap();
        let (head, body) = respond_to(&self.app, PEER, request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answered { status: head.status, headers: head.headers, body }
    }

    async fn get(&self, path: &str) -> Answered {
        self.call("GET", path, &[], b"").await
    }

    async fn post(&self, path: &str, body: &Value) -> Answered {
        self.call("POST", path, &[], body.to_string().as_bytes()).await
    }

    async fn admin(&self, method: &str, path: &str, body: &Value) -> Answered {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.call(method, path, &[("authorization", ADMIN)], body.as_bytes()).await
    }

    /// A hold on one unit; its id.
    async fn hold(&self) -> String {
        let hold = self.post("/api/holds", &json!({"product_id": 1, "qty": 1})).await;
        assert_eq!(hold.status, 201, "{}", hold.body);
        hold.text("hold_id")
    }

    /// An order of one unit; its id.
    async fn order(&self) -> String {
        let order = self.post("/api/orders", &json!({"hold_id": self.hold().await})).await;
        assert_eq!(order.status, 201, "{}", order.body);
        order.text("order_id")
    }
}

impl Answered {
    fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_default().to_owned()
    }

    fn code(&self) -> String {
        self.text("code")
    }

    /// The fields that are wrong.
    fn wrong_fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        errors.iter().filter_map(|error| error["field"].as_str()).collect()
    }
}
