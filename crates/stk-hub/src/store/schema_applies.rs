//! Schema applies, as the Hub that runs one tells of it.

use stk_contract::Hash;

use super::audit::{self, Entry};
use super::{Store, StoreError};

/// A Hub that has not written for so long is gone.
const BEAT_MAX: &str = "30 seconds";

/// What is known of an apply.
pub struct ApplyRow {
    /// The answer of the API, as JSON.
    pub body: String,
    /// It says that it runs, and nobody runs it.
    pub interrupted: bool,
}

impl Store {
    /// Begins an apply, with the audit log's entry before it.
    pub async fn begin_schema_apply(
        &self,
        (project, env): (&str, &str),
        plan: &Hash,
        operator: &str,
        allow: &[String],
    ) -> Result<i64, StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        let detail = format!("{plan}, allowed: {}", allow.join(" "));
        let entry = Entry { operator, action: "schema.apply_plan", project, env, detail: &detail };
        audit::append(&transaction, &entry).await?;
        let insert =
            "INSERT INTO schema_applies (project, env, plan, operator, body) VALUES ($1, $2, $3, $4, '')
                      RETURNING id";
        let row =
            transaction.query_one(insert, &[&project, &env, &plan.as_bytes().as_slice(), &operator]).await?;
        transaction.commit().await?;
        Ok(row.get(0))
    }

    /// Writes how far it is; true where somebody asked for it to stop.
    pub async fn beat_schema_apply(&self, id: i64, body: &str) -> Result<bool, StoreError> {
        let update = "UPDATE schema_applies SET body = $2, beat_at = now() WHERE id = $1 RETURNING cancel";
        Ok(self.connection().await?.query_one(update, &[&id, &body]).await?.get(0))
    }

    pub async fn end_schema_apply(&self, id: i64, state: &str, body: &str) -> Result<(), StoreError> {
        let update = "UPDATE schema_applies SET state = $2, body = $3, beat_at = now() WHERE id = $1";
        self.connection().await?.execute(update, &[&id, &state, &body]).await?;
        Ok(())
    }

    pub async fn schema_apply(
        &self,
        (project, env): (&str, &str),
        id: i64,
    ) -> Result<Option<ApplyRow>, StoreError> {
        let select = format!(
            "SELECT body, state = 'running' AND beat_at < now() - interval '{BEAT_MAX}'
             FROM schema_applies WHERE project = $1 AND env = $2 AND id = $3"
        );
        let row = self.connection().await?.query_opt(&select, &[&project, &env, &id]).await?;
        Ok(row.map(|row| ApplyRow { body: row.get(0), interrupted: row.get(1) }))
    }

    /// Asks the Hub that runs it to stop; false where none runs it.
    pub async fn cancel_schema_apply(
        &self,
        (project, env): (&str, &str),
        id: i64,
        operator: &str,
    ) -> Result<bool, StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        let detail = id.to_string();
        let entry = Entry { operator, action: "schema.cancel", project, env, detail: &detail };
        audit::append(&transaction, &entry).await?;
        let update = "UPDATE schema_applies SET cancel = true
                      WHERE project = $1 AND env = $2 AND id = $3 AND state = 'running'";
        let found = transaction.execute(update, &[&project, &env, &id]).await?;
        transaction.commit().await?;
        Ok(found == 1)
    }
}
