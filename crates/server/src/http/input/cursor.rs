//! Cursors: where the next page of a list begins. Opaque to clients, so that they may change.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorbuster_domain::{HoldId, ProductId};
use uuid::Uuid;

use super::value::{Message, Value};

/// The first byte of every cursor. A cursor of another version is not read.
const VERSION: u8 = 1;

/// A key that a list is ordered by.
pub(in crate::http) trait Key: Copy {
    /// Tells cursors of one list from those of another.
    const LIST: u8;
    /// The key as bytes.
    fn to_bytes(self) -> Vec<u8>;
    /// The key with these bytes.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// The number of a payment event's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct RecordNumber(pub(in crate::http) u64);

/// The number of a journal entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct EntryNumber(pub(in crate::http) u64);

impl Key for ProductId {
    const LIST: u8 = b'p';
    fn to_bytes(self) -> Vec<u8> {
        self.get().to_be_bytes().into()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::new(u64::from_be_bytes(bytes.try_into().ok()?))
    }
}

/// Holds are listed by it, and orders by that of their hold.
impl Key for HoldId {
    const LIST: u8 = b'h';
    fn to_bytes(self) -> Vec<u8> {
        self.uuid().into_bytes().into()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self::new(Uuid::from_bytes(bytes.try_into().ok()?)))
    }
}

impl Key for RecordNumber {
    const LIST: u8 = b'r';
    fn to_bytes(self) -> Vec<u8> {
        self.0.to_be_bytes().into()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(u64::from_be_bytes(bytes.try_into().ok()?)))
    }
}

impl Key for EntryNumber {
    const LIST: u8 = b'j';
    fn to_bytes(self) -> Vec<u8> {
        self.0.to_be_bytes().into()
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(u64::from_be_bytes(bytes.try_into().ok()?)))
    }
}

/// The cursor of the page after the row with this key.
pub(in crate::http) fn encode<K: Key>(key: K) -> String {
    let mut bytes = vec![VERSION, K::LIST];
    bytes.extend(key.to_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The key in a cursor.
///
/// # Errors
/// When it is not one of this list's cursors.
pub(in crate::http) fn decode<K: Key>(value: &Value<'_>) -> Result<K, Message> {
    let bytes = match value {
        Value::Word(word) => URL_SAFE_NO_PAD.decode(word.as_bytes()).unwrap_or_default(),
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::OtherNumber
        | Value::Text(_)
        | Value::BrokenText
        | Value::Array
        | Value::Object => Vec::new(),
    };
    bytes
        .strip_prefix(&[VERSION, K::LIST])
        .and_then(K::from_bytes)
        .ok_or(Message::from("must be the next_cursor of an earlier page of this list"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(cursor: &str) -> Value<'_> {
        Value::Word(cursor.into())
    }

    #[test]
    fn a_cursor_comes_back_as_its_key() {
        let product = ProductId::new(7).unwrap();
        assert_eq!(decode(&word(&encode(product))), Ok(product));
        let hold = HoldId::new(Uuid::from_u128(7));
        assert_eq!(decode(&word(&encode(hold))), Ok(hold));
        let record = RecordNumber(u64::MAX);
        assert_eq!(decode(&word(&encode(record))), Ok(record));
        let entry = EntryNumber(0);
        assert_eq!(decode(&word(&encode(entry))), Ok(entry));
    }

    #[test]
    fn anything_else_is_refused() {
        let of_another_list = encode(RecordNumber(7));
        let of_another_version = URL_SAFE_NO_PAD.encode([2, b'j', 0, 0, 0, 0, 0, 0, 0, 7]);
        let too_short = URL_SAFE_NO_PAD.encode([1, b'j', 7]);
        let too_long = URL_SAFE_NO_PAD.encode([1, b'j', 0, 0, 0, 0, 0, 0, 0, 0, 7]);
        for bad in
            ["", "7", "!", "====", &of_another_list, &of_another_version, &too_short, &too_long]
        {
            assert!(decode::<EntryNumber>(&word(bad)).is_err(), "{bad:?}");
        }
        let no_product = URL_SAFE_NO_PAD.encode([1, b'p', 0, 0, 0, 0, 0, 0, 0, 0]);
        assert!(decode::<ProductId>(&word(&no_product)).is_err());
    }
}
