//! The ledger: what was done to a database's schema, kept in that database, so that a step and the note that it is done
//! are one transaction.
//!
//! It stands in the schema `stk_schema`, which no plan manages. After a kill it says which steps are done, which one
//! was under way, and what the catalog looked like after the last commit. It decides nothing: `apply` does.

mod read;

use std::collections::BTreeMap;

use stk_contract::Hash;
use tokio_postgres::{Client, GenericClient};

use crate::plan::Plan;
use crate::postgres::{DatabaseError, failed};
use crate::snapshot::Snapshot;

pub use read::{ApplyState, LedgerEntry, LedgerStep, StepState, Unfinished, history, unfinished};

const TABLES: &str = include_str!("tables.sql");

/// Entries that are kept; older ones go when a new apply begins.
const ENTRIES_MAX: i64 = 100;

impl Plan {
    /// A hash over everything that the plan says: two plans with one id are one plan.
    pub fn id(&self) -> Hash {
        Hash::of(
            serde_json::to_string(self).expect("a plan has no map with keys that are not text").as_bytes(),
        )
    }
}

/// One apply's entry, as the one who holds the lock writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    id: i64,
}

/// An entry that is not done.
pub(crate) struct Open {
    pub entry: Entry,
    pub plan_id: String,
    /// How many steps are committed: always the first ones.
    pub done: usize,
    /// The step after those was begun outside a transaction, and nobody knows how far it came.
    pub is_unsure: bool,
    /// The key of the last row of the backfill under way, and how many rows it wrote.
    pub backfill: (Option<Vec<String>>, i64),
    pub catalog: Snapshot,
}

/// Makes the tables where they are not there.
pub(crate) async fn prepare(client: &Client) -> Result<(), DatabaseError> {
    let doing = failed("make the ledger (the schema `stk_schema`)");
    if !is_there(client).await? {
        // One implicit transaction: all of it or nothing.
        client.batch_execute(TABLES).await.map_err(doing)?;
    }
    Ok(())
}

pub(crate) async fn is_there(client: &Client) -> Result<bool, DatabaseError> {
    let doing = failed("look for the ledger");
    let row =
        client.query_one("SELECT to_regclass('stk_schema.steps') IS NOT NULL", &[]).await.map_err(&doing)?;
    row.try_get(0).map_err(doing)
}

/// The entry that is not done, if there is one.
pub(crate) async fn open(client: &Client) -> Result<Option<Open>, DatabaseError> {
    let doing = failed("read the ledger");
    let select = "SELECT a.id, a.plan_id, a.fingerprint, a.objects,
                         (SELECT count(*) FROM stk_schema.steps s WHERE s.apply = a.id AND s.state = 'done'),
                         n.state = 'running', n.last_key, n.rows
                  FROM stk_schema.applies a
                  LEFT JOIN LATERAL (SELECT * FROM stk_schema.steps s WHERE s.apply = a.id AND s.state <> 'done'
                                     ORDER BY s.number LIMIT 1) n ON true
                  WHERE a.state IN ('running', 'stopped')";
    let Some(row) = client.query_opt(select, &[]).await.map_err(&doing)? else { return Ok(None) };
    let read = || -> Result<Open, tokio_postgres::Error> {
        let objects: String = row.try_get(3)?;
        Ok(Open {
            entry: Entry { id: row.try_get(0)? },
            plan_id: row.try_get(1)?,
            done: row.try_get::<_, i64>(4)? as usize,
            is_unsure: row.try_get::<_, Option<bool>>(5)?.unwrap_or(false),
            backfill: (row.try_get(6)?, row.try_get::<_, Option<i64>>(7)?.unwrap_or(0)),
            // Of an entry that somebody damaged, nothing is known: every object then counts as changed.
            catalog: Snapshot {
                fingerprint: row.try_get(2)?,
                objects: serde_json::from_str(&objects).unwrap_or_default(),
            },
        })
    };
    read().map(Some).map_err(doing)
}

/// Begins an entry; one that is still open is superseded.
pub(crate) async fn begin(
    client: &mut Client,
    plan: &Plan,
    target: &str,
    operator: &str,
) -> Result<Entry, DatabaseError> {
    let doing = failed("begin an entry of the ledger");
    let transaction = client.transaction().await.map_err(&doing)?;
    let supersede = "UPDATE stk_schema.applies SET state = 'superseded', ended_at = now()
                     WHERE state IN ('running', 'stopped')";
    transaction.execute(supersede, &[]).await.map_err(&doing)?;
    let prune = "DELETE FROM stk_schema.applies WHERE id <= (SELECT max(id) FROM stk_schema.applies) - $1";
    transaction.execute(prune, &[&ENTRIES_MAX]).await.map_err(&doing)?;
    let insert =
        "INSERT INTO stk_schema.applies (plan_id, plan, target, operator, state, fingerprint, objects)
                  VALUES ($1, $2, $3, $4, 'running', $5, $6) RETURNING id";
    let text = serde_json::to_string(plan).expect("as in `Plan::id`");
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [&plan.id().to_string(), &text, &target, &operator, &plan.fingerprint, &to_text(&plan.objects)];
    let row = transaction.query_one(insert, &values).await.map_err(&doing)?;
    let id: i64 = row.try_get(0).map_err(&doing)?;
    let summaries: Vec<&str> = plan.steps.iter().map(|step| step.summary.as_str()).collect();
    let steps = "INSERT INTO stk_schema.steps (apply, number, summary)
                 SELECT $1, number, summary FROM unnest($2::text[]) WITH ORDINALITY AS step (summary, number)";
    transaction.execute(steps, &[&id, &summaries]).await.map_err(&doing)?;
    transaction.commit().await.map_err(doing)?;
    Ok(Entry { id })
}

fn to_text(objects: &BTreeMap<String, String>) -> String {
    serde_json::to_string(objects).expect("text to text")
}

impl Entry {
    /// The entry goes on.
    pub async fn resume(self, client: &Client, operator: &str) -> Result<(), DatabaseError> {
        let update =
            "UPDATE stk_schema.applies SET state = 'running', message = NULL, operator = $2 WHERE id = $1";
        client
            .execute(update, &[&self.id, &operator])
            .await
            .map_err(failed("resume an entry of the ledger"))?;
        Ok(())
    }

    /// A step that commits by itself begins.
    pub async fn step_begins(self, client: &Client, index: usize) -> Result<(), DatabaseError> {
        let update = "UPDATE stk_schema.steps SET state = 'running', attempts = attempts + 1,
                          started_at = coalesce(started_at, now())
                      WHERE apply = $1 AND number = $2";
        let number = number(index);
        client.execute(update, &[&self.id, &number]).await.map_err(failed("write the ledger"))?;
        Ok(())
    }

    /// A batch of a backfill is done: within the batch's own transaction.
    pub async fn batch_done(
        self,
        client: &impl GenericClient,
        index: usize,
        last_key: Option<&[String]>,
        rows: i64,
    ) -> Result<(), DatabaseError> {
        let update = "UPDATE stk_schema.steps SET last_key = $3, rows = rows + $4
                      WHERE apply = $1 AND number = $2";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&self.id, &number(index), &last_key, &rows];
        client.execute(update, &values).await.map_err(failed("write the ledger"))?;
        Ok(())
    }

    /// Steps are done, and the catalog is now this: within their own transaction where they have one.
    pub async fn steps_done(
        self,
        client: &impl GenericClient,
        steps: std::ops::Range<usize>,
        attempts: u32,
        catalog: &Snapshot,
    ) -> Result<(), DatabaseError> {
        let doing = failed("write the ledger");
        let update = "UPDATE stk_schema.steps SET state = 'done', started_at = coalesce(started_at, now()),
                          attempts = greatest(attempts, $4), ended_at = clock_timestamp()
                      WHERE apply = $1 AND number BETWEEN $2 AND $3";
        let (first, last) = (number(steps.start), number(steps.end - 1));
        let attempts = i32::try_from(attempts).unwrap_or(i32::MAX);
        client.execute(update, &[&self.id, &first, &last, &attempts]).await.map_err(&doing)?;
        let update = "UPDATE stk_schema.applies SET fingerprint = $2, objects = $3 WHERE id = $1";
        let objects = to_text(&catalog.objects);
        client.execute(update, &[&self.id, &catalog.fingerprint, &objects]).await.map_err(&doing)?;
        Ok(())
    }

    pub async fn stopped(self, client: &Client, message: &str) -> Result<(), DatabaseError> {
        let update =
            "UPDATE stk_schema.applies SET state = 'stopped', message = $2, ended_at = now() WHERE id = $1";
        client.execute(update, &[&self.id, &message]).await.map_err(failed("write the ledger"))?;
        Ok(())
    }

    pub async fn finished(self, client: &Client) -> Result<(), DatabaseError> {
        let update =
            "UPDATE stk_schema.applies SET state = 'done', message = NULL, ended_at = now() WHERE id = $1";
        client.execute(update, &[&self.id]).await.map_err(failed("write the ledger"))?;
        Ok(())
    }
}

/// As people count, from 1.
fn number(index: usize) -> i32 {
    i32::try_from(index + 1).unwrap_or(i32::MAX)
}
