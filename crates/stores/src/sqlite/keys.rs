//! Finding records by keys that come in no order: event ids and idempotency keys.
//!
//! In an index each such key changes a page of its own, and writing those pages cost more than all
//! else of a payment. So the keys of new records are kept in memory, by their hash. When there are
//! many, they go into the index in the file, a few at a time between the batches, in the index's
//! own order, so that neighbours share a page. What is not there yet after a crash is read
//! from the records again.

use std::cell::RefCell;
use std::hash::Hasher as _;

use doorbuster_domain::{CustomerId, EventKey, RequestKey};
use hashbrown::{HashSet, HashTable};
use rusqlite::{Connection, OptionalExtension as _, params};
use siphasher::sip::SipHasher13;

use super::insert::Insert;
use crate::names::name;

/// How many new keys there must be before they go into the file. A restart reads about as many.
const FILE_FROM: usize = 32_768;

/// How many go into the file at once, or, where that is more, this part of all that wait, so that
/// the memory stays bounded whatever comes.
const FILE_AT_ONCE: usize = 512;
const FILE_PART: usize = 64;

/// What a key is hashed with: the file's own, so that nobody can choose keys that collide.
pub(super) type HashKey = [u8; 16];

/// A table whose records have keys.
pub(super) struct Kind {
    /// The index in the file.
    index: &'static str,
    /// The column of `upkeep_row` that says how far it goes.
    mark: &'static str,
    /// Every record after `?1`, with the columns of its key.
    rows: &'static str,
    /// The key of such a row.
    hash: fn(&HashKey, &rusqlite::Row<'_>) -> rusqlite::Result<i64>,
}

/// Payments by their event.
pub(super) const PAYMENTS: Kind = Kind {
    index: "payment_key_row",
    mark: "payments_indexed",
    rows: "SELECT record, provider, event_id FROM payment_row WHERE record > ?1",
    hash: |hash_key, row| {
        let (provider, event_id) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        Ok(hash(hash_key, &[provider, event_id]))
    },
};

/// Remembered requests by their key.
pub(super) const REQUESTS: Kind = Kind {
    index: "request_key_row",
    mark: "requests_indexed",
    rows: "SELECT record, operation, customer_id, idempotency_key FROM request_row
           WHERE record > ?1",
    hash: |hash_key, row| {
        let parts = [row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?];
        Ok(hash(hash_key, &[parts[0], parts[1], row.get_ref(3)?.as_str()?]))
    },
};

/// A new record's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    hash: i64,
    record: i64,
}

/// Finds the records of one table by the hash of their key.
pub(super) struct Keys {
    kind: Kind,
    hash_key: HashKey,
    /// Keys that are in memory and may not be in the file.
    new: HashTable<Key>,
    /// Those of them that are on their way into the file, the next last.
    filing: Vec<Key>,
    /// The last record that will be in the file when they all are.
    filing_to: i64,
    /// The last record of all.
    last: i64,
    /// Whether anything is in the file.
    has_file: bool,
    /// Hashes that were looked for, for the batch in progress, and are not there.
    absent: RefCell<HashSet<i64, foldhash::fast::RandomState>>,
    insert: Insert,
}

impl Keys {
    /// The keys of the records that the file has, those that are not in its index in memory.
    pub(super) fn read(connection: &Connection, kind: Kind) -> rusqlite::Result<Self> {
        let Kind { index, mark, rows, hash } = kind;
        let upkeep = format!("SELECT hash_key, {mark} FROM upkeep_row");
        let (hash_key, filed_to): (HashKey, i64) =
            connection.query_row(&upkeep, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let insert = Insert::or_ignore_into(index, "hash, record");
        let mut keys = Self {
            kind,
            hash_key,
            new: HashTable::new(),
            filing: Vec::new(),
            filing_to: filed_to,
            last: filed_to,
            has_file: filed_to > 0,
            absent: RefCell::default(),
            insert,
        };
        let has_file = format!("SELECT 1 FROM {index} LIMIT 1");
        keys.has_file |= connection.query_row(&has_file, [], |_| Ok(())).optional()?.is_some();
        let mut statement = connection.prepare(rows)?;
        let mut rows = statement.query([filed_to])?;
        while let Some(row) = rows.next()? {
            let key = Key { hash: hash(&keys.hash_key, row)?, record: row.get(0)? };
            keys.take(key);
        }
        Ok(keys)
    }

    /// The hash of an event's key.
    pub(super) fn of_event(&self, key: &EventKey) -> i64 {
        hash(&self.hash_key, &[name(key.provider), key.event_id.as_str()])
    }

    /// The hash of a request's key.
    pub(super) fn of_request(&self, key: &RequestKey) -> i64 {
        let customer_id = key.customer_id.as_ref().map_or("", CustomerId::as_str);
        hash(&self.hash_key, &[name(key.operation), customer_id, key.key.as_str()])
    }

    /// Begins a batch.
    pub(super) fn begin(&mut self) {
        self.absent.get_mut().clear();
    }

    /// Looks through the records that may have a key with this hash until `is_it` finds that one
    /// has.
    pub(super) fn find<T>(
        &self,
        connection: &Connection,
        hash: i64,
        mut is_it: impl FnMut(i64) -> rusqlite::Result<Option<T>>,
    ) -> rusqlite::Result<Option<T>> {
        if self.has_file {
            let sql = format!("SELECT record FROM {} WHERE hash = ?", self.kind.index);
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([hash])?;
            while let Some(row) = rows.next()? {
                if let Some(found) = is_it(row.get(0)?)? {
                    return Ok(Some(found));
                }
            }
        }
        for key in self.new.iter_hash(slot(hash)).filter(|key| key.hash == hash) {
            if let Some(found) = is_it(key.record)? {
                return Ok(Some(found));
            }
        }
        self.absent.borrow_mut().insert(hash);
        Ok(None)
    }

    /// Whether the batch in progress has looked for a key with this hash, and it is not there.
    pub(super) fn is_absent(&self, hash: i64) -> bool {
        self.absent.borrow().contains(&hash)
    }

    /// The number of the next record to be written.
    pub(super) const fn next_record(&self) -> i64 {
        self.last + 1
    }

    /// Takes the keys with these hashes, of the next records, which have been committed.
    pub(super) fn committed(&mut self, hashes: impl IntoIterator<Item = i64>) {
        for hash in hashes {
            self.take(Key { hash, record: self.next_record() });
        }
    }

    fn take(&mut self, key: Key) {
        self.last = self.last.max(key.record);
        self.new.insert_unique(slot(key.hash), key, |key| slot(key.hash));
    }

    /// Puts some new keys into the file, if there are many, and returns whether more wait for that.
    pub(super) fn file_some(&mut self, connection: &mut Connection) -> rusqlite::Result<bool> {
        if self.filing.is_empty() && self.new.len() >= FILE_FROM {
            self.filing.extend(self.new.iter());
            self.filing.sort_unstable_by(|one, other| other.cmp(one));
            self.filing_to = self.last;
        }
        if self.filing.is_empty() {
            return Ok(false);
        }
        let at_once = FILE_AT_ONCE.max(self.new.len() / FILE_PART);
        let left = self.filing.len().saturating_sub(at_once);
        let (_, some) = self.filing.split_at(left);
        let transaction = connection.transaction()?;
        // What has been removed meanwhile is no longer new.
        let some: Vec<_> = some.iter().rev().filter(|key| self.is_new(key)).collect();
        self.insert.all(&transaction, &some, |key, values| {
            values.put(key.hash)?;
            values.put(key.record)
        })?;
        if left == 0 {
            let sql = format!("UPDATE upkeep_row SET {} = ?", self.kind.mark);
            transaction.prepare_cached(&sql)?.execute([self.filing_to])?;
        }
        transaction.commit()?;
        self.has_file = true;
        for key in self.filing.split_off(left) {
            self.drop_new(key);
        }
        Ok(left > 0)
    }

    /// Removes keys from the index in the file, within the transaction that removes their records.
    /// Once that is committed they must be [`forgotten`](Self::forgotten).
    pub(super) fn remove(
        &self,
        connection: &Connection,
        removed: &[(i64, i64)],
    ) -> rusqlite::Result<()> {
        if !self.has_file {
            return Ok(());
        }
        let sql = format!("DELETE FROM {} WHERE hash = ? AND record = ?", self.kind.index);
        let mut statement = connection.prepare_cached(&sql)?;
        for (hash, record) in removed {
            statement.execute(params![hash, record])?;
        }
        Ok(())
    }

    /// Takes removed keys out of memory.
    pub(super) fn forgotten(&mut self, removed: &[(i64, i64)]) {
        for (hash, record) in removed {
            self.drop_new(Key { hash: *hash, record: *record });
        }
    }

    /// The hash of the key in a row of record and key.
    pub(super) fn hash_of(&self, row: &rusqlite::Row<'_>) -> rusqlite::Result<i64> {
        (self.kind.hash)(&self.hash_key, row)
    }

    fn is_new(&self, key: &Key) -> bool {
        self.new.find(slot(key.hash), |known| known == key).is_some()
    }

    fn drop_new(&mut self, key: Key) {
        if let Ok(entry) = self.new.find_entry(slot(key.hash), |known| *known == key) {
            entry.remove();
        }
    }
}

/// Where a hash is in the memory's table.
const fn slot(hash: i64) -> u64 {
    hash.cast_unsigned()
}

/// Each part is followed by a byte that no text has, so that no two keys run together alike.
fn hash(hash_key: &HashKey, parts: &[&str]) -> i64 {
    let mut hasher = SipHasher13::new_with_key(hash_key);
    for part in parts {
        hasher.write(part.as_bytes());
        hasher.write_u8(0xFF);
    }
    hasher.finish().cast_signed()
}

#[cfg(test)]
mod tests {
    use doorbuster_domain::{EventId, Provider};

    use super::*;

    /// A new file, in memory.
    fn file() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../../migrations/sqlite/0001_first.sql")).unwrap();
        connection
    }

    fn event(n: i64) -> EventKey {
        EventKey {
            provider: Provider::Generic,
            event_id: EventId::new(&format!("evt_{n}")).unwrap(),
        }
    }

    /// Records payments with these numbers.
    fn pay(connection: &mut Connection, keys: &mut Keys, numbers: std::ops::Range<i64>) {
        let transaction = connection.transaction().unwrap();
        for (n, record) in numbers.clone().zip(keys.next_record()..) {
            let sql = "INSERT INTO payment_row VALUES
                 (?1, 'generic', 'evt_' || ?2, zeroblob(16), 'paid', NULL, NULL, 0, 'applied', '')";
            transaction.prepare_cached(sql).unwrap().execute([record, n]).unwrap();
        }
        transaction.commit().unwrap();
        let hashes: Vec<_> = numbers.map(|n| keys.of_event(&event(n))).collect();
        keys.committed(hashes);
    }

    fn record(connection: &Connection, keys: &Keys, n: i64) -> Option<i64> {
        let sql = "SELECT event_id FROM payment_row WHERE record = ?";
        keys.find(connection, keys.of_event(&event(n)), |record| {
            let found = connection.query_row(sql, [record], |row| row.get::<_, String>(0));
            Ok((found.optional()? == Some(format!("evt_{n}"))).then_some(record))
        })
        .unwrap()
    }

    fn in_file(connection: &Connection) -> i64 {
        let sql = "SELECT count(*) FROM payment_key_row";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_key_is_found_before_during_and_after_its_way_into_the_file_and_after_a_restart() {
        let mut connection = file();
        let mut keys = Keys::read(&connection, PAYMENTS).unwrap();
        let few = i64::try_from(FILE_FROM).unwrap() - 1;
        let all_found = |connection: &Connection, keys: &Keys, from: i64, to: i64| {
            (from..=to).step_by(97).chain([to]).all(|n| record(connection, keys, n) == Some(n))
        };
        pay(&mut connection, &mut keys, 1..few + 1);
        assert!(!keys.file_some(&mut connection).unwrap(), "few keys stay in memory");
        assert_eq!(in_file(&connection), 0);
        pay(&mut connection, &mut keys, few + 1..few + 2);
        assert!(keys.file_some(&mut connection).unwrap(), "more keys wait");
        assert_eq!(in_file(&connection), 512);
        pay(&mut connection, &mut keys, few + 2..few + 12);
        assert!(all_found(&connection, &keys, 1, few + 11));

        let mut keys = Keys::read(&connection, PAYMENTS).unwrap();
        assert!(all_found(&connection, &keys, 1, few + 11), "it stopped on the way");
        assert_eq!(keys.next_record(), few + 12);
        while keys.file_some(&mut connection).unwrap() {}
        assert_eq!(in_file(&connection), few + 11);
        assert_eq!(keys.new.len(), 0);

        let keys = Keys::read(&connection, PAYMENTS).unwrap();
        assert_eq!((keys.new.len(), keys.next_record()), (0, few + 12), "nothing is read again");
        assert!(all_found(&connection, &keys, 1, few + 11));
        assert_eq!(record(&connection, &keys, few + 12), None);
        assert!(keys.is_absent(keys.of_event(&event(few + 12))));
    }

    #[test]
    fn a_removed_key_is_not_found_again_wherever_it_was() {
        let mut connection = file();
        let mut keys = Keys::read(&connection, PAYMENTS).unwrap();
        let many = i64::try_from(FILE_FROM).unwrap();
        pay(&mut connection, &mut keys, 1..many + 1);
        assert!(keys.file_some(&mut connection).unwrap());
        let removed: Vec<_> = (1..=many).map(|n| (keys.of_event(&event(n)), n)).collect();
        connection.execute("DELETE FROM payment_row", []).unwrap();
        keys.remove(&connection, &removed).unwrap();
        keys.forgotten(&removed);
        while keys.file_some(&mut connection).unwrap() {}
        assert_eq!(in_file(&connection), 0);
        pay(&mut connection, &mut keys, 1..2);
        assert_eq!(record(&connection, &keys, 1), Some(many + 1));
    }

    #[test]
    fn keys_with_the_same_hash_are_told_apart() {
        let connection = file();
        let mut keys = Keys::read(&connection, PAYMENTS).unwrap();
        keys.committed([7, 7]);
        for wanted in 1..=2 {
            let found =
                keys.find(&connection, 7, |record| Ok((record == wanted).then_some(record)));
            assert_eq!(found.unwrap(), Some(wanted));
        }
        let one = |parts: &[&str]| hash(&[0; 16], parts);
        assert_ne!(one(&["ab", "c"]), one(&["a", "bc"]));
    }
}
