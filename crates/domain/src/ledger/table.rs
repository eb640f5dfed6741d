//! One kind of row: what is in memory, and what a batch did to it.

use std::array;
use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Into how many parts a table is cut. A hash table that is full moves all its rows at once, and
/// with a million holds nobody is answered for a tenth of a second meanwhile. Of so many parts each
/// moves its own few, at its own time.
const PARTS: usize = 256;

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
struct Slot<K, R> {
    key: K,
    row: R,
    mark: Mark,
}

/// Rows of one kind by their key.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, R> {
    parts: Box<[HashTable<Slot<K, R>>; PARTS]>,
    hasher: RandomState,
    /// Keys of all rows that are not `Live`, in the order in which they came.
    touched: Vec<K>,
}

impl<K, R> Default for Table<K, R> {
    fn default() -> Self {
        let parts = Box::new(array::from_fn(|_| HashTable::new()));
        Self { parts, hasher: RandomState::default(), touched: Vec::new() }
    }
}

/// The part that a hash belongs to, by bits that do not say where it is within the part.
const fn part_of(hash: u64) -> usize {
    (hash >> 32) as usize % PARTS
}

impl<K: Clone + Eq + Hash, R> Table<K, R> {
    fn slot(&self, key: &K) -> Option<&Slot<K, R>> {
        let hash = self.hasher.hash_one(key);
        self.parts[part_of(hash)].find(hash, |slot| slot.key == *key)
    }

    fn slot_mut(&mut self, key: &K) -> Option<&mut Slot<K, R>> {
        let hash = self.hasher.hash_one(key);
        self.parts[part_of(hash)].find_mut(hash, |slot| slot.key == *key)
    }

    fn entry(&mut self, key: &K) -> Entry<'_, Slot<K, R>> {
        let Self { parts, hasher, .. } = self;
        let hash = hasher.hash_one(key);
        parts[part_of(hash)].entry(hash, |slot| slot.key == *key, |slot| hasher.hash_one(&slot.key))
    }

    /// Puts a row in, in the place of the one with its key, if any.
    fn put(&mut self, slot: Slot<K, R>) {
        match self.entry(&slot.key) {
            Entry::Occupied(mut there) => *there.get_mut() = slot,
            Entry::Vacant(free) => {
                free.insert(slot);
            }
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&R> {
        self.slot(key).map(|slot| &slot.row)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.slot(key).is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &R> {
        self.parts.iter().flatten().map(|slot| &slot.row)
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(HashTable::len).sum()
    }

    /// Takes a row that stays in memory.
    pub(crate) fn recover(&mut self, key: K, row: R) {
        self.put(Slot { key, row, mark: Mark::Live });
    }

    /// Completes a row with something that is not stored; that is no change.
    pub(crate) fn amend(&mut self, key: &K, amend: impl FnOnce(&mut R)) {
        if let Some(slot) = self.slot_mut(key) {
            amend(&mut slot.row);
        }
    }

    /// Takes a committed row for the batch in progress; one that is here already is left alone.
    pub(crate) fn fetched(&mut self, key: K, row: R) {
        if let Entry::Vacant(free) = self.entry(&key) {
            free.insert(Slot { key: key.clone(), row, mark: Mark::Fetched });
            self.touched.push(key);
        }
    }

    /// Takes a row that the batch made. Its key must not be in use.
    pub(crate) fn create(&mut self, key: K, row: R) {
        self.touched.push(key.clone());
        self.put(Slot { key, row, mark: Mark::Changed(Change::Created) });
    }

    /// The row, to be changed by the batch.
    pub(crate) fn edit(&mut self, key: &K) -> Option<&mut R> {
        let Self { parts, hasher, touched } = self;
        let hash = hasher.hash_one(key);
        let slot = parts[part_of(hash)].find_mut(hash, |slot| slot.key == *key)?;
        match slot.mark {
            Mark::Live => {
                touched.push(key.clone());
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
            let slot = self.slot(key)?;
            match slot.mark {
                Mark::Changed(change) => Some((change, &slot.row)),
                Mark::Live | Mark::Fetched => None,
            }
        })
    }

    /// Forgets every row.
    pub(crate) fn clear(&mut self) {
        for part in self.parts.iter_mut().filter(|part| !part.is_empty()) {
            part.clear();
        }
        self.touched.clear();
    }

    /// Ends the batch: rows that `is_live` wants stay, the others that it touched leave the memory.
    pub(crate) fn settle(&mut self, is_live: impl Fn(&R) -> bool) {
        let mut touched = std::mem::take(&mut self.touched);
        for key in touched.drain(..) {
            if let Entry::Occupied(mut slot) = self.entry(&key) {
                if is_live(&slot.get().row) {
                    slot.get_mut().mark = Mark::Live;
                } else {
                    slot.remove();
                }
            }
        }
        self.touched = touched; // its room is used again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_grows_moves_few_of_its_rows_at_a_time() {
        let mut table = Table::<u64, u64>::default();
        let mut rooms = [0; PARTS];
        for n in 0..50_000_usize {
            table.recover(n as u64, 0);
            for (part, room) in table.parts.iter().zip(&mut rooms) {
                let moved = if part.capacity() == *room { 0 } else { part.len() };
                assert!(moved <= 8 + n / 100, "{moved} of {n} rows moved at once");
                *room = part.capacity();
            }
        }
        assert_eq!(table.len(), 50_000);
    }
}
