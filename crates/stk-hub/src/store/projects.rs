//! Projects.

use super::audit::{self, Entry};
use super::{Store, StoreError};

impl Store {
    /// False where the project is there already.
    pub async fn create_project(&self, project: &str, operator: &str) -> Result<bool, StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        let entry = Entry { operator, action: "project.create", project, env: "", detail: "" };
        audit::append(&transaction, &entry).await?;
        let inserted = transaction
            .execute("INSERT INTO projects (id) VALUES ($1) ON CONFLICT DO NOTHING", &[&project])
            .await?;
        if inserted == 1 {
            transaction.commit().await?;
        }
        Ok(inserted == 1)
    }

    pub async fn projects(&self) -> Result<Vec<String>, StoreError> {
        let rows = self.connection().await?.query("SELECT id FROM projects ORDER BY id", &[]).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    pub async fn has_project(&self, project: &str) -> Result<bool, StoreError> {
        let select = "SELECT EXISTS (SELECT FROM projects WHERE id = $1)";
        Ok(self.connection().await?.query_one(select, &[&project]).await?.get(0))
    }
}
