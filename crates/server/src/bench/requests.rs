//! Requests as bytes, made in advance as far as they repeat.

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use doorbuster_engine::Clock;
use hmac::{Hmac, Mac as _};
use hyper::header::HeaderValue;
use hyper::{Method, Uri};
use sha2::Sha256;
use uuid::Uuid;

use super::target::Target;
use super::time::unix_seconds;
use crate::config::Secret;
use crate::signature;

/// Makes requests to one server. Each is written to the end of a buffer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Requests {
    host: HeaderValue,
    admin: HeaderValue,
    secret: Option<Hmac<Sha256>>,
    clock: Clock,
    /// Looks at the products on sale, whole.
    looks: Vec<Bytes>,
    /// What the ids of this run's events begin with; they must be new on every server.
    events: String,
}

/// A header field.
type Field<'a> = (&'a str, &'a [u8]);

impl Requests {
    /// Requests to `target`, admin calls with `admin_key`, webhooks signed with `secret` if there
    /// is one.
    ///
    /// # Errors
    /// When the address or a secret cannot be used.
    pub(crate) fn new(
        target: &Target,
        admin_key: &str,
        secret: Option<&Secret>,
    ) -> anyhow::Result<Self> {
        let clock = Clock::system();
        let run = doorbuster_engine::fresh_uuid(clock.now()).simple().to_string();
        Ok(Self {
            host: HeaderValue::from_str(&target.authority())?,
            admin: HeaderValue::from_str(&format!("Bearer {admin_key}"))?,
            secret: secret.map(|secret| signature::keyed(secret.expose())).transpose()?,
            clock,
            looks: Vec::new(),
            events: format!("bench-{run}-"),
        })
    }

    pub(super) const fn signs(&self) -> bool {
        self.secret.is_some()
    }

    /// These products are the ones that are looked at.
    pub(super) fn show(&mut self, products: &[u64]) {
        let look = |id| {
            let mut request = Vec::new();
            self.put(&mut request, "GET", &format!("/api/products/{id}"), &[], b"");
            request.into()
        };
        self.looks = products.iter().map(look).collect();
    }

    fn put(&self, out: &mut Vec<u8>, method: &str, path: &str, fields: &[Field<'_>], body: &[u8]) {
        for part in [method, " ", path, " HTTP/1.1\r\nhost: "] {
            out.extend_from_slice(part.as_bytes());
        }
        out.extend_from_slice(self.host.as_bytes());
        for (name, value) in fields {
            for part in [b"\r\n", name.as_bytes(), b": ", value] {
                out.extend_from_slice(part);
            }
        }
        if !body.is_empty() {
            out.extend_from_slice(b"\r\ncontent-type: application/json");
        }
        if method != "GET" {
            let length = body.len();
            let _ = write!(out, "\r\ncontent-length: {length}"); // a Vec takes everything
        }
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(body);
    }

    fn post(&self, out: &mut Vec<u8>, path: &str, body: &[u8]) {
        self.put(out, "POST", path, &[], body);
    }

    /// An admin call.
    pub(crate) fn admin(&self, out: &mut Vec<u8>, method: &Method, uri: &Uri, body: &[u8]) {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let key = [("authorization", self.admin.as_bytes())];
        self.put(out, method.as_str(), path, &key, body);
    }

    /// A look at one of the products on sale.
    pub(super) fn look(&self, out: &mut Vec<u8>, product: usize) {
        out.extend_from_slice(&self.looks[product]);
    }

    pub(crate) fn hold(&self, out: &mut Vec<u8>, product_id: u64, qty: u32, customer: Option<u64>) {
        self.post(out, "/api/holds", hold_body(product_id, qty, customer).as_bytes());
    }

    /// An order on a hold, with an id of the client's own choice if there is one.
    pub(crate) fn order(&self, out: &mut Vec<u8>, hold_id: Uuid, order_id: Option<Uuid>) {
        let body = match order_id {
            None => format!(r#"{{"hold_id":"{hold_id}"}}"#),
            Some(order_id) => format!(r#"{{"hold_id":"{hold_id}","order_id":"{order_id}"}}"#),
        };
        self.post(out, "/api/orders", body.as_bytes());
    }

    pub(super) fn cancel(&self, out: &mut Vec<u8>, order_id: Uuid) {
        self.post(out, &format!("/api/orders/{order_id}/cancel"), b"");
    }

    /// A delivery of a payment event, signed as Standard Webhooks asks.
    pub(super) fn delivery(&self, out: &mut Vec<u8>, event: u64, order_id: Uuid, paid: bool) {
        let (id, status) = (self.event_id(event), if paid { "paid" } else { "failed" });
        let body = format!(r#"{{"event_id":"{id}","order_id":"{order_id}","status":"{status}"}}"#);
        self.webhook(out, &id, body.as_bytes());
    }

    /// A webhook with this body.
    pub(crate) fn webhook(&self, out: &mut Vec<u8>, id: &str, body: &[u8]) {
        const PATH: &str = "/api/payments/webhook";
        let Some(secret) = &self.secret else { return self.post(out, PATH, body) };
        let timestamp = unix_seconds(&self.clock).to_string();
        let mut mac = secret.clone();
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        let mut signature = "v1,".to_owned();
        BASE64_STANDARD.encode_string(mac.finalize().into_bytes(), &mut signature);
        let fields = [
            ("webhook-id", id.as_bytes()),
            ("webhook-timestamp", timestamp.as_bytes()),
            ("webhook-signature", signature.as_bytes()),
        ];
        self.put(out, "POST", PATH, &fields, body);
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
pub(super) fn hold_body(product_id: u64, qty: u32, customer: Option<u64>) -> String {
    match customer {
        None => format!(r#"{{"product_id":{product_id},"qty":{qty}}}"#),
        Some(customer) => {
            format!(r#"{{"product_id":{product_id},"qty":{qty},"customer_id":"buyer-{customer}"}}"#)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(secret: Option<&str>) -> Requests {
        let secret = secret.map(|secret| secret.parse::<Secret>().unwrap());
        let target = "http://shop.example".parse().unwrap();
        Requests::new(&target, "KEY", secret.as_ref()).unwrap()
    }

    #[test]
    fn requests_are_whole_and_well_formed() {
        let mut requests = requests(None);
        requests.show(&[7, 8]);
        let id = Uuid::nil();
        let post = |path: &str, json: &str| {
            let (kind, length) = ("content-type: application/json", json.len());
            format!(
                "POST {path} HTTP/1.1\r\nhost: shop.example:80\r\n{kind}\r\n\
                 content-length: {length}\r\n\r\n{json}"
            )
        };
        type Put<'a> = &'a dyn Fn(&mut Vec<u8>);
        let cases: [(Put<'_>, String); 5] = [
            (
                &|out| requests.look(out, 1),
                "GET /api/products/8 HTTP/1.1\r\nhost: shop.example:80\r\n\r\n".into(),
            ),
            (
                &|out| requests.hold(out, 7, 2, Some(3)),
                post("/api/holds", r#"{"product_id":7,"qty":2,"customer_id":"buyer-3"}"#),
            ),
            (
                &|out| requests.order(out, id, None),
                post("/api/orders", &format!(r#"{{"hold_id":"{id}"}}"#)),
            ),
            (
                &|out| requests.cancel(out, id),
                format!(
                    "POST /api/orders/{id}/cancel HTTP/1.1\r\nhost: shop.example:80\r\n\
                     content-length: 0\r\n\r\n"
                ),
            ),
            (
                &|out| {
                    let uri = Uri::from_static("/api/holds?limit=2");
                    requests.admin(out, &Method::GET, &uri, b"");
                },
                "GET /api/holds?limit=2 HTTP/1.1\r\nhost: shop.example:80\r\n\
                 authorization: Bearer KEY\r\n\r\n"
                    .into(),
            ),
        ];
        for (put, expected) in cases {
            let mut out = Vec::new();
            put(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn a_delivery_is_signed_where_there_is_a_secret() {
        for (secret, signed) in [(None, false), (Some("whsec_b3RoZXI="), true)] {
            let requests = requests(secret);
            let mut out = Vec::new();
            requests.delivery(&mut out, 5, Uuid::nil(), true);
            let out = String::from_utf8(out).unwrap();
            assert_eq!(out.contains("\r\nwebhook-signature: v1,"), signed, "{out}");
            let id = out.split('"').find(|word| word.starts_with("bench-")).unwrap();
            assert_eq!(requests.event_number(id), Some(5));
            assert_eq!(out.contains(&format!("\r\nwebhook-id: {id}\r\n")), signed, "{out}");
        }
    }
}
