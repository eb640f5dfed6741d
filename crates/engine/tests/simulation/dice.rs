//! Chance that can be repeated.

use uuid::Uuid;

/// A small generator (SplitMix64): the same seed gives the same throws, on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for the `nth` of many, whose throws depend on nobody else's.
    pub(crate) fn fork(&mut self, nth: u64) -> Self {
        let seed = self.next() ^ nth.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// The same, of fewer bits.
    pub(crate) fn small(&mut self, low: u32, high: u32) -> u32 {
        u32::try_from(self.between(low.into(), high.into())).unwrap()
    }

    /// True in `percent` of 100 throws.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// True in `per_mille` of 1,000 throws.
    pub(crate) fn rarely(&mut self, per_mille: u64) -> bool {
        per_mille > 0 && self.below(1_000) < per_mille
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }

    /// Usually one of the last few, at times any of them; `None` where there is none.
    pub(crate) fn recent<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        const RECENT: usize = 10;
        let from = if self.chance(85) { of.len().saturating_sub(RECENT) } else { 0 };
        (!of.is_empty()).then(|| self.pick(&of[from..]))
    }

    fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap()
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.next()) << 64 | u128::from(self.next()))
    }
}
