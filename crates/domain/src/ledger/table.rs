//! One kind of row: what is in memory, and what a batch did to it.

use std::hash::Hash;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

/// What a batch did to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The row is new.
    Created,
    /// The row was there before and is different now, or was written again as it was.
    Updated,
}

/// How a row stands to the batch in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Kept in memory from before the batch, and not changed by it.
    Live,
    /// Fetched for the batch, and not changed by it.
    Fetched,
    /// Changed by the batch.
    Changed(Change),
}

#[derive(Clone, Debug)]
struct Slot<R> {
    row: R,
    mark: Mark,
}

/// Rows of one kind by their key.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, R> {
    rows: HashMap<K, Slot<R>, RandomState>,
    /// Keys of all rows that are not `Live`, in the order in which they came.
    touched: Vec<K>,
}

impl<K, R> Default for Table<K, R> {
    fn default() -> Self {
        Self { rows: HashMap::default(), touched: Vec::new() }
    }
}

impl<K: Clone + Eq + Hash, R> Table<K, R> {
    pub(crate) fn get(&self, key: &K) -> Option<&R> {
        self.rows.get(key).map(|slot| &slot.row)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &R> {
        self.rows.values().map(|slot| &slot.row)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Takes a row that stays in memory.
    pub(crate) fn recover(&mut self, key: K, row: R) {
        self.rows.insert(key, Slot { row, mark: Mark::Live });
    }

    /// Completes a row with something that is not stored; that is no change.
    pub(crate) fn amend(&mut self, key: &K, amend: impl FnOnce(&mut R)) {
        if let Some(slot) = self.rows.get_mut(key) {
            amend(&mut slot.row);
        }
    }

    /// Takes a committed row for the batch in progress; one that is here already is left alone.
    pub(crate) fn fetched(&mut self, key: K, row: R) {
        if let Entry::Vacant(vacant) = self.rows.entry(key) {
            self.touched.push(vacant.key().clone());
            vacant.insert(Slot { row, mark: Mark::Fetched });
        }
    }

    /// Takes a row that the batch made. Its key must not be in use.
    pub(crate) fn create(&mut self, key: K, row: R) {
        self.touched.push(key.clone());
        self.rows.insert(key, Slot { row, mark: Mark::Changed(Change::Created) });
    }

    /// The row, to be changed by the batch.
    pub(crate) fn edit(&mut self, key: &K) -> Option<&mut R> {
        let slot = self.rows.get_mut(key)?;
        match slot.mark {
            Mark::Live => {
                self.touched.push(key.clone());
                slot.mark = Mark::Changed(Change::Updated);
            }
            Mark::Fetched => slot.mark = Mark::Changed(Change::Updated),
            Mark::Changed(_) => {}
        }
        Some(&mut slot.row)
    }

    /// The rows that the batch made or changed, each once, in the order in which they were touched.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (Change, &R)> {
        self.touched.iter().filter_map(|key| {
            let slot = self.rows.get(key)?;
            match slot.mark {
                Mark::Changed(change) => Some((change, &slot.row)),
                Mark::Live | Mark::Fetched => None,
            }
        })
    }

    /// Ends the batch: rows that `is_live` wants stay, the others that it touched leave the memory.
    pub(crate) fn settle(&mut self, is_live: impl Fn(&R) -> bool) {
        for key in self.touched.drain(..) {
            if let Entry::Occupied(mut slot) = self.rows.entry(key) {
                if is_live(&slot.get().row) {
                    slot.get_mut().mark = Mark::Live;
                } else {
                    slot.remove();
                }
            }
        }
    }
}
