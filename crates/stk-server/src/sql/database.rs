//! One database of a deployment, by alias.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stk_contract::manifest::Isolation;
use stk_contract::{Hash, config};
use stk_runtime::{QueryWork, SqlFault, SqlWork};
use tokio::time::Instant;

use super::connect::Connector;
use super::open::OpenTransaction;
use super::pool::Pool;
use super::shared::Shared;
use super::{dynamic, single, transaction};

/// The connections to one database: shared ones and a pool of own ones. Nothing is opened before it is needed.
pub(crate) struct Database {
    fingerprint: Hash,
    /// Or why there can never be any.
    connections: Result<Connections, String>,
}

struct Connections {
    pool: Arc<Pool>,
    shared: Arc<Shared>,
}

/// Connections, for the metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gauges {
    pub(crate) in_use: u32,
    pub(crate) idle: u32,
    pub(crate) max: u32,
    pub(crate) shared: u32,
}

impl Database {
    /// `url` with its secrets resolved. A bad one is no error here: every call says so, and logs it without the URL.
    pub(crate) fn new(alias: &str, url: &str, settings: &config::Database, application: &str) -> Database {
        let connections = Connector::new(alias, url, settings, application).map(|connector| {
            let connector = Arc::new(connector);
            let acquire = Duration::from_millis(settings.pool_acquire_ms);
            let pool = Arc::new(Pool::new(connector.clone(), settings.pool_max.max(1), acquire));
            Connections { pool, shared: Arc::new(Shared::new(connector)) }
        });
        let connections = connections.map_err(|reason| format!("database `{alias}`: {reason}"));
        Database { fingerprint: Database::fingerprint(url, settings), connections }
    }

    /// Equal where connections can be kept from one release to the next.
    pub(crate) fn fingerprint(url: &str, settings: &config::Database) -> Hash {
        let config::Database { pool_max, pool_acquire_ms, statement_timeout_ms, ssl, .. } = settings;
        let text = format!("{pool_max}\0{pool_acquire_ms}\0{statement_timeout_ms}\0{ssl:?}\0{url}");
        Hash::of(text.as_bytes())
    }

    pub(crate) fn has(&self, fingerprint: &Hash) -> bool {
        self.fingerprint == *fingerprint
    }

    /// Runs the work, and gives the JSON that its writer made, after the commit.
    pub(crate) async fn run(&self, work: &Arc<SqlWork>, timeout: Duration) -> Result<Bytes, SqlFault> {
        let connections =
            self.connections.as_ref().map_err(|reason| SqlFault::Unavailable(reason.clone()))?;
        let deadline = Instant::now() + timeout;
        if work.is_shareable()
            && let Some(body) = connections.shared.run(work, deadline).await?
        {
            return Ok(body);
        }
        match work.transaction {
            Some(transaction) => transaction::run(&connections.pool, work, transaction, deadline).await,
            None => single::run(&connections.pool, work, deadline).await,
        }
    }

    /// Runs a statement that was not known at deploy; it commits by itself.
    pub(crate) async fn query(&self, work: &QueryWork, timeout: Duration) -> Result<Bytes, SqlFault> {
        let connections =
            self.connections.as_ref().map_err(|reason| SqlFault::Unavailable(reason.clone()))?;
        dynamic::run(&connections.pool, work, Instant::now() + timeout).await
    }

    /// Begins a transaction that stays open.
    pub(crate) async fn begin(
        &self,
        isolation: Option<Isolation>,
        timeout: Duration,
    ) -> Result<OpenTransaction, SqlFault> {
        let connections =
            self.connections.as_ref().map_err(|reason| SqlFault::Unavailable(reason.clone()))?;
        OpenTransaction::begin(&connections.pool, isolation, Instant::now() + timeout).await
    }

    /// None where there can be no connections.
    pub(crate) fn gauges(&self) -> Option<Gauges> {
        let connections = self.connections.as_ref().ok()?;
        let (in_use, idle, max) = connections.pool.counts();
        let shared = u32::try_from(connections.shared.links().count()).unwrap_or(u32::MAX);
        Some(Gauges { in_use, idle, max, shared })
    }
}
