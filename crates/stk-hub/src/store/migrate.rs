//! Migrations of the store, embedded; run at start, one Hub at a time. There is no way down.

use tokio_postgres::Client;

/// In order; the version of a migration is its place here, from 1.
const MIGRATIONS: &[&str] =
    &[include_str!("migrations/0001_initial.sql"), include_str!("migrations/0002_schema_plans.sql")];

/// Key of the advisory lock that Hubs starting together queue on.
const LOCK: i64 = 0x7374_6b5f_6875_6201;

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(
        "the Hub's database has version {found}, this build knows up to {known}: it was used by a newer `stk`"
    )]
    Newer { found: i32, known: i32 },
    #[error("migration {version} of the Hub's database failed")]
    Failed { version: i32, source: tokio_postgres::Error },
    #[error("the Hub's database could not be prepared")]
    Prepare(#[source] tokio_postgres::Error),
}

/// Brings the store to the newest version, or refuses one newer than this build.
pub async fn run(client: &mut Client) -> Result<(), MigrateError> {
    let transaction = client.transaction().await.map_err(MigrateError::Prepare)?;
    let prepare = format!(
        "SELECT pg_advisory_xact_lock({LOCK});
         CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
    );
    transaction.batch_execute(&prepare).await.map_err(MigrateError::Prepare)?;
    let row = transaction
        .query_one("SELECT coalesce(max(version), 0) FROM migrations", &[])
        .await
        .map_err(MigrateError::Prepare)?;
    let (found, known) = (row.get::<_, i32>(0), MIGRATIONS.len() as i32);
    if found > known {
        return Err(MigrateError::Newer { found, known });
    }
    for (version, sql) in (1..).zip(MIGRATIONS).skip(found as usize) {
        let failed = |source| MigrateError::Failed { version, source };
        transaction.batch_execute(sql).await.map_err(failed)?;
        transaction
            .execute("INSERT INTO migrations (version) VALUES ($1)", &[&version])
            .await
            .map_err(failed)?;
    }
    transaction.commit().await.map_err(MigrateError::Prepare)
}
