//! Requests as bytes, made in advance as far as they repeat.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use doorbuster_engine::Clock;
use hmac::{Hmac, Mac as _};
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Uri};
use sha2::Sha256;
use uuid::Uuid;

use super::connection::Ask;
use super::target::Target;
use super::time::unix_seconds;
use crate::config::Secret;
use crate::signature;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Makes requests to one server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Requests {
    host: HeaderValue,
    admin: Option<HeaderValue>,
    secret: Option<Hmac<Sha256>>,
    clock: Clock,
    holds: Uri,
    orders: Uri,
    webhook: Uri,
    /// By product.
    pub(super) looks: Vec<Uri>,
    /// What the ids of this run's events begin with; they must be new on every server.
    pub(super) events: String,
}

impl Requests {
    /// Requests to `target`, admin calls with `admin_key`, webhooks signed with `secret` if there
    /// is one.
    ///
    /// # Errors
    /// When the address or a secret cannot be used.
    pub(super) fn new(
        target: &Target,
        admin_key: &str,
        secret: Option<&Secret>,
    ) -> anyhow::Result<Self> {
        let clock = Clock::system();
        let run = doorbuster_engine::fresh_uuid(clock.now()).simple().to_string();
        Ok(Self {
            host: HeaderValue::from_str(&target.authority())?,
            admin: Some(HeaderValue::from_str(&format!("Bearer {admin_key}"))?),
            secret: secret.map(|secret| signature::keyed(secret.expose())).transpose()?,
            clock,
            holds: Uri::from_static("/api/holds"),
            orders: Uri::from_static("/api/orders"),
            webhook: Uri::from_static("/api/payments/webhook"),
            looks: Vec::new(),
            events: format!("bench-{run}-"),
        })
    }

    pub(super) const fn signs(&self) -> bool {
        self.secret.is_some()
    }

    fn ask(&self, method: Method, uri: Uri, body: Bytes) -> Ask {
        let has_body = !body.is_empty();
        let mut ask = Ask::new(Full::new(body));
        *ask.method_mut() = method;
        *ask.uri_mut() = uri;
        let headers = ask.headers_mut();
        headers.insert(HOST, self.host.clone());
        if has_body {
            headers.insert(CONTENT_TYPE, JSON);
        }
        ask
    }

    /// An admin call.
    pub(super) fn admin(&self, method: Method, uri: Uri, body: Bytes) -> Ask {
        let mut ask = self.ask(method, uri, body);
        if let Some(admin) = &self.admin {
            ask.headers_mut().insert(AUTHORIZATION, admin.clone());
        }
        ask
    }

    pub(super) fn look(&self, product: usize) -> Ask {
        self.ask(Method::GET, self.looks[product].clone(), Bytes::new())
    }

    pub(super) fn hold(&self, body: Bytes) -> Ask {
        self.ask(Method::POST, self.holds.clone(), body)
    }

    /// An order on a hold, with an id of the client's own choice if there is one.
    pub(super) fn order(&self, hold_id: Uuid, order_id: Option<Uuid>) -> Ask {
        let body = match order_id {
            None => format!(r#"{{"hold_id":"{hold_id}"}}"#),
            Some(order_id) => format!(r#"{{"hold_id":"{hold_id}","order_id":"{order_id}"}}"#),
        };
        self.ask(Method::POST, self.orders.clone(), body.into())
    }

    pub(super) fn cancel(&self, order_id: Uuid) -> Ask {
        let path = Bytes::from(format!("/api/orders/{order_id}/cancel"));
        // A UUID in a fixed path is always an address.
        let uri = Uri::from_maybe_shared(path).unwrap_or_default();
        self.ask(Method::POST, uri, Bytes::new())
    }

    /// A delivery of a payment event, signed as Standard Webhooks asks.
    pub(super) fn delivery(&self, event: u64, order_id: Uuid, paid: bool) -> Ask {
        let (id, status) = (self.event_id(event), if paid { "paid" } else { "failed" });
        let body = format!(r#"{{"event_id":"{id}","order_id":"{order_id}","status":"{status}"}}"#);
        self.webhook(&id, body.into())
    }

    /// A webhook with this body.
    pub(super) fn webhook(&self, id: &str, body: Bytes) -> Ask {
        let mut headers = Vec::new();
        if let Some(secret) = &self.secret {
            let timestamp = unix_seconds(&self.clock).to_string();
            let mut mac = secret.clone();
            for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", &body] {
                mac.update(part);
            }
            let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
            headers = vec![
                (WEBHOOK_ID, id.to_owned()),
                (WEBHOOK_TIMESTAMP, timestamp),
                (WEBHOOK_SIGNATURE, format!("v1,{signature}")),
            ];
        }
        let mut ask = self.ask(Method::POST, self.webhook.clone(), body);
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
                ask.headers_mut().insert(name, value);
            }
        }
        ask
    }

    /// An id for an order that nobody has. It does not follow from the seed, because a server that
    /// is loaded again knows the ids of the run before.
    pub(super) fn fresh_id(&self) -> Uuid {
        doorbuster_engine::fresh_uuid(self.clock.now())
    }

    fn event_id(&self, event: u64) -> String {
        format!("{}{event}", self.events)
    }

    /// The number of an event of this run, from its id.
    pub(super) fn event_number(&self, event_id: &str) -> Option<u64> {
        event_id.strip_prefix(&self.events)?.parse().ok()
    }
}

/// The body of a hold.
pub(super) fn hold_body(product_id: u64, qty: u32, customer: Option<u64>) -> Bytes {
    match customer {
        None => format!(r#"{{"product_id":{product_id},"qty":{qty}}}"#),
        Some(customer) => {
            format!(r#"{{"product_id":{product_id},"qty":{qty},"customer_id":"buyer-{customer}"}}"#)
        }
    }
    .into()
}
