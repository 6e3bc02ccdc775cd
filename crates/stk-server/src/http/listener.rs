//! Accepting connections and serving HTTP/1.1 on each.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::route;
use crate::state::State;

/// Bytes of the head of a request.
const HEAD_BYTES_MAX: usize = 32 << 10;
const HEADERS_MAX: usize = 64;

/// How long accepting rests after it failed, which is mostly for want of file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(20);

/// What slow clients are given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    /// For the head of a request, idle time on a connection included.
    pub(crate) head: Duration,
    pub(crate) body: Duration,
}

/// Accepts until `close`; then every connection ends after the request that it is at.
pub(crate) async fn listen(
    listener: TcpListener,
    state: Arc<State>,
    connections: TaskTracker,
    close: CancellationToken,
) {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(state.timeouts.head)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .pipeline_flush(true);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = close.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(serve(builder.clone(), stream, state.clone(), close.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
}

async fn serve(builder: http1::Builder, stream: TcpStream, state: Arc<State>, close: CancellationToken) {
    // Without it, small answers may wait for an acknowledgement; where it fails, they only come later.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| route::handle(state.clone(), request));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let closing = tokio::select! {
        // A client that breaks off or breaks the rules is nobody's concern but its own.
        _ = connection.as_mut() => false,
        () = close.cancelled() => true,
    };
    if closing {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
