//! Times, ids and currencies as JSON.

use std::borrow::Cow;

use doorbuster_domain::{Currency, Timestamp};
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// A point in time: RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Time(pub(in crate::http) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The domain's time goes on where the calendar ends, at the end of the year 9999.
        let time =
            jiff::Timestamp::from_millisecond(self.0.as_millis()).unwrap_or(jiff::Timestamp::MAX);
        serializer.serialize_str(&PRINTER.timestamp_to_string(&time))
    }
}

/// A UUID in its canonical text form (RFC 9562 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Id(pub(in crate::http) Uuid);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    }
}

/// A currency's ISO 4217 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct CurrencyCode(pub(in crate::http) Currency);

impl Serialize for CurrencyCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

fn text(description: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .examples([example])
}

macro_rules! schema {
    ($name:ident, $shown:literal, $schema:expr) => {
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($shown)
            }
        }
    };
}

schema!(
    Time,
    "Time",
    text("A point in time: RFC 3339 in UTC with milliseconds.", "2026-11-27T09:00:00.000Z")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
);
schema!(
    Id,
    "Id",
    text(
        "A UUID. Whoever knows a hold's or order's id may use it: treat it as a secret.",
        "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071"
    )
    .format(Some(SchemaFormat::Custom("uuid".into())))
);
schema!(
    CurrencyCode,
    "Currency",
    text("An ISO 4217 currency code.", "USD").pattern(Some("^[A-Z]{3}$"))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_with_milliseconds() {
        for (millis, expected) in [
            (0, "\"1970-01-01T00:00:00.000Z\""),
            (1_795_770_000_000, "\"2026-11-27T09:00:00.000Z\""),
            (1_795_770_000_007, "\"2026-11-27T09:00:00.007Z\""),
            (253_402_207_200_000, "\"9999-12-30T22:00:00.000Z\""),
            (i64::MAX, "\"9999-12-30T22:00:00.999Z\""),
        ] {
            let time = Time(Timestamp::from_millis(millis));
            assert_eq!(serde_json::to_string(&time).unwrap(), expected);
        }
    }
}
