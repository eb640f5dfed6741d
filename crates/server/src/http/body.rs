//! Request bodies: read whole, within limits of size and time, before anything else is done.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;

use super::head::{self, Headers};
use super::problem::Problem;

/// The largest body that is taken: far more than any request needs.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// How much of a body that is too large is read and dropped, so that its sender comes to reading
/// the answer. Who sends more finds the connection closed.
const MAX_DROPPED: usize = 1024 * 1024;

/// The body, once all of it is here.
///
/// # Errors
/// When it is too large, breaks off, or takes longer than `timeout`.
pub(super) async fn read<B>(
    body: B,
    headers: Headers<'_>,
    timeout: Duration,
) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let mut collected = pin!(collect(body, declared_length(headers)));
    if let Some(read) = without_waiting(collected.as_mut()).await {
        return read;
    }
    match tokio::time::timeout(timeout, collected).await {
        Ok(read) => read,
        Err(_elapsed) => Err(Problem::RequestTimeout),
    }
}

/// What `future` comes to if it need not wait. A body that came with its head is handed over when
/// it is asked for a second time, and a timer that is set for nothing costs more than the body.
async fn without_waiting<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    let mut asked = false;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if asked => Poll::Ready(None),
        Poll::Pending => {
            asked = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

async fn collect<B>(body: B, declared: usize) -> Result<Bytes, Problem>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    let mut body = pin!(body);
    let mut whole = BytesMut::new();
    let mut length: usize = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Problem::MalformedJson(format!("the body could not be read to its end: {error}"))
        })?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length.max(declared) > MAX_BODY {
            if length > MAX_DROPPED {
                break;
            }
            whole = BytesMut::new();
        } else if whole.is_empty() && body.is_end_stream() {
            return Ok(data); // the usual case: one frame, not copied
        } else {
            whole.extend_from_slice(&data);
        }
    }
    if length.max(declared) > MAX_BODY { Err(Problem::PayloadTooLarge) } else { Ok(whole.freeze()) }
}

fn declared_length(headers: Headers<'_>) -> usize {
    let length = headers.first("content-length").and_then(head::text);
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// Whether a body is declared to be JSON and not to be compressed, or not declared at all.
///
/// # Errors
/// When it is declared to be something else.
pub(super) fn require_json(headers: Headers<'_>) -> Result<(), Problem> {
    let is_plain = |coding: &[u8]| coding.eq_ignore_ascii_case(b"identity");
    if !headers.all("content-encoding").all(is_plain) {
        return Err(Problem::UnsupportedMediaType);
    }
    let mut types = headers.all("content-type");
    let Some(content_type) = types.next() else { return Ok(()) };
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    if types.next().is_none() && essence.trim_ascii().eq_ignore_ascii_case(b"application/json") {
        Ok(())
    } else {
        Err(Problem::UnsupportedMediaType)
    }
}

#[cfg(test)]
mod tests;
