//! A rehearsal in a scratch database of the same server.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio_postgres::Client;

use super::{Connect, Goal, RehearsalError, Rehearsed, nothing, run};
use crate::inspect::{self, Extent, Renames};
use crate::model::{quote, quote_literal};
use crate::postgres::{DatabaseError, failed};

/// Begins the name of every scratch database; the second it was made in follows.
const PREFIX: &str = "stk_rehearsal_";

/// A scratch database that is older was left by a process that was killed.
const AGE_SECONDS_MAX: u64 = 3600;

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A copy that a rehearsal left, for who looks at it further.
#[derive(Debug)]
pub struct ScratchDatabase {
    name: String,
}

impl ScratchDatabase {
    /// An empty one, on the server of `client` and with the encoding and collation of its database.
    ///
    /// # Errors
    /// Whatever Postgres or the connection answers.
    pub async fn create(client: &Client) -> Result<ScratchDatabase, DatabaseError> {
        remove_old(client).await?;
        create(client).await
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Removes it, with whoever is connected to it. `client` is a connection to another database of the server.
    ///
    /// # Errors
    /// Whatever Postgres or the connection answers.
    pub async fn remove(self, client: &Client) -> Result<(), DatabaseError> {
        drop_database(client, &self.name).await.map_err(failed("remove the scratch database"))
    }
}

pub(super) async fn rehearse(
    client: &Client,
    connect: Connect<'_>,
    goal: &Goal<'_>,
    keep: bool,
) -> Result<Rehearsed, RehearsalError> {
    let scratch = ScratchDatabase::create(client).await?;
    let result = match connect(&scratch.name).await.map_err(failed("connect to the scratch database")) {
        Ok(copy) => within(client, copy, goal).await,
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(broken) if keep => Ok(Rehearsed { objects: goal.objects, broken, scratch: Some(scratch) }),
        result => {
            let removed = scratch.remove(client).await;
            let broken = result?;
            removed?;
            Ok(Rehearsed { objects: goal.objects, broken, scratch: None })
        }
    }
}

async fn within(
    client: &Client,
    mut copy: Client,
    goal: &Goal<'_>,
) -> Result<Vec<super::BrokenStatement>, RehearsalError> {
    let doing = failed("prepare the scratch database");
    // What is in there is thrown away: nothing has to reach the disk.
    let settings = "SET synchronous_commit = off; SET client_min_messages = warning; SET lock_timeout = '10s'; \
                    SET statement_timeout = '60s'";
    copy.batch_execute(settings).await.map_err(&doing)?;
    run::build(&copy, &goal.build(&nothing(&goal.before))?).await?;
    if !goal.statements.is_empty() {
        let path: String = client
            .query_one("SELECT current_setting('search_path')", &[])
            .await
            .and_then(|row| row.try_get(0))
            .map_err(&doing)?;
        let set = format!("SELECT set_config('search_path', {}, false)", quote_literal(&path));
        copy.batch_execute(&set).await.map_err(&doing)?;
    }
    let before = run::refused(&copy, goal.statements).await;
    run::plan(&mut copy, goal.plan).await?;
    let after = run::refused(&copy, goal.statements).await;
    let transaction = copy.transaction().await.map_err(failed("read the rehearsed catalog"))?;
    let model =
        inspect::read(&transaction, &goal.plan.schemas, &Renames::default(), Extent::Database).await?;
    goal.compare(&model)?;
    Ok(run::broken(&before, after))
}

async fn create(client: &Client) -> Result<ScratchDatabase, DatabaseError> {
    let doing = failed("create a scratch database");
    let select = "SELECT pg_encoding_to_char(encoding), datcollate, datctype
                  FROM pg_database WHERE datname = current_database()";
    let row = client.query_one(select, &[]).await.map_err(&doing)?;
    let [encoding, collate, ctype]: [String; 3] =
        [row.try_get(0).map_err(&doing)?, row.try_get(1).map_err(&doing)?, row.try_get(2).map_err(&doing)?];
    let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let name = format!("{PREFIX}{}_{process}_{number}", now());
    let create = format!(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        quote(&name),
        quote_literal(&encoding),
        quote_literal(&collate),
        quote_literal(&ctype)
    );
    client.batch_execute(&create).await.map_err(doing)?;
    Ok(ScratchDatabase { name })
}

/// Removes what killed processes left behind.
async fn remove_old(client: &Client) -> Result<(), DatabaseError> {
    let doing = failed("look for old scratch databases");
    let select = "SELECT datname::text FROM pg_database WHERE starts_with(datname, $1)
                  AND datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)";
    for row in client.query(select, &[&PREFIX]).await.map_err(&doing)? {
        let name: String = row.try_get(0).map_err(&doing)?;
        let made = name[PREFIX.len()..].split('_').next().and_then(|seconds| seconds.parse::<u64>().ok());
        if made.is_some_and(|made| made + AGE_SECONDS_MAX < now()) {
            // Somebody else may be removing it as well.
            if let Err(error) = drop_database(client, &name).await {
                tracing::debug!(%error, name, "an old scratch database was not removed");
            }
        }
    }
    Ok(())
}

async fn drop_database(client: &Client, name: &str) -> Result<(), tokio_postgres::Error> {
    let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote(name));
    client.batch_execute(&drop).await
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
