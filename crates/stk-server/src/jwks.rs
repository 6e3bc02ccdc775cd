//! Fetching key sets of foreign issuers over HTTPS.
//!
//! Deliberately absent: what the keys mean and how long they hold, which the runtime knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use stk_runtime::KeysFault;

const TIMEOUT: Duration = Duration::from_secs(5);
/// How long what was fetched is given to others who ask: until whoever asked first has surely stored it.
const KEPT: Duration = Duration::from_millis(500);
/// Bytes of the largest key set.
const BYTES_MAX: usize = 1 << 20;

type Fetch = Shared<BoxFuture<'static, Result<Bytes, KeysFault>>>;

/// Fetches key sets; callers who want the same one at once share one fetch.
#[derive(Default)]
pub(crate) struct Fetcher {
    client: OnceLock<Result<reqwest::Client, KeysFault>>,
    under_way: Arc<Mutex<HashMap<Arc<str>, Fetch>>>,
}

impl Fetcher {
    pub(crate) async fn fetch(&self, url: &Arc<str>) -> Result<Bytes, KeysFault> {
        let fetch = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            match under_way.get(url) {
                Some(fetch) => fetch.clone(),
                None => {
                    let fetch = self.start(url.clone());
                    under_way.insert(url.clone(), fetch.clone());
                    let (driven, of, url) = (fetch.clone(), self.under_way.clone(), url.clone());
                    // Driven by a task, so that it ends even where its first caller is gone.
                    tokio::spawn(async move {
                        let _ = driven.await;
                        tokio::time::sleep(KEPT).await;
                        of.lock().unwrap_or_else(PoisonError::into_inner).remove(&url);
                    });
                    fetch
                }
            }
        };
        fetch.await
    }

    fn start(&self, url: Arc<str>) -> Fetch {
        let client = self.client.get_or_init(build_client).clone();
        let fetch = async move {
            match client {
                Ok(client) => match tokio::time::timeout(TIMEOUT, get(&client, &url)).await {
                    Ok(fetched) => fetched,
                    Err(_) => Err(fault("no answer in time")),
                },
                Err(fault) => Err(fault),
            }
        };
        fetch.boxed().shared()
    }
}

fn build_client() -> Result<reqwest::Client, KeysFault> {
    // Another part of the process may have installed one already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| fault(&format!("no HTTP client: {error}")))
}

async fn get(client: &reqwest::Client, url: &str) -> Result<Bytes, KeysFault> {
    let url = reqwest::Url::parse(url).map_err(|_| fault("its address is not a URL"))?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(fault("its address is not https"));
    }
    let failed = |error: reqwest::Error| fault(&error.without_url().to_string());
    let mut response = client.get(url).send().await.map_err(failed)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(fault(&format!("status {}", response.status().as_u16())));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > BYTES_MAX {
            return Err(fault("the document is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Plain HTTP never leaves the machine.
fn is_loopback(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn fault(reason: &str) -> KeysFault {
    KeysFault(reason.to_owned())
}
