//! One connection: requests in, answers out, within limits of time and memory.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::App;
use super::plain::{self, Next, Unanswered};
use super::respond::respond_to;
use super::rewound::Rewound;
use super::timer::ConnectionTimer;
use super::tls::Tls;
use crate::telemetry::Telemetry;

/// The largest head of a request that is taken: a browser's with large cookies has half of it.
const MAX_HEAD: usize = 16 * 1024;

/// How large a connection's buffers may grow.
const MAX_BUFFER: usize = 64 * 1024;

/// How connections are served.
#[derive(Clone)]
pub(super) struct Connections {
    app: Arc<App>,
    tls: Option<Tls>,
    http: http1::Builder,
    header_timeout: Duration,
    stopping: watch::Receiver<bool>,
}

impl Connections {
    /// Connections, encrypted with `tls`, that have `header_timeout` to agree on how, and again for
    /// the head of each request, waiting for its first byte included, and that end after their
    /// current request once the server stops.
    pub(super) fn new(app: Arc<App>, tls: Option<Tls>, header_timeout: Duration) -> Self {
        let stopping = app.stopping.subscribe();
        let mut http = http1::Builder::new();
        http.half_close(true) // a client that has said all and hangs up has still said it
            .header_read_timeout(header_timeout)
            .writev(false) // answers are small: one copy costs less than two buffers to write
            .max_header_size(MAX_HEAD)
            .max_buf_size(MAX_BUFFER);
        Self { app, tls, http, header_timeout, stopping }
    }

    /// Serves one connection from `peer` until it ends.
    pub(super) async fn serve(self, stream: TcpStream, peer: IpAddr) {
        let app = self.app.clone();
        let _counted = Counted::new(&app.telemetry);
        match self.tls.clone() {
            None => self.serve_requests(stream, peer).await,
            // In a box, so that connections that are not encrypted are no larger for it.
            Some(tls) => Box::pin(self.serve_encrypted(&tls, stream, peer)).await,
        }
    }

    async fn serve_encrypted(self, tls: &Tls, stream: TcpStream, peer: IpAddr) {
        let mut stopping = self.stopping.clone();
        let accepted = tokio::select! {
            accepted = timeout(self.header_timeout, tls.accept(stream)) => accepted,
            () = stopped(&mut stopping) => return,
        };
        match accepted {
            Ok(Ok(stream)) => self.serve_requests(stream, peer).await,
            Ok(Err(error)) => tracing::debug!(%error, "a connection could not be encrypted"),
            Err(_) => tracing::debug!("a connection was not encrypted in time"),
        }
    }

    /// Serves the requests of one connection, however it is encrypted.
    pub(super) async fn serve_requests(
        self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        peer: IpAddr,
    ) {
        let app = self.app.clone();
        // Clients that go away, stall or do not speak HTTP: nothing an operator must act on.
        match plain::serve(&app, &mut stream, peer, self.header_timeout, &self.stopping).await {
            Ok(Next::Closed) => {}
            Ok(Next::Hyper(unanswered)) => {
                if let Err(error) = self.serve_on(stream, peer, unanswered).await {
                    tracing::debug!(%error, "a connection broke off");
                }
            }
            Err(error) => tracing::debug!(%error, "a connection broke off"),
        }
    }

    /// Serves a connection from its first request on that is not a plain one.
    pub(super) async fn serve_on(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        peer: IpAddr,
        unanswered: Unanswered,
    ) -> hyper::Result<()> {
        let Self { app, mut http, mut stopping, .. } = self;
        let Unanswered { bytes, head_by } = unanswered;
        http.timer(ConnectionTimer::beginning_with(head_by));
        let service = service_fn(|request| async {
            Ok::<_, Infallible>(respond_to(&app, peer, request).await)
        });
        let stream = TokioIo::new(Rewound::new(bytes, stream));
        let mut connection = pin!(http.serve_connection(stream, service));
        tokio::select! {
            biased;
            result = connection.as_mut() => result,
            () = stopped(&mut stopping) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    }
}

/// An open connection, counted however it ends.
struct Counted<'t>(&'t Telemetry);

impl<'t> Counted<'t> {
    fn new(telemetry: &'t Telemetry) -> Self {
        telemetry.connection_opened();
        Self(telemetry)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.connection_closed();
    }
}

/// Waits until the server stops, or is gone.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
