//! The header `Idempotency-Key`: bare and quoted it is the same key, and nothing else is one.

use doorbuster_domain::IdempotencyKey;

use crate::http::head::{Field, Headers};
use crate::http::input::idempotency::{NAME, key};

/// Takes each line for the value of one header.
///
/// # Panics
/// When what is taken is no key, or not the one that was sent.
pub fn idempotency_keys(data: &[u8]) {
    let values: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let read = read(&values);
    if let Some(key) = &read {
        assert!(is_key(key), "{key:?} is no key");
    }
    match values[..] {
        [quoted @ [b'"', ..]] => {
            if let Some(key) = read {
                assert_eq!(in_quotes(&key), quoted, "there is one way to quote {key:?}");
            }
        }
        [bare] => {
            let expected = str::from_utf8(bare).ok().filter(|text| is_key(text));
            assert_eq!(read.as_deref(), expected);
        }
        _ => assert_eq!(read, None, "of several headers"),
    }
    let Ok(text) = str::from_utf8(data) else { return };
    if is_key(text) {
        assert_eq!(self::read(&[&in_quotes(text)]).as_deref(), Some(text), "in quotes");
    }
}

/// The key that these headers give.
fn read(values: &[&[u8]]) -> Option<String> {
    let fields: Vec<Field<'_>> = values.iter().map(|value| Field { name: NAME, value }).collect();
    key(Headers::of(&fields)).ok()?.map(|key| key.to_string())
}

fn is_key(text: &str) -> bool {
    (1..=IdempotencyKey::MAX_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The text as a structured-field string.
fn in_quotes(text: &str) -> Vec<u8> {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"").into_bytes()
}
