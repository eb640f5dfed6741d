//! The journal of all products as it is written.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use doorbuster_domain::{JournalEntry, ProductId};
use doorbuster_engine::{Handle, Reader};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::position::Position;
use super::{HEARTBEAT, HEARTBEAT_LINE, Place, beginning, last_event_id};
use crate::admin_key::{AdminKeys, hash};
use crate::http::answer::Answer;
use crate::http::call::Call;
use crate::http::connection::stopped;
use crate::http::openapi::requests;
use crate::http::problem::Problem;
use crate::http::resources::JournalEntryJson;
use crate::http::respond::presented_key;

/// How often it is looked for new entries.
const PACE: Duration = Duration::from_millis(100);

/// How long a node that is behind what a client has seen elsewhere is given to catch up. Then the
/// journal is another one: the database was restored, or lost something in a failover.
const CATCH_UP: Duration = Duration::from_secs(2);

/// Tells a client to forget what it has.
const RESET: Bytes = Bytes::from_static(b"event: reset\ndata: {}\n\n");

/// How many entries are read and sent at once.
const PAGE: usize = 1000;

/// One who follows the journal.
struct Follower {
    engine: Handle,
    reader: Arc<dyn Reader>,
    position: Position,
    /// Products that have more, as far as was known when the round began.
    round: VecDeque<ProductId>,
    next_round: Instant,
    /// Until when the client may have seen more than is known here.
    catch_up: Option<Instant>,
    /// Whether entries were sent since the client was told the position.
    untold: bool,
    silent_until: Instant,
    stopping: watch::Receiver<bool>,
    keys: AdminKeys,
    /// The hash of the key that the client came with, which may be revoked meanwhile.
    key: [u8; 32],
    _place: Place,
}

impl Follower {
    /// What to send next; `None`: the stream is over.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            if *self.stopping.borrow() || self.keys.scope_of_hash(&self.key).is_none() {
                return None;
            }
            if let Some(sent) = self.entries().await {
                return Some(self.having_sent(sent));
            }
            if self.untold {
                let id = self.tell();
                return Some(self.having_sent(id));
            }
            tokio::select! {
                biased;
                () = stopped(&mut self.stopping) => return None,
                () = sleep_until(self.silent_until) => {
                    return Some(self.having_sent(HEARTBEAT_LINE));
                }
                () = sleep_until(self.next_round) => {
                    if self.begin_round() {
                        return Some(self.having_sent(RESET));
                    }
                }
            }
        }
    }

    fn having_sent(mut self, sent: Bytes) -> (Bytes, Self) {
        self.silent_until = Instant::now() + HEARTBEAT;
        (sent, self)
    }

    /// Looks which products have entries that were not sent. Whether the journal is none that the
    /// client has seen, so that everything is sent from its beginning.
    fn begin_round(&mut self) -> bool {
        let now = Instant::now();
        self.next_round = now + PACE;
        let products = self.engine.products(None, usize::MAX);
        let last = products.iter().map(|published| &published.product);
        let last = last.map(|product| (product.id, product.journal_seq));
        let is_ahead = self.position.is_ahead_of(last.clone());
        let until = is_ahead.then(|| self.catch_up.unwrap_or(now + CATCH_UP));
        let is_other = until.is_some_and(|until| until <= now);
        if is_other {
            self.position = Position::default();
        }
        self.catch_up = until.filter(|_| !is_other);
        self.round = last.filter(|(id, seq)| self.position.of(*id) < *seq).map(|l| l.0).collect();
        is_other
    }

    /// The next entries of this round.
    async fn entries(&mut self) -> Option<Bytes> {
        while let Some(id) = self.round.pop_front() {
            // A database that cannot be read now is asked again in the next round.
            let entries = self.reader.journal(id, self.position.of(id), PAGE).await.ok()?;
            let Some(last) = entries.last() else { continue };
            self.position.advance(id, last.seq);
            self.untold = true;
            let mut events = Vec::with_capacity(entries.len() * 256);
            for entry in &entries {
                write(id, entry, &mut events);
            }
            if entries.len() == PAGE {
                self.round.push_back(id);
            }
            if entries.len() == PAGE || self.position.is_short() {
                events.extend_from_slice(&self.tell());
            }
            return Some(events.into());
        }
        None
    }

    /// The id that a client comes back with.
    fn tell(&mut self) -> Bytes {
        self.untold = false;
        format!("id: {}\n\n", self.position.encode()).into()
    }
}

/// An entry, and which product it is of.
#[derive(Serialize)]
struct Entry<'a> {
    product_id: u64,
    #[serde(flatten)]
    entry: JournalEntryJson<'a>,
}

/// Appends the event of an entry.
fn write(id: ProductId, entry: &JournalEntry, events: &mut Vec<u8>) {
    events.extend_from_slice(b"event: journal\ndata: ");
    let entry = Entry { product_id: id.get(), entry: JournalEntryJson::of(entry) };
    // Numbers, names and texts: there is nothing in it that could not be JSON.
    let _ = serde_json::to_writer(&mut *events, &entry);
    events.extend_from_slice(b"\n\n");
}

/// Follow the journal
///
/// Server-sent events: every change to the stock of every product from now on, each product's in
/// order. Each event is named `journal`, and its data is an entry as
/// `GET /api/products/{product_id}/journal` has it, with its `product_id`. A block of its own sets
/// the id, which tells how far everything before it has come: with it as `Last-Event-ID` the stream
/// goes on from there on any node, and nothing is skipped; entries after the last such block come
/// again, and are known by product and number. `0` is the beginning of everything. If the database
/// was restored from a backup, the id may be ahead of it: then comes an event named `reset`, and
/// after it everything from the beginning.
#[utoipa::path(
    get, path = "/api/admin/events", tag = "admin", operation_id = "followJournal",
    security(("admin_key" = [])),
    params(requests::LastEventId, requests::Resume),
    responses((
        status = 200, description = "Events without an end", body = String,
        content_type = "text/event-stream",
        example = json!("event: journal\ndata: {\"product_id\":1,\"seq\":2, …}\n\nid: AQEC\n\n")
    ))
)]
pub(in crate::http) async fn follow(call: Call<'_>) -> Answer {
    let app = call.app;
    let position = match last_event_id(&call, Position::decode)? {
        Some(position) => position,
        None => now(&app.engine),
    };
    let key = presented_key(call.headers()).ok_or(Problem::Unauthorized)?;
    let begun = Instant::now();
    let follower = Follower {
        engine: app.engine.clone(),
        reader: app.reader.clone(),
        position,
        round: VecDeque::new(),
        next_round: begun,
        catch_up: None,
        untold: true,
        silent_until: begun + HEARTBEAT,
        stopping: app.stopping.subscribe(),
        keys: app.admin_keys.clone(),
        key: hash(key),
        _place: app.streams.journal(app)?,
    };
    let first = stream::once(async { beginning() });
    let rest = stream::unfold(follower, Follower::next);
    Ok(super::response(Box::pin(stream::StreamExt::chain(first, rest))))
}

/// The position after everything that has happened.
fn now(engine: &Handle) -> Position {
    let mut position = Position::default();
    for published in engine.products(None, usize::MAX) {
        position.advance(published.product.id, published.product.journal_seq);
    }
    position
}
