//! Tables: what each kind of field takes and what it does not.

use doorbuster_domain::{CustomerId, ProductCode, ProductName};

use super::*;

fn value(json: &str) -> Value<'_> {
    Value::of_json(serde_json::from_str(json).unwrap())
}

#[track_caller]
fn check<T: std::fmt::Debug>(
    read: impl Fn(&Value<'_>) -> Result<T, Message>,
    good: &[&str],
    bad: &[&str],
) {
    for json in good {
        assert!(read(&value(json)).is_ok(), "{json} should be taken");
    }
    for json in bad {
        let message = read(&value(json)).expect_err(&format!("{json} should be refused"));
        assert!(message.starts_with("must "), "{message}");
    }
}

/// What is never an integer.
const NOT_INTEGERS: &[&str] = &[
    "null",
    "true",
    "\"5\"",
    "\"\"",
    "[]",
    "[5]",
    "{}",
    "5.0",
    "5.5",
    "1e3",
    "1E0",
    "-0.0",
    "1e400",
    "9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
];

#[test]
fn integers_are_json_integers_within_their_range() {
    check(product_id, &["1", "9007199254740991"], &["0", "-1", "9007199254740992"]);
    check(product_id, &[], NOT_INTEGERS);
    check(quantity, &["1", "1000000"], &["0", "-0", "-1", "1000001", "4294967297"]);
    check(quantity, &[], NOT_INTEGERS);
    check(total_stock, &["0", "-0", "1000000000"], &["-1", "1000000001"]);
    check(total_stock, &[], NOT_INTEGERS);
    check(added_stock, &["0", "-5", "-1000000000", "1000000000"], &["1000000001"]);
    check(added_stock, &[], NOT_INTEGERS);
    check(price, &["0", "1000000000000"], &["-1", "1000000000001"]);
    check(price, &[], NOT_INTEGERS);
    check(amount, &["0", "1000000000000000000"], &["-1", "1000000000000000001"]);
    check(amount, &[], NOT_INTEGERS);
    check(seconds, &["1", "2592000"], &["0", "-1", "2592001"]);
    check(seconds, &[], NOT_INTEGERS);
    check(extensions, &["0", "1000"], &["-1", "1001"]);
    check(extensions, &[], NOT_INTEGERS);
}

#[test]
fn a_number_that_only_looks_like_an_integer_is_told_so() {
    assert_eq!(
        quantity(&value("5.0")).unwrap_err(),
        "must be an integer from 1 to 1000000, written without fraction or exponent"
    );
    assert_eq!(quantity(&value("\"5\"")).unwrap_err(), "must be an integer from 1 to 1000000");
}

#[test]
fn a_query_parameter_may_be_an_integer() {
    let word = |word| limit(&Value::Word(Cow::Borrowed(word)), 200);
    assert_eq!(word("1"), Ok(1));
    assert_eq!(word("200"), Ok(200));
    for bad in ["", "0", "201", "-1", "1.0", "ten", " 1", "99999999999999999999"] {
        assert!(word(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn texts_are_bounded() {
    let name = |value: &Value<'_>| text(ProductName::new)(value);
    let longest = format!("\"{}\"", "ä".repeat(200));
    let too_long = format!("\"{}\"", "ä".repeat(201));
    check(name, &["\"x\"", "\"\\u00e4 \\\"\"", "\"\\ud83d\\ude00\"", &longest], &[&too_long]);
    check(name, &[], &["\"\"", "\"a\\nb\"", "\"a\\u0000\"", "\"\\ud800\"", "1", "null", "[]"]);
    let code = |value: &Value<'_>| text(ProductCode::new)(value);
    check(code, &["\"SKU-1\""], &["\"a b\"", "\"ä\"", "\"\""]);
    let customer = |value: &Value<'_>| text(CustomerId::new)(value);
    check(customer, &["\"a b\""], &["17", "true", "{}"]);
    assert_eq!(name(&value("\"\\u00e4\"")).unwrap().as_str(), "ä");
}

#[test]
fn booleans_are_json_booleans() {
    check(boolean, &["true", "false"], &["1", "0", "\"true\"", "null", "[]"]);
}

#[test]
fn currencies_are_those_of_iso_4217_in_any_case() {
    check(currency, &["\"USD\"", "\"usd\"", "\"Eur\"", "\"JPY\""], &[]);
    check(currency, &[], &["\"US\"", "\"USDT\"", "\"QQQ\"", "\"\"", "\"u$d\"", "840", "null"]);
}

#[test]
fn ids_are_canonical_uuids() {
    let good =
        ["\"019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071\"", "\"019AB3C4-5D6E-7F80-9A1B-2C3D4E5F6071\""];
    let bad = [
        "\"\"",
        "\"019ab3c45d6e7f809a1b2c3d4e5f6071\"",
        "\"{019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071}\"",
        "\"urn:uuid:019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071\"",
        "\"019ab3c4-5d6e-7f80-9a1b-2c3d4e5f607\"",
        "\"019ab3c4-5d6e-7f80-9a1b-2c3d4e5f607g\"",
        "\" 19ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071\"",
        "1",
        "null",
    ];
    check(hold_id, &good, &bad);
    check(order_id, &good, &bad);
}

#[test]
fn product_ids_in_paths_have_one_spelling() {
    assert_eq!(canonical_product_id("12").map(ProductId::get), Some(12));
    for bad in ["", "0", "01", "+1", "-1", "1.0", "1e3", "x", "9007199254740992", "٣"] {
        assert_eq!(canonical_product_id(bad), None, "{bad:?}");
    }
}

#[test]
fn times_are_rfc_3339_in_any_offset() {
    for (text, millis) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-27T09:00:00Z", 1_795_770_000_000),
        ("2026-11-27t09:00:00z", 1_795_770_000_000),
        ("2026-11-27T10:00:00+01:00", 1_795_770_000_000),
        ("2026-11-27T01:00:00-08:00", 1_795_770_000_000),
        ("2026-11-27T09:00:00.007Z", 1_795_770_000_007),
        ("2026-11-27T09:00:00.0079999Z", 1_795_770_000_007),
        ("9999-12-30T22:00:00Z", 253_402_207_200_000),
    ] {
        let read = timestamp(&Value::Text(text.into()));
        assert_eq!(read.map(Timestamp::as_millis), Ok(millis), "{text}");
    }
    for bad in [
        "",
        "soon",
        "2026-11-27",
        "2026-11-27T09:00:00",
        "2026-11-27T09:00Z",
        "2026-11-27 09:00:00Z",
        "2026-11-27T09:00:00.Z",
        "2026-11-27T09:00:00+0100",
        "2026-11-27T09:00:00+01",
        "2026-11-27T09:00:00Z[UTC]",
        "2026-11-27T09:00:00+01:00[Europe/Paris]",
        "20261127T090000Z",
        "2026-02-30T09:00:00Z",
        "2026-13-01T09:00:00Z",
        "2026-11-27T24:00:00Z",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "+12026-11-27T09:00:00Z",
        "10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", // the calendar ends 26 hours early, for the sake of all offsets
    ] {
        assert!(timestamp(&Value::Text(bad.into())).is_err(), "{bad:?}");
    }
    check(timestamp, &[], &["1795770000000", "null", "true", "[]", "{}"]);
}

#[test]
fn a_payment_status_has_the_words_of_the_source_systems() {
    for (word, kind) in [
        ("paid", PaymentKind::Paid),
        ("success", PaymentKind::Paid),
        ("succeeded", PaymentKind::Paid),
        ("failed", PaymentKind::Failed),
        ("failure", PaymentKind::Failed),
    ] {
        assert_eq!(payment_status(&Value::Text(word.into())), Ok(kind));
    }
    check(payment_status, &[], &["\"\"", "\"PAID\"", "\"refunded\"", "\"pending\"", "1", "null"]);
}
