//! Reading a request's body, within its size and its time.

use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Frame, Incoming};

/// Bytes of a refused body that are read and dropped, so that its sender gets to read the answer.
const DRAIN_BYTES_MAX: u64 = 64 << 20;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    TooLarge,
    TooSlow,
    /// The sender went away, or broke the rules of HTTP.
    Broken,
}

/// The whole body. One that is too large is refused before it is kept.
pub(super) async fn read(mut body: Incoming, bytes_max: u64, timeout: Duration) -> Result<Bytes, BodyError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let declared = body.size_hint().lower();
    if declared > bytes_max {
        drain(body, declared, timeout).await;
        return Err(BodyError::TooLarge);
    }
    // Small bodies come together with their head: then no timer is needed.
    let first = std::future::poll_fn(|cx| Poll::Ready(std::pin::Pin::new(&mut body).poll_frame(cx))).await;
    let first = match first {
        Poll::Ready(None) => return Ok(Bytes::new()),
        Poll::Ready(Some(frame)) => data(frame)?,
        Poll::Pending => Bytes::new(),
    };
    if body.is_end_stream() {
        return if first.len() as u64 > bytes_max { Err(BodyError::TooLarge) } else { Ok(first) };
    }
    let rest = rest(&mut body, first, bytes_max);
    match tokio::time::timeout(timeout, rest).await {
        Err(_) => Err(BodyError::TooSlow),
        Ok(Err(BodyError::TooLarge)) => {
            drain(body, 0, timeout).await;
            Err(BodyError::TooLarge)
        }
        Ok(whole) => whole,
    }
}

async fn rest(body: &mut Incoming, first: Bytes, bytes_max: u64) -> Result<Bytes, BodyError> {
    let mut whole = BytesMut::from(first);
    loop {
        if whole.len() as u64 > bytes_max {
            return Err(BodyError::TooLarge);
        }
        match body.frame().await {
            None => return Ok(whole.freeze()),
            Some(frame) => whole.extend_from_slice(&data(frame)?),
        }
    }
}

fn data(frame: Result<Frame<Bytes>, hyper::Error>) -> Result<Bytes, BodyError> {
    // Trailers mean nothing here.
    frame.map(|frame| frame.into_data().unwrap_or_default()).map_err(|_| BodyError::Broken)
}

async fn drain(mut body: Incoming, declared: u64, timeout: Duration) {
    if declared > DRAIN_BYTES_MAX {
        return;
    }
    let reading = async {
        let mut left = DRAIN_BYTES_MAX;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len) as u64;
            let Some(less) = left.checked_sub(length) else { return };
            left = less;
        }
    };
    // Whoever sends too slowly is not waited for.
    let _ = tokio::time::timeout(timeout, reading).await;
}
