//! One product's stock and status as they change.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use doorbuster_domain::{ProductId, Refusal, SaleStatus, Timestamp};
use doorbuster_engine::{Handle, Published};
use futures_util::stream;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::{HEARTBEAT, HEARTBEAT_LINE, Place, beginning, last_event_id};
use crate::http::App;
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::connection::stopped;
use crate::http::openapi::requests;
use crate::http::resources::ProductJson;

/// How long it takes at least from one event of a product to the next.
const PACE: Duration = Duration::from_millis(100);

/// What one event to one listener may take of that: with more listeners than fit into it, events
/// come less often, so that those who watch leave the processor to those who buy.
const EACH: Duration = Duration::from_micros(50);

/// How long a node that is behind what a client has seen elsewhere is given to catch up. Then what
/// it knows is the truth: the database is another one, or has lost something.
const CATCH_UP: Duration = Duration::from_secs(2);

/// Products that somebody listens to, each as last written for all of its listeners.
#[derive(Default)]
pub(super) struct Products {
    written: Mutex<BTreeMap<ProductId, watch::Sender<Written>>>,
    /// Somebody listens where nobody did.
    wanted: Notify,
}

/// What makes two events of a product different: the version, and the status, which may also change
/// with time alone.
type State = (u64, SaleStatus);

/// A product as it is sent.
#[derive(Clone)]
struct Written {
    state: State,
    event: Bytes,
}

impl Written {
    fn of(published: &Published, now: Timestamp) -> Self {
        let product = &published.product;
        let json = serde_json::to_string(&ProductJson::of(product, now)).unwrap_or_default();
        let version = product.version;
        Self {
            state: (version, product.status(now)),
            event: format!("event: product\nid: {version}\ndata: {json}\n\n").into(),
        }
    }
}

impl Products {
    /// Writes what is new of the products that somebody listens to, for ever.
    pub(super) async fn write(&self, engine: &Handle, listeners: impl Fn() -> usize) {
        loop {
            if !self.write_once(engine) {
                self.wanted.notified().await;
            }
            let listeners = u32::try_from(listeners()).unwrap_or(u32::MAX);
            sleep(EACH.saturating_mul(listeners).max(PACE)).await;
        }
    }

    /// Writes what is new, and says whether anybody listens.
    fn write_once(&self, engine: &Handle) -> bool {
        let now = engine.now();
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.retain(|_, latest| latest.receiver_count() > 0);
        for (id, latest) in written.iter() {
            if let Some(published) = engine.product(*id) {
                refresh(latest, &published, now);
            }
        }
        !written.is_empty()
    }

    /// What will be written of a product, beginning with how it is; `None`: there is none.
    fn listen(&self, engine: &Handle, id: ProductId) -> Option<watch::Receiver<Written>> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked up under the lock: what was written must not be older than what was before.
        let (published, now) = (engine.product(id)?, engine.now());
        if written.is_empty() {
            self.wanted.notify_one();
        }
        let latest =
            written.entry(id).or_insert_with(|| watch::Sender::new(Written::of(&published, now)));
        refresh(latest, &published, now);
        Some(latest.subscribe())
    }
}

fn refresh(latest: &watch::Sender<Written>, published: &Published, now: Timestamp) {
    latest.send_if_modified(|written| {
        let state = (published.product.version, published.product.status(now));
        let news = written.state != state;
        if news {
            *written = Written::of(published, now);
        }
        news
    });
}

/// One who listens.
struct Listener {
    latest: watch::Receiver<Written>,
    /// What the client has.
    has: Option<State>,
    /// Until when `has` may be ahead of what is known here.
    catch_up: Option<Instant>,
    stopping: watch::Receiver<bool>,
    begun: bool,
    _place: Place,
}

impl Listener {
    /// What to send next; `None`: the stream is over.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if !self.begun {
            self.begun = true;
            return Some((beginning(), self));
        }
        let silent_until = Instant::now() + HEARTBEAT;
        loop {
            let latest = self.latest.borrow_and_update().clone();
            if self.is_news(latest.state) {
                self.has = Some(latest.state);
                self.catch_up = None;
                return Some((latest.event, self));
            }
            tokio::select! {
                biased;
                () = stopped(&mut self.stopping) => return None,
                changed = self.latest.changed() => changed.ok()?,
                () = sleep_until(self.catch_up.unwrap_or(silent_until)) => {
                    if self.catch_up.take().is_none() {
                        return Some((HEARTBEAT_LINE, self));
                    }
                }
            }
        }
    }

    fn is_news(&self, state: State) -> bool {
        match self.has {
            Some((version, _)) if self.catch_up.is_some() => state.0 > version,
            has => has != Some(state),
        }
    }
}

/// Watch a product
///
/// Server-sent events: the product as it is, then as often as it changes, but at most ten times a
/// second. Each event is named `product`, its data is what `GET /api/products/{product_id}`
/// answers, and its id the product's version. With `Last-Event-ID` what the client has already is
/// not sent again. A comment every 15 seconds shows that the stream is alive.
#[utoipa::path(
    get, path = "/api/products/{product_id}/events", tag = "storefront",
    operation_id = "watchProduct",
    params(requests::ProductPath, requests::LastEventId, requests::Resume),
    responses((
        status = 200, description = "Events without an end", body = String,
        content_type = "text/event-stream",
        example = json!("event: product\nid: 14\ndata: {\"id\":1, …}\n\n")
    ))
)]
pub(in crate::http) async fn watch(call: Call<'_>) -> Answer {
    let app = call.app;
    let id = call.product_id()?;
    let published = app.engine.product(id).ok_or(Refusal::ProductNotFound)?;
    let last = last_event_id(&call, |id| id.parse::<u64>().ok())?;
    let place = app.streams.listener(app)?;
    let latest = app.streams.products.listen(&app.engine, id).ok_or(Refusal::ProductNotFound)?;
    let (version, status) = latest.borrow().state;
    let is_ahead = last.is_some_and(|last| last > version);
    let listener = Listener {
        latest,
        // The status is not in the id: with a sale window it may have changed since.
        has: last.filter(|_| is_ahead || !has_window(&published)).map(|last| (last, status)),
        catch_up: is_ahead.then(|| Instant::now() + CATCH_UP),
        stopping: app.stopping.subscribe(),
        begun: false,
        _place: place,
    };
    Ok(super::response(Box::pin(stream::unfold(listener, Listener::next))))
}

fn has_window(published: &Published) -> bool {
    let terms = &published.product.terms;
    terms.opens_at.is_some() || terms.closes_at.is_some()
}

/// Writes for all who listen, for ever.
pub(in crate::http) async fn write_for_all(app: &App) {
    app.streams.products.write(&app.engine, || app.streams.listeners()).await;
}
