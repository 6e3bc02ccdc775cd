//! Opening connections to one database. Nothing here ever prints the URL.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use stk_contract::config::{self, Ssl};
use stk_runtime::SqlFault;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault::describe;
use super::link::Link;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// After a failed attempt, how long others fail at once: a database that is down is not stormed.
const BACKOFF: Duration = Duration::from_millis(150);

pub(super) struct Connector {
    alias: String,
    config: tokio_postgres::Config,
    tls: MakeRustlsConnect,
    failed: Mutex<Option<(Instant, String)>>,
}

impl Connector {
    /// Reads the URL; the error says what is wrong without repeating it.
    pub(super) fn new(
        alias: &str,
        url: &str,
        settings: &config::Database,
        application: &str,
    ) -> Result<Connector, &'static str> {
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|_| "its `url` is not a Postgres connection URL")?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err("its `url` names no host");
        }
        let local = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        let mode = match settings.ssl {
            // A Unix socket never leaves the machine, and Postgres speaks no TLS on it.
            _ if local && config.get_hostaddrs().is_empty() => SslMode::Disable,
            Ssl::Disable => SslMode::Disable,
            Ssl::Prefer => config.get_ssl_mode(),
            Ssl::Require | Ssl::VerifyFull => SslMode::Require,
        };
        let timeout = format!("-c statement_timeout={}", settings.statement_timeout_ms);
        let options = match config.get_options() {
            Some(options) => format!("{options} {timeout}"),
            None => timeout,
        };
        config.ssl_mode(mode).options(options).application_name(application).connect_timeout(CONNECT_TIMEOUT);
        let tls = super::tls::connector(settings.ssl);
        Ok(Connector { alias: alias.to_owned(), config, tls, failed: Mutex::new(None) })
    }

    pub(super) fn alias(&self) -> &str {
        &self.alias
    }

    /// A new connection, driven by a task of its own.
    pub(super) async fn connect(&self) -> Result<Link, SqlFault> {
        if let Some((at, reason)) = &*self.failed()
            && at.elapsed() < BACKOFF
        {
            return Err(SqlFault::Unavailable(reason.clone()));
        }
        // `connect_timeout` covers the socket only, not a server that accepts and then says nothing.
        let connecting = tokio::time::timeout(CONNECT_TIMEOUT, self.config.connect(self.tls.clone()));
        let reason = match connecting.await {
            Ok(Ok((client, connection))) => {
                *self.failed() = None;
                let driver = tokio::spawn(async move {
                    // Every caller on this connection is told by its own error.
                    let _ = connection.await;
                });
                return Ok(Link::new(client, driver.abort_handle(), self.tls.clone()));
            }
            Ok(Err(error)) => format!("connect to `{}`: {}", self.alias, describe(&error)),
            Err(_) => format!("connect to `{}`: no answer in {CONNECT_TIMEOUT:?}", self.alias),
        };
        *self.failed() = Some((Instant::now(), reason.clone()));
        Err(SqlFault::Unavailable(reason))
    }

    fn failed(&self) -> std::sync::MutexGuard<'_, Option<(Instant, String)>> {
        self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
