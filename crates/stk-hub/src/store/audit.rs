//! The audit log: append-only and hash-chained, written before what it tells of takes effect.

use deadpool_postgres::Transaction;
use stk_contract::Hash;

use super::{Store, StoreError};

/// Key of the advisory lock that makes the chain one line; held until the transaction ends.
const LOCK: i64 = 0x7374_6b5f_6875_6202;

/// One thing an operator does. Never holds a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    pub operator: &'a str,
    /// `secret.set`, `release.switch`, …
    pub action: &'a str,
    /// Empty where none is meant.
    pub project: &'a str,
    pub env: &'a str,
    pub detail: &'a str,
}

/// What reading the chain from its start found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    Intact {
        entries: i64,
    },
    /// The entry that does not follow from the one before it.
    Broken {
        seq: i64,
    },
}

/// Appends within the transaction of the change, so that neither exists without the other.
pub async fn append(transaction: &Transaction<'_>, entry: &Entry<'_>) -> Result<(), StoreError> {
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let last = transaction.query_opt("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &[]).await?;
    let (seq, before) = last.map_or((0, Vec::new()), |row| (row.get::<_, i64>(0), row.get(1)));
    let seq = seq + 1;
    let at_ms = jiff::Timestamp::now().as_millisecond();
    let hash = link(&before, seq, at_ms, entry);
    transaction
        .execute(
            "INSERT INTO audit (seq, at_ms, operator, action, project, env, detail, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &seq,
                &at_ms,
                &entry.operator,
                &entry.action,
                &entry.project,
                &entry.env,
                &entry.detail,
                &hash.as_bytes().as_slice(),
            ],
        )
        .await?;
    Ok(())
}

/// The hash of an entry: every field with its length, behind the hash before.
fn link(before: &[u8], seq: i64, at_ms: i64, entry: &Entry<'_>) -> Hash {
    let mut bytes = b"santokit/audit/1\0".to_vec();
    bytes.extend((before.len() as u32).to_be_bytes());
    bytes.extend(before);
    bytes.extend(seq.to_be_bytes());
    bytes.extend(at_ms.to_be_bytes());
    for field in [entry.operator, entry.action, entry.project, entry.env, entry.detail] {
        bytes.extend((field.len() as u32).to_be_bytes());
        bytes.extend(field.as_bytes());
    }
    Hash::of(&bytes)
}

impl Store {
    /// Appends in a transaction of its own: for what takes effect outside the store.
    pub async fn audit(&self, entry: &Entry<'_>) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        let transaction = connection.transaction().await?;
        append(&transaction, entry).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Recomputes the whole chain. A deletion at its very end can not be seen from within.
    pub async fn verify_audit(&self) -> Result<Chain, StoreError> {
        let connection = self.connection().await?;
        let rows = connection
            .query(
                "SELECT seq, at_ms, operator, action, project, env, detail, hash FROM audit ORDER BY seq",
                &[],
            )
            .await?;
        let mut before = Vec::new();
        for (expected, row) in (1..).zip(&rows) {
            let seq: i64 = row.get(0);
            let entry = Entry {
                operator: row.get(2),
                action: row.get(3),
                project: row.get(4),
                env: row.get(5),
                detail: row.get(6),
            };
            let hash: Vec<u8> = row.get(7);
            if seq != expected || link(&before, seq, row.get(1), &entry).as_bytes().as_slice() != hash {
                return Ok(Chain::Broken { seq: expected });
            }
            before = hash;
        }
        Ok(Chain::Intact { entries: rows.len() as i64 })
    }
}
