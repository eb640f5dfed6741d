//! An answer as it is on the wire: byte for byte what hyper would write.

use std::cell::RefCell;
use std::time::Duration;

use doorbuster_domain::Timestamp;
use hyper::StatusCode;
use hyper::header::CONNECTION;
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::time::Instant;

use crate::http::answer::Response;
use crate::http::request_id::X_REQUEST_ID;
use crate::http::respond::Answered;

/// The length of a date such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
const DATE_BYTES: usize = 29;

/// Room for the head of any answer of ours, so that it does not grow while it is written.
const HEAD_BYTES: usize = 512;

/// Whether the answer itself says that it is the connection's last.
pub(super) fn is_last(response: &Response) -> bool {
    response.header(&CONNECTION).is_some()
}

/// Appends an answer's head, up to the empty line. The `last` answer of a connection says so. `now`
/// is asked for the time once a second.
pub(super) fn encode_head(
    answered: &Answered<'_>,
    last: bool,
    now: impl FnOnce() -> Timestamp,
    output: &mut Vec<u8>,
) {
    let Answered { response, request_id, at } = answered;
    output.reserve(HEAD_BYTES);
    let status = response.status;
    if status == StatusCode::OK {
        output.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    } else {
        output.extend_from_slice(b"HTTP/1.1 ");
        output.extend_from_slice(status.as_str().as_bytes());
        output.push(b' ');
        output.extend_from_slice(status.canonical_reason().unwrap_or("<none>").as_bytes());
        output.extend_from_slice(b"\r\n");
    }
    for (name, value) in response.headers() {
        extend_with_field(name.as_str(), value.as_bytes(), output);
    }
    extend_with_field(X_REQUEST_ID, request_id.as_bytes(), output);
    if last && !is_last(response) {
        output.extend_from_slice(b"connection: close\r\n");
    }
    if has_length(status) {
        let length = response.body.len();
        extend_with_field("content-length", itoa::Buffer::new().format(length).as_bytes(), output);
    }
    output.extend_from_slice(b"date: ");
    extend_with_date(*at, now, output);
    output.extend_from_slice(b"\r\n\r\n");
}

fn extend_with_field(name: &str, value: &[u8], output: &mut Vec<u8>) {
    output.extend_from_slice(name.as_bytes());
    output.extend_from_slice(b": ");
    output.extend_from_slice(value);
    output.extend_from_slice(b"\r\n");
}

/// Whether answers of this status have a body (RFC 9110 §6.4.1) and say how long it is (§8.6).
fn has_length(status: StatusCode) -> bool {
    !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// A date, written once for all answers of its second.
struct Date {
    /// When its second is over.
    until: Option<Instant>,
    text: [u8; DATE_BYTES],
}

fn extend_with_date(at: Instant, now: impl FnOnce() -> Timestamp, output: &mut Vec<u8>) {
    thread_local! {
        static LATEST: RefCell<Date> =
            const { RefCell::new(Date { until: None, text: [0; DATE_BYTES] }) };
    }
    LATEST.with_borrow_mut(|latest| {
        if latest.until.is_none_or(|until| until <= at) {
            let now_ms = now().as_millis();
            let left_ms = 1000 - now_ms.rem_euclid(1000).unsigned_abs();
            let until = Some(at + Duration::from_millis(left_ms));
            *latest = Date { until, text: date(now_ms.div_euclid(1000)) };
        }
        output.extend_from_slice(&latest.text);
    });
}

fn date(second: i64) -> [u8; DATE_BYTES] {
    // The domain's time goes on where the calendar ends, at the end of the year 9999.
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::MAX);
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_default();
    text.as_bytes().try_into().unwrap_or(*b"Thu, 01 Jan 1970 00:00:00 GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        for (second, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (i64::MAX, "Thu, 30 Dec 9999 22:00:00 GMT"),
        ] {
            assert_eq!(date(second), text.as_bytes());
        }
    }

    #[test]
    fn a_date_is_written_again_when_its_second_is_over() {
        let start = Instant::now();
        let at = |after_ms: u64, now_ms| {
            let mut output = Vec::new();
            let now = || Timestamp::from_millis(now_ms);
            extend_with_date(start + Duration::from_millis(after_ms), now, &mut output);
            String::from_utf8(output).unwrap()
        };
        assert_eq!(at(0, 900), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(at(99, 60_000), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(at(100, 1_000), "Thu, 01 Jan 1970 00:00:01 GMT");
    }
}
