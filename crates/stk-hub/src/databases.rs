//! Users' databases: one warm connection an alias of an environment, so that an apply soon after another pays for no
//! connection and no catalog again.
//!
//! Always by `migrate`, else by `url`. Deliberately absent: users' data. The Hub describes statements and changes
//! schemas; it runs no logic.

mod address;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stk_contract::Hash;
use stk_contract::config::{Config, Database, Ssl};
use stk_contract::hub::{Diagnostic, Severity};
use stk_schema::statement::{Describer, Statement, StatementError};
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use zeroize::Zeroizing;

use crate::apply::Place;
use crate::causes::chain;
use crate::postgres;

const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How long the database may take to say what it holds, or to describe all logic.
const ANSWER_MAX: Duration = Duration::from_secs(60);

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

/// The connections to one database, and what is known of it.
struct Warm {
    config: tokio_postgres::Config,
    ssl: Ssl,
    client: Client,
    /// Made at the first use; it has a connection of its own.
    describer: Option<Describer>,
    /// The fingerprint that the describer's memory stands for.
    described: String,
    /// The schema file, by its hash, that the database was last found to be or made to be, and its fingerprint then.
    settled: Option<(Hash, String)>,
    /// Of the address and the TLS mode, so that a changed one is noticed without keeping it.
    made_of: Hash,
    used_at: Instant,
}

/// The use of a database until dropped.
pub struct Session {
    warm: OwnedMutexGuard<Option<Warm>>,
    /// Describes statements over a copy of the database instead, while there is one.
    stand_in: Option<Describer>,
}

/// A connection of its own, closed when this is dropped, whatever runs on it.
pub struct Beside {
    pub client: Client,
    driver: JoinHandle<()>,
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Session {
    fn warm(&mut self) -> &mut Warm {
        self.warm.as_mut().expect("a session is made with a connection in it")
    }

    /// A connection for changing the schema.
    pub fn client(&mut self) -> &mut Client {
        &mut self.warm().client
    }

    /// Another connection to the same database.
    pub async fn beside(&mut self) -> Result<Beside, SessionError> {
        let warm = self.warm();
        let connecting = warm.config.connect(postgres::tls(warm.ssl));
        let (client, connection) = tokio::time::timeout(CONNECT_MAX, connecting)
            .await
            .map_err(|_| SessionError::Timeout(CONNECT_MAX))?
            .map_err(SessionError::Refused)?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = words(&error), "a connection to a user's database ended");
            }
        });
        Ok(Beside { client, driver })
    }

    /// Opens other databases of the same server.
    pub fn connector(&mut self) -> impl Fn(&str) -> stk_schema::Connecting + Send + Sync + use<> {
        let warm = self.warm();
        let (config, ssl) = (warm.config.clone(), warm.ssl);
        move |name: &str| {
            let mut config = config.clone();
            config.dbname(name);
            Box::pin(async move {
                let (client, connection) = config.connect(postgres::tls(ssl)).await?;
                tokio::spawn(connection);
                Ok(client)
            })
        }
    }

    /// The address of this database, and that of another one of the same server, as URLs. Secrets.
    pub fn addresses(&mut self, other: &str) -> (Zeroizing<String>, Zeroizing<String>) {
        let warm = self.warm();
        (address::url_of(&warm.config, None), address::url_of(&warm.config, Some(other)))
    }

    /// From now on statements are described over this other database of the server, or again over the real one.
    pub async fn describe_over(&mut self, copy: Option<&str>) -> Result<(), SessionError> {
        self.stand_in = None;
        if let Some(name) = copy {
            let mut config = self.warm().config.clone();
            config.dbname(name);
            let connecting = Describer::connect(&config, postgres::tls(self.warm().ssl));
            let connected = tokio::time::timeout(CONNECT_MAX, connecting).await;
            let describer = connected.map_err(|_| SessionError::Timeout(CONNECT_MAX))?;
            self.stand_in = Some(describer.map_err(SessionError::Describer)?);
        }
        Ok(())
    }

    /// One hash over everything that a statement's description can depend on: the catalog of every schema that is not
    /// Postgres' own, the version, and what the role sees by default.
    pub async fn fingerprint(&mut self) -> Result<String, SessionError> {
        within(ANSWER_MAX, self.read_fingerprint()).await
    }

    async fn read_fingerprint(&mut self) -> Result<String, SessionError> {
        let client = &mut self.warm().client;
        let row = client
            .query_one(
                "SELECT coalesce(array_agg(nspname::text ORDER BY nspname), '{}'),
                        current_setting('search_path'), current_user::text, current_setting('server_version_num')
                 FROM pg_namespace
                 WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'stk_schema')",
                &[],
            )
            .await
            .map_err(SessionError::Catalog)?;
        let schemas: Vec<String> = row.get(0);
        let catalog = stk_schema::fingerprint(client, &schemas)
            .await
            .map_err(|error| SessionError::Fingerprint(error.to_string()))?;
        let [path, user, version]: [String; 3] = [row.get(1), row.get(2), row.get(3)];
        Ok(Hash::of(format!("{catalog}\0{path}\0{user}\0{version}").as_bytes()).to_string())
    }

    /// Whether the database is as this schema file says, as far as it was left alone since that was found.
    pub fn is_settled(&mut self, schema: &Hash, fingerprint: &str) -> bool {
        self.warm().settled.as_ref().is_some_and(|(file, found)| file == schema && found == fingerprint)
    }

    /// Remembers that the database is as this schema file says.
    pub fn settle(&mut self, schema: Hash, fingerprint: String) {
        self.warm().settled = Some((schema, fingerprint));
    }

    /// Describes statements of a database that has this fingerprint.
    pub async fn describe_all(
        &mut self,
        fingerprint: &str,
        statements: &[&str],
    ) -> Result<Vec<Result<Statement, StatementError>>, SessionError> {
        within(ANSWER_MAX, self.describe_over_either(fingerprint, statements)).await
    }

    /// Over the kept connection, or, where there is none any more, over a new one. A future that is dropped half-way takes
    /// the connection with it.
    async fn describe_over_either(
        &mut self,
        fingerprint: &str,
        statements: &[&str],
    ) -> Result<Vec<Result<Statement, StatementError>>, SessionError> {
        if let Some(copy) = &mut self.stand_in {
            return copy.describe_all(statements).await.map_err(SessionError::Catalog);
        }
        let warm = self.warm();
        if warm.described != fingerprint {
            fingerprint.clone_into(&mut warm.described);
            warm.describer.as_mut().map(Describer::clear);
        }
        if let Some(mut describer) = warm.describer.take()
            && let Some(described) = answers(describer.describe_all(statements).await)
        {
            warm.describer = Some(describer);
            return Ok(described);
        }
        // There was none, or its connection was lost while nobody used it.
        let connecting = Describer::connect(&warm.config, postgres::tls(warm.ssl));
        let mut describer = tokio::time::timeout(CONNECT_MAX, connecting)
            .await
            .map_err(|_| SessionError::Timeout(CONNECT_MAX))?
            .map_err(SessionError::Describer)?;
        let described = describer.describe_all(statements).await.map_err(SessionError::Catalog)?;
        warm.describer = Some(describer);
        Ok(described)
    }
}

/// The answer, unless it takes longer.
async fn within<T>(
    time: Duration,
    answer: impl Future<Output = Result<T, SessionError>>,
) -> Result<T, SessionError> {
    tokio::time::timeout(time, answer).await.unwrap_or(Err(SessionError::Timeout(time)))
}

/// The answers, unless the connection was lost while they were awaited.
fn answers(
    described: Result<Vec<Result<Statement, StatementError>>, tokio_postgres::Error>,
) -> Option<Vec<Result<Statement, StatementError>>> {
    let lost =
        |answer: &Result<Statement, StatementError>| matches!(answer, Err(StatementError::Connection(_)));
    described.ok().filter(|answers| !answers.iter().any(lost))
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
                Err(error) => diagnostics.push(error.diagnostic(alias)),
            }
        }
        sessions
    }

    async fn session(
        &self,
        slot: Slot,
        database: &Database,
        secrets: &BTreeMap<String, Zeroizing<String>>,
    ) -> Result<Session, SessionError> {
        let template = database.migrate.as_ref().unwrap_or(&database.url);
        let url = template.resolve(|name| secrets.get(name).map(|value| value.as_str()));
        let url = Zeroizing::new(url.map_err(|missing| SessionError::MissingSecret(missing.0))?);
        let made_of = Hash::of(format!("{:?} {}", database.ssl, url.as_str()).as_bytes());
        let kept = self.slots.lock().expect("no panic while held").entry(slot).or_default().clone();
        let mut warm = kept.lock_owned().await;
        let is_good = warm.as_ref().is_some_and(|warm| !warm.client.is_closed() && warm.made_of == made_of);
        if !is_good {
            *warm = None;
            *warm = Some(connect(&url, database.ssl, made_of).await?);
        }
        let mut session = Session { warm, stand_in: None };
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
pub enum SessionError {
    #[error("the secret `{0}` is missing")]
    MissingSecret(String),
    /// The driver's own words could repeat a part of the address.
    #[error("its address is not a Postgres URL")]
    Url,
    #[error("there was no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    #[error("{}", words(.0))]
    Refused(tokio_postgres::Error),
    #[error("its catalog can not be read: {}", words(.0))]
    Catalog(tokio_postgres::Error),
    #[error("its catalog can not be read: {0}")]
    Fingerprint(String),
    #[error("{}", describer_words(.0))]
    Describer(stk_schema::statement::ConnectError),
}

impl SessionError {
    /// As a diagnostic of the file that names the database.
    pub fn diagnostic(&self, alias: &str) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: "database.unusable".to_owned(),
            file: "config/databases.yaml".to_owned(),
            line: 0,
            column: 0,
            message: format!("the database `{alias}` can not be used: {self}"),
            hint: Some("the Hub connects by `migrate`, or by `url` where that is absent".to_owned()),
            source: None,
        }
    }
}

/// A database by its URL, for one look at it.
pub async fn connect_once(url: &str) -> Result<Beside, SessionError> {
    let mut config: tokio_postgres::Config = url.parse().map_err(|_| SessionError::Url)?;
    config.application_name("santokit hub");
    let connecting = config.connect(postgres::tls(postgres::mode_of(&config)));
    let (client, connection) = tokio::time::timeout(CONNECT_MAX, connecting)
        .await
        .map_err(|_| SessionError::Timeout(CONNECT_MAX))?
        .map_err(SessionError::Refused)?;
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = words(&error), "a connection to a user's database ended");
        }
    });
    Ok(Beside { client, driver })
}

async fn connect(url: &str, ssl: Ssl, made_of: Hash) -> Result<Warm, SessionError> {
    let mut config: tokio_postgres::Config = url.parse().map_err(|_| SessionError::Url)?;
    postgres::set_mode(&mut config, ssl);
    config.application_name("santokit hub");
    let connecting = config.connect(postgres::tls(ssl));
    let (client, connection) = tokio::time::timeout(CONNECT_MAX, connecting)
        .await
        .map_err(|_| SessionError::Timeout(CONNECT_MAX))?
        .map_err(SessionError::Refused)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = words(&error), "a connection to a user's database ended");
        }
    });
    let (described, used_at) = (String::new(), Instant::now());
    Ok(Warm { config, ssl, client, describer: None, described, settled: None, made_of, used_at })
}

fn describer_words(error: &stk_schema::statement::ConnectError) -> String {
    match error {
        stk_schema::statement::ConnectError::Connection(error) => words(error),
        silent => silent.to_string(),
    }
}

/// What Postgres or the network says; never the address.
fn words(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => format!("{} [{}]", db.message(), db.code().code()),
        None => chain(error),
    }
}
