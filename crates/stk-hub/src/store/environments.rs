//! Environments: which release serves, and the lock under which their pointer is written to the KV.

use deadpool_postgres::{Object, Transaction};
use stk_contract::Hash;
use tokio::sync::OwnedSemaphorePermit;

use super::audit::{self, Entry};
use super::{Store, StoreError};
use crate::vault::Envelope;

/// First key of the advisory locks of environments; the second is a hash of the name.
const LOCK: i32 = 0x7374_6b03;

/// What serves in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    pub number: u64,
    pub secrets_seq: u64,
    pub release: Hash,
    pub attestation: Hash,
}

/// A change to what an environment serves: everything that `attestations` holds of it.
#[derive(Debug, Clone)]
pub struct Switch<'a> {
    pub project: &'a str,
    pub env: &'a str,
    /// What served when the change was checked.
    pub before: Option<u64>,
    pub number: u64,
    pub release: Hash,
    pub attestation: Hash,
    pub sources: Hash,
    pub operator: &'a str,
    pub origin: &'a str,
    /// Names of the secrets without which it could not serve, nor be checked again.
    pub secrets: &'a [String],
}

/// How a switch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Switched {
    Done,
    /// Another release serves than when the change was checked.
    Lost,
    /// A secret was deleted since the change was checked.
    SecretGone(String),
}

impl Store {
    /// False where the environment is there already.
    pub async fn create_environment(
        &self,
        project: &str,
        env: &str,
        key: &Envelope,
        operator: &str,
    ) -> Result<bool, StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        let entry = Entry { operator, action: "environment.create", project, env, detail: "" };
        audit::append(&transaction, &entry).await?;
        let insert = "INSERT INTO environments (project, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        if transaction.execute(insert, &[&project, &env]).await? == 0 {
            return Ok(false);
        }
        let (wrapped, sealed) = key.to_bytes();
        transaction
            .execute(
                "INSERT INTO environment_keys (project, env, version, kek_version, wrapped, sealed)
                 VALUES ($1, $2, 1, $3, $4, $5)",
                &[&project, &env, &key.kek_version, &wrapped, &sealed],
            )
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Name and number of each environment of a project.
    pub async fn environments(&self, project: &str) -> Result<Vec<(String, Option<u64>)>, StoreError> {
        let select = "SELECT name, number FROM environments WHERE project = $1 ORDER BY name";
        let rows = self.connection().await?.query(select, &[&project]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get::<_, Option<i64>>(1).map(|n| n as u64))).collect())
    }

    /// Project and name of every environment.
    pub async fn all_environments(&self) -> Result<Vec<(String, String)>, StoreError> {
        let select = "SELECT project, name FROM environments ORDER BY project, name";
        let rows = self.connection().await?.query(select, &[]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    pub async fn has_environment(&self, project: &str, env: &str) -> Result<bool, StoreError> {
        let select = "SELECT EXISTS (SELECT FROM environments WHERE project = $1 AND name = $2)";
        Ok(self.connection().await?.query_one(select, &[&project, &env]).await?.get(0))
    }

    /// What serves; none before the first release.
    pub async fn live(&self, project: &str, env: &str) -> Result<Option<Live>, StoreError> {
        let connection = self.connection().await?;
        live(&connection, project, env).await
    }

    /// Switches by compare-and-set.
    pub async fn switch(&self, switch: &Switch<'_>) -> Result<Switched, StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        let update = "UPDATE environments SET number = $3
                      WHERE project = $1 AND name = $2 AND number IS NOT DISTINCT FROM $4";
        let (number, before) = (switch.number as i64, switch.before.map(|number| number as i64));
        if transaction.execute(update, &[&switch.project, &switch.env, &number, &before]).await? == 0 {
            return Ok(Switched::Lost);
        }
        // The row of the environment is locked now, and deleting a secret locks it too: what is here stays.
        let missing = "SELECT n FROM unnest($3::text[]) AS n WHERE NOT EXISTS (
                           SELECT FROM secrets
                           WHERE project = $1 AND env = $2 AND name = n AND sealed IS NOT NULL) LIMIT 1";
        let gone = transaction.query_opt(missing, &[&switch.project, &switch.env, &switch.secrets]).await?;
        if let Some(row) = gone {
            return Ok(Switched::SecretGone(row.get(0)));
        }
        insert_attestation(&transaction, switch).await?;
        transaction.commit().await?;
        Ok(Switched::Done)
    }

    /// Takes the environment's lock. Everybody who writes the pointer to the KV holds it, and reads what serves after
    /// taking it: so the newest is written last.
    pub async fn lock_environment(&self, project: &str, env: &str) -> Result<EnvironmentLock, StoreError> {
        let permit = self.locks.clone().acquire_owned().await.expect("the semaphore is never closed");
        let connection = self.connection().await?;
        connection
            .execute("SELECT pg_advisory_lock($1, hashtext($2))", &[&LOCK, &format!("{project}/{env}")])
            .await?;
        Ok(EnvironmentLock {
            connection: Some(connection),
            project: project.into(),
            env: env.into(),
            _permit: permit,
        })
    }
}

/// A held lock. Given up by [`EnvironmentLock::release`]; where that does not come about, by closing the connection.
#[derive(Debug)]
pub struct EnvironmentLock {
    connection: Option<Object>,
    project: String,
    env: String,
    _permit: OwnedSemaphorePermit,
}

impl EnvironmentLock {
    /// What serves, read under the lock.
    pub async fn live(&self) -> Result<Option<Live>, StoreError> {
        let connection = self.connection.as_ref().expect("only `release` takes it");
        live(connection, &self.project, &self.env).await
    }

    pub async fn release(mut self) -> Result<(), StoreError> {
        let name = format!("{}/{}", self.project, self.env);
        let connection = self.connection.as_ref().expect("only this function takes it");
        connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", &[&LOCK, &name]).await?;
        self.connection.take();
        Ok(())
    }
}

impl Drop for EnvironmentLock {
    fn drop(&mut self) {
        // Out of the pool and closed: a connection that went back would hold the lock for ever.
        drop(self.connection.take().map(Object::take));
    }
}

async fn live(connection: &Object, project: &str, env: &str) -> Result<Option<Live>, StoreError> {
    let select = "SELECT e.number, e.secrets_seq, a.release, a.attestation
                  FROM environments e
                  JOIN attestations a ON a.project = e.project AND a.env = e.name AND a.number = e.number
                  WHERE e.project = $1 AND e.name = $2";
    let row = connection.query_opt(select, &[&project, &env]).await?;
    let read = |row: tokio_postgres::Row| {
        Ok(Live {
            number: row.get::<_, i64>(0) as u64,
            secrets_seq: row.get::<_, i64>(1) as u64,
            release: super::blobs::hash(row.get(2))?,
            attestation: super::blobs::hash(row.get(3))?,
        })
    };
    row.map(read).transpose()
}

async fn insert_attestation(transaction: &Transaction<'_>, switch: &Switch<'_>) -> Result<(), StoreError> {
    transaction
        .execute(
            "INSERT INTO attestations (project, env, number, release, attestation, sources, operator, origin)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &switch.project,
                &switch.env,
                &(switch.number as i64),
                &switch.release.as_bytes().as_slice(),
                &switch.attestation.as_bytes().as_slice(),
                &switch.sources.as_bytes().as_slice(),
                &switch.operator,
                &switch.origin,
            ],
        )
        .await?;
    Ok(())
}
