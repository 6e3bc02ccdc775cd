//! Content-addressed bytes: releases, attestations, source files. Immutable; equal bytes are kept once.

use stk_contract::Hash;

use super::{Store, StoreError};

impl Store {
    /// Stores each of `blobs` under its hash; all or none.
    pub async fn add_blobs(&self, blobs: &[(Hash, &[u8])]) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        for (hash, bytes) in blobs {
            transaction
                .execute(
                    "INSERT INTO blobs (hash, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    &[&hash.as_bytes().as_slice(), bytes],
                )
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The bytes under a hash that some row names.
    pub async fn blob(&self, hash: &Hash) -> Result<Vec<u8>, StoreError> {
        let connection = self.connection().await?;
        let row = connection
            .query_opt("SELECT bytes FROM blobs WHERE hash = $1", &[&hash.as_bytes().as_slice()])
            .await?;
        let bytes: Vec<u8> = row
            .map(|row| row.get(0))
            .ok_or_else(|| StoreError::Damaged { what: "a blob", why: format!("{hash} is missing") })?;
        let found = Hash::of(&bytes);
        if found == *hash {
            Ok(bytes)
        } else {
            Err(StoreError::Damaged { what: "a blob", why: format!("{hash} holds bytes of {found}") })
        }
    }
}

/// Reads a hash from its column.
pub(super) fn hash(bytes: Vec<u8>) -> Result<Hash, StoreError> {
    hex::encode(bytes)
        .parse()
        .map_err(|error| StoreError::Damaged { what: "a hash", why: format!("{error}") })
}
