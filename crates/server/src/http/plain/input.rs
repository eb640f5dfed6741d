//! What has been read of a connection and not been answered, in one buffer that is used again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// The largest request that is read here, head and body: many times a call of a storefront.
pub(super) const MAX_REQUEST: usize = 8 * 1024;

/// What has been read and not been answered.
pub(super) struct Input {
    buffer: Box<[u8]>,
    from: usize,
    to: usize,
}

impl Input {
    pub(super) fn new() -> Self {
        Self { buffer: vec![0; MAX_REQUEST].into_boxed_slice(), from: 0, to: 0 }
    }

    /// What has been read and not been answered.
    pub(super) fn unanswered(&self) -> &[u8] {
        &self.buffer[self.from..self.to]
    }

    /// Whether there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.unanswered().len() == self.buffer.len()
    }

    /// The first `length` bytes are answered.
    pub(super) fn answered(&mut self, length: usize) {
        self.from += length;
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
        }
    }

    /// Reads what there is room for; 0 bytes when the client has said all.
    pub(super) fn poll_read<S>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>>
    where
        S: AsyncRead + Unpin,
    {
        if self.from > 0 {
            self.buffer.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
        }
        let mut free = ReadBuf::new(&mut self.buffer[self.to..]);
        ready!(Pin::new(stream).poll_read(context, &mut free))?;
        let read = free.filled().len();
        self.to += read;
        Poll::Ready(Ok(read))
    }
}
