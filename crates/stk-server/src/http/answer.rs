//! The body of an answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// Bytes given to the connection at once. Small answers go out in one piece with their head; of large ones only so
/// much is copied ahead.
const PIECE_BYTES_MAX: usize = 64 << 10;

/// Bytes that are all there, given piece by piece.
#[derive(Debug, Default)]
pub(super) struct Answer(Bytes);

impl From<Bytes> for Answer {
    fn from(bytes: Bytes) -> Answer {
        Answer(bytes)
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.0.len().min(PIECE_BYTES_MAX);
        Poll::Ready(Some(Ok(Frame::data(self.0.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}
