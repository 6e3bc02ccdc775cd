//! Operators, their access tokens, and the one-time tokens of the first start. Tokens stand here as hashes only.

use stk_contract::Hash;

use super::audit::{self, Entry};
use super::{Store, StoreError};

/// Whom a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorRow {
    pub name: String,
    pub role: String,
}

impl Store {
    pub async fn has_operators(&self) -> Result<bool, StoreError> {
        let row = self.connection().await?.query_one("SELECT EXISTS (SELECT FROM operators)", &[]).await?;
        Ok(row.get(0))
    }

    pub async fn add_bootstrap_token(&self, token: &Hash) -> Result<(), StoreError> {
        let insert = "INSERT INTO bootstrap_tokens (hash) VALUES ($1)";
        self.connection().await?.execute(insert, &[&token.as_bytes().as_slice()]).await?;
        Ok(())
    }

    /// Trades a one-time token for the first operator with an access token. False where the token is not, or no
    /// longer, good: each works once, and none once an operator exists.
    pub async fn bootstrap(
        &self,
        token: &Hash,
        operator: &str,
        role: &str,
        access_token: &Hash,
    ) -> Result<bool, StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        // The lock makes two uses of one token at once a queue.
        transaction.batch_execute("LOCK TABLE bootstrap_tokens IN ACCESS EXCLUSIVE MODE").await?;
        let good = transaction
            .query_one(
                "SELECT EXISTS (SELECT FROM bootstrap_tokens WHERE hash = $1) AND NOT EXISTS (SELECT FROM operators)",
                &[&token.as_bytes().as_slice()],
            )
            .await?;
        if !good.get::<_, bool>(0) {
            return Ok(false);
        }
        let entry = Entry { operator, action: "operator.bootstrap", project: "", env: "", detail: role };
        audit::append(&transaction, &entry).await?;
        transaction.execute("DELETE FROM bootstrap_tokens", &[]).await?;
        let row = transaction
            .query_one("INSERT INTO operators (name, role) VALUES ($1, $2) RETURNING id", &[&operator, &role])
            .await?;
        transaction
            .execute(
                "INSERT INTO access_tokens (hash, operator) VALUES ($1, $2)",
                &[&access_token.as_bytes().as_slice(), &row.get::<_, i64>(0)],
            )
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Whom a token belongs to that is neither revoked nor expired.
    pub async fn operator_of(&self, token: &Hash) -> Result<Option<OperatorRow>, StoreError> {
        let connection = self.connection().await?;
        let statement = connection
            .prepare_cached(
                "SELECT o.name, o.role FROM access_tokens t JOIN operators o ON o.id = t.operator
                 WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())",
            )
            .await?;
        let row = connection.query_opt(&statement, &[&token.as_bytes().as_slice()]).await?;
        Ok(row.map(|row| OperatorRow { name: row.get(0), role: row.get(1) }))
    }
}
