//! The server: one listener, whose connections are dealt out to threads that each run alone.
//!
//! A runtime that moves work between threads costs more than the database does, so each worker has
//! its own. The listener is one socket rather than one for each worker: a second server on the same
//! port, started by mistake, must fail rather than take half of the connections.

use std::io;
use std::net::IpAddr;
use std::net::TcpListener as StdListener;
use std::net::TcpStream as StdStream;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::App;
use super::connection::Connections;
use super::events;
use super::tls::Tls;
use super::wakeups;

/// How many accepted connections may wait for a worker to take them up.
const WORKER_QUEUE: usize = 256;

/// How long to wait when the system gives no more connections, before asking again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a client may leave an answer unread before its connection is closed.
const UNREAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How the server runs.
#[derive(Clone, Copy, Debug)]
pub struct ServeOptions {
    /// How many threads answer requests.
    pub workers: usize,
    /// How many connections there may be at once; more wait in the system's queue.
    pub max_connections: usize,
    /// How long the head of a request may take to arrive, and an idle connection stays open.
    pub header_timeout: Duration,
    /// How long the requests that were accepted may take to finish when the server stops.
    pub drain_timeout: Duration,
}

/// A connection on its way to its worker, whom it is from, and its place among the connections
/// there may be.
type Accepted = (StdStream, IpAddr, OwnedSemaphorePermit);

/// Serves, encrypted if there is a certificate, until `shutdown` completes; then accepts no more,
/// lets what was accepted finish within the drain timeout, and returns.
///
/// # Errors
/// When threads or runtimes cannot be made, or a worker died.
pub fn serve(
    listener: StdListener,
    app: &Arc<App>,
    tls: Option<Tls>,
    options: ServeOptions,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let connections = Connections::new(app.clone(), tls, options.header_timeout);
    let mut workers = Vec::new();
    for number in 0..options.workers.max(1) {
        workers.push(Worker::start(number, connections.clone())?);
    }
    drop(connections);

    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let slots = Slots::new(options.max_connections);
        tokio::select! {
            () = accept(&listener, &slots, &workers) => {}
            () = events::product::write_for_all(app) => {}
            () = shutdown => {}
        }
        app.stop();
        drop(listener);
        if tokio::time::timeout(options.drain_timeout, slots.all_free()).await.is_err() {
            tracing::warn!("requests that took longer than the drain timeout are cut off");
        }
        io::Result::Ok(())
    })?;
    workers.into_iter().try_for_each(Worker::finish)
}

/// Accepts connections and deals them out, for ever.
async fn accept(listener: &TcpListener, slots: &Slots, workers: &[Worker]) {
    for worker in workers.iter().cycle() {
        // Taken first: at the limit nothing is accepted, and the system's queue is the bound.
        let slot = slots.take().await;
        let (stream, peer) = next_stream(listener).await;
        if worker.queue.send((stream, peer, slot)).await.is_err() {
            tracing::error!("a worker died");
            return;
        }
    }
}

async fn next_stream(listener: &TcpListener) -> (StdStream, IpAddr) {
    loop {
        let accepted = listener.accept().await;
        match accepted.and_then(|(stream, peer)| Ok((prepared(stream)?, peer.ip()))) {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn prepared(stream: TcpStream) -> io::Result<StdStream> {
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD_TIMEOUT))?;
    stream.into_std()
}

/// Whether only the connection that was about to be accepted is gone.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::InvalidInput // set on a socket whose peer is gone already
    )
}

/// The connections there may be at once.
struct Slots {
    free: Arc<Semaphore>,
    all: u32,
}

impl Slots {
    fn new(connections: usize) -> Self {
        let all = u32::try_from(connections.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(all as usize)), all }
    }

    #[expect(clippy::expect_used, reason = "nobody closes it")]
    async fn take(&self) -> OwnedSemaphorePermit {
        self.free.clone().acquire_owned().await.expect("the semaphore is open")
    }

    /// Waits until there are no connections.
    async fn all_free(&self) {
        let _ = self.free.acquire_many(self.all).await; // nobody closes it
    }
}

/// A thread that serves its share of the connections.
struct Worker {
    queue: mpsc::Sender<Accepted>,
    thread: JoinHandle<()>,
}

impl Worker {
    fn start(number: usize, connections: Connections) -> io::Result<Self> {
        let (queue, accepted) = mpsc::channel(WORKER_QUEUE);
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name(format!("http-{number}"))
            .spawn(move || runtime.block_on(serve_all(accepted, connections)))?;
        Ok(Self { queue, thread })
    }

    /// Cuts off the connections that are left, and waits for the thread's end.
    fn finish(self) -> io::Result<()> {
        drop(self.queue);
        self.thread.join().map_err(|_| io::Error::other("an HTTP worker panicked"))
    }
}

async fn serve_all(mut accepted: mpsc::Receiver<Accepted>, connections: Connections) {
    tokio::spawn(wakeups::wake_all());
    while let Some((stream, peer, slot)) = accepted.recv().await {
        match TcpStream::from_std(stream) {
            Ok(stream) => {
                let connection = connections.clone().serve(stream, peer);
                tokio::spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(error) => tracing::warn!(%error, "a connection could not be taken up"),
        }
    }
}
