//! From a request to its answer: what all calls have in common.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use doorbuster_engine::SubmitError;
use doorbuster_stores::KeyScope;
use hyper::body::Body;
use hyper::header::{ALLOW, CACHE_CONTROL, HeaderValue};
use hyper::{Method, Request, StatusCode};
use tokio::time::Instant;

use super::answer::{self, Answer, Response};
use super::body;
use super::call::Call;
use super::head::{self, Head, Headers};
use super::problem::{Code, Problem, ProblemBody};
use super::request_id::{RequestId, X_REQUEST_ID};
use super::router::{Access, Found, Route};
use super::{App, input, well_formed};

/// Nothing that changes while a sale runs may be read from a cache.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// An answer, the id of the request that it goes with, and when it was ready.
pub(super) struct Answered<'a> {
    pub(super) response: Response,
    pub(super) request_id: RequestId<'a>,
    pub(super) at: Instant,
}

impl From<Answered<'_>> for hyper::Response<answer::Body> {
    fn from(Answered { response, request_id, .. }: Answered<'_>) -> Self {
        let mut response = Self::from(response);
        if let Ok(id) = HeaderValue::from_str(request_id.as_str()) {
            response.headers_mut().insert(X_REQUEST_ID, id);
        }
        response
    }
}

/// The answer to a request from `peer` that hyper reads.
pub(super) async fn respond_to<B>(
    app: &App,
    peer: IpAddr,
    request: Request<B>,
) -> hyper::Response<answer::Body>
where
    B: Body<Data = Bytes>,
    B::Error: fmt::Display,
{
    let (parts, body) = request.into_parts();
    let fields = head::fields(&parts.headers);
    let head = Head::of(&parts, &fields);
    if !well_formed::is_well_formed(parts.version, head.headers) {
        return answer::not_http().into();
    }
    let body = body::read(body, head.headers, app.body_timeout);
    respond(app, peer, head, body).await.into()
}

/// The answer to a request from `peer`, whatever it is: there is always one.
pub(super) async fn respond<'a, B: AsRef<[u8]>>(
    app: &App,
    peer: IpAddr,
    head: Head<'a>,
    body: impl Future<Output = Result<B, Problem>>,
) -> Answered<'a> {
    let started = Instant::now();
    let request_id = RequestId::of(head.headers, app.engine.now());
    let found = app.router.find(head.method, head.path);

    let answer = match body.await {
        Ok(body) => match within_limits(app, found, peer, head, started) {
            Ok(()) => handle(app, found, head, body.as_ref(), request_id).await,
            Err(problem) => Err(problem),
        },
        Err(problem) => Err(problem),
    };
    let mut response =
        answer.unwrap_or_else(|problem| refuse(app, problem, &Line::of(found, head), &request_id));

    app.cors.grant(head.headers).expose(&mut response);
    answer::protect(&mut response);
    let at = Instant::now();
    found.telemetry().answered(response.status.as_u16(), at - started);
    Answered { response, request_id, at }
}

async fn handle(
    app: &App,
    found: Found<'_, '_>,
    head: Head<'_>,
    body: &[u8],
    request_id: RequestId<'_>,
) -> Answer {
    match found {
        Found::Route { route, in_path, .. } => {
            admit(app, route, head, body)?;
            let call = Call { app, route, head, body, in_path, request_id };
            let mut response = (route.handler)(call).await?;
            if route.method == Method::GET && route.access != Access::Operations {
                response.add(CACHE_CONTROL, NO_STORE);
            }
            Ok(response)
        }
        Found::Path { allow, .. } if head.method == Method::OPTIONS => {
            let mut response = answer::no_content();
            response.add(ALLOW, allow.clone());
            app.cors.preflight(head.headers, allow, &mut response);
            Ok(response)
        }
        Found::Path { allow, .. } => Err(Problem::MethodNotAllowed { allow: allow.clone() }),
        Found::Nothing { .. } => Err(Problem::NotFound),
    }
}

/// Whether the client's address has not asked for too much.
fn within_limits(
    app: &App,
    found: Found<'_, '_>,
    peer: IpAddr,
    head: Head<'_>,
    now: Instant,
) -> Result<(), Problem> {
    match (&app.rate_limits, found) {
        (Some(limits), Found::Route { route, .. }) => limits.admit(route, peer, head.headers, now),
        _ => Ok(()),
    }
}

/// Lets a request through to its route's handler, or not.
fn admit(app: &App, route: &Route, head: Head<'_>, body: &[u8]) -> Result<(), Problem> {
    match route.access {
        Access::Public => {}
        Access::Admin => require_key(app, route, head.headers)?,
        Access::Signed => {
            let verified = app.webhooks.verify(head.headers, body, app.engine.now());
            return verified.map_err(Problem::Signature);
        }
        Access::SignedByStripe => {
            let verified = app.stripe_webhooks.verify(head.headers, body, app.engine.now());
            return verified.map_err(Problem::Signature);
        }
        Access::Operations => return Ok(()),
    }
    match head.query {
        Some(query) if route.query.is_empty() => {
            input::Fields::of_query(query, route.query).finish(Some(()))
        }
        Some(_) | None => Ok(()), // the handler reads it
    }
}

/// A key for reading is good for whatever changes nothing.
fn require_key(app: &App, route: &Route, headers: Headers<'_>) -> Result<(), Problem> {
    match scope_of(app, headers) {
        Some(KeyScope::Admin) => Ok(()),
        Some(KeyScope::Read) if route.method == Method::GET => Ok(()),
        Some(KeyScope::Read) => Err(Problem::Forbidden),
        None => Err(Problem::Unauthorized),
    }
}

/// What the key is good for that a request presents.
pub(super) fn scope_of(app: &App, headers: Headers<'_>) -> Option<KeyScope> {
    presented_key(headers).and_then(|key| app.admin_keys.scope_of(key))
}

/// The key that a request presents. RFC 6750 §2.1: `Authorization: Bearer KEY`, the scheme in any
/// case.
pub(super) fn presented_key(headers: Headers<'_>) -> Option<&str> {
    let mut presented = headers.all("authorization");
    presented
        .next()
        .filter(|_| presented.next().is_none())
        .and_then(head::text)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, key)| key.trim_start_matches(' '))
}

/// How much of a path that leads nowhere gets into the log, in characters.
const MAX_LOGGED_PATH: usize = 120;

/// What a log line says a request was.
struct Line<'a> {
    method: &'a str,
    /// The route's path, which makes lines of one kind alike; the request's own where there is no
    /// route.
    path: Cow<'static, str>,
}

impl<'a> Line<'a> {
    fn of(found: Found<'_, '_>, head: Head<'a>) -> Self {
        let path = match found {
            Found::Route { route, .. } => route.path.into(),
            Found::Path { .. } | Found::Nothing { .. } => {
                let path: String = head.path.chars().take(MAX_LOGGED_PATH).collect();
                path.into()
            }
        };
        Self { method: head.method.as_str(), path }
    }
}

/// The answer to a request that met a problem, and its log line.
fn refuse(app: &App, problem: Problem, line: &Line<'_>, request_id: &RequestId<'_>) -> Response {
    let code = problem.code();
    app.count_refusal(code);
    let (request_id, method, path) = (request_id.as_str(), line.method, &*line.path);
    if let Some(cause) = problem.internals() {
        tracing::error!(request_id, method, path, code = code.as_str(), cause, "request failed");
    } else if matches!(problem, Problem::Undecided(SubmitError::Overloaded)) {
        app.telemetry.overloaded(request_id);
    } else if is_news(code) && app.telemetry.bad_request_line() {
        let detail = ProblemBody::of(&problem).detail().to_owned();
        tracing::info!(request_id, method, path, code = code.as_str(), detail, "request refused");
    }
    let mut response = problem.into_response(app.engine.now());
    response.add(CACHE_CONTROL, NO_STORE); // some statuses may be kept otherwise (RFC 9110 §15.1)
    response
}

/// Whether the log would not know of it otherwise. That somebody was too late for something is no
/// news in a sale, nor is who asks too much worth the lines of others; a wrong amount was logged
/// with its payment event.
fn is_news(code: Code) -> bool {
    code.status() != StatusCode::CONFLICT
        && code != Code::AmountMismatch
        && code != Code::RateLimited
}
