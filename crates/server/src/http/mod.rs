//! HTTP: requests become commands and readings, outcomes become JSON. No rule lives here.
//!
//! A request's way: `connection` → `plain`, or hyper where it is not plain → `respond` (id, body,
//! access, log, metrics) → `router` → a handler in the module of its noun (`products`, `holds`,
//! `orders`, `payments`, `stripe`) → `answer` or `problem`. What clients write is read by `input`;
//! what they get is in `resources`.

mod admin;
mod answer;
mod audit;
mod body;
mod call;
mod client_address;
mod connection;
mod cors;
mod demo;
mod docs;
mod events;
mod flat_json;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;
mod head;
mod holds;
mod input;
#[doc(hidden)]
pub mod measured;
mod openapi;
mod operations;
mod orders;
mod pages;
mod payments;
mod plain;
mod problem;
mod products;
mod rate_limit;
mod request_id;
mod resources;
mod respond;
mod rewound;
mod router;
mod server;
mod stripe;
mod timer;
mod tls;
mod wakeups;
mod well_formed;

use std::sync::Arc;
use std::time::Duration;

use doorbuster_engine::{Handle, Reader};
use hyper::header::HeaderValue;
use tokio::sync::watch;

pub use admin::ServerInfo;
pub use audit::audit_json;
pub use client_address::Network;
#[cfg(any(test, fuzzing))]
pub(crate) use head::Field;
pub(crate) use head::{Headers, text};
pub use openapi::openapi;
pub use problem::PROBLEM_CODES;
pub use rate_limit::{Limits, Rate};
pub use router::{demo_routes, routes};
pub use server::{ServeOptions, serve};
pub use tls::{CertificateError, CertificateFiles, Renewal, Tls};

use crate::admin_key::AdminKeys;
use crate::demo::Shop;
use crate::signature::{StripeWebhooks, Webhooks};
use crate::telemetry::{RefusalTelemetry, Telemetry};

/// What an [`App`] is made of.
pub struct AppParts {
    /// Decides commands.
    pub engine: Handle,
    /// Reads rows.
    pub reader: Arc<dyn Reader>,
    /// Who may make admin calls.
    pub admin_keys: AdminKeys,
    /// Whose webhooks are believed.
    pub webhooks: Webhooks,
    /// Which of Stripe's webhooks are believed.
    pub stripe_webhooks: StripeWebhooks,
    /// Origins whose pages may read our answers; `*` for any.
    pub cors_origins: Vec<HeaderValue>,
    /// How much one address may ask for.
    pub limits: Limits,
    /// Counts and logs.
    pub telemetry: Telemetry,
    /// How long the body of a request may take to arrive.
    pub body_timeout: Duration,
    /// How many may listen to products at once.
    pub max_listeners: usize,
    /// What the server tells of itself.
    pub info: ServerInfo,
    /// The shop of `serve --demo`, where this is one.
    pub(crate) demo: Option<Shop>,
}

/// Everything that calls need, shared by all of them.
pub struct App {
    engine: Handle,
    reader: Arc<dyn Reader>,
    admin_keys: AdminKeys,
    webhooks: Webhooks,
    stripe_webhooks: StripeWebhooks,
    cors: cors::Cors,
    rate_limits: Option<rate_limit::RateLimits>,
    telemetry: Telemetry,
    body_timeout: Duration,
    router: router::Router,
    /// One per problem code, in their order.
    refusals: Vec<RefusalTelemetry>,
    streams: events::Streams,
    info: ServerInfo,
    demo: Option<Shop>,
    /// Whether the server stops.
    stopping: watch::Sender<bool>,
}

impl App {
    /// The application over these parts.
    #[must_use]
    pub fn new(parts: AppParts) -> Self {
        let codes = PROBLEM_CODES.iter();
        Self {
            router: router::Router::new(&parts.telemetry, parts.demo.is_some()),
            refusals: codes.map(|code| parts.telemetry.refusal(code)).collect(),
            engine: parts.engine,
            reader: parts.reader,
            admin_keys: parts.admin_keys,
            webhooks: parts.webhooks,
            stripe_webhooks: parts.stripe_webhooks,
            cors: cors::Cors::new(parts.cors_origins),
            rate_limits: rate_limit::RateLimits::new(parts.limits),
            telemetry: parts.telemetry,
            body_timeout: parts.body_timeout,
            streams: events::Streams::new(parts.max_listeners),
            info: parts.info,
            demo: parts.demo,
            stopping: watch::Sender::new(false),
        }
    }

    /// Whether new commands can be committed.
    fn is_ready(&self) -> bool {
        self.engine.is_ready() && !*self.stopping.borrow()
    }

    fn stop(&self) {
        self.stopping.send_replace(true);
    }

    fn count_refusal(&self, code: problem::Code) {
        if let Some(refusal) = self.refusals.get(code as usize) {
            refusal.counted();
        }
    }
}

#[cfg(test)]
mod tests;
