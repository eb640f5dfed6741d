//! Values as the old systems write them.

use doorbuster_domain::{Currency, ProductId, Quantity, Timestamp};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What an amount without a decimal point counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Amounts {
    /// Dollars, say.
    Major,
    /// Cents, say.
    Minor,
}

/// How many digits a currency has behind the point.
pub(super) fn digits(currency: Currency) -> usize {
    let known = iso_currency::Currency::from_code(currency.as_str());
    usize::from(known.and_then(|known| known.exponent()).unwrap_or(2))
}

/// An amount of money in minor units, exactly.
pub(super) fn amount(text: &str, digits: usize, whole: Option<Amounts>) -> Result<u64, String> {
    let wrong = || "must be an amount such as 99.99, with a point and no other mark".to_owned();
    let (major, minor) = match (text.split_once('.'), whole) {
        (None, None) if number(text).is_none() => return Err(wrong()),
        (Some((major, minor)), _) => (major, minor),
        (None, Some(Amounts::Major)) => (text, ""),
        (None, Some(Amounts::Minor)) => return number(text).ok_or_else(wrong),
        (None, None) => {
            return Err("say by --amounts what a whole number counts: major units (dollars) or \
                        minor ones (cents)"
                .into());
        }
    };
    let cents = minor.trim_end_matches('0');
    if cents.len() > digits {
        return Err(format!("has more than {digits} digits behind the point"));
    }
    let padding = 10_u64.pow(u32::try_from(digits - cents.len()).unwrap_or(0));
    let cents = match cents {
        "" => 0,
        cents => number(cents).ok_or_else(wrong)?,
    };
    let scale = 10_u64.pow(u32::try_from(digits).unwrap_or(0));
    let units = number(major).and_then(|major| major.checked_mul(scale));
    let minor_units = units.and_then(|units| units.checked_add(cents.checked_mul(padding)?));
    // A point between digits only, or letters might hide behind the zeros.
    let plain = minor.bytes().all(|byte| byte.is_ascii_digit());
    minor_units.filter(|_| plain).ok_or_else(wrong)
}

/// A whole number of ASCII digits and nothing else.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A stock, which in an old system may have fallen below nothing.
pub(super) fn stock(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| "must be a whole number".to_owned())
}

pub(super) fn quantity(text: &str) -> Result<Quantity, String> {
    let units = number(text).and_then(|units| Quantity::new(u32::try_from(units).ok()?));
    units.ok_or_else(|| "must be a whole number from 1 to 1000000".to_owned())
}

pub(super) fn product_id(text: &str) -> Result<ProductId, String> {
    let id = number(text).and_then(ProductId::new);
    id.ok_or_else(|| "must be a whole number from 1: products keep their ids".to_owned())
}

/// A flag as databases write it.
pub(super) fn flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "t" | "yes" => Ok(true),
        "0" | "false" | "f" | "no" => Ok(false),
        _ => Err("must be 1 or 0".to_owned()),
    }
}

/// A point in time: with its own offset, or as the clock of `zone` showed it. The zeros that MySQL
/// writes for no time are `None`.
pub(super) fn time(text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, String> {
    if text.starts_with("0000-00-00") {
        return Ok(None);
    }
    let at = match text.parse::<jiff::Timestamp>() {
        Ok(at) => at,
        Err(_) => {
            let shown = text.parse::<DateTime>();
            let shown = shown.map_err(|_| "must be a time such as 2026-11-27 09:00:00")?;
            let zoned = zone.to_zoned(shown).map_err(|error| error.to_string())?;
            zoned.timestamp()
        }
    };
    Ok(Some(Timestamp::from_millis(at.as_millisecond())))
}

/// A time zone, by name or as an offset.
pub(crate) fn time_zone(text: &str) -> Result<TimeZone, String> {
    if text.eq_ignore_ascii_case("utc") {
        return Ok(TimeZone::UTC);
    }
    if text.starts_with(['+', '-'])
        && let Some(zone) = offset(text)
    {
        return Ok(zone);
    }
    let unknown = || "must be UTC, a name such as Europe/Berlin, or an offset such as +02:00";
    TimeZone::get(text).map_err(|_| unknown().to_owned())
}

fn offset(text: &str) -> Option<TimeZone> {
    let (hours, minutes) = text[1..].split_once(':')?;
    let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
    let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let offset = jiff::tz::Offset::from_seconds(sign * seconds).ok()?;
    (hours <= 14 && minutes < 60).then(|| TimeZone::fixed(offset))
}

pub(crate) fn currency(text: &str) -> Result<Currency, String> {
    let known =
        |currency: &Currency| iso_currency::Currency::from_code(currency.as_str()).is_some();
    let currency = Currency::new(text).filter(known);
    currency.ok_or_else(|| "must be an ISO 4217 currency code such as USD".to_owned())
}

/// Where a hold stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldWord {
    Active,
    Used,
    Ended,
}

/// Where an order stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderWord {
    Pending,
    Paid,
    Cancelled,
    Expired,
    Refunded,
}

/// What a webhook reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventWord {
    Paid,
    Failed,
    Refunded,
    /// That it came, which says nothing of the payment.
    Came,
}

const HOLDS: &[(HoldWord, &[&str])] = &[
    (HoldWord::Active, &["active", "held", "pending", "reserved"]),
    (
        HoldWord::Used,
        &["used", "consumed", "converted", "completed", "confirmed", "ordered", "paid"],
    ),
    (HoldWord::Ended, &["released", "expired", "cancelled", "canceled"]),
];

const ORDERS: &[(OrderWord, &[&str])] = &[
    (OrderWord::Pending, &["pending", "pre_payment", "pending_payment", "awaiting_payment"]),
    (OrderWord::Paid, &["paid", "completed", "confirmed", "success"]),
    (OrderWord::Cancelled, &["cancelled", "canceled", "failed", "payment_failed"]),
    (OrderWord::Expired, &["expired"]),
    (OrderWord::Refunded, &["refunded"]),
];

const EVENTS: &[(EventWord, &[&str])] = &[
    (EventWord::Paid, &["success", "succeeded", "successful", "paid", "completed"]),
    (EventWord::Failed, &["failure", "failed", "cancelled", "canceled", "declined"]),
    (EventWord::Refunded, &["refunded"]),
    (EventWord::Came, &["processed", "received", "pending", "processing", "duplicate", "ignored"]),
];

pub(super) fn hold_word(text: &str) -> Result<HoldWord, String> {
    word(text, HOLDS)
}

pub(super) fn order_word(text: &str) -> Result<OrderWord, String> {
    word(text, ORDERS)
}

pub(super) fn event_word(text: &str) -> Result<EventWord, String> {
    word(text, EVENTS)
}

fn word<T: Copy>(text: &str, known: &[(T, &[&str])]) -> Result<T, String> {
    let text = text.to_ascii_lowercase().replace(['-', ' '], "_");
    let found = known.iter().find(|(_, words)| words.contains(&text.as_str()));
    found.map(|(meaning, _)| *meaning).ok_or_else(|| {
        let all: Vec<&str> = known.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        format!("must be one of {}", all.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_converted_exactly() {
        const MAJOR: Option<Amounts> = Some(Amounts::Major);
        const MINOR: Option<Amounts> = Some(Amounts::Minor);
        for (text, currency, whole, expected) in [
            ("99.99", "USD", None, Ok(9_999)),
            ("0.1", "USD", None, Ok(10)),
            ("100.00", "USD", MINOR, Ok(10_000)),
            ("99.9900", "USD", None, Ok(9_999)),
            ("0.29", "USD", None, Ok(29)),
            ("1.005", "USD", None, Err("more than 2 digits")),
            ("1.005", "KWD", None, Ok(1_005)),
            ("99", "USD", None, Err("--amounts")),
            ("10,50", "USD", None, Err("such as 99.99")),
            ("xx", "USD", None, Err("such as 99.99")),
            ("99", "USD", MAJOR, Ok(9_900)),
            ("9999", "USD", MINOR, Ok(9_999)),
            ("500", "JPY", MAJOR, Ok(500)),
            ("500.00", "JPY", None, Ok(500)),
            ("500.50", "JPY", None, Err("more than 0 digits")),
            ("9007199254740993.01", "USD", None, Ok(900_719_925_474_099_301)),
            ("-1.00", "USD", None, Err("such as 99.99")),
            ("1.-1", "USD", None, Err("such as 99.99")),
            ("1.x0", "USD", None, Err("such as 99.99")),
            ("", "USD", MAJOR, Err("such as 99.99")),
            ("1,000.00", "USD", None, Err("such as 99.99")),
            ("1e3", "USD", MAJOR, Err("such as 99.99")),
            ("99999999999999999999.00", "USD", None, Err("such as 99.99")),
        ] {
            let found = amount(text, digits(Currency::new(currency).unwrap()), whole);
            match expected {
                Ok(expected) => assert_eq!(found, Ok(expected), "{text} {currency}"),
                Err(part) => assert!(found.as_ref().is_err_and(|e| e.contains(part)), "{found:?}"),
            }
        }
    }

    #[test]
    fn times_are_those_of_the_zone_unless_they_say_otherwise() {
        for (text, zone, expected) in [
            ("2026-11-27 09:00:00", "UTC", Ok(Some("2026-11-27T09:00:00Z"))),
            ("2026-11-27 09:00:00.250", "utc", Ok(Some("2026-11-27T09:00:00.25Z"))),
            ("2026-11-27 09:00:00", "+02:00", Ok(Some("2026-11-27T07:00:00Z"))),
            ("2026-11-27 09:00:00", "-05:30", Ok(Some("2026-11-27T14:30:00Z"))),
            ("2026-11-27T09:00:00Z", "+02:00", Ok(Some("2026-11-27T09:00:00Z"))),
            ("2026-11-27T09:00:00.000000+01:00", "UTC", Ok(Some("2026-11-27T08:00:00Z"))),
            ("0000-00-00 00:00:00", "UTC", Ok(None)),
            ("27.11.2026", "UTC", Err("such as 2026-11-27 09:00:00")),
            ("tomorrow", "UTC", Err("such as 2026-11-27 09:00:00")),
        ] {
            let found = time(text, &time_zone(zone).unwrap());
            let expected = expected.map(|at: Option<&str>| {
                let at = at.map(|at| at.parse::<jiff::Timestamp>().unwrap().as_millisecond());
                at.map(Timestamp::from_millis)
            });
            match expected {
                Ok(expected) => assert_eq!(found, Ok(expected), "{text} {zone}"),
                Err(part) => assert!(found.as_ref().is_err_and(|e| e.contains(part)), "{found:?}"),
            }
        }
        for bad in ["", "Berlin", "+2", "+99:00", "+02:60", "-"] {
            assert!(time_zone(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_words_of_all_old_systems_are_known() {
        for text in ["active", "Reserved", "pending"] {
            assert_eq!(hold_word(text), Ok(HoldWord::Active));
        }
        for text in ["used", "consumed"] {
            assert_eq!(hold_word(text), Ok(HoldWord::Used));
        }
        for text in ["pre_payment", "pending", "Pending Payment"] {
            assert_eq!(order_word(text), Ok(OrderWord::Pending));
        }
        for text in ["paid", "completed"] {
            assert_eq!(order_word(text), Ok(OrderWord::Paid));
        }
        for text in ["cancelled", "canceled", "failed"] {
            assert_eq!(order_word(text), Ok(OrderWord::Cancelled));
        }
        for text in ["success", "succeeded", "paid"] {
            assert_eq!(event_word(text), Ok(EventWord::Paid));
        }
        for text in ["failure", "failed"] {
            assert_eq!(event_word(text), Ok(EventWord::Failed));
        }
        assert!(order_word("lost").unwrap_err().contains("pre_payment"));
        for (text, good) in [("1", true), ("1000000", true), ("0", false), ("-3", false)] {
            assert_eq!(quantity(text).is_ok(), good, "{text}");
        }
    }
}
