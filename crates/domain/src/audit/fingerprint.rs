//! Comparing two long stories in a few hundred bytes.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use uuid::Uuid;

/// Parts that the ids of one [`Fingerprint`] are spread over. A diverging id can be named as long
/// as it is the only one in its part.
const PARTS: usize = 8;

/// The difference between two stories about the same ids, each told in any order.
///
/// Every mention of an id adds units for it, or takes them when the other story tells it; when the
/// two agree about every id, all sums come back to zero. The sums are linear in the units, so an id
/// that alone diverges can be computed from them: weighted sum divided by plain sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fingerprint {
    parts: [Sums; PARTS],
}

/// Sums modulo 2^128 (`check`: 2^64): garbage may wrap them, but never stops the recount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    units: i128,
    units_times_high: i128,
    units_times_low: i128,
    check: u64,
}

/// Units in the two places where they can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) held: i64,
    pub(super) sold: i64,
}

/// One part of a fingerprint whose two stories differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Divergence {
    /// They differ about this id only, by these units.
    One(Uuid, Units),
    /// They differ about several ids.
    Several,
}

impl Units {
    pub(super) const fn minus(self) -> Self {
        Self { held: self.held.saturating_neg(), sold: self.sold.saturating_neg() }
    }

    /// One number for both; apart as long as `held` fits 32 bits, as it does in a sound ledger.
    const fn packed(self) -> i128 {
        self.held as i128 + ((self.sold as i128) << 32)
    }

    fn unpacked(packed: i128) -> Option<Self> {
        let low = packed & 0xffff_ffff;
        let held = if low > i128::from(i32::MAX) { low - (1 << 32) } else { low };
        Some(Self {
            held: i64::try_from(held).ok()?,
            sold: i64::try_from(packed.checked_sub(held)? >> 32).ok()?,
        })
    }
}

impl Fingerprint {
    /// One story says so about an id; the other says it with [`Units::minus`].
    pub(super) fn tell(&mut self, id: Uuid, units: Units) {
        let hash = hash(id);
        let units = units.packed();
        let (high, low) = id.as_u64_pair();
        let part = usize::try_from(hash % PARTS as u64).unwrap_or(0); // PARTS fits any usize
        let sums = &mut self.parts[part];
        sums.units = sums.units.wrapping_add(units);
        sums.units_times_high =
            sums.units_times_high.wrapping_add(units.wrapping_mul(i128::from(high)));
        sums.units_times_low =
            sums.units_times_low.wrapping_add(units.wrapping_mul(i128::from(low)));
        sums.check = sums.check.wrapping_add(checked(hash, units));
    }

    /// Where the two stories differ; nothing when they agree.
    pub(super) fn divergences(&self) -> impl Iterator<Item = Divergence> {
        self.parts
            .iter()
            .filter(|sums| **sums != Sums::default())
            .map(|sums| sums.only_id().unwrap_or(Divergence::Several))
    }
}

impl Sums {
    fn only_id(&self) -> Option<Divergence> {
        let half = |sum: i128| {
            let exact = sum.checked_rem(self.units)? == 0;
            u64::try_from(sum.checked_div(self.units)?).ok().filter(|_| exact)
        };
        let id = Uuid::from_u64_pair(half(self.units_times_high)?, half(self.units_times_low)?);
        (self.check == checked(hash(id), self.units))
            .then(|| Units::unpacked(self.units))
            .flatten()
            .map(|units| Divergence::One(id, units))
    }
}

/// A fixed seed: both stories of one recount must hash alike, and nothing outlives the recount.
fn hash(id: Uuid) -> u64 {
    FixedState::with_seed(7).hash_one(id.as_u128())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the check is a sum modulo 2^64, so the low 64 bits are exactly what counts"
)]
const fn checked(hash: u64, units: i128) -> u64 {
    hash.wrapping_mul(units as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
    }

    fn held(held: i64) -> Units {
        Units { held, sold: 0 }
    }

    #[test]
    fn stories_told_in_another_order_agree() {
        let mut print = Fingerprint::default();
        for n in 0..1000 {
            print.tell(id(n), held(2));
            print.tell(id(n), Units { held: -2, sold: 2 });
        }
        for n in (0..1000).rev() {
            print.tell(id(n), Units { held: 0, sold: 2 }.minus());
        }
        assert_eq!(print.divergences().count(), 0);
    }

    #[test]
    fn a_lone_divergence_is_named_whatever_its_units() {
        let cases = [(1, 0), (-1, 0), (0, 7), (3, -5), (-1_000_000, 1_000_000), (4096, 1 << 19)];
        for (held, sold) in cases {
            let units = Units { held, sold };
            let mut print = Fingerprint::default();
            print.tell(id(77), units);
            let found: Vec<_> = print.divergences().collect();
            assert_eq!(found, [Divergence::One(id(77), units)]);
        }
    }

    #[test]
    fn two_that_cancel_in_sum_are_still_seen() {
        for n in 1..200 {
            let mut print = Fingerprint::default();
            print.tell(id(0), held(2));
            print.tell(id(n), held(-2));
            assert_ne!(print.divergences().count(), 0);
        }
    }

    #[test]
    fn extreme_units_do_not_panic() {
        let mut print = Fingerprint::default();
        for n in 0..100 {
            for units in [i64::MIN, i64::MAX, -1, 0, 1] {
                print.tell(id(n), Units { held: units, sold: units });
                print.tell(Uuid::max(), Units { held: i64::MIN, sold: units }.minus());
                assert!(print.divergences().count() <= PARTS);
            }
        }
    }
}
