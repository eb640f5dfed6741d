//! An answer, read out of the bytes of a connection as they come (RFC 9112).
//!
//! Everything stays in one buffer that is used again for the next answer: a load generator that is
//! busy with its own memory measures itself.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::chunks::Chunks;

/// What came is not an answer of HTTP/1.1, or is larger than any that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotHttp;

/// A head with more fields than this is not one of a server's.
const MAX_FIELDS: usize = 100;

/// A head that does not end within this many bytes is not one of a server's.
const LARGEST_HEAD: usize = 64 * 1024;

/// An answer with its head and whatever came before it has at most this many bytes. An audit that
/// found something wrong everywhere is the largest that a server gives.
const LARGEST: usize = 64 * 1024 * 1024;

/// Room for an answer at first: those to buyers need no more.
const FIRST_ROOM: usize = 4 * 1024;

/// How an answer's body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Sized(usize),
    Chunked,
    /// With the connection.
    UntilClosed,
}

/// What the head of an answer says, as far as it matters here.
#[derive(Clone, Copy, Debug)]
struct Head {
    status: u16,
    framing: Framing,
    keeps_alive: bool,
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) status: u16,
    /// Where its body lies.
    pub(super) body: Range<usize>,
    /// Whether the connection can be asked again.
    pub(super) keeps_alive: bool,
}

/// The answer that is coming in.
pub(super) struct Incoming {
    bytes: Vec<u8>,
    /// How many of the bytes have come.
    filled: usize,
    /// Where what was not understood yet begins: the head, then the body.
    at: usize,
    head: Option<Head>,
    chunks: Chunks,
}

impl Incoming {
    pub(super) fn new() -> Self {
        let bytes = vec![0; FIRST_ROOM];
        Self { bytes, filled: 0, at: 0, head: None, chunks: Chunks::default() }
    }

    /// Makes room for another answer, in place of the one before.
    pub(super) fn begin(&mut self) {
        (self.filled, self.at, self.head) = (0, 0, None);
    }

    /// Where the next bytes go; never empty.
    pub(super) fn room(&mut self) -> Result<&mut [u8], NotHttp> {
        let least = match self.head {
            Some(Head { framing: Framing::Sized(length), .. }) => self.at.saturating_add(length),
            _ => 0,
        };
        if self.filled == self.bytes.len() {
            let more = self.bytes.len().saturating_mul(2).max(least);
            if self.filled >= LARGEST {
                return Err(NotHttp);
            }
            self.bytes.resize(more.min(LARGEST), 0);
        }
        Ok(&mut self.bytes[self.filled..])
    }

    /// So many bytes have come; the answer, once it is complete.
    pub(super) fn received(&mut self, count: usize) -> Result<Option<Whole>, NotHttp> {
        self.filled += count;
        loop {
            let Some(head) = self.head else {
                let Some((head, length)) = head(&self.bytes[self.at..self.filled])? else {
                    let is_endless = self.filled - self.at > LARGEST_HEAD;
                    return if is_endless { Err(NotHttp) } else { Ok(None) };
                };
                self.at += length;
                // 100 and its like announce the answer and are none.
                if head.status >= 200 {
                    self.head = Some(head);
                    self.chunks = Chunks::after(self.at);
                }
                continue;
            };
            let came = self.filled - self.at;
            return match head.framing {
                Framing::Sized(length) if length > LARGEST => Err(NotHttp),
                Framing::Sized(length) => {
                    Ok((came >= length).then(|| self.whole(head, length, came == length)))
                }
                Framing::Chunked => {
                    let Some(end) = self.chunks.join(&mut self.bytes[..self.filled])? else {
                        return Ok(None);
                    };
                    let length = self.chunks.joined() - self.at;
                    Ok(Some(self.whole(head, length, end == self.filled)))
                }
                Framing::UntilClosed => Ok(None),
            };
        }
    }

    /// The connection was closed; the answer, if that ended it.
    pub(super) fn closed(&self) -> Option<Whole> {
        match self.head {
            Some(head) if head.framing == Framing::UntilClosed => {
                Some(self.whole(head, self.filled - self.at, false))
            }
            _ => None,
        }
    }

    /// Who sends more than the answer, as `is_all` says, does not know which request is next.
    fn whole(&self, head: Head, length: usize, is_all: bool) -> Whole {
        let body = self.at..self.at + length;
        Whole { status: head.status, body, keeps_alive: head.keeps_alive && is_all }
    }

    pub(super) fn body(&self, whole: &Whole) -> &[u8] {
        &self.bytes[whole.body.clone()]
    }
}

/// The head that `bytes` begin with, and its length; `None` while it is not all there.
fn head(bytes: &[u8]) -> Result<Option<(Head, usize)>, NotHttp> {
    let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
    let mut answer = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut answer,
        bytes,
        &mut fields,
    );
    let httparse::Status::Complete(length) = parsed.map_err(|_| NotHttp)? else {
        return Ok(None);
    };
    let (Some(status), Some(version)) = (answer.code, answer.version) else {
        return Err(NotHttp);
    };
    // 101, a change of protocol, was not asked for.
    if status == 101 {
        return Err(NotHttp);
    }
    let mut keeps_alive = version == 1;
    let (mut sized, mut is_chunked) = (None, false);
    for field in &*answer.headers {
        // Fields are told apart by length first: most are passed over at once.
        match field.name.len() {
            10 if field.name.eq_ignore_ascii_case("connection") => {
                keeps_alive = keeps_alive_after(field.value, keeps_alive);
            }
            14 if field.name.eq_ignore_ascii_case("content-length") => {
                let length = length_of(field.value)?;
                if sized.replace(length).is_some_and(|other| other != length) {
                    return Err(NotHttp);
                }
            }
            17 if field.name.eq_ignore_ascii_case("transfer-encoding") => {
                // No other encoding was asked for, nor this one twice.
                let is_known = field.value.trim_ascii().eq_ignore_ascii_case(b"chunked");
                if std::mem::replace(&mut is_chunked, true) || !is_known {
                    return Err(NotHttp);
                }
            }
            _ => {}
        }
    }
    let framing = match (status, is_chunked, sized) {
        (100..=199 | 204 | 304, _, _) => Framing::Sized(0),
        (_, true, _) => Framing::Chunked,
        (_, false, Some(length)) => Framing::Sized(length),
        (_, false, None) => Framing::UntilClosed,
    };
    Ok(Some((Head { status, framing, keeps_alive }, length)))
}

/// Whether a `Connection` field with this value lets the connection stay.
fn keeps_alive_after(value: &[u8], otherwise: bool) -> bool {
    let mut options = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let is_kept = options.clone().any(|option| option.eq_ignore_ascii_case(b"keep-alive"));
    (otherwise || is_kept) && !options.any(|option| option.eq_ignore_ascii_case(b"close"))
}

fn length_of(value: &[u8]) -> Result<usize, NotHttp> {
    let value = value.trim_ascii();
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(NotHttp);
    }
    let digits = std::str::from_utf8(value).map_err(|_| NotHttp)?;
    digits.parse().map_err(|_| NotHttp)
}

#[cfg(test)]
mod tests;
