//! Shares: which part of the buyers does something.

use std::fmt;
use std::str::FromStr;

/// A part of a whole, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Share(f64);

impl Share {
    /// Whether this one is of the share.
    pub(super) fn draw(self, random: &mut fastrand::Rng) -> bool {
        random.f64() < self.0
    }

    /// Whether nobody is.
    pub(super) fn is_none(self) -> bool {
        self.0 <= 0.0
    }

    /// As a number, 0 to 1.
    pub(super) const fn get(self) -> f64 {
        self.0
    }
}

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be a share from 0 to 1, or a percentage: 0.05 or 5%";
        let (number, whole) = match text.strip_suffix('%') {
            Some(percent) => (percent, 100.0),
            None => (text, 1.0),
        };
        let share = number.trim().parse::<f64>().map_err(|_| WRONG)? / whole;
        if (0.0..=1.0).contains(&share) { Ok(Self(share)) } else { Err(WRONG) }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * 1e6).round() / 1e4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_percentages() {
        for (text, share) in [("0", 0.0), ("0.05", 0.05), ("5%", 0.05), ("100%", 1.0), ("1", 1.0)] {
            assert_eq!(text.parse(), Ok(Share(share)), "{text}");
        }
        for bad in ["", "-0.1", "1.1", "101%", "NaN", "half"] {
            assert!(bad.parse::<Share>().is_err(), "{bad}");
        }
        assert_eq!(Share(0.05).to_string(), "5%");
        let mut random = fastrand::Rng::with_seed(1);
        let drawn = (0..10_000).filter(|_| Share(0.25).draw(&mut random)).count();
        assert!((2300..2700).contains(&drawn), "{drawn}");
    }
}
