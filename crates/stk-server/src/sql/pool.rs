//! Connections of one's own: each serves one call at a time, with at most `max` open.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stk_runtime::SqlFault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::clean::CATALOG_PROBE;
use super::connect::Connector;
use super::link::Link;

/// How long a reset may take before the connection is closed instead.
const RESET_TIMEOUT: Duration = Duration::from_secs(2);

/// How long what the catalog said holds for connections that are opened.
const PROBE_AGE_MAX: Duration = Duration::from_secs(10);

pub(super) struct Pool {
    connector: Arc<Connector>,
    permits: Arc<Semaphore>,
    max: u32,
    acquire: Duration,
    /// The one used last is taken first, so that few stay warm.
    idle: Mutex<Vec<Own>>,
    /// When the catalog was last asked, and what [`Own::quiet`] is by it.
    probed: tokio::sync::Mutex<Option<(Instant, bool)>>,
}

/// A connection and what its database's catalog said when it was opened.
struct Own {
    link: Link,
    /// No function or view of the database could change a session.
    quiet: bool,
}

impl Pool {
    pub(super) fn new(connector: Arc<Connector>, max: u32, acquire: Duration) -> Pool {
        let permits = Arc::new(Semaphore::new(max as usize));
        Pool {
            connector,
            permits,
            max,
            acquire,
            idle: Mutex::default(),
            probed: tokio::sync::Mutex::default(),
        }
    }

    /// Takes a connection, waiting until `acquire` has passed or the deadline is there.
    pub(super) async fn lease(self: &Arc<Pool>, deadline: Instant) -> Result<Lease, SqlFault> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let until = deadline.min(Instant::now() + self.acquire);
                let waited = tokio::time::timeout_at(until, self.permits.clone().acquire_owned()).await;
                let exhausted = || SqlFault::PoolExhausted { alias: self.connector.alias().to_owned() };
                waited.ok().and_then(Result::ok).ok_or_else(exhausted)?
            }
        };
        let own = match self.take_idle() {
            Some(own) => own,
            None => self.open(deadline).await?,
        };
        Ok(Lease { own: Some(own), permit: Some(permit), pool: self.clone() })
    }

    /// Closes what is idle: where one connection was lost, the others mostly are too.
    pub(super) fn close_idle(&self) {
        self.idle().clear();
    }

    /// (open for a call, idle, most)
    pub(super) fn counts(&self) -> (u32, u32, u32) {
        let free = u32::try_from(self.permits.available_permits()).unwrap_or(self.max);
        let idle = u32::try_from(self.idle().len()).unwrap_or(self.max);
        (self.max.saturating_sub(free), idle, self.max)
    }

    fn take_idle(&self) -> Option<Own> {
        let mut idle = self.idle();
        // A connection that the database closed meanwhile is no use to anybody.
        std::iter::from_fn(|| idle.pop()).find(|own| !own.link.is_closed())
    }

    async fn open(&self, deadline: Instant) -> Result<Own, SqlFault> {
        let open = async {
            let quiet = self.is_quiet().await?;
            Ok(Own { link: self.connector.connect().await?, quiet })
        };
        let late = || SqlFault::Unavailable(format!("connect to `{}`: no answer", self.connector.alias()));
        tokio::time::timeout_at(deadline, open).await.unwrap_or_else(|_| Err(late()))
    }

    /// Asks the catalog, on a connection that ends with the question: a session that once held that many locks is
    /// slower at every commit from then on, since Postgres never shrinks its table of them.
    async fn is_quiet(&self) -> Result<bool, SqlFault> {
        let mut probed = self.probed.lock().await;
        if let Some((at, quiet)) = *probed
            && at.elapsed() < PROBE_AGE_MAX
        {
            return Ok(quiet);
        }
        let link = self.connector.connect().await?;
        // Where the probe fails, every call is followed by a reset, which is only slower.
        let quiet = match link.client.query_one(CATALOG_PROBE, &[]).await {
            Ok(row) => !row.try_get::<_, bool>(0).unwrap_or(true),
            Err(_) => false,
        };
        *probed = Some((Instant::now(), quiet));
        Ok(quiet)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Own>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection while a call uses it. Dropped without being given back, what runs is cancelled and the connection
/// closed: the caller is gone, or its state is unknown.
pub(super) struct Lease {
    own: Option<Own>,
    permit: Option<OwnedSemaphorePermit>,
    pool: Arc<Pool>,
}

impl Lease {
    pub(super) fn link(&self) -> &Link {
        &self.own.as_ref().expect("a lease holds its connection until it is given back").link
    }

    /// Gives the connection to the next caller. `clean`: what ran surely left the session as it was; otherwise the
    /// session is reset first.
    pub(super) fn give_back(mut self, clean: bool) {
        let Some(own) = self.own.take() else { return };
        let (pool, permit) = (self.pool.clone(), self.permit.take());
        if clean && own.quiet {
            pool.idle().push(own);
            return;
        }
        tokio::spawn(async move {
            let reset = tokio::time::timeout(RESET_TIMEOUT, own.link.reset()).await;
            if matches!(reset, Ok(Ok(()))) {
                pool.idle().push(own);
            } else {
                own.link.kill(());
            }
            drop(permit);
        });
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            // The permit goes with it: the place is free once the connection is closed.
            own.link.kill(self.permit.take());
        }
    }
}
