//! The Hub's memory: one Postgres database, shared by all Hubs of an installation.
//!
//! One file a group of tables; each function is one statement or one short transaction. Whoever wins a race is decided
//! here, in SQL. Deliberately absent: any plain secret (the vault seals before and opens after), and any decision
//! about users' files.

pub mod attestations;
pub mod audit;
pub mod blobs;
pub mod environments;
pub mod keys;
mod migrate;
pub mod operators;
pub mod projects;
pub mod schema_applies;
pub mod schema_plans;
pub mod secrets;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio::sync::Semaphore;

use crate::causes::chain;
use crate::postgres;

pub use migrate::MigrateError;

/// Connections to the store; a Hub has few operators.
const CONNECTIONS_MAX: usize = 16;
const ACQUIRE_MAX: Duration = Duration::from_secs(10);

/// RFC 3339 in UTC of a `timestamptz` column.
macro_rules! rfc3339 {
    ($column:literal) => {
        concat!("to_char(", $column, " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
    };
}
pub(crate) use rfc3339;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Its causes stand in its own words: the driver's say nothing by themselves.
    #[error("the Hub's database can not be reached: {}", chain(.0))]
    Unreachable(PoolError),
    #[error("the Hub's database refused a statement")]
    Statement(#[from] tokio_postgres::Error),
    #[error("{what} in the Hub's database is damaged: {why}")]
    Damaged { what: &'static str, why: String },
}

/// A pool of connections to the store.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    /// Holders of an environment's lock need a second connection; fewer holders than connections, and none starves.
    locks: Arc<Semaphore>,
}

impl Store {
    /// Connects, and brings the tables to what this build knows.
    pub async fn open(url: &str) -> Result<Store, OpenError> {
        let config: tokio_postgres::Config = url.parse().map_err(|_| OpenError::Url)?;
        let manager = Manager::from_config(
            config.clone(),
            postgres::tls(postgres::mode_of(&config)),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS_MAX)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(ACQUIRE_MAX))
            .create_timeout(Some(ACQUIRE_MAX))
            .build()
            .expect("a pool with a runtime always builds");
        let store = Store { pool, locks: Arc::new(Semaphore::new(CONNECTIONS_MAX / 4)) };
        let mut connection = store.connection().await?;
        migrate::run(&mut connection).await?;
        Ok(store)
    }

    pub(crate) async fn connection(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(StoreError::Unreachable)
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database URL of the Hub is not a Postgres URL")]
    Url,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}
