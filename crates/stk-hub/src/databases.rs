//! Users' databases: one warm connection an alias of an environment, so that an apply soon after another pays for no
//! connection and no catalog again.
//!
//! Always by `migrate`, else by `url`. Deliberately absent: users' data. The Hub describes statements and changes
//! schemas; it runs no logic.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stk_contract::Hash;
use stk_contract::config::{Config, Database, Ssl};
use stk_contract::hub::{Diagnostic, Severity};
use tokio::sync::OwnedMutexGuard;
use tokio_postgres::Client;
use zeroize::Zeroizing;

use crate::apply::Place;
use crate::postgres;

const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How long a connection is kept that nobody uses.
const IDLE_MAX: Duration = Duration::from_secs(600);

/// Which database of which environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Slot {
    project: String,
    env: String,
    alias: String,
}

/// Kept connections. A slot is used by one apply at a time.
#[derive(Default)]
pub struct Databases {
    slots: Mutex<HashMap<Slot, Arc<tokio::sync::Mutex<Option<Warm>>>>>,
}

/// A connection, and what it was made with.
pub struct Warm {
    pub client: Client,
    /// Of the address and the TLS mode, so that a changed one is noticed without keeping it.
    made_of: Hash,
    used_at: Instant,
}

/// The use of a warm connection until dropped.
pub struct Session {
    warm: OwnedMutexGuard<Option<Warm>>,
}

impl Session {
    /// The connection itself.
    pub fn warm(&mut self) -> &mut Warm {
        self.warm.as_mut().expect("a session is made with a connection in it")
    }
}

impl Databases {
    /// Connects to every database of the config that is not connected yet. What can not be reached is a diagnostic.
    pub async fn open(
        &self,
        place: Place<'_>,
        config: &Config,
        secrets: &BTreeMap<String, Zeroizing<String>>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> BTreeMap<String, Session> {
        let mut sessions = BTreeMap::new();
        for (alias, database) in &config.databases {
            let slot = Slot { project: place.project.into(), env: place.env.into(), alias: alias.clone() };
            match self.session(slot, database, secrets).await {
                Ok(session) => drop(sessions.insert(alias.clone(), session)),
                Err(error) => diagnostics.push(unreachable_diagnostic(alias, &error)),
            }
        }
        sessions
    }

    async fn session(
        &self,
        slot: Slot,
        database: &Database,
        secrets: &BTreeMap<String, Zeroizing<String>>,
    ) -> Result<Session, ConnectError> {
        let template = database.migrate.as_ref().unwrap_or(&database.url);
        let url = template.resolve(|name| secrets.get(name).map(|value| value.as_str()));
        let url = Zeroizing::new(url.map_err(|missing| ConnectError::MissingSecret(missing.0))?);
        let made_of = Hash::of(format!("{:?} {}", database.ssl, url.as_str()).as_bytes());
        let kept = self.slots.lock().expect("no panic while held").entry(slot).or_default().clone();
        let mut warm = kept.lock_owned().await;
        let is_good = warm.as_ref().is_some_and(|warm| !warm.client.is_closed() && warm.made_of == made_of);
        if !is_good {
            *warm = None;
            let client = connect(&url, database.ssl).await?;
            *warm = Some(Warm { client, made_of, used_at: Instant::now() });
        }
        let mut session = Session { warm };
        session.warm().used_at = Instant::now();
        Ok(session)
    }

    /// Closes connections that nobody has used for a while.
    pub fn close_idle(&self) {
        self.slots.lock().expect("no panic while held").retain(|_, slot| match slot.try_lock() {
            Ok(warm) => warm.as_ref().is_some_and(|warm| warm.used_at.elapsed() < IDLE_MAX),
            Err(_) => true,
        });
    }

    /// Closes every connection that is not in use.
    pub fn close(&self) {
        self.slots.lock().expect("no panic while held").clear();
    }
}

#[derive(Debug, thiserror::Error)]
enum ConnectError {
    #[error("the secret `{0}` is missing")]
    MissingSecret(String),
    /// The driver's own words could repeat a part of the address.
    #[error("its address is not a Postgres URL")]
    Url,
    #[error("there was no answer within {} s", CONNECT_MAX.as_secs())]
    Timeout,
    #[error("{}", words(.0))]
    Refused(tokio_postgres::Error),
}

async fn connect(url: &str, ssl: Ssl) -> Result<Client, ConnectError> {
    let mut config: tokio_postgres::Config = url.parse().map_err(|_| ConnectError::Url)?;
    postgres::set_mode(&mut config, ssl);
    config.application_name("santokit hub");
    let connecting = config.connect(postgres::tls(ssl));
    let (client, connection) = tokio::time::timeout(CONNECT_MAX, connecting)
        .await
        .map_err(|_| ConnectError::Timeout)?
        .map_err(ConnectError::Refused)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = words(&error), "a connection to a user's database ended");
        }
    });
    Ok(client)
}

/// What Postgres or the network says; never the address.
fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} [{}]", db.message(), db.code().code()),
        None => std::error::Error::source(error)
            .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
    }
}

fn unreachable_diagnostic(alias: &str, error: &ConnectError) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: "database.unreachable".to_owned(),
        file: "config/databases.yaml".to_owned(),
        line: 0,
        column: 0,
        message: format!("the database `{alias}` can not be used: {error}"),
        hint: Some("the Hub connects by `migrate`, or by `url` where that is absent".to_owned()),
        source: None,
    }
}
