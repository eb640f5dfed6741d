//! Counts of units and amounts of money.

use std::fmt;

/// How many units one hold takes: 1 … 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u32);

impl Quantity {
    /// The most units a single hold may take.
    pub const MAX: Self = Self(1_000_000);

    /// The quantity of this many units; `None` for zero or more than [`Quantity::MAX`].
    #[must_use]
    pub const fn new(units: u32) -> Option<Self> {
        if units == 0 || units > Self::MAX.0 { None } else { Some(Self(units)) }
    }

    /// The number of units.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// All units of a product: 0 … 1,000,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TotalStock(u32);

impl TotalStock {
    /// The most units a product may have.
    pub const MAX: Self = Self(1_000_000_000);

    /// A total of this many units; `None` for more than [`TotalStock::MAX`].
    #[must_use]
    pub const fn new(units: u32) -> Option<Self> {
        if units > Self::MAX.0 { None } else { Some(Self(units)) }
    }

    /// The number of units.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The price of one unit in minor units (cents of a dollar): 0 … 10^12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u64);

impl Price {
    /// The highest price of one unit.
    pub const MAX: Self = Self(1_000_000_000_000);

    /// The price of this many minor units; `None` above [`Price::MAX`].
    #[must_use]
    pub const fn new(minor_units: u64) -> Option<Self> {
        if minor_units > Self::MAX.0 { None } else { Some(Self(minor_units)) }
    }

    /// The number of minor units.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The price of `qty` units in minor units: at most 10^18, which an `i64` holds.
    #[must_use]
    pub const fn times(self, qty: Quantity) -> u64 {
        self.0 * qty.0 as u64
    }
}

/// A currency's ISO 4217 alphabetic code: three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The United States dollar, the default.
    pub const USD: Self = Self(*b"USD");

    /// The currency with this code in any case; `None` unless it is three ASCII letters.
    /// Whether ISO has assigned the code is for the edge to check.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        code.iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(code.map(|letter| letter.to_ascii_uppercase())))
    }

    /// The code in capital letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???") // only ASCII letters ever get in
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
