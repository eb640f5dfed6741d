//! What hyper takes, and RFC 9112 has refused.

use hyper::Version;
use hyper::http::uri::Authority;

use super::head::{self, Headers};

/// Whether a request that hyper has read says unmistakably whom it is for and where it ends.
///
/// - RFC 9112 §3.2: a request of HTTP/1.1 has exactly one `Host`, and that is a host.
/// - RFC 9112 §6.1: nobody knows other transfer codings than `chunked` here. What is in the body is
///   taken for what was sent, so it must not be coded in another way.
pub(super) fn is_well_formed(version: Version, headers: Headers<'_>) -> bool {
    let mut hosts = headers.all("host");
    let host = match (hosts.next(), hosts.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(host), None) => is_host(host),
        (Some(_), Some(_)) => false,
    };
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    host && headers.all("transfer-encoding").all(is_chunked)
}

/// Whether it can be a host with a port (RFC 9110 §7.2), or nothing, which is one too.
fn is_host(value: &[u8]) -> bool {
    let Some(text) = head::text(value) else { return false };
    let has_port = |authority: &Authority| {
        let port = authority.as_str().strip_prefix(authority.host());
        port.is_some_and(|port| matches!(port, "" | ":") || authority.port_u16().is_some())
    };
    text.is_empty() || text.parse::<Authority>().is_ok_and(|authority| has_port(&authority))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::head::Field;

    #[test]
    fn a_request_is_for_one_host_and_in_no_coding_but_chunks() {
        for (version, fields, expected) in [
            (Version::HTTP_11, &[("host", "shop.example")][..], true),
            (Version::HTTP_11, &[("Host", "[2001:db8::1]:8000")], true),
            (Version::HTTP_11, &[("host", "")], true),
            (Version::HTTP_11, &[("host", "a:")], true),
            (Version::HTTP_11, &[], false),
            (Version::HTTP_10, &[], true),
            (Version::HTTP_10, &[("host", "a"), ("host", "a")], false),
            (Version::HTTP_11, &[("host", "a"), ("host", "a")], false),
            (Version::HTTP_11, &[("host", "a b")], false),
            (Version::HTTP_11, &[("host", "a/b")], false),
            (Version::HTTP_11, &[("host", "user@a")], false),
            (Version::HTTP_11, &[("host", "user@a:80")], false),
            (Version::HTTP_11, &[("host", "a:port")], false),
            (Version::HTTP_11, &[("host", "a"), ("transfer-encoding", "Chunked")], true),
            (Version::HTTP_11, &[("host", "a"), ("transfer-encoding", "gzip, chunked")], false),
            (
                Version::HTTP_11,
                &[("host", "a"), ("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")],
                false,
            ),
        ] {
            let fields: Vec<Field<'_>> = fields
                .iter()
                .map(|(name, value)| Field { name, value: value.as_bytes() })
                .collect();
            let found = is_well_formed(version, Headers::of(&fields));
            assert_eq!(found, expected, "{version:?} {fields:?}");
        }
    }
}
