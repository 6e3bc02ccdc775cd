//! Schema plans, by the hash of what they say.

use stk_contract::Hash;

use super::audit::{self, Entry};
use super::{Store, StoreError};

impl Store {
    /// Keeps a plan, and notes in the audit log who made it. One that is there already stays as it is.
    pub async fn add_schema_plan(
        &self,
        (project, env): (&str, &str),
        id: &Hash,
        operator: &str,
        body: &str,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        let detail = id.to_string();
        let entry = Entry { operator, action: "schema.plan", project, env, detail: &detail };
        audit::append(&transaction, &entry).await?;
        let insert = "INSERT INTO schema_plans (id, project, env, operator, body) VALUES ($1, $2, $3, $4, $5)
                      ON CONFLICT DO NOTHING";
        transaction.execute(insert, &[&id.as_bytes().as_slice(), &project, &env, &operator, &body]).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The plan of that id that was made for this environment.
    pub async fn schema_plan(
        &self,
        (project, env): (&str, &str),
        id: &Hash,
    ) -> Result<Option<String>, StoreError> {
        let select = "SELECT body FROM schema_plans WHERE project = $1 AND env = $2 AND id = $3";
        let row =
            self.connection().await?.query_opt(select, &[&project, &env, &id.as_bytes().as_slice()]).await?;
        Ok(row.map(|row| row.get(0)))
    }
}
