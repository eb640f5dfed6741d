//! Ids that nobody can guess.

use std::cell::RefCell;

use doorbuster_domain::Timestamp;
use uuid::{Builder, Uuid};

/// Bytes of randomness in one id: the 74 random bits of a version 7 UUID, rounded up.
const BYTES_PER_ID: usize = 10;

/// How many ids one call to the operating system pays for.
const IDS_PER_CALL: usize = 400;

/// A fresh UUID of version 7 (RFC 9562 §5.7). Its first 48 bits are the time, which keeps index
/// pages in order; its other 74 are the operating system's randomness, used once and never
/// stretched by a counter or a generator of our own. Eight of them give way in ids that carry their
/// product's mark (`lanes`), which leaves 66.
///
/// # Panics
/// When the operating system has no randomness to give: an id made without it could be guessed, and
/// whoever knows a hold's id may use it.
#[must_use]
pub fn fresh_uuid(now: Timestamp) -> Uuid {
    thread_local! {
        static POOL: RefCell<Pool> = const { RefCell::new(Pool::empty()) };
    }
    let random = POOL.with_borrow_mut(Pool::take);
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Randomness fetched in advance, because a system call for each id would cost more than the id.
struct Pool {
    bytes: [u8; BYTES_PER_ID * IDS_PER_CALL],
    used: usize,
}

impl Pool {
    const fn empty() -> Self {
        Self { bytes: [0; BYTES_PER_ID * IDS_PER_CALL], used: BYTES_PER_ID * IDS_PER_CALL }
    }

    #[expect(clippy::expect_used, reason = "see fresh_uuid: no randomness, no ids")]
    fn take(&mut self) -> [u8; BYTES_PER_ID] {
        if self.used == self.bytes.len() {
            getrandom::fill(&mut self.bytes).expect("the operating system gives randomness");
            self.used = 0;
        }
        let mut taken = [0; BYTES_PER_ID];
        let fresh = &mut self.bytes[self.used..self.used + BYTES_PER_ID];
        taken.copy_from_slice(fresh);
        fresh.fill(0); // an id given out must not linger in memory beside the ones to come
        self.used += BYTES_PER_ID;
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_version_7_carry_the_time_and_never_repeat() {
        let now = Timestamp::from_millis(1_795_770_000_123);
        let mut seen = HashSet::new();
        for _ in 0..3 * IDS_PER_CALL {
            let id = fresh_uuid(now);
            assert_eq!(id.get_version_num(), 7);
            assert_eq!(id.as_u128() >> 80, 1_795_770_000_123);
            assert!(seen.insert(id));
        }
    }

    #[test]
    fn all_74_random_bits_vary() {
        let now = Timestamp::from_millis(0);
        let (mut ones, mut zeros) = (0_u128, 0_u128);
        for _ in 0..200 {
            let id = fresh_uuid(now).as_u128();
            ones |= id;
            zeros |= !id;
        }
        assert_eq!((ones & zeros).count_ones(), 74);
    }
}
