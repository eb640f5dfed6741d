//! Deadlines: which active holds and pending orders fall due when.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::{HoldId, OrderId, ProductId, Timestamp};

/// What falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Hold(HoldId),
    Order(OrderId),
}

/// Deadlines by product and millisecond. Most holds end before they fall due, so taking one away
/// must be cheap: it is only counted, and a millisecond is forgotten once nothing is left in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deadlines {
    products: HashMap<ProductId, BTreeMap<Timestamp, Bucket>, RandomState>,
    /// The first deadline of every product that has any.
    next: BTreeSet<(Timestamp, ProductId)>,
    /// Products whose first deadline changed since [`Self::settle`], possibly more than once each.
    moved: Vec<ProductId>,
}

#[derive(Clone, Debug, Default)]
struct Bucket {
    /// How many of `due` still fall due now; the others ended early or were prolonged.
    left: usize,
    due: Vec<Due>,
}

impl Deadlines {
    /// Notes that `due` falls due at `at`.
    pub(crate) fn add(&mut self, product_id: ProductId, at: Timestamp, due: Due) {
        let buckets = self.products.entry(product_id).or_default();
        let first = buckets.first_key_value().map(|(&first, _)| first);
        let bucket = buckets.entry(at).or_default();
        bucket.left += 1;
        bucket.due.push(due);
        if first.is_none_or(|first| at < first) {
            if let Some(first) = first {
                self.next.remove(&(first, product_id));
            }
            self.next.insert((at, product_id));
            self.moved.push(product_id);
        }
    }

    /// Notes that one that was to fall due at `at` no longer is.
    pub(crate) fn remove(&mut self, product_id: ProductId, at: Timestamp) {
        let Some(buckets) = self.products.get_mut(&product_id) else {
            return;
        };
        let Some(bucket) = buckets.get_mut(&at) else {
            return;
        };
        bucket.left = bucket.left.saturating_sub(1);
        if bucket.left == 0 {
            self.forget(product_id, at);
        }
    }

    fn forget(&mut self, product_id: ProductId, at: Timestamp) {
        let Some(buckets) = self.products.get_mut(&product_id) else {
            return;
        };
        buckets.remove(&at);
        if !self.next.remove(&(at, product_id)) {
            return; // it was not the product's first
        }
        self.moved.push(product_id);
        match buckets.first_key_value() {
            Some((&first, _)) => {
                self.next.insert((first, product_id));
            }
            None => {
                self.products.remove(&product_id);
            }
        }
    }

    /// The first deadline of a product.
    pub(crate) fn first(&self, product_id: ProductId) -> Option<Timestamp> {
        let (&first, _) = self.products.get(&product_id)?.first_key_value()?;
        Some(first)
    }

    /// Products whose first deadline changed since the last [`Self::settle`].
    pub(crate) fn moved(&self) -> &[ProductId] {
        &self.moved
    }

    pub(crate) fn settle(&mut self) {
        self.moved.clear();
    }

    /// The first deadline of all.
    pub(crate) fn next(&self) -> Option<(Timestamp, ProductId)> {
        self.next.first().copied()
    }

    /// Takes out one candidate whose deadline is not after `now`, the earliest first. The caller
    /// looks whether it still falls due then; if so, it ends the row and calls [`Self::remove`].
    pub(crate) fn pop(
        &mut self,
        product_id: ProductId,
        now: Timestamp,
    ) -> Option<(Timestamp, Due)> {
        loop {
            let mut first = self.products.get_mut(&product_id)?.first_entry()?;
            let at = *first.key();
            if at > now {
                return None;
            }
            if let Some(due) = first.get_mut().due.pop() {
                return Some((at, due));
            }
            self.forget(product_id, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: ProductId = ProductId::new(1).unwrap();
    const TWO: ProductId = ProductId::new(2).unwrap();

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn hold(n: u128) -> Due {
        Due::Hold(HoldId::new(Uuid::from_u128(n)))
    }

    #[test]
    fn the_earliest_deadline_comes_first_and_none_before_its_time() {
        let mut deadlines = Deadlines::default();
        deadlines.add(ONE, at(30), hold(3));
        deadlines.add(ONE, at(10), hold(1));
        deadlines.add(TWO, at(20), hold(2));
        assert_eq!(deadlines.next(), Some((at(10), ONE)));
        assert_eq!(deadlines.pop(ONE, at(9)), None);
        assert_eq!(deadlines.pop(ONE, at(10)), Some((at(10), hold(1))));
        deadlines.remove(ONE, at(10));
        assert_eq!(deadlines.next(), Some((at(20), TWO)));
        assert_eq!(deadlines.first(ONE), Some(at(30)));
    }

    #[test]
    fn nothing_is_left_behind_once_all_have_ended_early() {
        let mut deadlines = Deadlines::default();
        for n in 0..100 {
            deadlines.add(ONE, at(n / 10), hold(1));
        }
        for n in 0..100 {
            deadlines.remove(ONE, at(n / 10));
        }
        assert_eq!(deadlines.next(), None);
        assert!(deadlines.products.is_empty() && deadlines.next.is_empty());
        deadlines.remove(ONE, at(5)); // nothing to remove is no harm
    }
}
