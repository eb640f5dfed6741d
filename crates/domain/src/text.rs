//! Bounded text. A value that exists has passed its check; nothing downstream checks again.

use std::fmt;
use std::sync::Arc;

/// Why a text was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It has no characters, or only white space.
    #[error("must not be empty")]
    Empty,
    /// It has more characters than allowed.
    #[error("must have at most {max} characters")]
    TooLong {
        /// How many characters are allowed.
        max: usize,
    },
    /// It has a character that is not allowed.
    #[error("must contain only {allowed}")]
    BadCharacter {
        /// Which characters are allowed, in words.
        allowed: &'static str,
    },
}

fn printable(c: char) -> bool {
    !c.is_control()
}

fn visible_ascii(c: char) -> bool {
    c.is_ascii_graphic()
}

const PRINTABLE: &str = "printable characters";
const VISIBLE_ASCII: &str = "visible ASCII characters";

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, max $max:literal, $allows:ident, $allowed:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The most characters it may have.
            pub const MAX_CHARS: usize = $max;

            /// The checked text.
            ///
            /// # Errors
            /// When it is empty or blank, too long, or has a character that is not allowed.
            pub fn new(text: &str) -> Result<Self, TextError> {
                if text.trim().is_empty() {
                    return Err(TextError::Empty);
                }
                if text.chars().nth(Self::MAX_CHARS).is_some() {
                    return Err(TextError::TooLong { max: Self::MAX_CHARS });
                }
                if !text.chars().all($allows) {
                    return Err(TextError::BadCharacter { allowed: $allowed });
                }
                Ok(Self(text.into()))
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text! {
    /// What a product is called in the shop.
    ProductName, max 200, printable, PRINTABLE
}
text! {
    /// The operator's own short code for a product (a SKU); unique among products.
    ProductCode, max 64, visible_ascii, VISIBLE_ASCII
}
text! {
    /// The storefront's name for a buyer. Limits per customer count by it.
    CustomerId, max 255, printable, PRINTABLE
}
text! {
    /// The payment provider's name for one event. Deliveries with the same name are the same event.
    EventId, max 255, printable, PRINTABLE
}
text! {
    /// A client's name for one request, so that a retry of it has no second effect.
    IdempotencyKey, max 255, visible_ascii, VISIBLE_ASCII
}
