//! Following: what other nodes do to the products, and what falls due on their behalf.

use std::collections::HashMap;
use std::time::Duration;

use doorbuster_domain::Timestamp;
use doorbuster_engine::{Handle, Published, StoreError};
use tokio::time::{MissedTickBehavior, interval};
use tokio_postgres::{Client, Statement};

use super::address::Address;
use super::deadlines::Deadlines;
use super::migrate;
use super::open::{Plain, known};
use super::row::{self, PRODUCT, StoredProduct};
use super::sql::CLOCK;

/// How often the deadlines in memory are looked at.
const TICK: Duration = Duration::from_millis(50);

/// How many ticks there are between two looks at the database: what readers see of other nodes is
/// behind by no more than that, and the time that the look takes.
const TICKS_A_POLL: u32 = 3;

/// How long what was read counts as the present.
const FRESH_FOR: Duration = Duration::from_millis(250);

/// How late something may be before a lane is woken: its own timer is usually in time.
const LATE_MS: i64 = 20;

/// A change is looked for this long after it was decided: its commit may have taken as long.
const COMMITTED_WITHIN_MS: i64 = 15_000;

/// How often it is looked whether another node has changed the schema, in polls.
const POLLS_A_SCHEMA_CHECK: u32 = 20;

/// How often all products are read, in polls: a commit may have waited for a standby for longer
/// than changes are looked for.
const POLLS_A_FULL_READ: u32 = 100;

/// The server's own limits for a look at it.
const LIMITS: &str = "SET statement_timeout = '3s'; SET lock_timeout = '2s'";

/// How long one look at the database may take.
const POLL_WITHIN: Duration = Duration::from_secs(3);

/// Learns of what other nodes do.
pub struct Follower {
    address: Address,
    deadlines: Deadlines,
}

/// Why following ended.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Another node has brought the schema to a version that this program cannot use.
    #[error("another node has changed the schema to one that this version does not know")]
    SchemaChanged,
}

/// A connection, and how far it has read.
struct Source {
    client: Plain,
    changed_since: Statement,
    /// The latest change that was seen.
    latest_ms: i64,
    polls: u32,
}

impl Follower {
    pub(super) const fn new(address: Address, deadlines: Deadlines) -> Self {
        Self { address, deadlines }
    }

    /// Publishes what other nodes commit, and wakes lanes for what falls due, until `shutdown`.
    ///
    /// # Errors
    /// When this program must not go on using the database.
    pub async fn run(
        self,
        handle: Handle,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), FollowError> {
        handle.snapshot().fresh_until(handle.now()); // not for ever, as where there is one engine
        let follow = async {
            let mut source = None;
            let mut ticks = interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            for tick in 0_u32.. {
                ticks.tick().await;
                if tick.is_multiple_of(TICKS_A_POLL) {
                    self.poll(&mut source, &handle).await?;
                }
                self.wake(&handle);
            }
            Ok(())
        };
        tokio::select! {
            result = follow => result,
            () = shutdown => Ok(()),
        }
    }

    /// Has lanes expire what fell due without their own timer's doing: other nodes' holds, mostly.
    fn wake(&self, handle: &Handle) {
        let late = Timestamp::from_millis(handle.now().as_millis().saturating_sub(LATE_MS));
        for lane in 0..self.deadlines.lanes().get() {
            if let Some((at, product_id)) = self.deadlines.first(lane)
                && at <= late
            {
                handle.expire_due(product_id);
            }
        }
    }

    /// One look at the database. One that fails is left to the next.
    async fn poll(&self, source: &mut Option<Source>, handle: &Handle) -> Result<(), FollowError> {
        let asked_at = handle.now();
        let poll = async {
            // After a failover without its last commits a database knows less than this node did.
            let mut lost = HashMap::new();
            if source.is_none() {
                lost = self.deadlines.revisions();
                *source = Source::open(&self.address).await?;
            }
            let Some(source) = source else { return Ok(false) };
            for stored in source.changed().await? {
                let id = stored.product.id;
                if lost.get(&id).is_some_and(|known| *known > stored.revision) {
                    self.deadlines.forget(id);
                    handle.snapshot().forget_revision(id);
                }
                if self.deadlines.note(&stored) {
                    let StoredProduct { product, next_deadline, revision } = stored;
                    handle.snapshot().publish(Published { product, next_deadline, revision });
                }
            }
            source.still_usable().await
        };
        match tokio::time::timeout(POLL_WITHIN, poll).await {
            Ok(Ok(true)) => {
                let fresh_ms = i64::try_from(FRESH_FOR.as_millis()).unwrap_or(0);
                let until = asked_at.as_millis().saturating_add(fresh_ms);
                handle.snapshot().fresh_until(Timestamp::from_millis(until));
                Ok(())
            }
            Ok(Ok(false)) => Err(FollowError::SchemaChanged),
            Ok(Err(error)) => {
                tracing::debug!(error = %error, "what other nodes do is not known");
                *source = None;
                Ok(())
            }
            Err(_) => {
                tracing::debug!("the database takes too long to say what other nodes do");
                *source = None;
                Ok(())
            }
        }
    }
}

impl Source {
    /// `None`: this program cannot use the schema. That comes before all else, because what is read
    /// then may not be there any more.
    async fn open(address: &Address) -> Result<Option<Self>, StoreError> {
        let client = super::open::connect(address).await?;
        client.batch_execute(LIMITS).await?;
        if !usable(&client).await? {
            return Ok(None);
        }
        // A server's clock may be behind the one that made the latest change.
        let sql = format!(
            "SELECT {PRODUCT}, changed_at_ms FROM product_row WHERE changed_at_ms >
                 (SELECT least($1::bigint, {CLOCK} - {COMMITTED_WITHIN_MS}))"
        );
        let changed_since = client.prepare(&sql).await?;
        Ok(Some(Self { client, changed_since, latest_ms: i64::MIN, polls: 0 }))
    }

    /// Products that changed lately; all of them at first.
    async fn changed(&mut self) -> Result<Vec<StoredProduct>, StoreError> {
        let all = self.polls.is_multiple_of(POLLS_A_FULL_READ);
        let latest_ms = if all { i64::MIN } else { self.latest_ms };
        let since = latest_ms.saturating_sub(COMMITTED_WITHIN_MS);
        let rows = self.client.query(&self.changed_since, &[&since]).await?;
        let mut changed = Vec::with_capacity(rows.len());
        for row in &rows {
            self.latest_ms = self.latest_ms.max(row.try_get("changed_at_ms")?);
            changed.push(row::product(row)?);
        }
        Ok(changed)
    }

    async fn still_usable(&mut self) -> Result<bool, StoreError> {
        self.polls = self.polls.wrapping_add(1);
        if !self.polls.is_multiple_of(POLLS_A_SCHEMA_CHECK) {
            return Ok(true);
        }
        usable(&self.client).await
    }
}

async fn usable(client: &Client) -> Result<bool, StoreError> {
    let standing = migrate::read(client).await?;
    Ok(standing.is_some_and(|standing| standing.check(known()).is_ok()))
}
