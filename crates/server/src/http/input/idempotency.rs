//! The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).

use std::borrow::Cow;

use doorbuster_domain::{IdempotencyKey, TextError};

use crate::http::head::{self, Headers};
use crate::http::problem::FieldError;

/// The header's name as clients write it.
pub(in crate::http) const NAME: &str = "Idempotency-Key";

/// The key that a request gives, if any.
///
/// # Errors
/// When there are several, or the one is no key.
pub(in crate::http) fn key(headers: Headers<'_>) -> Result<Option<IdempotencyKey>, FieldError> {
    let wrong = |message: &str| FieldError::new(NAME, message);
    match text(headers).map_err(wrong)? {
        None => Ok(None),
        Some(text) => match IdempotencyKey::new(&text) {
            Ok(key) => Ok(Some(key)),
            Err(error @ (TextError::Empty | TextError::TooLong { .. })) => {
                Err(wrong(&error.to_string()))
            }
            Err(TextError::BadCharacter { .. }) => Err(wrong(NOT_A_KEY)),
        },
    }
}

const NOT_A_KEY: &str = "must be 1 to 255 visible ASCII characters, bare or quoted";

/// The text of the header, without the quotes if it is a structured-field string. For webhooks,
/// whose header names the event.
///
/// # Errors
/// When there are several, or quotes do not match.
pub(in crate::http) fn text(headers: Headers<'_>) -> Result<Option<Cow<'_, str>>, &'static str> {
    let mut values = headers.all(NAME);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("must be given once");
    }
    let text = head::text(value).ok_or(NOT_A_KEY)?;
    match text.strip_prefix('"') {
        None => Ok(Some(Cow::Borrowed(text))),
        Some(rest) => unquoted(rest).map(Some).ok_or(NOT_A_KEY),
    }
}

/// What a structured-field string says (RFC 9651 §3.3.3), after its opening quote: only quotes and
/// backslashes are escaped, and nothing follows the closing quote.
fn unquoted(rest: &str) -> Option<Cow<'_, str>> {
    let inside = rest.strip_suffix('"')?;
    if !inside.contains(['"', '\\']) {
        return Some(Cow::Borrowed(inside));
    }
    let mut text = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        match char {
            '"' => return None,
            '\\' => text.push(chars.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            plain => text.push(plain),
        }
    }
    Some(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::head::Field;

    fn read(values: &[&[u8]]) -> Result<Option<String>, FieldError> {
        let fields: Vec<_> = values.iter().map(|value| Field { name: NAME, value }).collect();
        key(Headers::of(&fields)).map(|key| key.map(|key| key.to_string()))
    }

    #[test]
    fn bare_and_quoted_spelling_are_the_same_key() {
        assert_eq!(read(&[]), Ok(None));
        for (written, key) in [
            (&b"abc"[..], "abc"),
            (b"\"abc\"", "abc"),
            (b"8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            (br#""a\"b\\c""#, r#"a"b\c"#),
            (br"a\b", r"a\b"),
            (b"a\"b", "a\"b"),
        ] {
            assert_eq!(read(&[written]), Ok(Some(key.to_owned())));
        }
        let longest = [b'k'; 255];
        assert!(read(&[&longest]).is_ok());
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        let too_long = [b'k'; 256];
        let quoted_too_long = [&b"\""[..], &too_long, b"\""].concat();
        for bad in [
            &b""[..],
            b"\"\"",
            b"\"",
            b"\"abc",
            b"\"a\"b\"",
            b"\"abc\";v=1",
            br#""abc\""#,
            br#""a\bc""#,
            b"two words",
            "ключ".as_bytes(),
            &too_long,
            &quoted_too_long,
        ] {
            let error = read(&[bad]).expect_err(&String::from_utf8_lossy(bad));
            assert_eq!(error.field, NAME);
        }
        assert!(read(&[b"a", b"a"]).is_err());
    }
}
