//! Secrets of an environment, sealed. Every change raises the environment's `secrets_seq` with it.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;
use stk_contract::hub::SecretInfo;

use super::audit::{self, Entry};
use super::{Store, StoreError, rfc3339};
use crate::vault::Envelope;

/// Whose secret it is.
#[derive(Debug, Clone, Copy)]
pub struct SecretKey<'a> {
    pub project: &'a str,
    pub env: &'a str,
    pub name: &'a str,
}

impl Store {
    /// Stores the next version; `seal` is given its number, which is bound into what it seals.
    pub async fn set_secret<E: From<StoreError>>(
        &self,
        key: SecretKey<'_>,
        operator: &str,
        seal: impl FnOnce(u64) -> Result<Envelope, E>,
    ) -> Result<SecretInfo, E> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await.map_err(StoreError::from)?;
        raise(&transaction, key).await?;
        let version = next_version(&transaction, key).await?;
        let detail = format!("{} version {version}", key.name);
        let SecretKey { project, env, name } = key;
        let entry = Entry { operator, action: "secret.set", project, env, detail: &detail };
        audit::append(&transaction, &entry).await?;
        let envelope = seal(version as u64)?;
        let (wrapped, sealed) = envelope.to_bytes();
        let upsert = concat!(
            "INSERT INTO secrets (project, env, name, version, kek_version, wrapped, sealed)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (project, env, name) DO UPDATE
             SET version = excluded.version, kek_version = excluded.kek_version, wrapped = excluded.wrapped,
                 sealed = excluded.sealed, updated_at = now()
             RETURNING ",
            rfc3339!("updated_at")
        );
        let row = transaction
            .query_one(upsert, &[&project, &env, &name, &version, &envelope.kek_version, &wrapped, &sealed])
            .await
            .map_err(StoreError::from)?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(SecretInfo { name: name.to_owned(), version: version as u64, updated_at: row.get(0) })
    }

    /// Erases the value. False where there is none, or where another release serves than `live`, the one that was
    /// found not to need it.
    pub async fn delete_secret(
        &self,
        key: SecretKey<'_>,
        live: Option<u64>,
        operator: &str,
    ) -> Result<bool, StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        let SecretKey { project, env, name } = key;
        let raised = "UPDATE environments SET secrets_seq = secrets_seq + 1
                      WHERE project = $1 AND name = $2 AND number IS NOT DISTINCT FROM $3";
        let live = live.map(|number| number as i64);
        if transaction.execute(raised, &[&project, &env, &live]).await? == 0 {
            return Ok(false);
        }
        let entry = Entry { operator, action: "secret.delete", project, env, detail: name };
        audit::append(&transaction, &entry).await?;
        let erase = "UPDATE secrets SET kek_version = NULL, wrapped = NULL, sealed = NULL, updated_at = now()
                     WHERE project = $1 AND env = $2 AND name = $3 AND sealed IS NOT NULL";
        if transaction.execute(erase, &[&project, &env, &name]).await? == 0 {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Names, versions and times; never values.
    pub async fn secret_infos(&self, project: &str, env: &str) -> Result<Vec<SecretInfo>, StoreError> {
        let select = concat!(
            "SELECT name, version, ",
            rfc3339!("updated_at"),
            " FROM secrets WHERE project = $1 AND env = $2 AND sealed IS NOT NULL ORDER BY name"
        );
        let rows = self.connection().await?.query(select, &[&project, &env]).await?;
        let info = |row: &tokio_postgres::Row| SecretInfo {
            name: row.get(0),
            version: row.get::<_, i64>(1) as u64,
            updated_at: row.get(2),
        };
        Ok(rows.iter().map(info).collect())
    }

    /// Every secret that has a value: name to version and envelope.
    pub async fn secrets(
        &self,
        project: &str,
        env: &str,
    ) -> Result<BTreeMap<String, (u64, Envelope)>, StoreError> {
        let select = "SELECT name, version, kek_version, wrapped, sealed FROM secrets
                      WHERE project = $1 AND env = $2 AND sealed IS NOT NULL";
        let rows = self.connection().await?.query(select, &[&project, &env]).await?;
        let read = |row: &tokio_postgres::Row| {
            Ok((row.get(0), (row.get::<_, i64>(1) as u64, super::keys::envelope(row, 2)?)))
        };
        rows.iter().map(read).collect()
    }
}

/// Raises the sequence, which also makes changes of one environment's secrets a queue.
async fn raise(transaction: &Transaction<'_>, key: SecretKey<'_>) -> Result<(), StoreError> {
    let update = "UPDATE environments SET secrets_seq = secrets_seq + 1 WHERE project = $1 AND name = $2";
    transaction.execute(update, &[&key.project, &key.env]).await?;
    Ok(())
}

async fn next_version(transaction: &Transaction<'_>, key: SecretKey<'_>) -> Result<i64, StoreError> {
    let select =
        "SELECT coalesce(max(version), 0) + 1 FROM secrets WHERE project = $1 AND env = $2 AND name = $3";
    Ok(transaction.query_one(select, &[&key.project, &key.env, &key.name]).await?.get(0))
}
