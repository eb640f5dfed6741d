//! One keep-alive connection to the server, made anew when it breaks.
//!
//! It speaks HTTP/1.1 itself, in two buffers and one timer that live as long as it does, so that an
//! answer costs the load generator little more than the kernel's part of sending and receiving.

use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::answer::{Incoming, NotHttp, Whole};
use super::target::Target;

/// What the server answered: the status and the whole body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// The request was not sent, so the server did nothing.
    #[error("cannot connect")]
    NotConnected(ErrorKind),
    /// Nobody knows what became of it.
    #[error("no answer in time")]
    TimedOut,
    /// Nobody knows what became of it.
    #[error("the connection broke before the answer")]
    Broken,
    /// Nobody knows what became of it.
    #[error("what came is not an answer of HTTP/1.1")]
    NotHttp,
}

impl NoAnswer {
    /// What it is, in a word.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::NotConnected(_) => "not_connected",
            Self::TimedOut => "timed_out",
            Self::Broken => "connection_broken",
            Self::NotHttp => "not_http",
        }
    }
}

/// A connection, or the wish for one.
pub(crate) struct Connection {
    authority: String,
    stream: Option<TcpStream>,
    /// The request, kept while it may have to be sent again.
    request: Vec<u8>,
    incoming: Incoming,
    timer: Timer,
}

/// How often a request is tried that the server certainly never got.
const TRIES: usize = 3;

/// Why an exchange came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// Nothing of the request was sent.
    Unsent,
    NoAnswer(NoAnswer),
}

impl From<NotHttp> for Failure {
    fn from(NotHttp: NotHttp) -> Self {
        Self::NoAnswer(NoAnswer::NotHttp)
    }
}

impl Connection {
    pub(crate) fn new(target: &Target, answer_timeout: Duration) -> Self {
        Self {
            authority: target.authority(),
            stream: None,
            request: Vec::new(),
            incoming: Incoming::new(),
            timer: Timer { limit: answer_timeout, at: None, sleep: None },
        }
    }

    /// Connects, unless it is.
    pub(super) async fn connect(&mut self) -> Result<(), NoAnswer> {
        if self.stream.is_some() {
            return Ok(());
        }
        let connect = TcpStream::connect(&self.authority);
        let stream = match timeout(self.timer.limit, connect).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(NoAnswer::NotConnected(error.kind())),
            Err(_) => return Err(NoAnswer::NotConnected(ErrorKind::TimedOut)),
        };
        let _ = stream.set_nodelay(true); // without it answers only come later
        self.stream = Some(stream);
        Ok(())
    }

    /// Where the next request is written, whole, before it is sent.
    pub(crate) fn request(&mut self) -> &mut Vec<u8> {
        self.request.clear();
        &mut self.request
    }

    /// Sends the request and waits for the answer. What certainly never reached the server (an idle
    /// connection that it had closed) is sent again.
    pub(crate) async fn send(&mut self) -> Result<Answer<'_>, NoAnswer> {
        for _ in 0..TRIES {
            self.connect().await?;
            let Some(mut stream) = self.stream.take() else { continue };
            match self.exchange(&mut stream).await {
                Ok(whole) => {
                    self.stream = whole.keeps_alive.then_some(stream);
                    let body = self.incoming.body(&whole);
                    return Ok(Answer { status: whole.status, body });
                }
                Err(Failure::Unsent) => {}
                Err(Failure::NoAnswer(why)) => return Err(why),
            }
        }
        Err(NoAnswer::NotConnected(ErrorKind::ConnectionReset))
    }

    /// One request and its answer on this stream.
    async fn exchange(&mut self, stream: &mut TcpStream) -> Result<Whole, Failure> {
        // Whatever came unasked ends a connection, above all the server's end of it.
        if !matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
        {
            return Err(Failure::Unsent);
        }
        self.incoming.begin();
        self.timer.begin();
        let Self { request, incoming, timer, .. } = self;
        let mut exchange = Exchange { stream, request, sent: 0, incoming, timer };
        poll_fn(|context| exchange.poll(context)).await
    }
}

/// A request on its way, and its answer.
struct Exchange<'a> {
    stream: &'a mut TcpStream,
    request: &'a [u8],
    /// How much of the request was sent.
    sent: usize,
    incoming: &'a mut Incoming,
    timer: &'a mut Timer,
}

impl Exchange<'_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Whole, Failure>> {
        self.write(context)?;
        if let Poll::Ready(read) = self.read(context) {
            return Poll::Ready(read);
        }
        self.timer.poll(context).map(|()| Err(Failure::NoAnswer(NoAnswer::TimedOut)))
    }

    fn write(&mut self, context: &mut Context<'_>) -> Result<(), Failure> {
        while self.sent < self.request.len() {
            let stream = Pin::new(&mut *self.stream);
            match stream.poll_write(context, &self.request[self.sent..]) {
                Poll::Pending => break,
                Poll::Ready(Ok(count)) if count > 0 => self.sent += count,
                Poll::Ready(_) if self.sent == 0 => return Err(Failure::Unsent),
                Poll::Ready(_) => return Err(Failure::NoAnswer(NoAnswer::Broken)),
            }
        }
        Ok(())
    }

    fn read(&mut self, context: &mut Context<'_>) -> Poll<Result<Whole, Failure>> {
        loop {
            let mut room = ReadBuf::new(self.incoming.room()?);
            let read = ready!(Pin::new(&mut *self.stream).poll_read(context, &mut room));
            let whole = match (read, room.filled().len()) {
                (Ok(()), 0) => self.incoming.closed(),
                (Ok(()), count) => match self.incoming.received(count)? {
                    None => continue,
                    // A server need not read all of what it refuses; it cannot be asked again.
                    some if self.sent == self.request.len() => some,
                    some => some.map(|whole| Whole { keeps_alive: false, ..whole }),
                },
                (Err(_), _) => None,
            };
            return Poll::Ready(whole.ok_or(Failure::NoAnswer(NoAnswer::Broken)));
        }
    }
}

/// Rings when an answer takes too long. Entering a timer with the runtime and taking it out again
/// for each request would cost more than the request, so this one stays entered: a new deadline is
/// only noted, and looked at when the old one passes.
struct Timer {
    limit: Duration,
    /// `None`: so late that it never comes.
    at: Option<Instant>,
    /// Made when it is first waited for.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// For another answer, from now on.
    fn begin(&mut self) {
        self.at = Instant::now().checked_add(self.limit);
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(at)));
        loop {
            // The limit is always the same, so no deadline is earlier than the one before.
            ready!(sleep.as_mut().poll(context));
            if sleep.deadline() >= at {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(at);
        }
    }
}

#[cfg(test)]
mod tests;
