//! One connection with its prepared statements, and the means to cancel and to end it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ahash::AHashMap;
use postgres_types::Type;
use stk_contract::PgType;
use stk_runtime::Statement;
use tokio::task::AbortHandle;
use tokio_postgres::CancelToken;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::clean::leaves_session_alone;
use super::dynamic::Dynamic;
use super::fault::Failure;

/// Prepared statements a connection keeps; far past one release of any size we know, a bound for many releases.
const PREPARED_MAX: usize = 2048;

/// The same for statements that logic gives while it runs: texts that are put together may be many.
const DYNAMIC_MAX: usize = 256;

/// How long a cancel request may take.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(1);

/// Pauses before each cancel of a killed connection. One may come before its statement has begun, and statements that
/// were sent behind it begin when it has ended.
const CANCEL_PAUSES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(20),
    Duration::from_millis(80),
    Duration::from_millis(300),
    Duration::from_millis(500),
];

/// Undoes what a call may have left in its session, and keeps prepared statements: `DISCARD ALL` without
/// `DEALLOCATE ALL`.
const RESET: &str = "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
                     SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES";

pub(super) struct Link {
    pub(super) client: tokio_postgres::Client,
    driver: AbortHandle,
    cancel: CancelToken,
    tls: MakeRustlsConnect,
    prepared: Mutex<AHashMap<Arc<str>, Prepared>>,
    dynamic: Mutex<AHashMap<Arc<str>, Dynamic>>,
}

/// A statement prepared on one connection.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) statement: tokio_postgres::Statement,
    /// Its text calls nothing that could change the session.
    pub(super) clean: bool,
}

impl Link {
    pub(super) fn new(client: tokio_postgres::Client, driver: AbortHandle, tls: MakeRustlsConnect) -> Link {
        let cancel = client.cancel_token();
        Link { client, driver, cancel, tls, prepared: Mutex::default(), dynamic: Mutex::default() }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The statement, if it is prepared here already.
    pub(super) fn prepared(&self, statement: &Statement) -> Option<Prepared> {
        self.statements().get(&statement.text).cloned()
    }

    /// Prepares the statement, or finds it prepared. Nothing of it runs.
    pub(super) async fn prepare(&self, statement: &Statement) -> Result<Prepared, Failure> {
        if let Some(prepared) = self.prepared(statement) {
            return Ok(prepared);
        }
        let types: Vec<Type> = statement.params.iter().map(declared_type).collect();
        let handle = self.client.prepare_typed(&statement.text, &types).await?;
        let prepared = Prepared { statement: handle, clean: leaves_session_alone(&statement.text) };
        let mut statements = self.statements();
        if statements.len() >= PREPARED_MAX {
            statements.clear();
        }
        statements.insert(statement.text.clone(), prepared.clone());
        Ok(prepared)
    }

    /// Forgets a prepared statement that Postgres refuses by now.
    pub(super) fn forget(&self, statement: &Statement) {
        self.statements().remove(&statement.text);
    }

    /// A statement of [`super::dynamic`], if it is prepared here already.
    pub(super) fn dynamic(&self, text: &str) -> Option<Dynamic> {
        self.dynamics().get(text).cloned()
    }

    /// Prepares a text, its types left to Postgres. It is not kept.
    pub(super) async fn prepare_text(&self, text: &str) -> Result<Prepared, Failure> {
        let statement = self.client.prepare(text).await?;
        Ok(Prepared { statement, clean: leaves_session_alone(text) })
    }

    pub(super) fn keep_dynamic(&self, text: &Arc<str>, dynamic: Dynamic) {
        let mut dynamics = self.dynamics();
        if dynamics.len() >= DYNAMIC_MAX {
            dynamics.clear();
        }
        dynamics.insert(text.clone(), dynamic);
    }

    pub(super) fn forget_dynamic(&self, text: &str) {
        self.dynamics().remove(text);
    }

    /// Puts the session back into the state it was opened in.
    pub(super) async fn reset(&self) -> Result<(), Failure> {
        Ok(self.client.batch_execute(RESET).await?)
    }

    /// Asks Postgres to cancel whatever runs on this connection.
    pub(super) async fn cancel(&self) {
        // A cancel that does not get through is followed by closing the connection.
        let _ = tokio::time::timeout(CANCEL_TIMEOUT, self.cancel.cancel_query(self.tls.clone())).await;
    }

    /// Closes the connection and cancels what runs on it, whoever still waits. Returns at once; `held` is let go when
    /// the first statement is cancelled.
    pub(super) fn kill(&self, held: impl Send + 'static) {
        let (cancel, tls) = (self.cancel.clone(), self.tls.clone());
        // Closed first: what Postgres then has to say ends its session.
        self.driver.abort();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            let mut held = Some(held);
            for pause in CANCEL_PAUSES {
                tokio::time::sleep(pause).await;
                // Once the session is gone, a cancel means nothing to anybody.
                let _ = tokio::time::timeout(CANCEL_TIMEOUT, cancel.cancel_query(tls.clone())).await;
                drop(held.take());
            }
        });
    }

    fn dynamics(&self) -> MutexGuard<'_, AHashMap<Arc<str>, Dynamic>> {
        self.dynamic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn statements(&self) -> MutexGuard<'_, AHashMap<Arc<str>, Prepared>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The type that a param is declared with, so that Postgres reads the bytes as what they were written as even where
/// the schema has changed since. Types without a fixed id are left to Postgres.
fn declared_type(pg_type: &PgType) -> Type {
    match pg_type {
        PgType::Bool => Type::BOOL,
        PgType::Int2 => Type::INT2,
        PgType::Int4 => Type::INT4,
        PgType::Int8 => Type::INT8,
        PgType::Float4 => Type::FLOAT4,
        PgType::Float8 => Type::FLOAT8,
        PgType::Numeric => Type::NUMERIC,
        PgType::Uuid => Type::UUID,
        PgType::Bytea => Type::BYTEA,
        PgType::Date => Type::DATE,
        PgType::Timestamp => Type::TIMESTAMP,
        PgType::TimestampTz => Type::TIMESTAMPTZ,
        PgType::Json => Type::JSON,
        PgType::Jsonb => Type::JSONB,
        PgType::Array(element) => match &**element {
            PgType::Bool => Type::BOOL_ARRAY,
            PgType::Int2 => Type::INT2_ARRAY,
            PgType::Int4 => Type::INT4_ARRAY,
            PgType::Int8 => Type::INT8_ARRAY,
            PgType::Float8 => Type::FLOAT8_ARRAY,
            PgType::Uuid => Type::UUID_ARRAY,
            _ => Type::UNKNOWN,
        },
        _ => Type::UNKNOWN,
    }
}
