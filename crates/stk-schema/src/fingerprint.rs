//! One hash over everything in the managed schemas that a statement or a plan can depend on.
//!
//! Comments, privileges, owners, statistics and data are not part of it, nor are oids: two databases made from the
//! same schema have the same fingerprint. No statement's result depends on a comment, and a step that grants or
//! comments says the same whatever stood there.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};

use crate::postgres::{CANONICAL, DatabaseError, failed};

pub(crate) const FINGERPRINT: &str = include_str!("fingerprint.sql");

/// The fingerprint of `schemas`, as 64 hex digits. One query.
///
/// # Errors
/// Whatever Postgres or the connection answers.
pub async fn fingerprint(client: &mut Client, schemas: &[String]) -> Result<String, DatabaseError> {
    let mut transaction = client.transaction().await.map_err(failed("begin taking the fingerprint"))?;
    fingerprint_within(&mut transaction, schemas).await
}

/// The same within a transaction, whose settings stay as they were.
pub(crate) async fn fingerprint_within(
    transaction: &mut Transaction<'_>,
    schemas: &[String],
) -> Result<String, DatabaseError> {
    let doing = failed("take the catalog's fingerprint");
    let inner = transaction.transaction().await.map_err(&doing)?;
    inner.batch_execute(CANONICAL).await.map_err(&doing)?;
    let row = inner.query_typed(FINGERPRINT, &[(&schemas, Type::TEXT_ARRAY)]).await.map_err(&doing)?;
    inner.rollback().await.map_err(&doing)?;
    let row = row.first().expect("an aggregate without GROUP BY gives one row");
    row.try_get(0).map_err(doing)
}
