//! How far a client has followed the journal, as the id of an event.
//!
//! Each product numbers its entries without gaps, and nobody numbers all of them: products are
//! committed side by side, by several nodes. So the position is the last number of each product. It
//! is the same on every node.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorbuster_domain::ProductId;

/// The first byte of every position. One of another version is not read.
const VERSION: u8 = 1;

/// How long a position is at most, in bytes before base64: it has to fit into a request's head.
const MAX_BYTES: usize = 6 * 1024;

/// For each product the number of the last entry that was sent; products that are not here are at
/// their beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Position(BTreeMap<ProductId, u64>);

impl Position {
    /// The number of a product's last entry that was sent.
    pub(super) fn of(&self, id: ProductId) -> u64 {
        self.0.get(&id).copied().unwrap_or(0)
    }

    /// Whether entries were sent that a journal does not have: one of these products, each with the
    /// number of its last entry, is behind, or is not there.
    pub(super) fn is_ahead_of(&self, products: impl Iterator<Item = (ProductId, u64)>) -> bool {
        let reached = products.filter(|(id, seq)| self.0.get(id).is_some_and(|sent| sent <= seq));
        reached.count() < self.0.len()
    }

    /// Everything up to this entry was sent.
    pub(super) fn advance(&mut self, id: ProductId, seq: u64) {
        self.0.insert(id, seq);
    }

    /// Whether its id is short beside a few entries.
    pub(super) fn is_short(&self) -> bool {
        self.0.len() <= 64
    }

    /// As an id. With thousands of products those with the shortest journals are left out, which
    /// costs a client that comes back some entries twice, but none is skipped.
    pub(super) fn encode(&self) -> String {
        let mut bytes = bytes_of(self.0.iter());
        if bytes.len() > MAX_BYTES {
            let mut longest: Vec<_> = self.0.iter().collect();
            longest.sort_by_key(|(_, seq)| std::cmp::Reverse(**seq));
            while bytes.len() > MAX_BYTES {
                longest.truncate(longest.len() * 9 / 10);
                bytes = bytes_of(longest.iter().copied().collect::<BTreeMap<_, _>>().into_iter());
            }
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position with this id; `0` is the beginning of everything.
    pub(super) fn decode(id: &str) -> Option<Self> {
        if id == "0" {
            return Some(Self::default());
        }
        let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
        let (&VERSION, mut rest) = bytes.split_first()? else { return None };
        let mut position = BTreeMap::new();
        let mut last = 0_u64;
        while !rest.is_empty() {
            last = last.checked_add(take_varint(&mut rest)?)?;
            position.insert(ProductId::new(last)?, take_varint(&mut rest)?);
        }
        Some(Self(position))
    }
}

/// Product ids as the distance from the one before, then numbers: most take a byte or two.
fn bytes_of<'a>(products: impl Iterator<Item = (&'a ProductId, &'a u64)>) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    let mut last = 0;
    for (id, seq) in products {
        put_varint(&mut bytes, id.get() - last);
        put_varint(&mut bytes, *seq);
        last = id.get();
    }
    bytes
}

/// Seven bits a byte, the lowest first; the eighth says that more follow (LEB128).
#[expect(clippy::cast_possible_truncation, reason = "the lowest seven bits are what is meant")]
fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::prelude::*;

    use super::*;

    fn position(entries: &BTreeMap<u64, u64>) -> Position {
        let mut position = Position::default();
        for (id, seq) in entries {
            position.advance(ProductId::new(*id).unwrap(), *seq);
        }
        position
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(
            entries in btree_map(1_u64..9_007_199_254_740_991, any::<u64>(), 0..100),
        ) {
            let position = position(&entries);
            prop_assert_eq!(Position::decode(&position.encode()), Some(position));
        }

        #[test]
        fn what_strangers_write_is_read_or_refused(id in "[A-Za-z0-9_-]{0,40}") {
            if let Some(position) = Position::decode(&id) {
                prop_assert_eq!(Position::decode(&position.encode()), Some(position));
            }
        }
    }

    #[test]
    fn a_long_one_forgets_the_shortest_journals() {
        let entries: BTreeMap<_, _> = (1..=5000).map(|id| (id, id * 1000)).collect();
        let all = position(&entries);
        let id = all.encode();
        assert!(id.len() < 10_000, "{}", id.len());
        let some = Position::decode(&id).unwrap();
        assert!(some.0.len() > 1000, "{}", some.0.len());
        let first = 5000 - some.0.len() as u64 + 1;
        assert!(some.0.iter().all(|(id, seq)| id.get() >= first && *seq == id.get() * 1000));
    }

    #[test]
    fn a_position_is_ahead_of_a_journal_that_lacks_one_of_its_entries() {
        let ahead = |sent: &[(u64, u64)], journal: &[(u64, u64)]| {
            let journal = journal.iter().map(|(id, seq)| (ProductId::new(*id).unwrap(), *seq));
            position(&sent.iter().copied().collect()).is_ahead_of(journal)
        };
        assert!(!ahead(&[], &[]));
        assert!(!ahead(&[], &[(1, 4)]));
        assert!(!ahead(&[(1, 4), (2, 1)], &[(1, 4), (2, 7), (3, 1)]));
        assert!(ahead(&[(1, 4), (2, 1)], &[(1, 3), (2, 7), (3, 9)]));
        assert!(ahead(&[(1, 4), (2, 1)], &[(1, 4), (3, 9)]), "a product is missing");
    }

    #[test]
    fn the_beginning_is_nothing() {
        assert_eq!(Position::decode("0"), Some(Position::default()));
        assert_eq!(Position::decode(&Position::default().encode()), Some(Position::default()));
        for wrong in ["", "1", "AA", "AYA", "not base64!", "AQA"] {
            assert_eq!(Position::decode(wrong), None, "{wrong}");
        }
    }
}
