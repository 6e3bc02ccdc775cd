//! Accepting connections and serving HTTP/1.1 on each.

use std::future::Future as _;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::idle::Waiting;
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
    // Head and body go into one buffer: for small answers, copying costs less than gathering.
    builder.max_headers(HEADERS_MAX).max_buf_size(HEAD_BYTES_MAX).pipeline_flush(true).writev(false);
    let mut idle = pin!(state.idle.run());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = idle.as_mut() => return,
            () = close.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let waiting = state.idle.waiting();
                let serving = serve(builder.clone(), stream, state.clone(), waiting.clone(), close.clone());
                let connection = connections.spawn(serving);
                state.idle.watch(&waiting, connection.abort_handle());
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
}

async fn serve(
    builder: http1::Builder,
    stream: TcpStream,
    state: Arc<State>,
    waiting: Arc<Waiting>,
    close: CancellationToken,
) {
    // Without it, small answers may wait for an acknowledgement; where it fails, they only come later.
    let _ = stream.set_nodelay(true);
    let service = {
        let state = state.clone();
        service_fn(move |request| {
            let (state, waiting) = (state.clone(), waiting.clone());
            async move {
                waiting.request_begins();
                let answer = route::handle(&state, request).await;
                waiting.request_ends(&state.idle);
                answer
            }
        })
    };
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut closed = pin!(close.cancelled());
    let (mut is_listening, mut is_closing) = (false, false);
    // A client that breaks off or breaks the rules is nobody's concern but its own.
    let _ = poll_fn(|cx| {
        if !is_closing {
            // The first look leaves this task's waker there. After that the flag says as much, and costs less.
            let told = if is_listening { state.is_closing() } else { closed.as_mut().poll(cx).is_ready() };
            is_listening = true;
            if told {
                is_closing = true;
                connection.as_mut().graceful_shutdown();
            }
        }
        connection.as_mut().poll(cx)
    })
    .await;
}
