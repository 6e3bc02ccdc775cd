//! Numbered releases of an environment.

use stk_contract::Hash;
use stk_contract::hub::ReleaseInfo;
use tokio_postgres::Row;

use super::{Store, StoreError, rfc3339};

/// Where everything of one number is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    pub number: u64,
    pub release: Hash,
    pub attestation: Hash,
    pub sources: Hash,
    pub operator: String,
    /// RFC 3339.
    pub created_at: String,
}

const INFO: &str = concat!(
    "SELECT a.number, a.release, ",
    rfc3339!("a.created_at"),
    ", a.operator, a.origin, a.number = e.number
     FROM attestations a JOIN environments e ON e.project = a.project AND e.name = a.env
     WHERE a.project = $1 AND a.env = $2"
);

impl Store {
    /// Newest first.
    pub async fn releases(&self, project: &str, env: &str) -> Result<Vec<ReleaseInfo>, StoreError> {
        let select = format!("{INFO} ORDER BY a.number DESC");
        self.connection().await?.query(&select, &[&project, &env]).await?.iter().map(info).collect()
    }

    pub async fn release(
        &self,
        project: &str,
        env: &str,
        number: u64,
    ) -> Result<Option<ReleaseInfo>, StoreError> {
        let select = format!("{INFO} AND a.number = $3");
        let row = self.connection().await?.query_opt(&select, &[&project, &env, &(number as i64)]).await?;
        row.as_ref().map(info).transpose()
    }

    /// The one of that number, or the newest one. What serves is always the newest: a rollback is a new number.
    pub async fn numbered(
        &self,
        project: &str,
        env: &str,
        number: Option<u64>,
    ) -> Result<Option<Numbered>, StoreError> {
        let select = concat!(
            "SELECT number, release, attestation, sources, operator, ",
            rfc3339!("created_at"),
            " FROM attestations WHERE project = $1 AND env = $2 AND number = coalesce($3, number)
             ORDER BY number DESC LIMIT 1"
        );
        let number = number.map(|number| number as i64);
        let row = self.connection().await?.query_opt(select, &[&project, &env, &number]).await?;
        let read = |row: Row| {
            Ok(Numbered {
                number: row.get::<_, i64>(0) as u64,
                release: super::blobs::hash(row.get(1))?,
                attestation: super::blobs::hash(row.get(2))?,
                sources: super::blobs::hash(row.get(3))?,
                operator: row.get(4),
                created_at: row.get(5),
            })
        };
        row.map(read).transpose()
    }
}

fn info(row: &Row) -> Result<ReleaseInfo, StoreError> {
    Ok(ReleaseInfo {
        number: row.get::<_, i64>(0) as u64,
        release: super::blobs::hash(row.get(1))?,
        created_at: row.get(2),
        operator: row.get(3),
        origin: row.get(4),
        live: row.get::<_, Option<bool>>(5).unwrap_or(false),
    })
}
