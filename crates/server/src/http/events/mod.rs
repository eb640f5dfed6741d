//! Server-sent events (WHATWG HTML §9.2): what happens, as it happens, on an answer without an end.
//!
//! Nobody who listens costs the engine anything: products come from the snapshot, which is written
//! once for all listeners, and the journal from committed rows.

pub(super) mod journal;
mod position;
pub(super) mod product;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::HeaderValue;
use prometheus::IntGauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::App;
use super::answer::{self, Chunks, Response};
use super::call::Call;
use super::input::value::text;
use super::problem::Problem;

/// A stream is silent for so long at most: whoever is between notices that it is alive, and we that
/// nobody listens any more.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A comment, which clients leave out.
const HEARTBEAT_LINE: Bytes = Bytes::from_static(b": heartbeat\n\n");

/// When clients come back after a stream has ended, in milliseconds: each at a time of its own
/// between these, so that a restart does not bring all of them at once.
const RETRY_MS: std::ops::Range<u32> = 500..2500;

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// How many streams of the journal there may be at once: each reads all rows for itself.
const JOURNAL_STREAMS: usize = 8;

/// The query parameter that is as good as the header `Last-Event-ID`, which pages cannot set.
pub(super) const RESUME: &[&str] = &["last_event_id"];

/// The streams of a server.
pub(super) struct Streams {
    products: product::Products,
    /// Places for those who listen to a product.
    listeners: Arc<Semaphore>,
    max_listeners: usize,
    /// Places for those who follow the journal.
    journals: Arc<Semaphore>,
}

impl Streams {
    /// With places for so many listeners.
    pub(super) fn new(max_listeners: usize) -> Self {
        let max_listeners = max_listeners.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            products: product::Products::default(),
            listeners: Arc::new(Semaphore::new(max_listeners)),
            max_listeners,
            journals: Arc::new(Semaphore::new(JOURNAL_STREAMS)),
        }
    }

    /// How many listen to products.
    pub(super) fn listeners(&self) -> usize {
        self.max_listeners - self.listeners.available_permits()
    }

    fn listener(&self, app: &App) -> Result<Place, Problem> {
        Place::take(&self.listeners, app.telemetry.event_streams("product"))
    }

    fn journal(&self, app: &App) -> Result<Place, Problem> {
        Place::take(&self.journals, app.telemetry.event_streams("journal"))
    }
}

/// A place among the streams there may be, counted for as long as it is taken.
struct Place {
    _permit: OwnedSemaphorePermit,
    open: IntGauge,
}

impl Place {
    fn take(places: &Arc<Semaphore>, open: IntGauge) -> Result<Self, Problem> {
        let permit = places.clone().try_acquire_owned().map_err(|_| Problem::TooManyStreams)?;
        open.inc();
        Ok(Self { _permit: permit, open })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.dec();
    }
}

/// What a client says it has had: the header `Last-Event-ID`, or a parameter of the same meaning.
fn last_event_id<T>(
    call: &Call<'_>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let mut query = call.query();
    let parameter = query.optional("last_event_id", text(|id| Ok(id.to_owned())));
    query.finish(Some(()))?;
    let header = call.headers().first("last-event-id").map(super::head::text);
    let (name, id) = match (header, parameter) {
        (Some(header), _) => ("Last-Event-ID", header.map(str::to_owned)),
        (None, Some(parameter)) => ("last_event_id", Some(parameter)),
        (None, None) => return Ok(None),
    };
    match id {
        Some(id) if id.is_empty() => Ok(None),
        id => match id.as_deref().and_then(read) {
            Some(id) => Ok(Some(id)),
            None => Err(Problem::field(name, "must be the id of an event of this stream")),
        },
    }
}

/// The answer that goes on with these chunks.
fn response(chunks: Chunks) -> Response {
    answer::stream(EVENT_STREAM, chunks)
}

/// How every stream begins: with a line that says when to come back.
fn beginning() -> Bytes {
    format!("retry: {}\n\n", fastrand::u32(RETRY_MS)).into()
}
