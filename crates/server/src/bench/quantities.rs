//! How many units each buyer asks for.

use std::fmt;
use std::str::FromStr;

use doorbuster_domain::Quantity;

/// A distribution of quantities: `1`, `1-4`, or weighted `1:70,2:20,4:10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quantities {
    /// As it was given.
    text: String,
    /// Ranges with the weights up to and including each.
    ranges: Vec<(u32, u32, u64)>,
}

const FORMS: &str = "must be a quantity (1), a range (1-4) or weights (1:70,2:20,4:10)";

impl Quantities {
    /// One of them.
    pub(super) fn draw(&self, random: &mut fastrand::Rng) -> u32 {
        let all = self.ranges.last().map_or(1, |(_, _, upto)| *upto);
        let drawn = random.u64(0..all);
        let range = self.ranges.iter().find(|(_, _, upto)| drawn < *upto);
        range.map_or(1, |(least, most, _)| random.u32(*least..=*most))
    }
}

impl FromStr for Quantities {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut ranges = Vec::new();
        let mut upto: u64 = 0;
        for part in text.split(',') {
            let (range, weight) = part.split_once(':').unwrap_or((part, "1"));
            let (least, most) = range.split_once('-').unwrap_or((range, range));
            let number = |text: &str| text.trim().parse::<u32>().map_err(|_| FORMS.to_owned());
            let (least, most, weight) = (number(least)?, number(most)?, number(weight)?);
            if Quantity::new(least).is_none() || Quantity::new(most).is_none() {
                return Err(format!("quantities are 1 to {}", Quantity::MAX));
            }
            if least > most || weight == 0 {
                return Err(FORMS.to_owned());
            }
            upto += u64::from(weight);
            ranges.push((least, most, upto));
        }
        Ok(Self { text: text.to_owned(), ranges })
    }
}

impl fmt::Display for Quantities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_draws_what_it_says() {
        for (text, least, most) in [("1", 1, 1), ("1-4", 1, 4), ("2:70,5-6:30", 2, 6)] {
            let quantities: Quantities = text.parse().unwrap();
            let mut random = fastrand::Rng::with_seed(1);
            let drawn: Vec<u32> = (0..1000).map(|_| quantities.draw(&mut random)).collect();
            assert_eq!(drawn.iter().min(), Some(&least), "{text}");
            assert_eq!(drawn.iter().max(), Some(&most), "{text}");
            assert_eq!(quantities.to_string(), text);
        }
        let weighted: Quantities = "1:90,2:10".parse().unwrap();
        let mut random = fastrand::Rng::with_seed(1);
        let twos = (0..10_000).filter(|_| weighted.draw(&mut random) == 2).count();
        assert!((800..1200).contains(&twos), "{twos}");
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in ["", "0", "4-1", "1:0", "x", "1,,2", "1-", "1000001", "1:x", "-1"] {
            assert!(bad.parse::<Quantities>().is_err(), "{bad:?}");
        }
    }
}
