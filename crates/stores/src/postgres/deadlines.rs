//! When the first hold or order of each product falls due, as far as this node knows.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doorbuster_domain::{ProductId, Timestamp};
use doorbuster_engine::Lanes;

use super::row::StoredProduct;

/// The next deadlines of all products, lane by lane. Lanes note what they commit, the follower what
/// other nodes did.
#[derive(Clone)]
pub(super) struct Deadlines(Arc<[Mutex<Lane>]>, Lanes);

#[derive(Default)]
struct Lane {
    /// The revision of the product's row that says so, and the deadline.
    products: HashMap<ProductId, (u64, Option<Timestamp>)>,
    next: BTreeSet<(Timestamp, ProductId)>,
}

impl Deadlines {
    pub(super) fn new(lanes: Lanes) -> Self {
        Self((0..lanes.get()).map(|_| Mutex::default()).collect(), lanes)
    }

    fn lane(&self, lane: usize) -> Option<MutexGuard<'_, Lane>> {
        self.0.get(lane).map(|lane| lane.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a product as it is in the database, unless something later is known of it, and
    /// returns whether it was noted.
    pub(super) fn note(&self, stored: &StoredProduct) -> bool {
        let (id, revision, at) = (stored.product.id, stored.revision, stored.next_deadline);
        let Some(mut lane) = self.lane(self.1.of_product(id)) else { return false };
        if let Some((known, old)) = lane.products.insert(id, (revision, at)) {
            if known > revision {
                lane.products.insert(id, (known, old));
                return false;
            }
            if let Some(old) = old {
                lane.next.remove(&(old, id));
            }
        }
        if let Some(at) = at {
            lane.next.insert((at, id));
        }
        true
    }

    /// The revisions that are known of all products.
    pub(super) fn revisions(&self) -> HashMap<ProductId, u64> {
        let mut revisions = HashMap::new();
        for lane in (0..self.1.get()).filter_map(|lane| self.lane(lane)) {
            revisions.extend(lane.products.iter().map(|(id, (revision, _))| (*id, *revision)));
        }
        revisions
    }

    /// Forgets what is known of a product.
    pub(super) fn forget(&self, id: ProductId) {
        let Some(mut lane) = self.lane(self.1.of_product(id)) else { return };
        if let Some((_, Some(at))) = lane.products.remove(&id) {
            lane.next.remove(&(at, id));
        }
    }

    /// The first deadline of a lane, and whose it is.
    pub(super) fn first(&self, lane: usize) -> Option<(Timestamp, ProductId)> {
        self.lane(lane)?.next.first().copied()
    }

    /// How many lanes there are.
    pub(super) const fn lanes(&self) -> Lanes {
        self.1
    }
}
