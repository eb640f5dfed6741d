//! Identities. Each is its own type, so that one can never stand where another belongs.

use std::fmt;

use uuid::Uuid;

/// A product's number: 1 … 2^53−1, the integers that every JSON reader holds exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductId(u64);

impl ProductId {
    /// The largest product id, 2^53−1 (RFC 8259 §6: integers beyond it do not interoperate).
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The id with this number, unless it is zero or above [`ProductId::MAX`].
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        if number == 0 || number > Self::MAX.0 { None } else { Some(Self(number)) }
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this UUID.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id! {
    /// A hold's id. Whoever knows it may use the hold, so it must be unguessable: the domain takes
    /// it as given, the engine makes it (UUID version 7, RFC 9562 §5.7).
    HoldId
}
uuid_id! {
    /// An order's id, made by the engine or chosen by the storefront; unguessable like a hold's.
    OrderId
}
