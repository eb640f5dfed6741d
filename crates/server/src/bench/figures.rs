//! Numbers for people.

/// A count with its thousands apart: `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate with its thousands apart.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are far below 2^53 and not negative"
)]
pub(super) fn rate(per_second: f64) -> String {
    grouped(per_second.max(0.0).round() as u64)
}

/// A latency in the unit that suits it.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(super) fn latency(us: u64) -> String {
    let value = us as f64;
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..10_000 => format!("{:.2} ms", value / 1e3),
        10_000..100_000 => format!("{:.1} ms", value / 1e3),
        100_000..1_000_000 => format!("{:.0} ms", value / 1e3),
        _ => format!("{:.2} s", value / 1e6),
    }
}

/// A time within a run, in seconds.
#[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
pub(super) fn seconds(us: u64) -> String {
    format!("{:.1} s", us as f64 / 1e6)
}

/// A length of time, in the unit that suits it.
pub(super) fn length(us: u64) -> String {
    if us < 1_000_000 { latency(us) } else { seconds(us) }
}

/// `1 hold`, `2 holds`.
pub(super) fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_easy_to_read() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        for (us, text) in [
            (7, "7 µs"),
            (1_234, "1.23 ms"),
            (12_345, "12.3 ms"),
            (123_456, "123 ms"),
            (1_234_567, "1.23 s"),
        ] {
            assert_eq!(latency(us), text);
        }
        assert_eq!(seconds(1_250_000), "1.2 s");
        assert_eq!(
            (counted(1, "hold"), counted(1000, "hold")),
            ("1 hold".into(), "1,000 holds".into())
        );
    }
}
