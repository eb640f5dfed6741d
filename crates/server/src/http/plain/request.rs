//! Which bytes are plainly one request.
//!
//! Two readers who disagree on where a request ends can be made to take a part of one for another
//! (request smuggling, RFC 9112 §11.2). So nothing that could be read in two ways is read here: a
//! request is plain if every byte of it is as RFC 9112 says it should be, without its tolerances,
//! and if its body, if any, is framed by exactly one `Content-Length`. The parser is the one that
//! hyper uses, so that both take the same bytes for the same fields.

use std::mem::MaybeUninit;

use httparse::Status;
use hyper::Method;

use super::input::MAX_REQUEST;
use crate::http::head::{Field, Head, Headers};

/// How many headers a plain request has at most: a browser sends half of them.
const MAX_HEADERS: usize = 32;

/// Decimal digits of a `Content-Length` that can fit.
const MAX_LENGTH_DIGITS: usize = 4;

/// What some bytes begin with.
pub(in crate::http) enum Parsed<'b> {
    /// A plain request.
    Plain(Plain<'b>),
    /// What may become a plain request with the bytes to come.
    Partial,
    /// Something else, or something larger.
    Other,
}

/// A plain request.
pub(in crate::http) struct Plain<'b> {
    pub(in crate::http) head: Head<'b>,
    pub(in crate::http) body: &'b [u8],
    /// How many bytes it takes, head and body.
    pub(in crate::http) length: usize,
}

/// Room for the fields of a request while it is answered.
pub(in crate::http) struct Fields<'b>([MaybeUninit<Field<'b>>; MAX_HEADERS]);

impl Fields<'_> {
    pub(in crate::http) const fn new() -> Self {
        Self([const { MaybeUninit::uninit() }; MAX_HEADERS])
    }
}

/// What these bytes begin with.
pub(in crate::http) fn parse<'b>(bytes: &'b [u8], fields: &'b mut Fields<'b>) -> Parsed<'b> {
    if bytes.is_empty() {
        return Parsed::Partial;
    }
    let mut head = httparse::Request::new(&mut []);
    let head_length = match head.parse_with_uninit_headers(bytes, &mut fields.0) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Parsed::Partial,
        Err(_) => return Parsed::Other,
    };
    if !has_plain_lines(&bytes[..head_length], head.headers.len()) {
        return Parsed::Other;
    }
    let (Some(body_length), Some(head)) = (body_length(head.headers), plain_head(head)) else {
        return Parsed::Other;
    };
    let length = head_length + body_length;
    match bytes.get(head_length..length) {
        Some(body) => Parsed::Plain(Plain { head, body, length }),
        None if length <= MAX_REQUEST => Parsed::Partial,
        None => Parsed::Other,
    }
}

/// Whether a head is ASCII, begins with its first line, and ends each with CR and LF. The parser
/// takes a CR only before an LF, so there are as many as lines only if no line ends without.
fn has_plain_lines(head: &[u8], headers: usize) -> bool {
    let lines = 1 + headers + 1;
    head.is_ascii()
        && head.first().is_some_and(u8::is_ascii_uppercase)
        && carriage_returns(head) == lines
}

/// How many there are; counted in bytes, many of which the processor adds up at once.
fn carriage_returns(head: &[u8]) -> usize {
    let count =
        |part: &[u8]| part.iter().fold(0_u8, |count, byte| count + u8::from(*byte == b'\r'));
    head.chunks(usize::from(u8::MAX)).map(|part| usize::from(count(part))).sum()
}

/// How long the body is that these headers frame; `None` where that, or anything that bears on how
/// the connection goes on, is not plain.
fn body_length(headers: &[Field<'_>]) -> Option<usize> {
    let mut length = None;
    let mut host = None;
    for Field { name, value } in headers {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match name.len() {
            4 if is("host") => {
                let first = host.replace(is_plain_host(value).then_some(())?).is_none();
                first.then_some(())?;
            }
            14 if is("content-length") => {
                let first = length.replace(plain_length(value)?).is_none();
                first.then_some(())?;
            }
            10 if is("connection") => value.eq_ignore_ascii_case(b"keep-alive").then_some(())?,
            // Each of these changes how a request or its answer is framed, or what the connection
            // becomes.
            2 if is("te") => return None,
            6 if is("expect") => return None,
            7 if is("upgrade") || is("trailer") => return None,
            16 if is("proxy-connection") || is("content-encoding") => return None,
            17 if is("transfer-encoding") => return None,
            _ => {}
        }
    }
    host.map(|()| length.unwrap_or(0))
}

/// A length as anyone would write it: digits, without sign, comma, space or leading zero.
fn plain_length(value: &[u8]) -> Option<usize> {
    let plain = (1..=MAX_LENGTH_DIGITS).contains(&value.len())
        && value.iter().all(u8::is_ascii_digit)
        && (value.len() == 1 || value.first() != Some(&b'0'));
    plain.then(|| value.iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

/// Whether it is a name, with a port or none, as `well_formed` takes them. Addresses in brackets
/// are rare, and not plain.
fn is_plain_host(value: &[u8]) -> bool {
    let (name, port) = match value.iter().position(|byte| *byte == b':') {
        Some(colon) => (&value[..colon], Some(&value[colon + 1..])),
        None => (value, None),
    };
    let is_name = !name.is_empty() && name.iter().all(|byte| HOST[usize::from(*byte)]);
    is_name && port.is_none_or(is_plain_port)
}

fn is_plain_port(port: &[u8]) -> bool {
    let digits = port.iter().all(u8::is_ascii_digit);
    digits && str::from_utf8(port).is_ok_and(|port| port.parse::<u16>().is_ok())
}

/// Whether a target is in origin form (RFC 9112 §3.2.1) and has only characters that may stand in
/// one as they are.
fn is_plain_target(target: &str) -> bool {
    let plain = target.bytes().all(|byte| TARGET[usize::from(byte)]);
    plain && target.starts_with('/') && !target.starts_with("//")
}

/// Bytes that a host's name or IPv4 address may have.
static HOST: [bool; 256] = letters_digits_and(b"-._~");

/// Bytes that a target may have.
static TARGET: [bool; 256] = letters_digits_and(b"/-._~%?&=+,:;@!$'()*");

const fn letters_digits_and(others: &[u8]) -> [bool; 256] {
    let mut plain = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        plain[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    let mut next = 0;
    while next < others.len() {
        plain[others[next] as usize] = true;
        next += 1;
    }
    plain
}

fn plain_head<'b>(head: httparse::Request<'b, 'b>) -> Option<Head<'b>> {
    let httparse::Request { method, path, version, headers } = head;
    let target = path.filter(|target| is_plain_target(target) && version == Some(1))?;
    let method = match method? {
        "GET" => &Method::GET,
        "POST" => &Method::POST,
        "PATCH" => &Method::PATCH,
        "DELETE" => &Method::DELETE,
        _ => return None,
    };
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    // An answer without an end is nothing for here.
    if path.ends_with("/events") {
        return None;
    }
    Some(Head { method, path, query, headers: Headers::of(headers) })
}

#[cfg(test)]
mod tests;
