//! A small HTTP client whose answers are easy to make assertions about.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use serde_json::Value;
use ureq::http::{HeaderMap, HeaderValue, Method, Request, request};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// Longer than any answer may take on a busy machine; a server that hangs fails its test.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Talks to one server.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    scheme: &'static str,
    pub(crate) address: String,
    admin_key: String,
}

/// A request being put together.
pub(crate) struct Call<'c> {
    client: &'c Client,
    request: request::Builder,
    body: Option<Vec<u8>>,
}

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// A client of the server at `address` (`127.0.0.1:8000`); encrypted, if it has a root, in PEM,
    /// that must vouch for the server.
    pub(crate) fn new(address: &str, admin_key: &str, root: Option<&str>) -> Self {
        let tls = match root {
            None => TlsConfig::default(),
            Some(root) => {
                let root = [Certificate::from_pem(root.as_bytes()).unwrap()];
                TlsConfig::builder()
                    .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
                    .root_certs(RootCerts::new_with_certs(&root))
                    .build()
            }
        };
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_idle_connections(64)
            .max_idle_connections_per_host(64)
            .timeout_global(Some(ANSWER_TIMEOUT))
            .build()
            .new_agent();
        let scheme = if root.is_some() { "https" } else { "http" };
        Self { agent, scheme, address: address.into(), admin_key: admin_key.into() }
    }

    /// The same client with another admin key.
    pub(crate) fn with_admin_key(&self, admin_key: &str) -> Self {
        Self { admin_key: admin_key.into(), ..self.clone() }
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call<'_> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Call {
            client: self,
            request: Request::builder()
                .method(method)
                .uri(format!("{}://{}{path}", self.scheme, self.address)),
            body: None,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'_> {
        self.call("POST", path)
    }

    pub(crate) fn patch(&self, path: &str) -> Call<'_> {
        self.call("PATCH", path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'_> {
        self.call("DELETE", path)
    }
}

impl Call<'_> {
    /// With the admin key.
    pub(crate) fn admin(self) -> Self {
        let bearer = format!("Bearer {}", self.client.admin_key);
        self.header("Authorization", &bearer)
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        self.header_bytes(name, value.as_bytes())
    }

    /// With a header whose value need not be ASCII.
    pub(crate) fn header_bytes(mut self, name: &str, value: &[u8]) -> Self {
        let value = HeaderValue::from_bytes(value).unwrap();
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").bytes(body.to_string())
    }

    pub(crate) fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The answer.
    #[track_caller]
    pub(crate) fn send(self) -> Answer {
        self.try_send().unwrap()
    }

    /// The answer, unless the connection breaks: then nobody knows what became of the request.
    pub(crate) fn try_send(self) -> Result<Answer, ureq::Error> {
        let agent = &self.client.agent;
        let response = match self.body {
            Some(body) => agent.run(self.request.body(body)?),
            None => agent.run(self.request.body(())?),
        }?;
        let (parts, mut body): (_, Body) = response.into_parts();
        // Events have no end to wait for.
        let is_stream = parts.headers.get("content-type").is_some_and(|t| t == "text/event-stream");
        let body = if is_stream { Vec::new() } else { body.read_to_vec()? };
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// This status, whatever the body.
    #[track_caller]
    pub(crate) fn expect_status(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
    }

    /// A success with this status; its body as JSON.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/json"));
        self.value()
    }

    /// A success that repeats an earlier one.
    #[track_caller]
    pub(crate) fn expect_replay(self) -> Value {
        assert_eq!(self.header("idempotency-replayed"), Some("true"), "{}", self.text());
        self.expect(200)
    }

    /// A problem (RFC 9457) with this status and code; the whole of it.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        let problem = self.any_problem();
        assert_eq!((self.status, &problem["code"]), (status, &code.into()), "{problem}");
        problem
    }

    /// A problem of any kind, whose members must agree with the answer that carries it.
    #[track_caller]
    pub(crate) fn any_problem(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{} {}",
            self.status,
            self.text()
        );
        let problem = self.value();
        assert_eq!(problem["status"], self.status, "{problem}");
        for member in ["type", "title", "detail", "code"] {
            let text = problem[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "no {member}: {problem}");
        }
        problem
    }
}
