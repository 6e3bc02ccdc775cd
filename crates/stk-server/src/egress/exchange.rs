//! One fetch under way: the request is sent by a task of its own, the answer is read piece by piece.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::{Client, Response};
use serde_json::json;
use stk_runtime::{OperationFault, OperationResult};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::allow::AllowList;
use super::body::{self, Body, Writer};
use super::fault::{failed, of_client};
use super::hops::{self, Arrived};
use super::input::Open;

/// Bytes of one piece that the logic reads.
const PIECE_BYTES_MAX: usize = 64 * 1024;

/// Bytes of one answer's body.
const BYTES_MAX: u64 = 64 << 20;

pub(super) struct Exchange {
    writer: Option<Writer>,
    reception: Mutex<Reception>,
    canceled: CancellationToken,
}

enum Reception {
    Waiting(AbortOnDropHandle<Result<Arrived, OperationFault>>),
    Arrived {
        head: Bytes,
        response: Response,
        /// Of a piece that was too large to be read at once.
        rest: Bytes,
        read: u64,
    },
    Failed(OperationFault),
}

impl Exchange {
    pub(super) fn start(client: Client, open: Open, allowed: Arc<AllowList>, loopback: bool) -> Exchange {
        let (writer, pieces) = match open.has_body {
            true => {
                let (writer, pieces) = body::channel();
                (Some(writer), Some(pieces))
            }
            false => (None, None),
        };
        let task = tokio::spawn(async move {
            let body = match pieces {
                Some(pieces) => Body::collect(pieces).await,
                None => Body::None,
            };
            hops::travel(client, open, body, &allowed, loopback).await
        });
        Exchange {
            writer,
            reception: Mutex::new(Reception::Waiting(AbortOnDropHandle::new(task))),
            canceled: CancellationToken::new(),
        }
    }

    /// Ends it; whoever waits is told.
    pub(super) fn cancel(&self) {
        self.canceled.cancel();
    }

    pub(super) async fn write(&self, chunk: Bytes, last: bool) -> Result<(), OperationFault> {
        let Some(writer) = &self.writer else { return Err(failed("the request has no body")) };
        self.until_canceled(writer.write(chunk, last)).await
    }

    pub(super) async fn head(&self) -> OperationResult {
        self.until_canceled(async {
            let mut reception = self.reception.lock().await;
            reception.arrive().await?;
            match &*reception {
                Reception::Arrived { head, .. } => Ok(head.clone()),
                _ => Err(failed("the fetch has ended")),
            }
        })
        .await
    }

    /// The next piece, or `null` at the end.
    pub(super) async fn read(&self) -> OperationResult {
        self.until_canceled(async {
            let mut reception = self.reception.lock().await;
            reception.arrive().await?;
            match reception.piece().await? {
                None => Ok(Bytes::from_static(b"null")),
                Some(piece) => {
                    let mut out = String::with_capacity(piece.len() * 4 / 3 + 16);
                    out.push_str("{\"chunk\":\"");
                    STANDARD.encode_string(&piece, &mut out);
                    out.push_str("\"}");
                    Ok(out.into())
                }
            }
        })
        .await
    }

    async fn until_canceled<T>(
        &self,
        work: impl Future<Output = Result<T, OperationFault>>,
    ) -> Result<T, OperationFault> {
        tokio::select! {
            biased;
            () = self.canceled.cancelled() => Err(failed("the fetch was aborted")),
            done = work => done,
        }
    }
}

impl Reception {
    /// Waits for the head of the answer.
    async fn arrive(&mut self) -> Result<(), OperationFault> {
        let arrived = match self {
            Reception::Arrived { .. } => return Ok(()),
            Reception::Failed(fault) => return Err(fault.clone()),
            // Cancelled here, the handle is still in its place.
            Reception::Waiting(task) => task.await,
        };
        match arrived.unwrap_or_else(|error| Err(failed(format!("the fetch ended early: {error}")))) {
            Ok(Arrived { response, redirected }) => {
                let head = head(&response, redirected);
                *self = Reception::Arrived { head, response, rest: Bytes::new(), read: 0 };
                Ok(())
            }
            Err(fault) => {
                *self = Reception::Failed(fault.clone());
                Err(fault)
            }
        }
    }

    async fn piece(&mut self) -> Result<Option<Bytes>, OperationFault> {
        let Reception::Arrived { response, rest, read, .. } = self else {
            return Err(failed("the fetch has ended"));
        };
        if rest.is_empty() {
            match response.chunk().await.map_err(of_client)? {
                None => return Ok(None),
                Some(chunk) => *rest = chunk,
            }
            *read += rest.len() as u64;
            if *read > BYTES_MAX {
                return Err(failed(format!("the answer is larger than {BYTES_MAX} bytes")));
            }
        }
        Ok(Some(rest.split_to(rest.len().min(PIECE_BYTES_MAX))))
    }
}

/// The head as JSON; each byte of a header's value is a character, as the standard has it.
fn head(response: &Response, redirected: bool) -> Bytes {
    let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let headers: Vec<(&str, String)> =
        response.headers().iter().map(|(name, value)| (name.as_str(), latin(value.as_bytes()))).collect();
    let head = json!({
        "status": response.status().as_u16(),
        "statusText": response.status().canonical_reason().unwrap_or_default(),
        "headers": headers,
        "url": response.url().as_str(),
        "redirected": redirected,
    });
    head.to_string().into()
}
