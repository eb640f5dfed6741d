//! One keep-alive connection to the server, made anew when it breaks.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::target::Target;

/// A request with its whole body.
pub(super) type Ask = Request<Full<Bytes>>;

/// What the server answered: the status and the whole body.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    /// The request was not sent, so the server did nothing.
    #[error("cannot connect")]
    NotConnected(std::io::ErrorKind),
    /// Nobody knows what became of it.
    #[error("no answer in time")]
    TimedOut,
    /// Nobody knows what became of it.
    #[error("the connection broke before the answer")]
    Broken,
}

/// A connection, or the wish for one.
pub(super) struct Connection {
    authority: String,
    answer_timeout: Duration,
    live: Option<Live>,
}

struct Live {
    sender: SendRequest<Full<Bytes>>,
    /// Moves the bytes; `None` once the connection has ended.
    driver: Option<http1::Connection<TokioIo<TcpStream>, Full<Bytes>>>,
}

/// How often a request is tried that the server certainly never got.
const TRIES: usize = 3;

impl Connection {
    pub(super) fn new(target: &Target, answer_timeout: Duration) -> Self {
        Self { authority: target.authority(), answer_timeout, live: None }
    }

    /// Connects, unless it is.
    pub(super) async fn connect(&mut self) -> Result<(), NoAnswer> {
        if self.live.as_ref().is_some_and(|live| !live.sender.is_closed()) {
            return Ok(());
        }
        self.live = None;
        let connect = TcpStream::connect(&self.authority);
        let stream = match timeout(self.answer_timeout, connect).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(NoAnswer::NotConnected(error.kind())),
            Err(_) => return Err(NoAnswer::NotConnected(std::io::ErrorKind::TimedOut)),
        };
        let _ = stream.set_nodelay(true); // without it answers only come later
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (sender, driver) = shaken.map_err(|_| NoAnswer::Broken)?;
        self.live = Some(Live { sender, driver: Some(driver) });
        Ok(())
    }

    /// Sends what `make` makes and waits for the answer. What certainly never reached the server
    /// (an idle connection that it had closed) is sent again.
    pub(super) async fn send(&mut self, make: impl Fn() -> Ask) -> Result<Answer, NoAnswer> {
        for _ in 0..TRIES {
            self.connect().await?;
            let Some(live) = &mut self.live else { continue };
            match timeout(self.answer_timeout, live.exchange(make())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => {
                    self.live = None;
                    let unsent = error.is_canceled() || error.is_closed();
                    if !unsent {
                        return Err(NoAnswer::Broken);
                    }
                }
                Err(_) => {
                    self.live = None;
                    return Err(NoAnswer::TimedOut);
                }
            }
        }
        Err(NoAnswer::NotConnected(std::io::ErrorKind::ConnectionReset))
    }
}

impl Live {
    /// One request and its answer. The connection is driven from the same task: another one would
    /// have to be woken for each answer.
    async fn exchange(&mut self, ask: Ask) -> hyper::Result<Answer> {
        let Self { sender, driver } = self;
        let mut talk = pin!(async {
            sender.ready().await?;
            let response = sender.send_request(ask).await?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await?.to_bytes();
            Ok(Answer { status, body })
        });
        poll_fn(|context| {
            if let Poll::Ready(told) = talk.as_mut().poll(context) {
                return Poll::Ready(told);
            }
            if driver.as_mut().is_some_and(|driver| pin!(driver).poll(context).is_ready()) {
                // Only when it is gone does `talk` hear that there will be no answer.
                *driver = None;
            }
            talk.as_mut().poll(context)
        })
        .await
    }
}
