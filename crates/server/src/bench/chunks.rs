//! A body that comes in chunks (RFC 9112, 7.1), joined where it lies: what belongs to the body
//! moves forward over the sizes between.

use super::answer::NotHttp;

/// How far a body in chunks was read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chunks {
    /// What was read so far.
    read: usize,
    /// Where the joined body ends.
    joined: usize,
    next: Next,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default)]
enum Next {
    #[default]
    Size,
    /// So much of a chunk.
    Data(usize),
    /// The end of the line after a chunk.
    LineEnd,
    /// Fields after the last chunk, up to an empty line.
    Trailer,
}

const LINE_END: &[u8] = b"\r\n";

impl Chunks {
    /// Of a body that begins here.
    pub(super) fn after(head: usize) -> Self {
        Self { read: head, joined: head, next: Next::Size }
    }

    /// Where the joined body ends.
    pub(super) const fn joined(&self) -> usize {
        self.joined
    }

    /// Joins what has come. Where it all ended, once the last chunk is there.
    pub(super) fn join(&mut self, bytes: &mut [u8]) -> Result<Option<usize>, NotHttp> {
        loop {
            let rest = &bytes[self.read..];
            match self.next {
                Next::Size => match httparse::parse_chunk_size(rest).map_err(|_| NotHttp)? {
                    httparse::Status::Partial => return Ok(None),
                    httparse::Status::Complete((length, size)) => {
                        self.read += length;
                        self.next = match usize::try_from(size).map_err(|_| NotHttp)? {
                            0 => Next::Trailer,
                            size => Next::Data(size),
                        };
                    }
                },
                Next::Data(0) => self.next = Next::LineEnd,
                Next::Data(_) if rest.is_empty() => return Ok(None),
                Next::Data(left) => {
                    let came = rest.len().min(left);
                    bytes.copy_within(self.read..self.read + came, self.joined);
                    self.read += came;
                    self.joined += came;
                    self.next = Next::Data(left - came);
                }
                Next::LineEnd => match rest.get(..LINE_END.len()) {
                    None => return Ok(None),
                    Some(LINE_END) => {
                        self.read += LINE_END.len();
                        self.next = Next::Size;
                    }
                    Some(_) => return Err(NotHttp),
                },
                Next::Trailer => {
                    let mut lines = rest.windows(LINE_END.len());
                    let Some(length) = lines.position(|window| window == LINE_END) else {
                        return Ok(None);
                    };
                    self.read += length + LINE_END.len();
                    if length == 0 {
                        return Ok(Some(self.read));
                    }
                }
            }
        }
    }
}
