//! A connection of which some bytes have been read and put back.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Reads `front` first and then what comes from `stream`.
pub(super) struct Rewound<S> {
    front: Bytes,
    stream: S,
}

impl<S> Rewound<S> {
    /// Puts `front` back before what `stream` has.
    pub(super) const fn new(front: Bytes, stream: S) -> Self {
        Self { front, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.front.len().min(buffer.remaining());
        if length == 0 {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        buffer.put_slice(&self.front[..length]);
        self.front.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn what_was_put_back_is_read_first_in_pieces_of_any_size() {
        for room in 1..=8 {
            let (mut ours, theirs) = tokio::io::duplex(64);
            tokio::io::AsyncWriteExt::write_all(&mut ours, b" and after").await.unwrap();
            drop(ours);
            let mut rewound = Rewound::new(Bytes::from_static(b"before"), theirs);
            let (mut read, mut piece) = (Vec::new(), vec![0; room]);
            while let length @ 1.. = rewound.read(&mut piece).await.unwrap() {
                read.extend_from_slice(&piece[..length]);
            }
            assert_eq!(read, b"before and after");
        }
    }
}
