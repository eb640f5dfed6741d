//! Snapshots: every product as of the last commit, for readers who must not wait.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::Ordering;

use doorbuster_domain::{Product, ProductId, Timestamp};

use crate::sync::{Arc, ArcSwap, AtomicI64, PoisonError, RwLock};

/// A product as of the last commit that changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The product.
    pub product: Product,
    /// When the first of its active holds and pending orders falls due; `None` when it has none.
    pub next_deadline: Option<Timestamp>,
    /// Where several publish the same product, the higher one is the later one; otherwise 0.
    pub revision: u64,
}

/// All published products. The engine writes, everyone reads. A reader takes a lock that only the
/// creation of a product ever contends for, and sees each product whole.
#[derive(Debug)]
pub struct Snapshot {
    cells: RwLock<BTreeMap<ProductId, Arc<ArcSwap<Published>>>>,
    /// Until when nothing can have happened of which it does not know, or so little ago that it
    /// does not matter, in milliseconds since 1970.
    fresh_until_ms: AtomicI64,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self { cells: RwLock::default(), fresh_until_ms: AtomicI64::new(i64::MAX) }
    }
}

impl Snapshot {
    /// Makes `published` what readers see from now on, unless they see a later revision already.
    pub fn publish(&self, published: Published) {
        let id = published.product.id;
        let published = Arc::new(published);
        let cells = self.cells.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(&id) {
            replace(cell, published);
            return;
        }
        drop(cells);
        let mut cells = self.cells.write().unwrap_or_else(PoisonError::into_inner);
        match cells.get(&id) {
            Some(cell) => replace(cell, published), // somebody was faster
            None => {
                cells.insert(id, Arc::new(ArcSwap::new(published)));
            }
        }
    }

    /// Takes the next revision of a product that is published for the latest, whatever it is: the
    /// database has lost those that were seen.
    pub fn forget_revision(&self, id: ProductId) {
        let cells = self.cells.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(&id) {
            cell.rcu(|seen| Published { revision: 0, ..Published::clone(seen) });
        }
    }

    /// Says until when the snapshot can be taken for the truth. Where one engine publishes all
    /// there is, that is for ever, and nobody says so.
    pub fn fresh_until(&self, time: Timestamp) {
        self.fresh_until_ms.store(time.as_millis(), Ordering::Relaxed);
    }

    /// Whether it can be taken for the truth at `now`.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.as_millis() < self.fresh_until_ms.load(Ordering::Relaxed)
    }

    /// A product, if it exists.
    #[must_use]
    pub fn product(&self, id: ProductId) -> Option<Arc<Published>> {
        let cells = self.cells.read().unwrap_or_else(PoisonError::into_inner);
        cells.get(&id).map(|cell| cell.load_full())
    }

    /// Products in order of their ids, at most `limit` of those above `after`.
    #[must_use]
    pub fn products(&self, after: Option<ProductId>, limit: usize) -> Vec<Arc<Published>> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let cells = self.cells.read().unwrap_or_else(PoisonError::into_inner);
        cells
            .range((start, Bound::Unbounded))
            .take(limit)
            .map(|(_, cell)| cell.load_full())
            .collect()
    }
}

fn replace(cell: &ArcSwap<Published>, published: Arc<Published>) {
    if published.revision == 0 {
        cell.store(published); // there is one publisher, and no order to keep
        return;
    }
    cell.rcu(|seen| {
        let newer = published.revision >= seen.revision;
        if newer { published.clone() } else { seen.clone() }
    });
}
