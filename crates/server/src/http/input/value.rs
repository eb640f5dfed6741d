//! The value of a field, and how each kind of field reads its own.

use std::borrow::Cow;

use doorbuster_domain::{
    Currency, HoldId, OrderId, PaymentKind, Price, ProductId, Quantity, Seconds, Terms, TextError,
    Timestamp, TotalStock,
};
use serde_json::value::RawValue;
use uuid::Uuid;

/// What is wrong with a field's value, for the client to read after the field's name.
pub(in crate::http) type Message = Cow<'static, str>;

/// The most that an event may say was paid, in minor units: the most that an order can cost.
const MAX_AMOUNT: i64 = 1_000_000_000_000_000_000;

/// A canonical UUID's length in characters.
const UUID_CHARS: usize = 36;

/// What a request gives for a field.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::http) enum Value<'a> {
    /// JSON's `null`.
    Null,
    /// JSON's `true` or `false`.
    Bool(bool),
    /// A JSON number without fraction and exponent that fits.
    Integer(i64),
    /// Any other JSON number.
    OtherNumber,
    /// A JSON string.
    Text(Cow<'a, str>),
    /// A JSON string with an escape that stands for no character, such as half a surrogate pair.
    BrokenText,
    /// A JSON array, whatever is in it.
    Array,
    /// A JSON object, whatever is in it.
    Object,
    /// A query parameter: text that stands for whatever the parameter is.
    Word(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// The value that this JSON says.
    pub(super) fn of_json(json: &'a RawValue) -> Self {
        let json = json.get();
        match json.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'[') => Self::Array,
            Some(b'{') => Self::Object,
            Some(b'"') => Self::of_string(json),
            _ => json.parse().map_or(Self::OtherNumber, Self::Integer),
        }
    }

    fn of_string(json: &'a str) -> Self {
        let inside = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
        if !inside.contains('\\') {
            return Self::Text(Cow::Borrowed(inside));
        }
        serde_json::from_str(json).map_or(Self::BrokenText, |text| Self::Text(Cow::Owned(text)))
    }

    /// What it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::OtherNumber => "a number",
            Self::Text(_) | Self::BrokenText | Self::Word(_) => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }

    /// Whether it is this word.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.text() == Some(word)
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Word(text) => Some(text),
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::OtherNumber
            | Self::BrokenText
            | Self::Array
            | Self::Object => None,
        }
    }
}

/// A whole number from `min` to `max`.
fn integer(value: &Value<'_>, min: i64, max: i64) -> Result<i64, Message> {
    let number = match value {
        Value::Integer(number) => Some(*number),
        Value::Word(word) => word.parse().ok(),
        Value::Null
        | Value::Bool(_)
        | Value::OtherNumber
        | Value::Text(_)
        | Value::BrokenText
        | Value::Array
        | Value::Object => None,
    };
    number.filter(|number| (min..=max).contains(number)).ok_or_else(|| {
        let spelled = if matches!(value, Value::OtherNumber) {
            ", written without fraction or exponent"
        } else {
            ""
        };
        Message::from(format!("must be an integer from {min} to {max}{spelled}"))
    })
}

/// A whole number from `min` to `max` that `make` turns into what it counts.
fn counted<T>(
    value: &Value<'_>,
    min: u32,
    max: u32,
    make: impl FnOnce(u32) -> Option<T>,
) -> Result<T, Message> {
    let number = integer(value, min.into(), max.into())?;
    u32::try_from(number).ok().and_then(make).ok_or(Message::from("is out of range"))
}

fn natural<T>(
    value: &Value<'_>,
    min: i64,
    max: u64,
    make: impl FnOnce(u64) -> Option<T>,
) -> Result<T, Message> {
    let number = integer(value, min, i64::try_from(max).unwrap_or(i64::MAX))?;
    u64::try_from(number).ok().and_then(make).ok_or(Message::from("is out of range"))
}

/// A product's id.
pub(in crate::http) fn product_id(value: &Value<'_>) -> Result<ProductId, Message> {
    natural(value, 1, ProductId::MAX.get(), ProductId::new)
}

/// How many units a hold takes, or a customer may have.
pub(in crate::http) fn quantity(value: &Value<'_>) -> Result<Quantity, Message> {
    counted(value, 1, Quantity::MAX.get(), Quantity::new)
}

/// All units of a product.
pub(in crate::http) fn total_stock(value: &Value<'_>) -> Result<TotalStock, Message> {
    counted(value, 0, TotalStock::MAX.get(), TotalStock::new)
}

/// By how many units a product's stock changes.
pub(in crate::http) fn added_stock(value: &Value<'_>) -> Result<i64, Message> {
    let most = i64::from(TotalStock::MAX.get());
    integer(value, -most, most)
}

/// The price of one unit in minor units.
pub(in crate::http) fn price(value: &Value<'_>) -> Result<Price, Message> {
    natural(value, 0, Price::MAX.get(), Price::new)
}

/// How much was paid in minor units.
pub(in crate::http) fn amount(value: &Value<'_>) -> Result<u64, Message> {
    natural(value, 0, MAX_AMOUNT.unsigned_abs(), Some)
}

/// A number of seconds that something lasts.
pub(in crate::http) fn seconds(value: &Value<'_>) -> Result<Seconds, Message> {
    counted(value, 1, Seconds::MAX.get(), Seconds::new)
}

/// How often a hold may be extended.
pub(in crate::http) fn extensions(value: &Value<'_>) -> Result<u32, Message> {
    counted(value, 0, Terms::MAX_EXTENSIONS, Some)
}

/// How many rows a page has, from 1 to `max`.
pub(in crate::http) fn limit(value: &Value<'_>, max: u32) -> Result<usize, Message> {
    counted(value, 1, max, |limit| usize::try_from(limit).ok())
}

/// `true` or `false`.
pub(in crate::http) fn boolean(value: &Value<'_>) -> Result<bool, Message> {
    match value {
        Value::Bool(boolean) => Ok(*boolean),
        Value::Null
        | Value::Integer(_)
        | Value::OtherNumber
        | Value::Text(_)
        | Value::BrokenText
        | Value::Array
        | Value::Object
        | Value::Word(_) => Err("must be true or false".into()),
    }
}

/// A text that `make` checks.
pub(in crate::http) fn text<T>(
    make: impl FnOnce(&str) -> Result<T, TextError>,
) -> impl FnOnce(&Value<'_>) -> Result<T, Message> {
    move |value| match value.text() {
        Some(text) => make(text).map_err(|error| error.to_string().into()),
        None if matches!(value, Value::BrokenText) => {
            Err("must be Unicode text, without unpaired surrogates".into())
        }
        None => Err("must be a string".into()),
    }
}

/// A currency that ISO 4217 has assigned, in any case.
pub(in crate::http) fn currency(value: &Value<'_>) -> Result<Currency, Message> {
    value
        .text()
        .and_then(Currency::new)
        .filter(|currency| iso_currency::Currency::from_code(currency.as_str()).is_some())
        .ok_or(Message::from("must be an ISO 4217 currency code such as \"USD\""))
}

/// A hold's id.
pub(in crate::http) fn hold_id(value: &Value<'_>) -> Result<HoldId, Message> {
    uuid(value).map(HoldId::new)
}

/// An order's id.
pub(in crate::http) fn order_id(value: &Value<'_>) -> Result<OrderId, Message> {
    uuid(value).map(OrderId::new)
}

fn uuid(value: &Value<'_>) -> Result<Uuid, Message> {
    value
        .text()
        .and_then(canonical_uuid)
        .ok_or(Message::from("must be a UUID such as \"019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071\""))
}

/// A UUID in its canonical form (RFC 9562 §4: 36 characters, letters in any case).
pub(in crate::http) fn canonical_uuid(text: &str) -> Option<Uuid> {
    if text.len() == UUID_CHARS { Uuid::try_parse(text).ok() } else { None }
}

/// A product id as paths write it: digits without a leading zero.
pub(in crate::http) fn canonical_product_id(text: &str) -> Option<ProductId> {
    let is_canonical = text.bytes().all(|digit| digit.is_ascii_digit()) && !text.starts_with('0');
    if is_canonical { ProductId::new(text.parse().ok()?) } else { None }
}

/// A point in time as RFC 3339 writes it, in the years 1970 … 9999. Parts of a millisecond are
/// dropped.
pub(in crate::http) fn timestamp(value: &Value<'_>) -> Result<Timestamp, Message> {
    value
        .text()
        .filter(|text| is_rfc_3339(text.as_bytes()))
        .and_then(|text| text.parse::<jiff::Timestamp>().ok())
        .map(|time| time.as_millisecond())
        .filter(|millis| *millis >= 0)
        .map(Timestamp::from_millis)
        .ok_or(Message::from(
            "must be an RFC 3339 time from the year 1970 on, such as \"2026-11-27T09:00:00.000Z\"",
        ))
}

/// Whether a text has the shape of RFC 3339 §5.6; the calendar's parser takes more than that.
fn is_rfc_3339(text: &[u8]) -> bool {
    fn fits(text: &[u8], shape: &[u8]) -> bool {
        text.len() == shape.len()
            && text.iter().zip(shape).all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'T' => byte.eq_ignore_ascii_case(&b'T'),
                exact => byte == exact,
            })
    }
    let Some((date_time, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else {
        return false;
    };
    let offset = match rest.split_first() {
        Some((b'.', fraction)) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            fraction.get(digits..).unwrap_or_default()
        }
        _ => rest,
    };
    fits(date_time, b"0000-00-00T00:00:00")
        && (offset.eq_ignore_ascii_case(b"Z") || fits(offset, b"+00:00") || fits(offset, b"-00:00"))
}

/// A whole number from `min` to `max`.
pub(in crate::http) fn whole(value: &Value<'_>, min: u32, max: u32) -> Result<u32, Message> {
    counted(value, min, max, Some)
}

/// What one of these words stands for.
pub(in crate::http) fn word<T: Copy>(value: &Value<'_>, words: &[(&str, T)]) -> Result<T, Message> {
    let found = words.iter().find(|(word, _)| value.is_word(word));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("must be one of {}", words.join(", ")).into()
    })
}

/// What a provider says happened, in any of the words that the source systems used.
pub(in crate::http) fn payment_status(value: &Value<'_>) -> Result<PaymentKind, Message> {
    match value.text() {
        Some("paid" | "success" | "succeeded") => Ok(PaymentKind::Paid),
        Some("failed" | "failure") => Ok(PaymentKind::Failed),
        _ => Err("must be one of paid, success, succeeded, failed, failure".into()),
    }
}

#[cfg(test)]
mod tests;
