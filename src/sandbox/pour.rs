//! A body that is made up as it is sent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use http_body::{Body, Frame};
use tokio::time::Sleep;

use super::wire::Cut;

/// How long a client is given to take in what comes before a cut.
const BEFORE_CUT: Duration = Duration::from_millis(50);

/// A head, a piece so many times, a tail; with a pause before each, or without.
pub(super) struct Pour {
    head: Option<Bytes>,
    piece: Piece,
    tail: Option<Bytes>,
    pause: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    cut: Option<Cut>,
}

enum Piece {
    Repeated(Bytes, u64),
    ByteByByte(Bytes),
}

impl Pour {
    pub(super) fn new(
        head: &'static (impl AsRef<[u8]> + ?Sized),
        piece: Bytes,
        times: u64,
        tail: &'static str,
    ) -> Self {
        Self {
            head: Some(Bytes::from_static(head.as_ref())),
            piece: Piece::Repeated(piece, times),
            tail: Some(Bytes::from_static(tail.as_bytes())),
            pause: Duration::ZERO,
            sleep: None,
            cut: None,
        }
    }

    pub(super) fn drop_by_drop(content: Bytes, pause: Duration) -> Self {
        Self {
            head: None,
            piece: Piece::ByteByByte(content),
            tail: None,
            pause,
            sleep: None,
            cut: None,
        }
    }

    /// The content, and then the connection is cut instead of the body ended.
    pub(super) fn then_cut(content: Bytes, cut: Cut) -> Self {
        Self {
            head: Some(content),
            piece: Piece::ByteByByte(Bytes::new()),
            tail: None,
            pause: Duration::ZERO,
            sleep: None,
            cut: Some(cut),
        }
    }

    fn next(&mut self) -> Option<Bytes> {
        if let Some(head) = self.head.take() {
            return Some(head);
        }
        let piece = match &mut self.piece {
            Piece::Repeated(_, 0) => None,
            Piece::Repeated(piece, times) => {
                *times -= 1;
                Some(piece.clone())
            }
            Piece::ByteByByte(content) if content.is_empty() => None,
            Piece::ByteByByte(content) => Some(content.split_to(1)),
        };
        piece.or_else(|| self.tail.take())
    }
}

impl Body for Pour {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if !self.pause.is_zero() {
            let pause = self.pause;
            let sleep = self
                .sleep
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        if let Some(piece) = self.next() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match self.cut.take() {
            None => Poll::Ready(None),
            Some(cut) if self.pause.is_zero() => {
                self.pause = BEFORE_CUT;
                self.cut = Some(cut);
                self.poll_frame(context)
            }
            Some(cut) => {
                cut.make();
                Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
            }
        }
    }
}
