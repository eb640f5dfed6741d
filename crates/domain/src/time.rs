//! Points in time. The domain never asks what time it is; it is told.

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time this many milliseconds after the Unix epoch (before it, when negative).
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This time and `seconds` more; at the end of time it stops rather than wraps.
    #[must_use]
    pub const fn plus_seconds(self, seconds: Seconds) -> Self {
        Self(self.0.saturating_add(seconds.0 as i64 * 1000))
    }
}

/// A length of time in whole seconds, as operators configure it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(u32);

impl Seconds {
    /// The longest time a hold or an order may wait: 30 days.
    pub const MAX: Self = Self(30 * 24 * 60 * 60);

    /// A length of 1 second … 30 days; `None` outside that.
    #[must_use]
    pub const fn new(seconds: u32) -> Option<Self> {
        if seconds == 0 || seconds > Self::MAX.0 { None } else { Some(Self(seconds)) }
    }

    /// The number of seconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}
