//! Answers: JSON in one buffer, and the few headers that go with it.

use std::convert::Infallible;
use std::pin::Pin;

use bytes::Bytes;
use doorbuster_domain::{HoldId, OrderId, ProductId};
use futures_util::stream::Map;
use futures_util::{Stream, StreamExt};
use http_body_util::{Either, Full, StreamBody};
use hyper::StatusCode;
use hyper::body::Frame;
use hyper::header::{
    CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use serde::Serialize;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::flat_json;
use super::problem::Problem;

/// What comes of an answer that goes on for as long as somebody reads it.
pub(super) type Chunks = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

/// An answer's body as hyper takes it.
pub(super) type Body = Either<Full<Bytes>, StreamBody<Map<Chunks, fn(Bytes) -> DataFrame>>>;

type DataFrame = Result<Frame<Bytes>, Infallible>;

/// An answer on its way to the client.
pub(super) struct Response {
    pub(super) status: StatusCode,
    /// No name stands here twice.
    headers: Vec<(HeaderName, HeaderValue)>,
    /// All of it, unless it goes on.
    pub(super) body: Bytes,
    chunks: Option<Chunks>,
}

impl Response {
    fn new(status: StatusCode, body: Bytes) -> Self {
        Self { status, headers: Vec::with_capacity(HEADERS), body, chunks: None }
    }

    /// Adds a header that is not there yet.
    pub(super) fn add(&mut self, name: HeaderName, value: HeaderValue) {
        debug_assert!(self.header(&name).is_none(), "{name} is there twice");
        self.headers.push((name, value));
    }

    pub(super) fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value)
    }

    pub(super) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }
}

impl From<Response> for hyper::Response<Body> {
    fn from(Response { status, headers, body, chunks }: Response) -> Self {
        let data: fn(Bytes) -> DataFrame = |chunk| Ok(Frame::data(chunk));
        let mut response = Self::new(match chunks {
            None => Either::Left(Full::new(body)),
            Some(chunks) => Either::Right(StreamBody::new(chunks.map(data))),
        });
        *response.status_mut() = status;
        response.headers_mut().extend(headers);
        response
    }
}

/// What a handler comes to.
pub(super) type Answer = Result<Response, Problem>;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// Says that the answer is an earlier request's effect (draft-ietf-httpapi-idempotency-key-header).
pub(super) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a browser that shows an answer may load for it, and who may frame it: nothing and nobody.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// A browser takes an answer for what it says it is, and for nothing else.
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Where a link of ours leads need not know from where.
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");

/// Room for the headers of most answers.
const HEADERS: usize = 8;

/// Room for one resource, so that its buffer does not grow while it is written.
const RESOURCE_BYTES: usize = 512;

/// Adds what keeps browsers from doing with an answer what it is not for; a page has a policy of
/// its own by now.
pub(super) fn protect(response: &mut Response) {
    response.add(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if response.header(&CONTENT_SECURITY_POLICY).is_none() {
        response.add(CONTENT_SECURITY_POLICY, NOTHING);
    }
}

/// 200 with `resource`.
pub(super) fn ok(resource: &impl Serialize) -> Answer {
    json(StatusCode::OK, resource)
}

/// 202 with `resource`.
pub(super) fn accepted(resource: &impl Serialize) -> Answer {
    json(StatusCode::ACCEPTED, resource)
}

/// 201 with `resource`, and where to find it.
pub(super) fn created(location: Location, resource: &impl Serialize) -> Answer {
    let mut response = json(StatusCode::CREATED, resource)?;
    let location = HeaderValue::from_maybe_shared(Bytes::from(location.path()))
        .map_err(|error| Problem::Internal(format!("a path is no header value: {error}")))?;
    response.add(LOCATION, location);
    Ok(response)
}

/// 201 for something new; 200 for what an earlier request had made already.
pub(super) fn created_once(
    location: Location,
    resource: &impl Serialize,
    replayed: bool,
) -> Answer {
    if !replayed {
        return created(location, resource);
    }
    let mut response = ok(resource)?;
    response.add(IDEMPOTENCY_REPLAYED, TRUE);
    Ok(response)
}

/// A page for a browser, which loads and calls for it what `policy` says and nothing else.
pub(super) fn page(policy: HeaderValue, html: impl Into<Bytes>) -> Response {
    let mut response = content(HTML, html);
    response.add(CONTENT_SECURITY_POLICY, policy);
    response.add(REFERRER_POLICY, NO_REFERRER);
    response
}

/// A script, style or other text of our own.
pub(super) fn content(content_type: HeaderValue, body: impl Into<Bytes>) -> Response {
    with_type(StatusCode::OK, content_type, body.into())
}

/// 200 and no end.
pub(super) fn stream(content_type: HeaderValue, chunks: Chunks) -> Response {
    let mut response = with_type(StatusCode::OK, content_type, Bytes::new());
    response.chunks = Some(chunks);
    response
}

/// 304: the client has it already.
pub(super) fn not_modified() -> Response {
    Response::new(StatusCode::NOT_MODIFIED, Bytes::new())
}

/// 400 without a word, as hyper answers whatever is not HTTP; nothing more is read.
pub(super) fn not_http() -> Response {
    let mut response = Response::new(StatusCode::BAD_REQUEST, Bytes::new());
    response.add(CONNECTION, HeaderValue::from_static("close"));
    protect(&mut response);
    response
}

/// 204: nothing to say.
pub(super) fn no_content() -> Response {
    Response::new(StatusCode::NO_CONTENT, Bytes::new())
}

/// A problem document.
pub(super) fn problem_json(status: StatusCode, body: &impl Serialize) -> Response {
    // A document of texts and numbers cannot fail to serialize; an empty one would still be a
    // problem with the right status.
    let body = to_json(body).unwrap_or_default();
    with_type(status, PROBLEM_JSON, body.into())
}

fn json(status: StatusCode, resource: &impl Serialize) -> Answer {
    let body = to_json(resource)
        .map_err(|error| Problem::Internal(format!("an answer is not JSON: {error}")))?;
    Ok(with_type(status, JSON, body.into()))
}

fn to_json(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(RESOURCE_BYTES);
    if !flat_json::write(value, &mut json) {
        json.clear();
        serde_json::to_writer(&mut json, value)?;
    }
    Ok(json)
}

fn with_type(status: StatusCode, content_type: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(status, body);
    response.add(CONTENT_TYPE, content_type);
    response
}

/// Where something new is found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Location {
    Product(ProductId),
    Hold(HoldId),
    Order(OrderId),
}

impl Location {
    fn path(self) -> String {
        match self {
            Self::Product(id) => format!("/api/products/{id}"),
            Self::Hold(id) => under("/api/holds/", id.uuid()),
            Self::Order(id) => under("/api/orders/", id.uuid()),
        }
    }
}

/// The path of `id` under `folder`. What `format!` takes for this would be noticed in every hold.
fn under(folder: &str, id: Uuid) -> String {
    let mut path = String::with_capacity(folder.len() + Hyphenated::LENGTH);
    path.push_str(folder);
    path.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    path
}
