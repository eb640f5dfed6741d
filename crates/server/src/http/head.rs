//! A request's head, borrowed from whoever read it.

use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};

/// What a request says before its body.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) method: &'a Method,
    /// The target's path as it was sent, nothing in it decoded.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) headers: Headers<'a>,
}

impl<'a> Head<'a> {
    /// The head of a request that hyper read, and [`fields`] of its headers.
    pub(super) fn of(parts: &'a Parts, fields: &'a [Field<'a>]) -> Self {
        let (path, query) = (parts.uri.path(), parts.uri.query());
        Self { method: &parts.method, path, query, headers: Headers::of(fields) }
    }
}

/// One header: its name in any case, and its value without the space around it.
pub(crate) type Field<'a> = httparse::Header<'a>;

/// The headers of a request. A request has few and most calls ask for few of those, so they are
/// searched where they are; to enter them into a map costs more than a call does.
#[derive(Clone, Copy)]
pub(crate) struct Headers<'a>(&'a [Field<'a>]);

impl<'a> Headers<'a> {
    pub(crate) const fn of(fields: &'a [Field<'a>]) -> Self {
        Self(fields)
    }

    /// The values of all headers of this name, in the order they were sent.
    pub(crate) fn all(self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|f| f.value)
    }

    /// How many there are.
    #[cfg(any(test, fuzzing))]
    pub(crate) const fn count(self) -> usize {
        self.0.len()
    }

    /// The value of the first header of this name.
    pub(crate) fn first(self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
    }
}

/// A header's value as text, if it is nothing but visible ASCII, spaces and tabs.
pub(crate) fn text(value: &[u8]) -> Option<&str> {
    let visible = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~');
    value.iter().all(visible).then(|| str::from_utf8(value).ok())?
}

/// The fields of these headers.
pub(super) fn fields(headers: &HeaderMap) -> Vec<Field<'_>> {
    headers
        .iter()
        .map(|(name, value)| Field { name: name.as_str(), value: value.as_bytes() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_in_order() {
        let fields = [
            Field { name: "X-One", value: b"1" },
            Field { name: "x-two", value: b"2" },
            Field { name: "x-one", value: b"3" },
        ];
        let headers = Headers::of(&fields);
        assert_eq!(headers.all("x-one").collect::<Vec<_>>(), [b"1", b"3"]);
        assert_eq!(headers.first("X-ONE"), Some(&b"1"[..]));
        assert_eq!(headers.first("x-on"), None);
    }

    #[test]
    fn text_is_visible() {
        for (value, visible) in [
            (&b"a \t~"[..], true),
            (b"", true),
            (b"\x7f", false),
            (b"\x1f", false),
            (b"\xc3\xa4", false),
        ] {
            assert_eq!(text(value).is_some(), visible, "{value:?}");
        }
    }
}
