//! The Hub's own keys, wrapped: checks of the key-encryption keys, signing keys and environment keys.

use postgres_types::ToSql;
use tokio_postgres::Row;

use super::{Store, StoreError};
use crate::vault::Envelope;

impl Store {
    /// Every check value with its version.
    pub async fn key_checks(&self) -> Result<Vec<(i32, Vec<u8>)>, StoreError> {
        let rows = self
            .connection()
            .await?
            .query("SELECT version, sealed FROM key_checks ORDER BY version", &[])
            .await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Keeps whichever came first.
    pub async fn add_key_check(&self, version: i32, sealed: &[u8]) -> Result<(), StoreError> {
        let insert = "INSERT INTO key_checks (version, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        self.connection().await?.execute(insert, &[&version, &sealed]).await?;
        Ok(())
    }

    /// Newest first.
    pub async fn signing_keys(&self) -> Result<Vec<(i64, Envelope)>, StoreError> {
        let select = "SELECT version, kek_version, wrapped, sealed FROM signing_keys ORDER BY version DESC";
        let rows = self.connection().await?.query(select, &[]).await?;
        rows.iter().map(|row| Ok((row.get(0), envelope(row, 1)?))).collect()
    }

    /// Keeps whichever came first.
    pub async fn add_signing_key(&self, version: i64, key: &Envelope) -> Result<(), StoreError> {
        let insert =
            "INSERT INTO signing_keys (version, kek_version, wrapped, sealed) VALUES ($1, $2, $3, $4)
                      ON CONFLICT DO NOTHING";
        let (wrapped, sealed) = key.to_bytes();
        self.connection().await?.execute(insert, &[&version, &key.kek_version, &wrapped, &sealed]).await?;
        Ok(())
    }

    /// Newest first.
    pub async fn environment_keys(
        &self,
        project: &str,
        env: &str,
    ) -> Result<Vec<(i64, Envelope)>, StoreError> {
        let select = "SELECT version, kek_version, wrapped, sealed FROM environment_keys
                      WHERE project = $1 AND env = $2 ORDER BY version DESC";
        let params: [&(dyn ToSql + Sync); 2] = [&project, &env];
        let rows = self.connection().await?.query(select, &params).await?;
        rows.iter().map(|row| Ok((row.get(0), envelope(row, 1)?))).collect()
    }
}

/// Reads an envelope from three columns: version of the key-encryption key, wrapped data key, sealed value.
pub(super) fn envelope(row: &Row, first: usize) -> Result<Envelope, StoreError> {
    Envelope::from_bytes(row.get(first), row.get(first + 1), row.get(first + 2))
        .map_err(|why| StoreError::Damaged { what: "a sealed value", why })
}
