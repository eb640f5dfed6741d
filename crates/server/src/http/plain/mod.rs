//! The lean way: plain requests, read and answered without a general HTTP implementation between.
//!
//! In a rush nearly every request is the same: a small head, a small body framed by its length, all
//! of it in one segment. What hyper does for any request that HTTP allows costs more than the rest
//! of such a one, so a connection begins here: one buffer is read, one request parsed, answered by
//! [`respond`] like any other, and the answer written at once. Whatever is not plainly such a
//! request ([`request`]) goes to hyper with every byte since the last answer, and the connection
//! stays there. This module refuses nobody and judges nothing.

mod answer;
mod input;
pub(super) mod request;

use std::future::{poll_fn, ready};
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use doorbuster_domain::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::time::Instant;

use super::App;
use super::respond::{Answered, respond};
use super::timer::Deadline;
use input::Input;
use request::{Fields, Parsed, Plain};

/// How long the rest of a request is waited for that comes in pieces. Longer than the 40 ms for
/// which a delayed acknowledgement can hold back the second of two small segments, so that clients
/// that send head and body apart stay here; hyper knows how to deal with slower ones.
const REST_OF_REQUEST: Duration = Duration::from_millis(50);

/// Bodies up to this size are written together with their head.
const MAX_COPIED: usize = 16 * 1024;

/// How a connection goes on.
pub(super) enum Next {
    /// Not at all.
    Closed,
    /// With hyper.
    Hyper(Unanswered),
}

/// What has been read of a connection and not been answered.
#[derive(Default)]
pub(super) struct Unanswered {
    pub(super) bytes: Bytes,
    /// Until when the head must be here that these bytes begin with.
    pub(super) head_by: Deadline,
}

/// Answers the plain requests of a connection from `peer` until something else comes, the client
/// goes away or is silent for `header_timeout`, or `stopping` says that the answer under way is the
/// last.
///
/// # Errors
/// When the connection breaks.
pub(super) async fn serve<S>(
    app: &App,
    stream: &mut S,
    peer: IpAddr,
    header_timeout: Duration,
    stopping: &watch::Receiver<bool>,
) -> io::Result<Next>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stop = stopping.clone();
    let mut stopped = pin!(stop.wait_for(|stopping| *stopping));
    let mut patience = Patience::new(header_timeout);
    let (mut input, mut output) = (Input::new(), Vec::new());
    let mut ending = false;
    loop {
        let mut fields = Fields::new();
        match request::parse(input.unanswered(), &mut fields) {
            Parsed::Plain(Plain { head, body, length }) => {
                let answered = respond(app, peer, head, ready(Ok(body))).await;
                let last = is_over(stopping) || answer::is_last(&answered.response);
                output.clear();
                answer::encode_head(&answered, last, || app.engine.now(), &mut output);
                write(stream, &mut output, &answered.response.body).await?;
                if last {
                    stream.shutdown().await?;
                    return Ok(Next::Closed);
                }
                patience.begin(answered.at);
                input.answered(length);
            }
            Parsed::Partial if !input.is_full() && !ending => {
                patience.limit(&input);
                let more = poll_fn(|context| {
                    // In this order: what is here is answered, whatever else has happened.
                    if let Poll::Ready(read) = input.poll_read(stream, context) {
                        return Poll::Ready(read.map(|bytes| bytes > 0));
                    }
                    let over = stopped.as_mut().poll(context).is_ready()
                        || patience.poll_ended(context).is_ready();
                    if over { Poll::Ready(Ok(false)) } else { Poll::Pending }
                });
                if !more.await? {
                    ending = true;
                    read_what_has_come(&mut input, stream).await?;
                }
            }
            Parsed::Partial if input.unanswered().is_empty() => {
                stream.shutdown().await?;
                return Ok(Next::Closed);
            }
            Parsed::Partial | Parsed::Other => return Ok(patience.hand_over(&input)),
        }
    }
}

/// Reads what a new connection has sent before anyone looked: that a socket has something to read
/// is known only after the runtime has asked the system once.
async fn read_what_has_come<S>(input: &mut Input, stream: &mut S) -> io::Result<()>
where
    S: AsyncRead + Unpin,
{
    if input.unanswered().is_empty() {
        tokio::task::yield_now().await;
        let read = poll_fn(|context| Poll::Ready(input.poll_read(stream, context)));
        if let Poll::Ready(read) = read.await {
            read?;
        }
    }
    Ok(())
}

/// How many of these bytes make up the plain request that they begin with.
pub(super) fn plain_length(bytes: &[u8]) -> Option<usize> {
    match request::parse(bytes, &mut Fields::new()) {
        Parsed::Plain(plain) => Some(plain.length),
        Parsed::Partial | Parsed::Other => None,
    }
}

/// Appends an answer as it is written when it is neither large nor the last.
pub(super) fn encode(
    answered: &Answered<'_>,
    now: impl FnOnce() -> Timestamp,
    output: &mut Vec<u8>,
) {
    answer::encode_head(answered, false, now, output);
    output.extend_from_slice(&answered.response.body);
}

/// Whether the server stops, or is gone.
fn is_over(stopping: &watch::Receiver<bool>) -> bool {
    *stopping.borrow() || stopping.has_changed().is_err()
}

/// Writes an answer, at once unless it is large. Encrypted, it may wait to be flushed.
async fn write<S>(stream: &mut S, head: &mut Vec<u8>, body: &[u8]) -> io::Result<()>
where
    S: AsyncWrite + Unpin,
{
    if body.len() <= MAX_COPIED {
        head.extend_from_slice(body);
        stream.write_all(head).await?;
        return stream.flush().await;
    }
    stream.write_all(head).await?;
    stream.write_all(body).await?;
    stream.flush().await
}

/// How long a client is waited for.
struct Patience {
    header_timeout: Duration,
    /// Until when the head of the next request must be here.
    head_by: Instant,
    /// Until when the rest of it is waited for here, once it has begun.
    rest_by: Option<Instant>,
    deadline: Deadline,
}

impl Patience {
    fn new(header_timeout: Duration) -> Self {
        let head_by = Instant::now() + header_timeout;
        Self { header_timeout, head_by, rest_by: None, deadline: Deadline::default() }
    }

    /// Begins to wait for the request after the one that was answered then.
    fn begin(&mut self, answered: Instant) {
        self.head_by = answered + self.header_timeout;
        self.rest_by = None;
    }

    /// Sets how long more of a request is waited for, of which there is `input`.
    fn limit(&mut self, input: &Input) {
        self.deadline.set(if input.unanswered().is_empty() {
            self.head_by
        } else {
            let rest_by = self.rest_by.get_or_insert_with(|| Instant::now() + REST_OF_REQUEST);
            self.head_by.min(*rest_by)
        });
    }

    fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.deadline.poll_passed(context)
    }

    fn hand_over(mut self, input: &Input) -> Next {
        self.deadline.set(self.head_by);
        let bytes = Bytes::copy_from_slice(input.unanswered());
        Next::Hyper(Unanswered { bytes, head_by: self.deadline })
    }
}
