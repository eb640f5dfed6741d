//! What answers must look like.

use std::collections::BTreeSet;

use serde_json::Value;

/// The object has exactly the keys that `keys` lists, separated by spaces.
#[track_caller]
pub(crate) fn assert_keys(object: &Value, keys: &str) {
    let found: BTreeSet<&str> = object
        .as_object()
        .unwrap_or_else(|| panic!("not an object: {object}"))
        .keys()
        .map(String::as_str)
        .collect();
    let wanted: BTreeSet<&str> = keys.split_whitespace().collect();
    let missing: Vec<_> = wanted.difference(&found).collect();
    let added: Vec<_> = found.difference(&wanted).collect();
    assert!(
        missing.is_empty() && added.is_empty(),
        "missing {missing:?}, not in the contract {added:?}, in {object}"
    );
}

/// The time in milliseconds since 1970, which must be written like `2026-11-27T09:00:00.000Z`.
#[track_caller]
pub(crate) fn millis(time: &Value) -> i64 {
    let text = text(time);
    let punctuation: String = text.chars().filter(|c| !c.is_ascii_digit()).collect();
    assert_eq!(punctuation, "--T::.Z", "{text}");
    assert_eq!(text.len(), "2026-11-27T09:00:00.000Z".len(), "{text}");
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// The value is a time, this many milliseconds since 1970.
#[track_caller]
pub(crate) fn assert_millis(time: &Value, expected: i64) {
    assert_eq!(millis(time), expected, "{time}");
}

/// The text of a JSON string.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a string: {value}"))
}

/// A fresh random UUID, as a storefront would choose one for an order.
pub(crate) fn uuid() -> String {
    uuid::Builder::from_random_bytes(rand_bytes()).into_uuid().to_string()
}

fn rand_bytes() -> [u8; 16] {
    use std::hash::{BuildHasher, RandomState};
    // Each RandomState is keyed afresh, which is random enough for names in tests.
    let half = || RandomState::new().hash_one(0_u8).to_ne_bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&half());
    bytes[8..].copy_from_slice(&half());
    bytes
}
