//! The lean way's reader of requests: whatever it takes, hyper reads as the same request, to the
//! same byte.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};

use crate::http::head::Head;
use crate::http::plain::request::{Fields, Parsed, Plain, parse};

/// How often hyper is asked whether it is done with one request: many times more than it takes.
const MAX_POLLS: usize = 1_000;

/// About how many beginnings of one request are tried.
const BEGINNINGS: usize = 128;

/// Takes the bytes for what a client has sent.
///
/// # Panics
/// When hyper would read another request, or none.
pub fn requests(data: &[u8]) {
    let mut fields = Fields::new();
    let Parsed::Plain(Plain { head, body, length }) = parse(data, &mut fields) else { return };
    let request = &data[..length];
    for end in (0..length).step_by(1 + length / BEGINNINGS) {
        let begun = parse(&request[..end], &mut Fields::new()).is_partial();
        assert!(begun, "the first {end} bytes of a plain request of {length} may not become it");
    }
    let mut fields = Fields::new();
    let Parsed::Plain(alone) = parse(request, &mut fields) else {
        panic!("a plain request is not one without what follows it");
    };
    assert_eq!((alone.length, alone.body), (length, body), "without what follows it");

    let read = read_by_hyper(request);
    let [(hypers_head, hypers_body)] = &read[..] else {
        panic!("hyper reads {} requests", read.len());
    };
    assert_eq!(hypers_body, body);
    assert_same_head(&head, hypers_head);
}

impl Parsed<'_> {
    fn is_partial(&self) -> bool {
        matches!(self, Parsed::Partial)
    }
}

fn assert_same_head(head: &Head<'_>, hypers: &Parts) {
    assert_eq!(head.method, hypers.method);
    assert_eq!(head.path, hypers.uri.path());
    assert_eq!(head.query, hypers.uri.query());
    for (name, value) in &hypers.headers {
        let first = hypers.headers.get_all(name).iter().next();
        if first == Some(value) {
            assert_eq!(head.headers.first(name.as_str()), Some(value.as_bytes()), "{name}");
        }
        let values = hypers.headers.get_all(name).iter().map(|value| value.as_bytes());
        assert!(head.headers.all(name.as_str()).eq(values), "{name}");
    }
    let fields = crate::http::head::fields(&hypers.headers);
    assert_eq!(head.headers.count(), fields.len(), "fields");
}

/// Everything that hyper reads from these bytes and the end after them.
fn read_by_hyper(bytes: &[u8]) -> Vec<(Parts, Bytes)> {
    let read = RefCell::new(Vec::new());
    let service = service_fn(|request: Request<Incoming>| async {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        read.borrow_mut().push((head, body));
        Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::new())))
    });
    {
        let mut http = http1::Builder::new();
        http.half_close(true).header_read_timeout(None);
        let mut connection = pin!(http.serve_connection(Wire(bytes), service));
        let mut context = Context::from_waker(Waker::noop());
        let ended = (0..MAX_POLLS).find_map(|_| match connection.as_mut().poll(&mut context) {
            Poll::Ready(ended) => Some(ended),
            Poll::Pending => None,
        });
        let ended = ended.unwrap_or_else(|| panic!("hyper waits for more than the request"));
        assert!(ended.is_ok(), "hyper: {ended:?}");
    }
    read.into_inner()
}

/// A client that has sent these bytes and nothing more, and takes every answer.
struct Wire<'d>(&'d [u8]);

impl Read for Wire<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        let (now, later) = self.0.split_at(self.0.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.0 = later;
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
