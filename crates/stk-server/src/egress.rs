//! What logic may reach of the network: `fetch.*` operations, over HTTP, to hosts that `config/egress.yaml` names.
//!
//! Whatever the project says, addresses inside private networks are never connected to: every name is resolved here,
//! its addresses vetted, and a vetted one is the one connected to. Each hop of a redirect is judged anew. Deliberately
//! absent: proxies of the environment, cookies, a cache, and HTTP/2.

mod address;
mod allow;
mod body;
mod exchange;
mod fault;
mod hops;
mod input;
mod resolver;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use stk_runtime::{OperationFault, OperationResult};

pub(crate) use allow::AllowList;
use exchange::Exchange;
use fault::misuse;
use resolver::Resolver;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Exchanges that one run may have under way.
const EXCHANGES_MAX: usize = 64;

/// The way out: one a Server.
pub(crate) struct Egress {
    client: OnceLock<Result<reqwest::Client, String>>,
    /// Also loopback addresses may be connected to: for tests and for development on one machine.
    loopback: bool,
}

impl Egress {
    pub(crate) fn new(loopback: bool) -> Egress {
        Egress { client: OnceLock::new(), loopback }
    }

    /// Made by the first fetch: most Servers need none.
    fn client(&self) -> Result<&reqwest::Client, String> {
        let build = || {
            // Another part of the process may have installed one already; any will do.
            let _ = rustls::crypto::ring::default_provider().install_default();
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .user_agent("santokit")
                .connect_timeout(CONNECT_TIMEOUT)
                .dns_resolver(Arc::new(Resolver { loopback: self.loopback }))
                .build()
                .map_err(|error| error.to_string())
        };
        self.client.get_or_init(build).as_ref().map_err(Clone::clone)
    }
}

/// The exchanges of one run. Dropped, all of them end.
pub(crate) struct Exchanges {
    egress: Arc<Egress>,
    allowed: Arc<AllowList>,
    under_way: Mutex<UnderWay>,
}

#[derive(Default)]
struct UnderWay {
    last_id: u32,
    exchanges: HashMap<u32, Arc<Exchange>>,
    /// The run is over.
    closed: bool,
}

impl Exchanges {
    pub(crate) fn new(egress: Arc<Egress>, allowed: Arc<AllowList>) -> Exchanges {
        Exchanges { egress, allowed, under_way: Mutex::default() }
    }

    /// Performs `fetch.{verb}`. `on_write` is called before a request is sent that may change something.
    pub(crate) async fn perform(&self, verb: &str, input: &[u8], on_write: impl Fn()) -> OperationResult {
        match verb {
            "open" => self.open(input, on_write),
            "write" => {
                let write = input::write(input)?;
                let Some(exchange) = self.get(write.id) else { return Err(gone()) };
                exchange.write(write.chunk, write.last).await?;
                Ok(null())
            }
            "head" => match self.get(input::id(verb, input)?) {
                Some(exchange) => exchange.head().await,
                None => Err(gone()),
            },
            "read" => match self.get(input::id(verb, input)?) {
                Some(exchange) => exchange.read().await,
                None => Err(gone()),
            },
            "close" => {
                let exchange = self.under_way().exchanges.remove(&input::id(verb, input)?);
                if let Some(exchange) = exchange {
                    exchange.cancel();
                }
                Ok(null())
            }
            _ => Err(misuse(format!("there is no operation `fetch.{verb}`"))),
        }
    }

    /// Ends all of them.
    pub(crate) fn close(&self) {
        let mut under_way = self.under_way();
        under_way.closed = true;
        under_way.exchanges.drain().for_each(|(_, exchange)| exchange.cancel());
    }

    fn open(&self, input: &[u8], on_write: impl Fn()) -> OperationResult {
        let open = input::open(input)?;
        hops::check(&open.url, &self.allowed, self.egress.loopback)?;
        let client = self.egress.client().map_err(fault::failed)?;
        let mut under_way = self.under_way();
        if under_way.closed {
            return Err(gone());
        }
        if under_way.exchanges.len() >= EXCHANGES_MAX {
            return Err(misuse(format!("more than {EXCHANGES_MAX} fetches at once")));
        }
        if !open.method.is_safe() {
            on_write();
        }
        under_way.last_id += 1;
        let id = under_way.last_id;
        let exchange = Exchange::start(client.clone(), open, self.allowed.clone(), self.egress.loopback);
        under_way.exchanges.insert(id, Arc::new(exchange));
        Ok(format!("{{\"id\":{id}}}").into())
    }

    fn get(&self, id: u32) -> Option<Arc<Exchange>> {
        self.under_way().exchanges.get(&id).cloned()
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Exchanges {
    fn drop(&mut self) {
        self.close();
    }
}

fn gone() -> OperationFault {
    misuse("the fetch has ended")
}

fn null() -> Bytes {
    Bytes::from_static(b"null")
}
