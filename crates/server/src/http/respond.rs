//! From a request to its answer: what all calls have in common.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use hyper::body::Body;
use hyper::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, StatusCode};

use super::answer::{self, Answer, Response};
use super::body;
use super::call::Call;
use super::problem::{Code, Problem, ProblemBody};
use super::request_id::{RequestId, X_REQUEST_ID};
use super::router::{Access, Found, Route};
use super::{App, input};

/// The answer to a request, whatever it is: there is always one.
#[expect(clippy::disallowed_methods, reason = "only measures how long the answer took")]
pub(super) async fn respond<B>(app: &Arc<App>, request: Request<B>) -> Response
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let started = Instant::now();
    let (head, body) = request.into_parts();
    let request_id = RequestId::of(&head.headers, app.engine.now());
    let grant = app.cors.grant(&head.headers);
    let found = app.router.find(&head.method, head.uri.path());
    let telemetry = found.telemetry();
    let line = Line::of(&found, &head);

    let answer = match body::read(body, &head.headers, app.body_timeout).await {
        Ok(body) => handle(app, found, head, body, &request_id).await,
        Err(problem) => Err(problem),
    };
    let mut response = answer.unwrap_or_else(|problem| refuse(app, problem, &line, &request_id));

    let headers = response.headers_mut();
    grant.expose(headers);
    if let Some(id) = request_id.header() {
        headers.insert(X_REQUEST_ID, id);
    }
    telemetry.answered(response.status().as_u16(), started.elapsed());
    response
}

async fn handle(
    app: &Arc<App>,
    found: Found<'_>,
    head: Parts,
    body: Bytes,
    request_id: &RequestId,
) -> Answer {
    match found {
        Found::Route { route, in_path, .. } => {
            admit(app, route, &head, &body)?;
            let volatile = route.method == Method::GET && route.access != Access::Operations;
            let request_id = request_id.clone();
            let call = Call { app: app.clone(), route, head, body, in_path, request_id };
            let mut response = (route.handler)(call).await?;
            if volatile {
                let headers = response.headers_mut();
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            Ok(response)
        }
        Found::Path { allow, .. } if head.method == Method::OPTIONS => {
            let mut response = answer::no_content();
            response.headers_mut().insert(hyper::header::ALLOW, allow.clone());
            app.cors.preflight(&head.headers, allow, response.headers_mut());
            Ok(response)
        }
        Found::Path { allow, .. } => Err(Problem::MethodNotAllowed { allow: allow.clone() }),
        Found::Nothing { .. } => Err(Problem::NotFound),
    }
}

/// Lets a request through to its route's handler, or not.
fn admit(app: &App, route: &Route, head: &Parts, body: &[u8]) -> Result<(), Problem> {
    match route.access {
        Access::Public => {}
        Access::Admin => require_admin(app, &head.headers)?,
        Access::Signed => {
            let verified = app.webhooks.verify(&head.headers, body, app.engine.now());
            return verified.map_err(Problem::Signature);
        }
        Access::Operations => return Ok(()),
    }
    match head.uri.query() {
        Some(query) if route.query.is_empty() => {
            input::Fields::of_query(query, route.query).finish(Some(()))
        }
        Some(_) | None => Ok(()), // the handler reads it
    }
}

/// RFC 6750 §2.1: `Authorization: Bearer KEY`, the scheme in any case.
fn require_admin(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let mut presented = headers.get_all(AUTHORIZATION).iter();
    let key = presented
        .next()
        .filter(|_| presented.next().is_none())
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, key)| key.trim_start_matches(' '));
    match key {
        Some(key) if app.admin_keys.accepts(key) => Ok(()),
        Some(_) | None => Err(Problem::Unauthorized),
    }
}

/// How much of a path that leads nowhere gets into the log, in characters.
const MAX_LOGGED_PATH: usize = 120;

/// What a log line says a request was.
struct Line {
    method: Method,
    /// The route's path, so that no id gets into the log; the request's own where there is no
    /// route.
    path: std::borrow::Cow<'static, str>,
}

impl Line {
    fn of(found: &Found<'_>, head: &Parts) -> Self {
        let path = match found {
            Found::Route { route, .. } => route.path.into(),
            Found::Path { .. } | Found::Nothing { .. } => {
                let path: String = head.uri.path().chars().take(MAX_LOGGED_PATH).collect();
                path.into()
            }
        };
        Self { method: head.method.clone(), path }
    }
}

/// The answer to a request that met a problem, and its log line.
fn refuse(app: &App, problem: Problem, line: &Line, request_id: &RequestId) -> Response {
    let code = problem.code();
    app.count_refusal(code);
    let (request_id, method, path) = (request_id.as_str(), line.method.as_str(), &*line.path);
    if let Some(cause) = problem.internals() {
        tracing::error!(request_id, method, path, code = code.as_str(), cause, "request failed");
    } else if code == Code::Overloaded {
        app.telemetry.overloaded(request_id);
    } else if is_news(code) && app.telemetry.bad_request_line() {
        let detail = ProblemBody::of(&problem).detail().to_owned();
        tracing::info!(request_id, method, path, code = code.as_str(), detail, "request refused");
    }
    problem.into_response(app.engine.now())
}

/// Whether the log would not know of it otherwise. That somebody was too late for something is no
/// news in a sale, and a wrong amount was logged with its payment event.
fn is_news(code: Code) -> bool {
    code.status() != StatusCode::CONFLICT && code != Code::AmountMismatch
}
