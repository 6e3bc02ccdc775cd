//! The body of a request as the logic writes it, piece by piece.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::body::Frame;
use stk_runtime::OperationFault;
use tokio::sync::{Mutex, mpsc};

use super::fault::failed;

/// Pieces that wait to be sent: one, so that who writes goes no faster than the network.
const PIECES_MAX: usize = 1;

/// Bytes of a body that are collected before the request is sent. A body within it goes out with its length, and again
/// where a redirect asks for it.
const COLLECTED_BYTES_MAX: usize = 256 * 1024;

/// Bytes of one request's body.
const BYTES_MAX: u64 = 64 << 20;

/// The end at which the logic writes.
pub(super) struct Writer {
    pieces: Mutex<State>,
}

struct State {
    /// None after the last piece.
    sender: Option<mpsc::Sender<Bytes>>,
    written: u64,
}

/// The end from which the request is sent.
pub(super) type Pieces = mpsc::Receiver<Bytes>;

pub(super) fn channel() -> (Writer, Pieces) {
    let (sender, pieces) = mpsc::channel(PIECES_MAX);
    (Writer { pieces: Mutex::new(State { sender: Some(sender), written: 0 }) }, pieces)
}

impl Writer {
    /// Adds a piece, and waits while the network is slower. Where nobody takes it any more, because the answer has
    /// come, that is no error.
    pub(super) async fn write(&self, chunk: Bytes, last: bool) -> Result<(), OperationFault> {
        let mut state = self.pieces.lock().await;
        state.written += chunk.len() as u64;
        if state.written > BYTES_MAX {
            state.sender = None;
            return Err(failed(format!("the request's body is larger than {BYTES_MAX} bytes")));
        }
        let Some(sender) = &state.sender else { return Ok(()) };
        if !chunk.is_empty() {
            let _ = sender.send(chunk).await;
        }
        if last {
            state.sender = None;
        }
        Ok(())
    }
}

/// A body to be sent.
pub(super) enum Body {
    None,
    /// All of it: it can be sent again.
    Whole(Bytes),
    /// What was collected so far, and the rest as it comes.
    Streamed(Bytes, Pieces),
    /// A streamed one that was sent.
    Gone,
}

impl Body {
    /// Waits for all of a small body, or for enough of a large one.
    pub(super) async fn collect(mut pieces: Pieces) -> Body {
        let mut collected = BytesMut::new();
        while let Some(piece) = pieces.recv().await {
            collected.extend_from_slice(&piece);
            if collected.len() > COLLECTED_BYTES_MAX {
                return Body::Streamed(collected.freeze(), pieces);
            }
        }
        Body::Whole(collected.freeze())
    }

    /// The body for the next request; none where it was sent already and is no more.
    pub(super) fn next(&mut self) -> Option<reqwest::Body> {
        match std::mem::replace(self, Body::Gone) {
            Body::None => {
                *self = Body::None;
                Some(Bytes::new().into())
            }
            Body::Whole(bytes) => {
                *self = Body::Whole(bytes.clone());
                Some(bytes.into())
            }
            Body::Streamed(first, pieces) => {
                Some(reqwest::Body::wrap(Streamed { first: Some(first), pieces }))
            }
            Body::Gone => None,
        }
    }

    pub(super) fn is_some(&self) -> bool {
        !matches!(self, Body::None)
    }
}

/// A body whose pieces come as they are written.
struct Streamed {
    first: Option<Bytes>,
    pieces: Pieces,
}

impl hyper::body::Body for Streamed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => self.pieces.poll_recv(context),
        };
        piece.map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
