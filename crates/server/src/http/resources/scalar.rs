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

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// From here on, at the end of the year 9999, the calendar's own printer decides what there is to
/// print; also before 1970, where nothing was ever sold.
const PLAIN_BEFORE_MS: u64 = 253_402_207_200_000;

/// `2026-11-27T09:00:00.000Z` for this time, unless it needs the calendar's own printer, which
/// takes longer for the two times of a hold than the rest of its JSON takes.
fn rfc_3339(time: Timestamp) -> Option<[u8; 24]> {
    let ms = u64::try_from(time.as_millis()).ok().filter(|ms| *ms < PLAIN_BEFORE_MS)?;
    let (year, month, day) = date(ms / DAY_MS);
    let ms_of_day = ms % DAY_MS;
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |mut number: u64, digits: std::ops::Range<usize>| {
        for digit in text[digits].iter_mut().rev() {
            *digit += u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
        }
    };
    put(year, 0..4);
    put(month, 5..7);
    put(day, 8..10);
    put(ms_of_day / 3_600_000, 11..13);
    put(ms_of_day / 60_000 % 60, 14..16);
    put(ms_of_day / 1_000 % 60, 17..19);
    put(ms_of_day % 1_000, 20..23);
    Some(text)
}

/// Year, month and day so many days after 1970-01-01, by Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>): years begin in March, so that the day
/// of a leap year comes last.
const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // from 0000-03-01
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153; // from March
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
    (year_of_era + era * 400 + year, month, day)
}

/// A point in time: RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) struct Time(pub(in crate::http) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(text) = rfc_3339(self.0) {
            return serializer.serialize_str(str::from_utf8(&text).unwrap_or_default());
        }
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_utc_with_milliseconds() {
        for (millis, expected) in [
            (0, "\"1970-01-01T00:00:00.000Z\""),
            (1_795_770_000_000, "\"2026-11-27T09:00:00.000Z\""),
            (1_795_770_000_007, "\"2026-11-27T09:00:00.007Z\""),
            (253_402_207_199_999, "\"9999-12-30T21:59:59.999Z\""),
            (253_402_207_200_000, "\"9999-12-30T22:00:00.000Z\""),
            (-1, "\"1969-12-31T23:59:59.999Z\""),
            (i64::MAX, "\"9999-12-30T22:00:00.999Z\""),
        ] {
            let time = Time(Timestamp::from_millis(millis));
            assert_eq!(serde_json::to_string(&time).unwrap(), expected);
        }
    }

    proptest! {
        #[test]
        fn times_are_those_of_the_calendar(ms in 0..PLAIN_BEFORE_MS) {
            let ms = i64::try_from(ms).unwrap();
            let text = rfc_3339(Timestamp::from_millis(ms)).unwrap();
            let calendar = jiff::Timestamp::from_millisecond(ms).unwrap();
            let printed = PRINTER.timestamp_to_string(&calendar);
            prop_assert_eq!(&text[..], printed.as_bytes());
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_that_of_the_calendar() {
        for day in 0..146_097 {
            let ms = day * i64::try_from(DAY_MS).unwrap();
            let text = rfc_3339(Timestamp::from_millis(ms)).unwrap();
            let calendar = jiff::Timestamp::from_millisecond(ms).unwrap();
            assert_eq!(&text[..], PRINTER.timestamp_to_string(&calendar).as_bytes());
        }
    }
}
