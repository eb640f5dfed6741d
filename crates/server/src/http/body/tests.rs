//! How much of a body is read, and how long it is waited for.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::Frame;

use super::*;
use crate::http::head::Field;

const TIMEOUT: Duration = Duration::from_secs(10);

/// A body in pieces, which ends or, if it stalls, never does.
struct Pieces {
    pieces: VecDeque<Bytes>,
    stalls: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.pieces.pop_front() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            None if self.stalls => Poll::Pending,
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && !self.stalls
    }
}

async fn read_pieces(lengths: &[usize], stalls: bool) -> Result<usize, Problem> {
    let pieces = lengths.iter().map(|length| Bytes::from(vec![b'x'; *length])).collect();
    let body = Pieces { pieces, stalls };
    read(body, Headers::of(&[]), TIMEOUT).await.map(|body| body.len())
}

#[tokio::test(start_paused = true)]
async fn a_body_may_have_64_kib_in_any_pieces() {
    for lengths in [&[][..], &[0], &[MAX_BODY], &[1, MAX_BODY - 2, 1], &[0, 1, 0, 1]] {
        let read = read_pieces(lengths, false).await.unwrap();
        assert_eq!(read, lengths.iter().sum::<usize>());
    }
    for lengths in [&[MAX_BODY + 1][..], &[MAX_BODY, 1], &[1; MAX_BODY + 1], &[MAX_DROPPED, 1]] {
        let problem = read_pieces(lengths, false).await.unwrap_err();
        assert!(matches!(problem, Problem::PayloadTooLarge), "{problem:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    for lengths in [&[][..], &[10], &[MAX_BODY + 1]] {
        let problem = read_pieces(lengths, true).await.unwrap_err();
        assert!(matches!(problem, Problem::RequestTimeout), "{problem:?}");
    }
    // More than is dropped is refused at once, whatever may follow.
    let problem = read_pieces(&[MAX_DROPPED + 1], true).await.unwrap_err();
    assert!(matches!(problem, Problem::PayloadTooLarge), "{problem:?}");
}

#[test]
fn a_body_is_json_or_undeclared() {
    for (types, taken) in [
        (&[][..], true),
        (&["application/json"], true),
        (&["Application/JSON; charset=utf-8"], true),
        (&["application/json ;x"], true),
        (&["application/jsonp"], false),
        (&["application/problem+json"], false),
        (&["text/plain"], false),
        (&["application/x-www-form-urlencoded"], false),
        (&["multipart/form-data; boundary=x"], false),
        (&[""], false),
        (&["application/json", "application/json"], false),
    ] {
        let mut fields = Vec::new();
        for content_type in types {
            fields.push(Field { name: "Content-Type", value: content_type.as_bytes() });
        }
        assert_eq!(require_json(Headers::of(&fields)).is_ok(), taken, "{types:?}");
    }
    for (coding, taken) in [("identity", true), ("gzip", false), ("identity, br", false)] {
        let fields = [Field { name: "Content-Encoding", value: coding.as_bytes() }];
        assert_eq!(require_json(Headers::of(&fields)).is_ok(), taken, "{coding}");
    }
}
