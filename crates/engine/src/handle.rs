//! The handle: how everyone else talks to the engine.

use std::sync::Arc;

use doorbuster_domain::{
    Command, HoldId, OrderId, Outcome, PlaceHold, ProductId, Refusal, SaleStatus, Timestamp,
};
use tokio::sync::{mpsc, oneshot};

use uuid::Uuid;

use crate::engine::{EXPIRIES_PER_BATCH, Status};
use crate::lanes::{lane_of, lane_of_product, mark_of, mark_of_product, marked};
use crate::{Clock, Published, Snapshot, Trace, fresh_uuid};

/// Talks to a running engine. Cheap to clone; usable from any runtime.
#[derive(Clone)]
pub struct Handle {
    pub(crate) lanes: Arc<[Lane]>,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) clock: Clock,
}

/// One engine, as the handle sees it.
pub(crate) struct Lane {
    pub(crate) mailbox: mpsc::Sender<Envelope>,
    pub(crate) status: Arc<Status>,
}

/// A command on its way, and where its answer goes.
pub(crate) struct Envelope {
    pub(crate) command: Command,
    pub(crate) trace: Trace,
    pub(crate) reply: oneshot::Sender<Result<Outcome, SubmitError>>,
}

/// Why a command got no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The mailbox is full. The command was not taken: it had no effect and will have none.
    #[error("too many commands are waiting")]
    Overloaded,
    /// The store cannot be reached, or the engine is stopping. The command had no effect.
    #[error("the store is not available")]
    Unavailable,
    /// The commit was under way when the store failed. Only a look at the rows tells whether the
    /// command had an effect; an idempotency key makes a retry safe.
    #[error("the store failed during the commit")]
    Unknown,
}

impl Handle {
    /// Has `command` decided and committed, and returns its outcome once that is durable. A caller
    /// who stops waiting does not cancel the command.
    ///
    /// A hold on a product that the latest snapshot shows without enough units and without overdue
    /// holds or orders is refused from the snapshot, unless it has an idempotency key, which may
    /// name an earlier success.
    ///
    /// # Errors
    /// When the command was not decided, or nobody knows whether it was committed.
    pub async fn submit(&self, command: Command, trace: Trace) -> Result<Outcome, SubmitError> {
        if let Command::PlaceHold(place) = &command
            && let Some(refusal) = self.refuse_at_once(place)
        {
            return Ok(Err(refusal));
        }
        let (reply, answer) = oneshot::channel();
        let lane = self.lane_of(&command)?;
        lane.mailbox.try_send(Envelope { command, trace, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SubmitError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => SubmitError::Unavailable,
        })?;
        // The engine answers everything it takes, unless it dies in between.
        answer.await.unwrap_or(Err(SubmitError::Unknown))
    }

    /// Has every lane expire what is overdue, and waits for it: whoever returns from here knows
    /// that commands can be committed.
    ///
    /// # Errors
    /// As [`Handle::submit`].
    pub async fn expire_everywhere(&self) -> Result<(), SubmitError> {
        for lane in &*self.lanes {
            let (reply, answer) = oneshot::channel();
            let (command, trace) = (Command::ExpireDue { limit: 1 }, Trace::none());
            let envelope = Envelope { command, trace, reply };
            lane.mailbox.send(envelope).await.map_err(|_| SubmitError::Unavailable)?;
            let _ = answer.await.unwrap_or(Err(SubmitError::Unknown))?; // it cannot be refused
        }
        Ok(())
    }

    fn lane_of(&self, command: &Command) -> Result<&Lane, SubmitError> {
        let lane = match &*self.lanes {
            [only] => Some(only),
            lanes => lanes.get(lane_of(command, lanes.len())),
        };
        lane.ok_or(SubmitError::Unavailable)
    }

    /// Wakes the lane of a product in which something fell due without that lane's doing, unless
    /// it is busy anyway.
    pub fn expire_due(&self, product_id: ProductId) {
        if let Some(lane) = self.lanes.get(lane_of_product(product_id, self.lanes.len()))
            && lane.mailbox.capacity() == lane.mailbox.max_capacity()
        {
            let (reply, _) = oneshot::channel();
            let command = Command::ExpireDue { limit: EXPIRIES_PER_BATCH };
            let trace = Trace::none();
            let _ = lane.mailbox.try_send(Envelope { command, trace, reply });
        }
    }

    /// Where products are published. Whoever learns of another's commits publishes them here.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The refusal that is certain from the snapshot alone: right now the units are not there.
    fn refuse_at_once(&self, place: &PlaceHold) -> Option<Refusal> {
        if place.idempotency_key.is_some() || !self.is_ready() {
            return None;
        }
        let published = self.snapshot.product(place.product_id)?;
        let now = self.clock.now();
        let product = &published.product;
        let available = product.available();
        let certain = self.snapshot.is_fresh(now)
            && available < place.qty.get()
            && product.status(now) == SaleStatus::Open
            && published.next_deadline.is_none_or(|deadline| now < deadline)
            && (product.terms.max_per_customer.is_none() || place.customer_id.is_some());
        certain.then_some(Refusal::InsufficientStock { available })
    }

    /// A product as of the last commit.
    #[must_use]
    pub fn product(&self, id: ProductId) -> Option<Arc<Published>> {
        self.snapshot.product(id)
    }

    /// Products as of the last commit in order of their ids, at most `limit` of those above
    /// `after`.
    #[must_use]
    pub fn products(&self, after: Option<ProductId>, limit: usize) -> Vec<Arc<Published>> {
        self.snapshot.products(after, limit)
    }

    /// The engine's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// An id for a hold on this product that nobody can guess.
    #[must_use]
    pub fn fresh_hold_id(&self, product_id: ProductId) -> HoldId {
        HoldId::new(self.fresh_id(mark_of_product(product_id)))
    }

    /// An id for the order of this hold that nobody can guess.
    #[must_use]
    pub fn fresh_order_id(&self, hold_id: HoldId) -> OrderId {
        OrderId::new(self.fresh_id(mark_of(hold_id.uuid())))
    }

    fn fresh_id(&self, mark: u8) -> Uuid {
        let id = fresh_uuid(self.now());
        if self.lanes.len() == 1 { id } else { marked(id, mark) }
    }

    /// Whether commands can be committed: the engine runs and its store answers.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        // The mailbox is closed too where the engine was dropped or panicked.
        self.lanes.iter().all(|lane| lane.status.is_ready() && !lane.mailbox.is_closed())
    }

    /// How many commands wait in mailboxes.
    #[must_use]
    pub fn mailbox_depth(&self) -> usize {
        let depth = |lane: &Lane| lane.mailbox.max_capacity() - lane.mailbox.capacity();
        self.lanes.iter().map(depth).sum()
    }
}
