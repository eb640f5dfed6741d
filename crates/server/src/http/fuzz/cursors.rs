//! Cursors: what one list wrote, that list reads as the same key, and nothing else is read.

use std::fmt::Debug;

use doorbuster_domain::{HoldId, ProductId};

use crate::http::input::Fields;
use crate::http::input::cursor::{EntryNumber, Key, RecordNumber, decode, encode};
use crate::http::input::list::{self, Filters, MAX_LIMIT, PAGE, PageOf};
use crate::http::input::value::Value;

/// Takes the bytes for a cursor, for a key and for a query.
///
/// # Panics
/// When a key does not come back, or a cursor is read that no list has written.
pub fn cursors(data: &[u8]) {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
    comes_back::<HoldId>(&bytes);
    comes_back::<ProductId>(&bytes[..8]);
    comes_back::<RecordNumber>(&bytes[..8]);
    comes_back::<EntryNumber>(&bytes[..8]);

    let Ok(text) = str::from_utf8(data) else { return };
    let read = [
        is_read::<HoldId>(text),
        is_read::<ProductId>(text),
        is_read::<RecordNumber>(text),
        is_read::<EntryNumber>(text),
    ];
    let lists = read.iter().filter(|is_read| **is_read).count();
    assert!(lists <= 1, "{text:?} is a cursor of {lists} lists");
    query(text);
}

/// A key with these bytes, if there is one, survives its cursor.
fn comes_back<K: Key + PartialEq + Debug>(bytes: &[u8]) {
    let Some(key) = K::from_bytes(bytes) else { return };
    assert_eq!(key.to_bytes(), bytes, "{key:?}");
    let cursor = encode(key);
    assert_eq!(decode(&Value::Word(cursor.as_str().into())), Ok(key), "{cursor}");
}

/// Whether the text is a cursor of this list. There is one way to write a key, and the query
/// reads it as well.
fn is_read<K: Key + PartialEq + Debug>(text: &str) -> bool {
    let key = decode::<K>(&Value::Word(text.into())).ok();
    if let Some(key) = key {
        assert_eq!(encode(key), text, "{key:?}");
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("cursor", text).finish();
    let page = PageOf::<K>::of(&mut Fields::of_query(&query, PAGE));
    assert_eq!(page.after, key, "{query}");
    key.is_some()
}

/// The text as a whole query.
fn query(text: &str) {
    let mut fields = Fields::of_query(text, list::FILTERED);
    let page = PageOf::<HoldId>::of(&mut fields);
    let rows = page.fetch() - 1;
    assert!((1..=MAX_LIMIT as usize).contains(&rows), "{rows} rows");
    let filters = Filters::of(&mut fields, list::order_status);
    let _ = fields.finish(Some(filters));
}
